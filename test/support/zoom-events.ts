// Zoom's events as a test sends them: signed rightly, unless it says otherwise.

import { randomUUID } from "node:crypto";
import { signWebhook } from "../../dev/zoom-simulator/webhooks.ts";
import type { Answer, Stack, Tenant } from "./stack.ts";

export interface Sending {
  appId?: string;
  /** What the signature is made with. */
  secret?: string;
  /** Unix seconds. Default: now. */
  timestamp?: number | string;
  /** In place of the right one; null: none at all. */
  signature?: string | null;
  /** Null: none at all. */
  requestId?: string | null;
  /** `CF-Connecting-IP`. Default: one of its own. */
  address?: string;
}

export const nowSeconds = () => Math.floor(Date.now() / 1000);

/** A tenant whose app has this webhook secret. */
export async function createTenantWithSecret(stack: Stack, webhook_secret: string): Promise<Tenant> {
  const tenant = await stack.createTenant();
  const path = `/api/v1/zoom_oauth_apps/${tenant.appId}`;
  const changed = await stack.request(path, {
    method: "PATCH",
    apiKey: tenant.apiKey,
    body: { webhook_secret },
  });
  if (changed.status !== 200) throw new Error(`setting a webhook secret: ${changed.status} ${changed.text}`);
  return { ...tenant, webhookSecret: webhook_secret };
}

/** Sends the text, byte for byte, to the app's webhook URL. */
export async function sendZoomEvent(
  stack: Stack,
  text: string,
  { appId, secret = "", timestamp = nowSeconds(), requestId = randomUUID(), ...rest }: Sending,
): Promise<Answer> {
  const { signature = signWebhook(secret, Number(timestamp), text) } = rest;
  return await stack.request(`/external_webhooks/zoom/oauth_apps/${appId}`, {
    method: "POST",
    body: text,
    headers: {
      ...(rest.address === undefined ? {} : { "CF-Connecting-IP": rest.address }),
      "x-zm-request-timestamp": String(timestamp),
      ...(requestId === null ? {} : { "x-zm-request-id": requestId }),
      ...(signature === null ? {} : { "x-zm-signature": signature }),
    },
  });
}

/** What Zoom says of a user who has removed the tenant's app, besides the time. */
export const deauthorizationOf = (
  { clientId }: Tenant,
  { user_id, account_id }: { user_id: string; account_id: string },
) => ({
  account_id,
  user_id,
  client_id: clientId,
  signature: "827edc3452044f0bc86bdd5684afb7d1e6becfa1a767f24df1b287853cf73000",
});

/** Zoom's word that the user has removed the tenant's app at that time. */
export async function sendRemoval(
  stack: Stack,
  tenant: Tenant,
  user: { user_id: string; account_id: string },
  at: Date,
): Promise<Answer> {
  const event = {
    event: "app_deauthorized",
    event_ts: at.getTime(),
    payload: { ...deauthorizationOf(tenant, user), deauthorization_time: at.toISOString() },
  };
  const { appId, webhookSecret: secret } = tenant;
  return await sendZoomEvent(stack, JSON.stringify(event), { appId, secret });
}
