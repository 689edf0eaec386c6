// Zoom OAuth apps. Their secrets go in and never come out.

import type { Context } from "hono";
import * as operations from "../api/zoom-oauth-apps.ts";
import { sealAppSecrets } from "../connections/app-credentials.ts";
import { changeApp } from "../connections/change-app.ts";
import { verifyAppCredentials } from "../connections/verify-app.ts";
import { createId } from "../crypto/ids.ts";
import {
  type CountedApp,
  deleteZoomOAuthApp,
  findZoomOAuthApp,
  insertZoomOAuthApp,
  listZoomOAuthApps,
} from "../db/zoom-oauth-apps.ts";
import { ApiError } from "../errors.ts";
import { apiKeySha256Of, found, requireProjectId } from "../http/authentication.ts";
import { implement } from "../http/implement.ts";
import { toPage, toPageRequest } from "../http/paging.ts";
import { type AppEnv, createRouter } from "../http/router.ts";

const NOUN = "Zoom OAuth app";

export const zoomOAuthAppRoutes = createRouter();

implement(zoomOAuthAppRoutes, operations.createZoomOAuthApp, async (c, { body }) => {
  const deps = c.get("deps");
  const projectId = await requireProjectId(c);
  await verifyAppCredentials(deps.zoom, { clientId: body.client_id, clientSecret: body.client_secret });
  const id = createId("zoa");
  const secrets = await sealAppSecrets(deps.keyring, {
    id,
    clientSecret: body.client_secret,
    webhookSecret: body.webhook_secret ?? null,
  });
  const app = { id, project_id: projectId, name: body.name ?? null, client_id: body.client_id, ...secrets };
  const counted = await insertZoomOAuthApp(deps.db, app);
  if (!counted) {
    throw new ApiError("conflict", { message: "The project already has an app with this client_id." });
  }
  return toApp(c, counted);
});

implement(zoomOAuthAppRoutes, operations.listZoomOAuthApps, async (c, { query }) => {
  const page = await toPageRequest(c, query);
  const apps = found(await listZoomOAuthApps(c.get("deps").db, apiKeySha256Of(c), page), NOUN);
  const rows = apps.map((counted) => ({
    ...counted,
    id: counted.app.id,
    created_at: counted.app.created_at,
  }));
  return toPage(c, page, rows, (counted) => toApp(c, counted));
});

implement(zoomOAuthAppRoutes, operations.getZoomOAuthApp, async (c, { params }) => {
  const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
  return toApp(c, found(await findZoomOAuthApp(c.get("deps").db, key), NOUN));
});

implement(zoomOAuthAppRoutes, operations.updateZoomOAuthApp, async (c, { params, body }) => {
  const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
  return toApp(c, found(await changeApp(c.get("deps"), key, body), NOUN));
});

implement(zoomOAuthAppRoutes, operations.deleteZoomOAuthApp, async (c, { params }) => {
  const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
  const outcome = found(await deleteZoomOAuthApp(c.get("deps").db, key), NOUN);
  if (outcome === "has_connections") {
    throw new ApiError("conflict", { message: "The app still has connections. Remove them first." });
  }
  return undefined;
});

function toApp(c: Context<AppEnv>, { app, connectionCounts }: CountedApp): operations.ZoomOAuthApp {
  return {
    id: app.id,
    name: app.name,
    client_id: app.client_id,
    has_webhook_secret: app.webhook_secret !== null,
    webhook_url: new URL(`/external_webhooks/zoom/oauth_apps/${app.id}`, c.req.url).href,
    last_verified_webhook_received_at: app.last_verified_webhook_received_at,
    last_unverified_webhook_received_at: app.last_unverified_webhook_received_at,
    credentials_invalid_at: app.credentials_invalid_at,
    connection_counts: connectionCounts,
    created_at: app.created_at,
    updated_at: app.updated_at,
  };
}
