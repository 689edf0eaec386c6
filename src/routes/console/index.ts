// The console: what a project's team sees of its connections in a browser, and the operator of the projects.

import type { Handler } from "hono";
import { ApiError } from "../../errors.ts";
import { type AppEnv, createRouter } from "../../http/router.ts";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { addApp, changeApp, listApps, showApp } from "./apps.tsx";
import { serveConsoleAsset } from "./assets.ts";
import { showAudit } from "./audit.tsx";
import { changeCapabilities, reconnect, remove, showConnection, showMeetings, sync } from "./connection.tsx";
import { listConnections } from "./connections.tsx";
import { addKey, disableKey, listKeys } from "./keys.tsx";
import { showOverview } from "./overview.tsx";
import { forAdmin, forProject, limitForm, markRequest } from "./page.tsx";
import { showPreflight } from "./preflight.tsx";
import {
  addProject,
  addProjectKey,
  disableProjectKey,
  listProjects,
  showProject,
  showProjectAudit,
  suspendProject,
} from "./projects.tsx";
import { showConnected, showSignIn, signIn, signOut } from "./sign-in.tsx";
import { listTokenLinks, removeTokenLink, switchTokenLink } from "./token-links.tsx";
import {
  addWebhook,
  listWebhooks,
  redeliver,
  removeWebhook,
  showWebhook,
  switchWebhook,
  test,
} from "./webhooks.tsx";

type Method = "GET" | "POST";

/** The pages and forms, by the path behind `/console`. */
export const CONSOLE_ROUTES: readonly [Method, string, Handler<AppEnv>][] = [
  ["GET", "/assets/:file", serveConsoleAsset],
  ["GET", "/sign_in", showSignIn],
  ["POST", "/sign_in", signIn],
  ["POST", "/sign_out", signOut],
  ["GET", "/connected", showConnected],
  ["GET", "", forProject(showOverview)],
  ["GET", "/connections", forProject(listConnections)],
  ["GET", "/connections/:id", forProject(showConnection)],
  ["GET", "/connections/:id/meetings", forProject(showMeetings)],
  ["GET", "/connections/:id/preflight", forProject(showPreflight)],
  ["POST", "/connections/:id/sync", forProject(sync)],
  ["POST", "/connections/:id/reconnect", forProject(reconnect)],
  ["POST", "/connections/:id/capabilities", forProject(changeCapabilities)],
  ["POST", "/connections/:id/remove", forProject(remove)],
  ["GET", "/apps", forProject(listApps)],
  ["POST", "/apps", forProject(addApp)],
  ["GET", "/apps/:id", forProject(showApp)],
  ["POST", "/apps/:id", forProject(changeApp)],
  ["GET", "/webhooks", forProject(listWebhooks)],
  ["POST", "/webhooks", forProject(addWebhook)],
  ["GET", "/webhooks/:id", forProject(showWebhook)],
  ["POST", "/webhooks/:id/test", forProject(test)],
  ["POST", "/webhooks/:id/active", forProject(switchWebhook)],
  ["POST", "/webhooks/:id/remove", forProject(removeWebhook)],
  ["POST", "/webhooks/:id/deliveries/:whd_id/redeliver", forProject(redeliver)],
  ["GET", "/token_links", forProject(listTokenLinks)],
  ["POST", "/token_links/:id/active", forProject(switchTokenLink)],
  ["POST", "/token_links/:id/remove", forProject(removeTokenLink)],
  ["GET", "/keys", forProject(listKeys)],
  ["POST", "/keys", forProject(addKey)],
  ["POST", "/keys/:id/disable", forProject(disableKey)],
  ["GET", "/audit", forProject(showAudit)],
  ["GET", "/projects", forAdmin(listProjects)],
  ["POST", "/projects", forAdmin(addProject)],
  ["GET", "/projects/:id", forAdmin(showProject)],
  ["GET", "/projects/:id/audit", forAdmin(showProjectAudit)],
  ["POST", "/projects/:id/suspended", forAdmin(suspendProject)],
  ["POST", "/projects/:id/keys", forAdmin(addProjectKey)],
  ["POST", "/projects/:id/keys/:key_id/disable", forAdmin(disableProjectKey)],
];

export const consoleRoutes = createRouter();

consoleRoutes.use(CONSOLE_PATH, markRequest);
consoleRoutes.use(`${CONSOLE_PATH}/*`, markRequest);
for (const [method, path, handle] of CONSOLE_ROUTES) {
  const limits = method === "POST" ? [limitForm] : [];
  consoleRoutes.on(method, [`${CONSOLE_PATH}${path}`], ...limits, handle);
}
consoleRoutes.get(`${CONSOLE_PATH}/*`, () => {
  throw new ApiError("not_found");
});
