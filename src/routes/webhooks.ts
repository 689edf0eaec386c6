// Webhooks to the project: subscriptions, deliveries, and the secret.

import type { Context } from "hono";
import * as operations from "../api/webhooks.ts";
import { createId } from "../crypto/ids.ts";
import {
  type DeliveryRow,
  insertDelivery,
  listDeliveries,
  restartDelivery,
} from "../db/webhook-deliveries.ts";
import {
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  updateWebhook,
  type WebhookRow,
} from "../db/webhooks.ts";
import { ApiError, invalidRequest } from "../errors.ts";
import { apiKeySha256Of, found, refuseInput } from "../http/authentication.ts";
import { implement } from "../http/implement.ts";
import { toPage, toPageRequest } from "../http/paging.ts";
import { type AppEnv, createRouter } from "../http/router.ts";
import { announce } from "../webhooks/announce.ts";
import { readWebhookSecret, rotateWebhookSecret } from "../webhooks/secrets.ts";
import { checkWebhookUrl } from "../webhooks/url-safety.ts";

const NOUN = "webhook";
/** Each change is a delivery to every one of them. */
const MAX_WEBHOOKS = 20;

export const webhookRoutes = createRouter();

implement(webhookRoutes, operations.createWebhook, async (c, { body }) => {
  await requireSafeUrl(c, body.url);
  const key = { apiKeySha256: apiKeySha256Of(c), id: createId("webhook") };
  const fields = { url: body.url, triggers: body.triggers, isActive: body.is_active };
  const row = found(await insertWebhook(c.get("deps").db, key, fields, MAX_WEBHOOKS), NOUN);
  if (row === "too_many") {
    throw new ApiError("conflict", {
      message: `A project has at most ${MAX_WEBHOOKS} webhooks. Remove one first.`,
    });
  }
  return toWebhook(row);
});

implement(webhookRoutes, operations.listWebhooks, async (c, { query }) => {
  const page = await toPageRequest(c, query);
  return toPage(
    c,
    page,
    found(await listWebhooks(c.get("deps").db, apiKeySha256Of(c), page), NOUN),
    toWebhook,
  );
});

implement(webhookRoutes, operations.getWebhook, async (c, { params }) =>
  toWebhook(found(await findWebhook(c.get("deps").db, keyOf(c, params)), NOUN)),
);

implement(webhookRoutes, operations.updateWebhook, async (c, { params, body }) => {
  if (body.url !== undefined) await requireSafeUrl(c, body.url);
  const changes = { url: body.url, triggers: body.triggers, isActive: body.is_active };
  return toWebhook(found(await updateWebhook(c.get("deps").db, keyOf(c, params), changes), NOUN));
});

implement(webhookRoutes, operations.deleteWebhook, async (c, { params }) => {
  found(await deleteWebhook(c.get("deps").db, keyOf(c, params)), NOUN);
  return undefined;
});

implement(webhookRoutes, operations.testWebhook, async (c, { params }) => {
  const { db } = c.get("deps");
  const key = keyOf(c, params);
  await requireActive(c, params);
  const trigger = "webhook.test";
  const payload = { trigger, webhook_id: params.id, data: {} };
  const row = found(
    await insertDelivery(db, { ...key, deliveryId: createId("whd"), trigger, payload }),
    NOUN,
  );
  await announce(c.get("deps"), [row.id]);
  return toDelivery(row);
});

implement(webhookRoutes, operations.listWebhookDeliveries, async (c, { params, query }) => {
  const page = await toPageRequest(c, query);
  return toPage(
    c,
    page,
    found(await listDeliveries(c.get("deps").db, keyOf(c, params), page), NOUN),
    toDelivery,
  );
});

implement(webhookRoutes, operations.redeliverWebhookDelivery, async (c, { params }) => {
  await requireActive(c, params);
  const key = { ...keyOf(c, params), deliveryId: params.whd_id };
  const row = found(await restartDelivery(c.get("deps").db, key), "delivery");
  await announce(c.get("deps"), [row.id]);
  return toDelivery(row);
});

implement(webhookRoutes, operations.getWebhookSecret, async (c) =>
  found(await readWebhookSecret(c.get("deps"), apiKeySha256Of(c)), NOUN),
);

implement(webhookRoutes, operations.rotateWebhookSecret, async (c) =>
  found(await rotateWebhookSecret(c.get("deps"), apiKeySha256Of(c)), NOUN),
);

function keyOf(c: Context<AppEnv>, { id }: { id: string }) {
  return { apiKeySha256: apiKeySha256Of(c), id };
}

async function requireSafeUrl(c: Context<AppEnv>, url: string): Promise<void> {
  const checked = checkWebhookUrl(url, { isInsecureAllowed: c.get("deps").isInsecureWebhookUrlAllowed });
  if ("problem" in checked) await refuseInput(c, invalidRequest({ url: [checked.problem] }));
}

async function requireActive(c: Context<AppEnv>, params: { id: string }): Promise<void> {
  const { is_active } = found(await findWebhook(c.get("deps").db, keyOf(c, params)), NOUN);
  if (!is_active) {
    throw new ApiError("conflict", { message: "The webhook is not active. Set is_active to true first." });
  }
}

function toWebhook(row: WebhookRow): operations.Webhook {
  const { id, url, triggers, is_active, paused_at, pause_reason, created_at, updated_at } = row;
  return { id, url, triggers, is_active, paused_at, pause_reason, created_at, updated_at };
}

function toDelivery(row: DeliveryRow): operations.WebhookDelivery {
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    trigger: row.trigger,
    idempotency_key: row.idempotency_key,
    zoom_oauth_connection_id: row.zoom_oauth_connection_id,
    state: row.state,
    attempt_count: row.attempt_count,
    next_attempt_at: row.next_attempt_at,
    attempts: row.attempts,
    payload: { ...row.payload, idempotency_key: row.idempotency_key },
    created_at: row.created_at,
  };
}
