// The endpoint that the service exists for.

import * as z from "zod";
import { defineOperation, ZOOM_CALL_ERRORS } from "../../api/operation.ts";
import { connect } from "../../connections/connect.ts";
import { hasCapability } from "../../model/capabilities.ts";
import { chosenFields } from "../../model/connection.ts";
import { storableText } from "../../model/fields.ts";
import { CAPABILITY_NEEDED, connection, namedApp, toConnection } from "./connection.ts";

const newConnection = z
  .strictObject({
    authorization_code: storableText
      .min(1)
      .max(4096)
      .meta({
        description: "The authorization code received from Zoom during the OAuth flow. It works once.",
        examples: ["AUTH_CODE_FROM_ZOOM"],
      }),
    redirect_uri: storableText
      .min(1)
      .max(4096)
      .refine(isAbsoluteUrl, "Must be an absolute URL, the same one that was sent to Zoom's consent page.")
      .meta({
        description:
          "The redirect URI used to obtain the authorization code. It is sent to Zoom exactly as it is given here.",
        examples: ["https://yourapp.com/oauth/callback"],
      }),
    zoom_oauth_app_id: namedApp,
    code_verifier: z
      .string()
      .regex(
        /^[A-Za-z0-9._~-]{43,128}$/,
        "Must be 43 to 128 letters, digits, dots, dashes, underscores or tildes.",
      )
      .optional()
      .meta({
        description:
          "The PKCE code verifier (RFC 7636), if the consent page got a `code_challenge`. It is sent to Zoom with the code.",
      }),
    ...chosenFields,
  })
  .refine(hasCapability, CAPABILITY_NEEDED)
  .meta({ id: "NewZoomOAuthConnection" });

export const createZoomOAuthConnection = defineOperation({
  operationId: "createZoomOAuthConnection",
  method: "post",
  path: "/api/v1/zoom_oauth_connections",
  tag: "Zoom OAuth connections",
  summary: "Create a connection",
  description:
    "Exchanges the authorization code at Zoom, checks the granted scopes and the user, and stores the connection. If the same Zoom user is already connected to the app, the existing connection keeps its `id` and gets the new tokens, capabilities and metadata. If an answer is lost, send the same request again: for 24 hours the same code and `redirect_uri` lead to the same connection.",
  security: "api_key",
  scope: "connections:write",
  isIdempotent: true,
  body: newConnection,
  status: 201,
  answer: connection,
  errors: [
    "authorization_code_rejected",
    "missing_scopes",
    "user_not_active",
    "zoom_oauth_app_not_found",
    "zoom_oauth_app_required",
    "request_in_progress",
    ...ZOOM_CALL_ERRORS,
  ],
  handle: async (scope, { body }) => {
    const connecting = connect(scope, body);
    // A caller who hangs up must not stop us between Zoom's answer and our write.
    scope.waitUntil(connecting.catch(() => {}));
    return toConnection(await connecting);
  },
});

/** Stricter than URL.canParse, which trims and repairs: what Zoom compares is the text itself. */
function isAbsoluteUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\p{Cc}]+$/u.test(text) && URL.canParse(text);
}
