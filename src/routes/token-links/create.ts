import * as z from "zod";
import { futureTime, givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { rememberLinkSecret, sealLinkSecret } from "../../connections/token-links/secrets.ts";
import { sha256Hex } from "../../crypto/hash.ts";
import { createId, createLinkSecret } from "../../crypto/ids.ts";
import { insertTokenLink } from "../../db/token-links.ts";
import { ApiError, type FieldErrors, invalidRequest } from "../../errors.ts";
import { refuseInput } from "../../http/input.ts";
import { vendorOf } from "../../model/vendors.ts";
import { meetingFields, requireMeetingId } from "../meeting.ts";
import { findVerificationProblem, tokenLink, tokenLinkFields, toTokenLink } from "./token-link.ts";

/** More than one for each bot setting that a team has, and few enough to read. */
const MAX_LINKS = 1_000;
const MAX_USES = 1_000_000_000;

const newTokenLink = z
  .strictObject({
    vendor: tokenLinkFields.vendor,
    token: tokenLinkFields.token,
    connection: tokenLinkFields.connection,
    name: tokenLinkFields.name.default(null),
    verification_secret: tokenLinkFields.verification_secret.default(null),
    zoom_oauth_app_id: givenId(
      "zoa",
      "Only use connections of this Zoom OAuth app. Default: any.",
    ).optional(),
    meeting_id: meetingFields.meeting_id,
    expires_at: futureTime
      .nullable()
      .default(null)
      .meta({ description: "When the link ends. Default: it does not." }),
    max_uses: z
      .int()
      .min(1)
      .max(MAX_USES)
      .nullable()
      .default(null)
      .meta({ description: "How many calls get a token. Default: any number." }),
  })
  .meta({ id: "NewTokenLink" });

export const createTokenLink = defineOperation({
  operationId: "createTokenLink",
  method: "post",
  path: "/api/v1/token_links",
  tag: "Token links",
  summary: "Create a token link",
  description:
    "Makes a URL to paste into a bot vendor's setting. Whoever has the URL gets the tokens that it gives, so treat it as a secret, and set `verification_secret` where the vendor signs its calls. The URL is shown in this answer only. The meeting of a call is the link's `meeting_id`, else what the call names: `meeting_url` (Attendee), `meeting_number` (MeetStream), or `meeting_id` or `meeting_url` in the query.",
  security: "api_key",
  scope: "sessions:write",
  body: newTokenLink,
  status: 201,
  answer: tokenLink
    .extend({
      url: z.string().meta({ description: "The URL to paste. Shown in this answer and never again." }),
    })
    .meta({ id: "CreatedTokenLink" }),
  errors: ["zoom_oauth_app_not_found", "conflict"],
  handle: async (scope, { body, request }) => {
    const { vendor, token, connection, verification_secret } = body;
    const problems = findProblems(body);
    if (problems) return await refuseInput(scope, invalidRequest(problems));
    const { meeting_id } = body;
    const meetingId = meeting_id === undefined ? null : await requireMeetingId(scope, { meeting_id });
    const id = createId("tl");
    const secret = createLinkSecret();
    const secretSha256 = await sha256Hex(secret);
    const sealed =
      verification_secret === null ? null : await sealLinkSecret(scope.keyring, id, verification_secret);
    const link = {
      id,
      name: body.name,
      vendor,
      token,
      connection,
      zoomOAuthAppId: body.zoom_oauth_app_id ?? null,
      meetingId,
      secretSha256,
      verificationSecret: sealed,
      expiresAt: body.expires_at,
      maxUses: body.max_uses,
    };
    const row = await insertTokenLink(scope.db, scope.caller, link, MAX_LINKS);
    switch (row) {
      case "no_app":
        throw new ApiError("zoom_oauth_app_not_found");
      case "no_connection":
        throw invalidRequest({
          "connection.zoom_oauth_connection_id": ["The project has no connection with this ID."],
        });
      case "too_many":
        throw new ApiError("conflict", {
          message: `A project has at most ${MAX_LINKS} token links. Delete one first.`,
        });
    }
    if (sealed !== null && verification_secret !== null) {
      rememberLinkSecret(scope, secretSha256, { sealed, secret: verification_secret, vendor });
    }
    return { ...toTokenLink(row), url: new URL(`/t/${secret}`, request.url).href };
  },
});

/** What does not fit together; null: nothing. */
function findProblems({
  vendor,
  token,
  connection,
  verification_secret,
}: z.output<typeof newTokenLink>): FieldErrors | null {
  const { tokens, named } = vendorOf(vendor);
  if (!tokens.includes(token)) return { token: [`Must be one of: ${tokens.join(", ")}, for this vendor.`] };
  if ("from_request" in connection) {
    const [root] = connection.from_request.split(".");
    if (!named.some((name) => name === root)) {
      return { "connection.from_request": [`Must begin with one of: ${named.join(", ")}, for this vendor.`] };
    }
  }
  return verification_secret === null ? null : findVerificationProblem(vendor, verification_secret);
}
