import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { findZoomOAuthApp } from "../../db/zoom-oauth-apps.ts";
import { toZoomOAuthApp, zoomOAuthApp } from "./app.ts";

export const getZoomOAuthApp = defineOperation({
  operationId: "getZoomOAuthApp",
  method: "get",
  path: "/api/v1/zoom_oauth_apps/{id}",
  tag: "Zoom OAuth apps",
  summary: "Get an app",
  security: "api_key",
  scope: "apps:read",
  params: z.object({ id: givenId("zoa", "ID of the app.") }),
  status: 200,
  answer: zoomOAuthApp,
  errors: [],
  handle: async ({ db, caller }, { params, request }) =>
    toZoomOAuthApp(await findZoomOAuthApp(db, { ...caller, id: params.id }), request.url),
});
