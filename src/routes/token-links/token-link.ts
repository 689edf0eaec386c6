// A token link as requests and answers show it: a URL for a bot vendor, and whose tokens it gives.

import * as z from "zod";
import { displayName } from "../../api/fields.ts";
import { findSecretProblem } from "../../connections/token-links/signatures.ts";
import type { TokenLinkRow } from "../../db/token-links.ts";
import type { FieldErrors } from "../../errors.ts";
import { shownId, storableText, timestamp } from "../../model/fields.ts";
import {
  LINK_REFUSAL_CODES,
  LINK_REFUSALS,
  linkedConnection,
  shownConnection,
} from "../../model/token-link.ts";
import { LINK_TOKENS, VENDOR_NAMES, VENDORS, type VendorName, vendorOf } from "../../model/vendors.ts";

const MAX_SECRET_LENGTH = 500;

const vendorTokens = VENDOR_NAMES.map((name) => `\`${name}\`: ${VENDORS[name].tokens.join(", ")}`).join("; ");

export const tokenLinkFields = {
  vendor: z.enum(VENDOR_NAMES).meta({
    description:
      "Who calls the link, which decides the form of answers and of signatures. `plain` is for software of your own.",
  }),
  token: z.enum(LINK_TOKENS).meta({
    description: `Which token it gives. \`all\` gives a local recording token and onbehalf tokens. By vendor: ${vendorTokens}.`,
  }),
  connection: linkedConnection.meta({
    description:
      'Whose tokens it gives: one form. `{ "metadata" }` must fit exactly one connected connection. `{ "from_request" }` is a path to one Zoom user ID or a list of them: `bot_metadata.x` for Attendee, `query.x` for every call, `extra.x` for Meeting BaaS. `{ "meeting_host": true }` is the connection of the host of the meeting.',
  }),
  name: displayName.nullable().meta({ description: "A name for people. Null if there is none." }),
  verification_secret: storableText.min(1).max(MAX_SECRET_LENGTH).nullable().meta({
    description:
      "What the vendor signs its calls with; calls without a good signature are then refused. Attendee: the base64 secret of the project's webhooks. Recall.ai: `whsec_…`. MeetStream and `plain`: the value of `X-Webhook-Secret`. Meeting BaaS signs nothing. It is never shown again.",
  }),
  is_active: z.boolean().meta({ description: "Whether the link answers." }),
};

export const tokenLink = z
  .strictObject({
    id: shownId("tl", "Unique identifier of the token link."),
    name: tokenLinkFields.name,
    vendor: tokenLinkFields.vendor,
    token: tokenLinkFields.token,
    connection: shownConnection.meta({ description: "Whose tokens it gives." }),
    zoom_oauth_app_id: shownId("zoa", "The app.").nullable().meta({
      description: "Only connections of this Zoom OAuth app give tokens. Null if those of every app do.",
    }),
    meeting_id: z.string().nullable().meta({
      description: "The meeting that it is for, in digits. Null if each call names its own.",
    }),
    has_verification_secret: z.boolean().meta({ description: "Whether calls must be signed." }),
    is_active: tokenLinkFields.is_active,
    expires_at: timestamp.nullable().meta({ description: "When it ends. Null if it does not." }),
    max_uses: z
      .int()
      .nullable()
      .meta({ description: "How many calls get a token. Null if any number does." }),
    use_count: z.int().meta({ description: "How many calls got a token." }),
    last_used_at: timestamp.nullable().meta({ description: "When the last one did. Null if none has." }),
    last_refusal: z
      .strictObject({
        code: z.enum(LINK_REFUSAL_CODES).meta({
          description: `A code of \`TokenReason\`, or: ${Object.entries(LINK_REFUSALS)
            .map(([code, sentence]) => `\`${code}\`: ${sentence}`)
            .join(" ")}`,
        }),
        at: timestamp,
      })
      .nullable()
      .meta({ description: "Why the last call that got no token was refused. Null if none was." }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "TokenLink" });

export function toTokenLink(row: TokenLinkRow): z.input<typeof tokenLink> {
  return {
    id: row.id,
    name: row.name,
    vendor: row.vendor,
    token: row.token,
    connection: row.connection,
    zoom_oauth_app_id: row.zoom_oauth_app_id,
    meeting_id: row.meeting_id,
    has_verification_secret: row.has_verification_secret,
    is_active: row.is_active,
    expires_at: row.expires_at,
    max_uses: row.max_uses,
    use_count: row.use_count,
    last_used_at: row.last_used_at,
    last_refusal:
      row.last_refusal_code !== null && row.last_refused_at !== null
        ? { code: row.last_refusal_code, at: row.last_refused_at }
        : null,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

/** What is wrong with a secret for calls of this vendor; null: nothing. */
export function findVerificationProblem(vendor: VendorName, secret: string): FieldErrors | null {
  const { signature } = vendorOf(vendor);
  const problem =
    signature === null ? "This vendor signs nothing. Leave it out." : findSecretProblem(signature, secret);
  return problem === null ? null : { verification_secret: [problem] };
}
