import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { removeConnection } from "../../connections/remove.ts";

export const deleteZoomOAuthConnection = defineOperation({
  operationId: "deleteZoomOAuthConnection",
  method: "delete",
  path: "/api/v1/zoom_oauth_connections/{id}",
  tag: "Zoom OAuth connections",
  summary: "Delete a connection",
  description:
    "Erases the connection with its tokens, metadata and meetings, then revokes the grant at Zoom. The connection is deleted even if Zoom cannot be reached: the user then still sees the app at Zoom, and can remove it there. The events of the connection are kept for 30 more days. Deleting it again answers `not_found`.",
  security: "api_key",
  scope: "connections:write",
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  query: z.strictObject({
    revoke: z.enum(["true", "false"]).optional().meta({
      description: "`false` deletes the connection without revoking the grant at Zoom.",
      default: "true",
    }),
  }),
  status: 200,
  answer: null,
  errors: [],
  handle: async (scope, { params, query }) => {
    const removing = removeConnection(scope, params.id, { isToRevoke: query.revoke !== "false" });
    // Erased but not yet revoked: a caller who hangs up must not leave it at that.
    scope.waitUntil(removing.catch(() => {}));
    await removing;
    return undefined;
  },
});
