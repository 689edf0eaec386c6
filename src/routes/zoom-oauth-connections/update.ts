import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation, ZOOM_CALL_ERRORS } from "../../api/operation.ts";
import { changeConnection } from "../../connections/update.ts";
import { changedFields } from "../../model/connection.ts";
import { connection, toConnection } from "./connection.ts";

export const updateZoomOAuthConnection = defineOperation({
  operationId: "updateZoomOAuthConnection",
  method: "patch",
  path: "/api/v1/zoom_oauth_connections/{id}",
  tag: "Zoom OAuth connections",
  summary: "Update a connection",
  description:
    "Changes metadata and capabilities. A field that is left out stays as it is. `metadata` is replaced as a whole, and null removes it. A capability can be turned on only while the connection is connected and if the user has granted the scopes that it needs. At least one capability must stay on. An imported connection whose tokens were kept is connected by a change of its capabilities, once the grant and the user allow it.",
  security: "api_key",
  scope: "connections:write",
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  body: z.strictObject(changedFields).meta({ id: "ZoomOAuthConnectionChanges" }),
  status: 200,
  answer: connection,
  errors: ["missing_scopes", "user_not_active", "connection_disconnected", "conflict", ...ZOOM_CALL_ERRORS],
  handle: async (scope, { params, body }) => toConnection(await changeConnection(scope, params.id, body)),
});
