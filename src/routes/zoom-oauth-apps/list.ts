import { listZoomOAuthApps as findApps } from "../../db/zoom-oauth-apps.ts";
import { defineList } from "../../http/list.ts";
import { toZoomOAuthApp, zoomOAuthApp } from "./app.ts";

export const listZoomOAuthApps = defineList({
  operationId: "listZoomOAuthApps",
  path: "/api/v1/zoom_oauth_apps",
  tag: "Zoom OAuth apps",
  summary: "List apps",
  description: "Newest first.",
  security: "api_key",
  scope: "apps:read",
  item: zoomOAuthApp,
  pageName: "ZoomOAuthAppPage",
  errors: [],
  rows: async ({ db, caller }, { page }) => await findApps(db, caller, page),
  show: (app, { url }) => toZoomOAuthApp(app, url),
});
