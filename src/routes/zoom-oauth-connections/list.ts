import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { listConnections } from "../../db/zoom-oauth-connections.ts";
import { defineList } from "../../http/list.ts";
import { CONNECTION_STATES, metadata } from "../../model/connection.ts";
import { CONNECTION_FAILURE_CODES } from "../../model/connection-failure.ts";
import { storableText } from "../../model/fields.ts";
import { connection, toConnection } from "./connection.ts";

export const listZoomOAuthConnections = defineList({
  operationId: "listZoomOAuthConnections",
  path: "/api/v1/zoom_oauth_connections",
  tag: "Zoom OAuth connections",
  summary: "List connections",
  description: "Newest first. If several filters are given, a connection must match all of them.",
  security: "api_key",
  scope: "connections:read",
  filters: {
    state: z.enum(CONNECTION_STATES).optional().meta({ description: "Only connections in this state." }),
    user_id: storableText.optional().meta({ description: "Only connections of this Zoom user ID." }),
    failure_code: z
      .enum(CONNECTION_FAILURE_CODES)
      .optional()
      .meta({ description: "Only connections that are disconnected for this reason." }),
    account_id: storableText.optional().meta({ description: "Only connections of this Zoom account ID." }),
    zoom_oauth_app_id: givenId("zoa", "Only connections of this Zoom OAuth app.").optional(),
    metadata: metadata.optional().meta({
      description:
        "Only connections with this value in their metadata: `metadata[tenant_id]=1234567890`. If several are given, all of them must match.",
    }),
  },
  item: connection,
  pageName: "ZoomOAuthConnectionPage",
  errors: [],
  rows: async ({ db, caller }, { filters, page }) => await listConnections(db, caller, filters, page),
  show: toConnection,
});
