import * as z from "zod";
import { defineOperation, ZOOM_CALL_ERRORS } from "../../api/operation.ts";
import { importGrant } from "../../connections/connect.ts";
import { hasCapability } from "../../model/capabilities.ts";
import { chosenFields } from "../../model/connection.ts";
import { storableText } from "../../model/fields.ts";
import { CAPABILITY_NEEDED, connection, namedApp, toConnection } from "./connection.ts";

const importedConnection = z
  .strictObject({
    refresh_token: storableText
      .min(1)
      .max(4096)
      .meta({
        description:
          "The newest refresh token of the grant. It is used once, at once, and is dead from then on.",
        examples: ["REFRESH_TOKEN_FROM_ZOOM"],
      }),
    zoom_oauth_app_id: namedApp,
    ...chosenFields,
  })
  .refine(hasCapability, CAPABILITY_NEEDED)
  .meta({ id: "ImportedZoomOAuthConnection" });

export const importZoomOAuthConnection = defineOperation({
  operationId: "importZoomOAuthConnection",
  method: "post",
  path: "/api/v1/zoom_oauth_connections/import",
  tag: "Zoom OAuth connections",
  summary: "Import a connection",
  description:
    "Takes a grant over from another system: uses its refresh token at Zoom, checks scopes and user, and stores the connection. Stop the other system first, since only one can hold a grant. If Zoom's answer then shows that scopes are missing or that the user is not active, the connection is stored as `disconnected` with that code, and its tokens are kept: a change of its capabilities to what the grant allows connects it. If an answer is lost, send the same request again: for 24 hours the same refresh token leads to the same connection.",
  security: "api_key",
  scope: "connections:write",
  isIdempotent: true,
  body: importedConnection,
  status: 201,
  answer: connection,
  errors: [
    "refresh_token_rejected",
    "missing_scopes",
    "user_not_active",
    "zoom_oauth_app_not_found",
    "zoom_oauth_app_required",
    "request_in_progress",
    ...ZOOM_CALL_ERRORS,
  ],
  handle: async (scope, { body }) => {
    const importing = importGrant(scope, body);
    // A caller who hangs up must not stop us between Zoom's answer and our write.
    scope.waitUntil(importing.catch(() => {}));
    return toConnection(await importing);
  },
});
