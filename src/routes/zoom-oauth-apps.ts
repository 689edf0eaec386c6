// Zoom OAuth apps. Their secrets go in and never come out.

import * as z from "zod";
import { sealAppSecrets } from "../connections/app-credentials.ts";
import { verifyAppCredentials } from "../connections/verify-app.ts";
import { createId } from "../crypto/ids.ts";
import { insertZoomOAuthApp, type ZoomOAuthAppRow } from "../db/zoom-oauth-apps.ts";
import { ApiError } from "../errors.ts";
import { requireApiKey, requireProjectId } from "../http/authentication.ts";
import { readJsonBody } from "../http/body.ts";
import { createRouter } from "../http/router.ts";
import { displayName } from "../http/schemas.ts";
import { validate } from "../http/validation.ts";

/** Printable ASCII without the colon, which separates the two in HTTP Basic (RFC 7617, 2). */
const clientId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x21-\x39\x3b-\x7e]*$/, "Must be printable ASCII without spaces or colons.");
const secret = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[\x21-\x7e]*$/, "Must be printable ASCII without spaces.");

const newApp = z.strictObject({
  client_id: clientId,
  client_secret: secret,
  webhook_secret: secret.nullish(),
  name: displayName.nullish(),
});

export const zoomOAuthAppRoutes = createRouter().post(
  "/zoom_oauth_apps",
  requireApiKey,
  readJsonBody,
  validate("json", newApp),
  async (c) => {
    const deps = c.get("deps");
    const projectId = await requireProjectId(c);
    const body = c.req.valid("json");
    await verifyAppCredentials(deps.zoom, { clientId: body.client_id, clientSecret: body.client_secret });
    const id = createId("zoa");
    const secrets = await sealAppSecrets(deps.keyring, {
      id,
      clientSecret: body.client_secret,
      webhookSecret: body.webhook_secret ?? null,
    });
    const app = { id, project_id: projectId, name: body.name ?? null, client_id: body.client_id, ...secrets };
    const row = await insertZoomOAuthApp(deps.db, app);
    if (!row) {
      throw new ApiError("conflict", { message: "The project already has an app with this client_id." });
    }
    return c.json(toZoomOAuthApp(row, { connected: 0, disconnected: 0 }, c.req.url), 201);
  },
);

function toZoomOAuthApp(
  row: ZoomOAuthAppRow,
  connectionCounts: { connected: number; disconnected: number },
  requestUrl: string,
) {
  return {
    id: row.id,
    name: row.name,
    client_id: row.client_id,
    has_webhook_secret: row.webhook_secret !== null,
    webhook_url: new URL(`/external_webhooks/zoom/oauth_apps/${row.id}`, requestUrl).href,
    last_verified_webhook_received_at: row.last_verified_webhook_received_at,
    last_unverified_webhook_received_at: row.last_unverified_webhook_received_at,
    credentials_invalid_at: row.credentials_invalid_at,
    connection_counts: connectionCounts,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}
