import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { sha256Hex } from "../../crypto/hash.ts";
import { createId, createLinkSecret } from "../../crypto/ids.ts";
import { type InsertOutcome, insertConnectSession, type ShownSession } from "../../db/connect-sessions.ts";
import { ApiError, invalidRequest, notFound } from "../../errors.ts";
import { refuseInput } from "../../http/input.ts";
import {
  CAPABILITIES,
  CAPABILITY_NAMES,
  forEachCapability,
  hasCapability,
} from "../../model/capabilities.ts";
import {
  DEFAULT_SESSION_SECONDS,
  MAX_SESSION_SECONDS,
  MIN_SESSION_SECONDS,
} from "../../model/connect-session.ts";
import { changedFields } from "../../model/connection.ts";
import { storableText } from "../../model/fields.ts";
import { checkReturnUrl } from "./return-url.ts";
import { newConnectSession, toConnectSession } from "./session.ts";

const NO_CAPABILITY = `A connection needs a capability: set ${CAPABILITY_NAMES.join(" or ")} to true.`;

const body = z
  .strictObject({
    return_url: storableText
      .min(1)
      .max(2048)
      .meta({
        description:
          "Where the user returns to in the end: an https URL, or an http URL of the developer's own machine. The service adds `connect_session_id` and `status` to its query, and `code` where the session failed. Its origin must be one of the app's `allowed_return_origins`, where those are set.",
        examples: ["https://app.example.com/zoom/connected"],
      }),
    zoom_oauth_app_id: givenId(
      "zoa",
      "The Zoom OAuth app that the user connects to. Required if the project has more than one app.",
    ).optional(),
    ...changedFields,
    zoom_oauth_connection_id: givenId(
      "zoc",
      "A connection to reconnect. Only its own Zoom user can do it. Capabilities and metadata that are left out stay as they are.",
    ).optional(),
    expires_in_seconds: z
      .int()
      .min(MIN_SESSION_SECONDS)
      .max(MAX_SESSION_SECONDS)
      .default(DEFAULT_SESSION_SECONDS)
      .meta({ description: "How long the link works." }),
  })
  .meta({ id: "NewConnectSession" });

export const createConnectSession = defineOperation({
  operationId: "createConnectSession",
  method: "post",
  path: "/api/v1/connect_sessions",
  tag: "Connect sessions",
  summary: "Create a connect session",
  description:
    "Makes a link to send one of your users to. The user sees what your product asks Zoom for, consents at Zoom and returns to `return_url`, connected. Register the path `/oauth/zoom/callback` of this service as a redirect URI of your app on the Zoom Marketplace. Believe the session that you read with your API key, or the signed webhook, and not the query of `return_url`.",
  security: "api_key",
  scope: "sessions:write",
  body,
  status: 201,
  answer: newConnectSession,
  errors: ["zoom_oauth_app_not_found", "zoom_oauth_app_required", "not_found"],
  handle: async (scope, { body, request }) => {
    const { return_url, metadata, zoom_oauth_connection_id, zoom_oauth_app_id } = body;
    const isReconnect = zoom_oauth_connection_id !== undefined;
    const checked = checkReturnUrl(return_url, { isInsecureAllowed: scope.isInsecureWebhookUrlAllowed });
    if ("problem" in checked)
      return await refuseInput(scope, invalidRequest({ return_url: [checked.problem] }));
    const capabilities = forEachCapability(
      (name) => body[name as keyof typeof CAPABILITIES] ?? (isReconnect ? null : CAPABILITIES[name].default),
    );
    if (!isReconnect && !hasCapability(capabilities as never))
      return await refuseInput(scope, noCapability());
    const secret = createLinkSecret();
    const outcome = await insertConnectSession(scope.db, scope.caller, {
      id: createId("cs"),
      secretSha256: await sha256Hex(secret),
      returnUrl: return_url,
      returnOrigin: checked.url.origin,
      zoomOAuthAppId: zoom_oauth_app_id ?? null,
      connectionId: zoom_oauth_connection_id ?? null,
      ...capabilities,
      metadata: metadata ?? null,
      isMetadataKept: isReconnect && metadata === undefined,
      expiresInSeconds: body.expires_in_seconds,
    });
    const { id, ...rest } = toConnectSession(sessionOf(outcome, zoom_oauth_app_id === undefined));
    return { id, url: new URL(`/connect/${secret}`, request.url).href, ...rest };
  },
});

function noCapability(): ApiError {
  return invalidRequest({ [CAPABILITY_NAMES[0] as string]: [NO_CAPABILITY] });
}

function sessionOf(outcome: InsertOutcome, isAppImplied: boolean): ShownSession {
  switch (outcome.kind) {
    case "inserted":
      return outcome.session;
    case "connection_not_found":
      throw notFound("Zoom OAuth connection");
    case "no_app":
      if (outcome.isOther) {
        throw invalidRequest({
          zoom_oauth_app_id: ["Must be the app that the connection belongs to, or be left out."],
        });
      }
      throw isAppImplied
        ? new ApiError("zoom_oauth_app_required", {
            message: "The project has no Zoom OAuth app yet. Create one with POST /api/v1/zoom_oauth_apps.",
          })
        : new ApiError("zoom_oauth_app_not_found");
    case "several_apps":
      throw new ApiError("zoom_oauth_app_required", {
        message: "zoom_oauth_app_id is required: the project has several Zoom OAuth apps.",
      });
    case "origin_not_allowed":
      throw invalidRequest({ return_url: ["Its origin is not one of the app's allowed_return_origins."] });
    case "no_capability":
      throw noCapability();
  }
}
