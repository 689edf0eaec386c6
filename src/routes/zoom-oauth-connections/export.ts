import * as z from "zod";
import { givenId, noFields } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { exportGrant } from "../../connections/export.ts";
import { EXPORT_MINUTES } from "../../db/exports.ts";
import { TOKEN_ERRORS } from "./token.ts";

const exportedConnection = z
  .strictObject({
    zoom_oauth_connection_id: z.string().meta({ description: "ID of the connection." }),
    zoom_oauth_app_id: z.string().meta({ description: "The Zoom OAuth app that the grant is for." }),
    user_id: z.string().meta({ description: "Zoom user ID." }),
    account_id: z.string().meta({ description: "Zoom account ID." }),
    refresh_token: z.string().meta({
      description:
        "The newest refresh token. Whoever uses it next gets the grant; the service does not any more.",
    }),
    scopes: z.array(z.string()).meta({ description: "The scopes that the user granted." }),
  })
  .meta({ id: "ExportedZoomOAuthConnection" });

export const exportZoomOAuthConnection = defineOperation({
  operationId: "exportZoomOAuthConnection",
  method: "post",
  path: "/api/v1/zoom_oauth_connections/{id}/export",
  tag: "Zoom OAuth connections",
  summary: "Export a connection",
  description: `Refreshes the connection a last time, disconnects it with the code \`exported\`, erases its credentials, and returns the newest refresh token. The service never uses the grant again. If the answer is lost, send the request again with the same API key: for ${EXPORT_MINUTES} minutes it returns the same refresh token. This operation takes no body.`,
  security: "api_key",
  scope: "connections:export",
  isIdempotent: true,
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  body: noFields,
  status: 200,
  answer: exportedConnection,
  errors: TOKEN_ERRORS,
  handle: async (scope, { params }) => {
    const exporting = exportGrant(scope, params.id);
    // A caller who hangs up must not stop us between Zoom's answer and our write.
    scope.waitUntil(exporting.catch(() => {}));
    return await exporting;
  },
});
