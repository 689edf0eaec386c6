// Zoom's webhooks: one signed event to a URL ("Using webhooks" on Zoom's developer pages).

import { createHmac } from "node:crypto";
import { requestId } from "./state.ts";

/** What Zoom waits for an answer. */
const TIMEOUT_MS = 3_000;

export interface WebhookInput {
  url: string;
  secret: string;
  /** The body, byte for byte. */
  body: string;
  /** Unix seconds. */
  timestamp: number;
  requestId?: string | undefined;
  /** In place of the right one. */
  signature?: string | undefined;
}

export interface WebhookResult {
  /** 0: no answer. */
  status: number;
  body: string;
  signature: string;
  timestamp: number;
}

/** `v0=` and the HMAC-SHA256, in hex, over `v0:{timestamp}:{body}`. */
export function signWebhook(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

export async function sendWebhook(input: WebhookInput): Promise<WebhookResult> {
  const { timestamp } = input;
  const signature = input.signature ?? signWebhook(input.secret, timestamp, input.body);
  try {
    const response = await fetch(input.url, {
      method: "POST",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Zoom Marketplace/1.0a",
        "x-zm-signature": signature,
        "x-zm-request-timestamp": String(timestamp),
        "x-zm-request-id": input.requestId ?? requestId(),
      },
      body: input.body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: await response.text(), signature, timestamp };
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error), signature, timestamp };
  }
}
