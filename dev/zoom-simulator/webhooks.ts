// Zoom's webhooks: one signed event to a URL ("Using webhooks" on Zoom's developer pages).

import { createHash, createHmac } from "node:crypto";
import type { State } from "./state.ts";
import { requestId } from "./token-text.ts";

/** What Zoom waits for an answer. */
const TIMEOUT_MS = 3_000;

export interface WebhookInput {
  url: string;
  secret: string;
  /** The body, byte for byte. */
  body: string;
  /** Unix seconds. */
  timestamp: number;
  request_id?: string | undefined;
  /** In place of the right one; null: no signature at all. */
  signature?: string | null | undefined;
}

export interface WebhookResult {
  /** 0: no answer; `body` tells why. */
  status: number;
  body: string;
  signature: string | null;
  timestamp: number;
  request_id: string;
}

/** `v0=` and the HMAC-SHA256, in hex, over `v0:{timestamp}:{body}`. */
export function signWebhook(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

/** Sends one event, once. Never throws. */
export async function sendWebhook(input: WebhookInput): Promise<WebhookResult> {
  const { timestamp, request_id = requestId() } = input;
  const { signature = signWebhook(input.secret, timestamp, input.body) } = input;
  const sent = { signature, timestamp, request_id };
  try {
    const response = await fetch(input.url, {
      method: "POST",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Zoom Marketplace/1.0a",
        "x-zm-request-timestamp": String(timestamp),
        "x-zm-request-id": request_id,
        ...(signature === null ? {} : { "x-zm-signature": signature }),
      },
      body: input.body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: await response.text(), ...sent };
  } catch (error) {
    return { status: 0, body: describeFailure(error), ...sent };
  }
}

/**
 * The event that follows a removal of the app, where the client told an address for it. `event_ts` stands in
 * the payload and is text by Zoom's schema, and beside it, in milliseconds, in a newer sample of Zoom's.
 */
export async function tellDeauthorized(
  state: State,
  { client_id, user_id }: { client_id: string; user_id: string },
): Promise<void> {
  const client = state.clients.get(client_id);
  const user = state.users.get(user_id);
  const { deauthorization } = state.settings;
  if (!client?.webhook_url || !client.webhook_secret || !user || deauthorization === "never") return;
  const now = new Date();
  const atTop = deauthorization === "top_level";
  const event = {
    event: "app_deauthorized",
    ...(atTop ? { event_ts: now.getTime() } : {}),
    payload: {
      account_id: user.account_id,
      user_id,
      client_id,
      signature: createHash("sha256").update(requestId()).digest("hex"),
      deauthorization_time: now.toISOString(),
      ...(atTop ? {} : { event_ts: now.toISOString().slice(0, 19).replace("T", " ") }),
    },
  };
  await sendWebhook({
    url: client.webhook_url,
    secret: client.webhook_secret,
    body: JSON.stringify(event),
    timestamp: Math.floor(now.getTime() / 1000),
  });
}

/** fetch hides what happened in the cause. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
