// Zoom OAuth apps. Their secrets go in and never come out.

import { createRoute, z } from "@hono/zod-openapi";
import { verifyAndSealApp } from "../connections/app-credentials.ts";
import { createId } from "../crypto/ids.ts";
import { insertZoomOAuthApp, type ZoomOAuthAppRow } from "../db/zoom-oauth-apps.ts";
import { ApiError } from "../errors.ts";
import { requireApiKey, requireProjectId } from "../http/authentication.ts";
import { readJsonBody } from "../http/body.ts";
import { createRouter } from "../http/router.ts";
import { displayName, errorResponses, jsonBody, jsonResponse, timestamp } from "../http/schemas.ts";

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

const newApp = z
  .strictObject({
    client_id: clientId.openapi({ description: "Client ID of the app on the Zoom Marketplace." }),
    client_secret: secret.openapi({ description: "Its client secret. Checked at Zoom, stored encrypted." }),
    webhook_secret: secret.nullish().openapi({ description: "Secret Token of its event subscriptions." }),
    name: displayName.nullish(),
  })
  .openapi("NewZoomOAuthApp");

const zoomOAuthApp = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    client_id: z.string(),
    has_webhook_secret: z.boolean(),
    webhook_url: z.string(),
    last_verified_webhook_received_at: timestamp.nullable(),
    last_unverified_webhook_received_at: timestamp.nullable(),
    credentials_invalid_at: timestamp.nullable(),
    connection_counts: z.object({ connected: z.number().int(), disconnected: z.number().int() }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .openapi("ZoomOAuthApp");

export const zoomOAuthAppRoutes = createRouter();

zoomOAuthAppRoutes.openapi(
  createRoute({
    method: "post",
    path: "/zoom_oauth_apps",
    middleware: [requireApiKey, readJsonBody],
    request: { body: jsonBody(newApp) },
    responses: {
      201: jsonResponse("The Zoom OAuth app", zoomOAuthApp),
      ...errorResponses(400, 401, 409, 413, 415, 502, 503, 504),
    },
  }),
  async (c) => {
    const deps = c.get("deps");
    const projectId = await requireProjectId(c);
    const body = c.req.valid("json");
    const id = createId("zoa");
    const sealed = await verifyAndSealApp(deps, {
      id,
      clientId: body.client_id,
      clientSecret: body.client_secret,
      webhookSecret: body.webhook_secret ?? null,
    });
    const app = { id, project_id: projectId, name: body.name ?? null, client_id: body.client_id, ...sealed };
    const row = await insertZoomOAuthApp(deps.db, app);
    if (!row)
      throw new ApiError("conflict", { message: "The project already has an app with this client_id." });
    return c.json(toZoomOAuthApp(row, { connected: 0, disconnected: 0 }, c.req.url), 201);
  },
);

function toZoomOAuthApp(
  row: ZoomOAuthAppRow,
  connectionCounts: { connected: number; disconnected: number },
  requestUrl: string,
): z.infer<typeof zoomOAuthApp> {
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
