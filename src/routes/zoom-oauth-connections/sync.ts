import * as z from "zod";
import { givenId, noFields } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { askForSync } from "../../connections/sync.ts";
import { connection, toConnection } from "./connection.ts";

export const syncZoomOAuthConnection = defineOperation({
  operationId: "syncZoomOAuthConnection",
  method: "post",
  path: "/api/v1/zoom_oauth_connections/{id}/sync",
  tag: "Zoom OAuth connections",
  summary: "Sync a connection's meetings",
  description:
    "Reads from Zoom which meetings the user hosts, so that `createZoomTokens` finds the connection for a meeting. The sync runs in the background: when it is done, `last_successful_sync_at` changes. Connections that support local recording tokens are also synced after they are created, and then at least once a week. This operation takes no body.",
  security: "api_key",
  scope: "connections:write",
  isIdempotent: true,
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  body: noFields,
  status: 202,
  answer: connection,
  errors: ["not_found", "connection_disconnected", "capability_not_supported"],
  handle: async (scope, { params }) => toConnection(await askForSync(scope, params.id)),
});
