import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { findConnection } from "../../db/zoom-oauth-connections.ts";
import { connection, toConnection } from "./connection.ts";

export const getZoomOAuthConnection = defineOperation({
  operationId: "getZoomOAuthConnection",
  method: "get",
  path: "/api/v1/zoom_oauth_connections/{id}",
  tag: "Zoom OAuth connections",
  summary: "Get a connection",
  security: "api_key",
  scope: "connections:read",
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  status: 200,
  answer: connection,
  errors: [],
  handle: async ({ db, caller }, { params }) =>
    toConnection(await findConnection(db, { ...caller, id: params.id })),
});
