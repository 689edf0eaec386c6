// Webhooks of the service: whether one is genuine, and what it says. Knows the headers of Standard Webhooks.

import type { WebhookEvent } from "./generated/types.ts";
import { isEqual, sign } from "./webhook-signature.ts";
import { WebhookVerificationError } from "./webhook-verification-error.ts";

const TOLERANCE_SECONDS = 300;

/** `Headers` of a Request, the headers of a request in Node, or an object with one member for each header. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

/**
 * The event of a webhook that the service has signed in the last five minutes.
 *
 * The same event may arrive twice: remember its `idempotency_key`. A later version of the service may send triggers
 * that this one does not name: ignore what you do not know.
 *
 * @param body The body as it was received, before any JSON parser: text or bytes.
 * @param headers Those of the request.
 * @param secret `secret` of `getWebhookSecret()`. After a rotation the one before it is good for 24 hours.
 * @throws {WebhookVerificationError} Where it is not genuine, too old, or cannot be judged.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string,
): Promise<WebhookEvent> {
  const bytes = toBytes(body);
  const id = readHeader(headers, "webhook-id");
  const timestamp = readHeader(headers, "webhook-timestamp");
  const signatures = readHeader(headers, "webhook-signature");
  checkTimestamp(timestamp);
  const expected = await sign(bytes, { id, timestamp, secret });
  if (!signatures.split(" ").some((signature) => isEqual(signature, expected))) {
    throw new WebhookVerificationError(
      "signature_mismatch",
      "No signature is right. Are you passing the raw body, byte for byte as it was received? Is the secret the one that getWebhookSecret() answers for this project?",
    );
  }
  return parse(bytes);
}

/**
 * Headers that sign a body as the service does: for the tests of your own receiver.
 *
 * @param secret Any text in base64, which your receiver has as its secret during the test.
 * @param options `timestamp`: when it was sent; now where it is left out. `id`: a random UUID where it is left out.
 */
export async function createTestWebhookHeaders(
  body: string | Uint8Array | ArrayBuffer,
  secret: string,
  { id = crypto.randomUUID(), timestamp = new Date() }: { id?: string; timestamp?: Date } = {},
): Promise<Record<"content-type" | "webhook-id" | "webhook-timestamp" | "webhook-signature", string>> {
  const seconds = String(Math.floor(timestamp.getTime() / 1000));
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": await sign(toBytes(body), { id, timestamp: seconds, secret }),
  };
}

function toBytes(body: unknown): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new WebhookVerificationError(
    "body_not_raw",
    'The body must be the text or the bytes that were received, not what a JSON parser made of them. Are you passing the raw body? In Hono: await c.req.text(). In Express: express.raw({ type: "application/json" }).',
  );
}

function readHeader(headers: WebhookHeaders, name: string): string {
  const value = isHeaders(headers)
    ? headers.get(name)
    : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const text = typeof value === "object" ? value?.join(" ") : value;
  if (text) return text;
  throw new WebhookVerificationError(
    "header_missing",
    `The header ${name} is missing. Are you passing the headers of the request? Without it, the request does not come from the service.`,
  );
}

function isHeaders(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === "function";
}

function checkTimestamp(timestamp: string): void {
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError(
      "timestamp_malformed",
      "webhook-timestamp must be seconds since 1970.",
    );
  }
  const ageSeconds = Math.floor(Date.now() / 1000) - Number(timestamp);
  if (Math.abs(ageSeconds) <= TOLERANCE_SECONDS) return;
  const [reason, direction] =
    ageSeconds > 0 ? (["timestamp_too_old", "ago"] as const) : (["timestamp_too_new", "ahead"] as const);
  throw new WebhookVerificationError(
    reason,
    `The webhook was signed ${Math.abs(ageSeconds)} seconds ${direction}, and at most ${TOLERANCE_SECONDS} are allowed. Is the clock of this machine right? If it is, this is a replay of an old request.`,
  );
}

function parse(bytes: Uint8Array): WebhookEvent {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as WebhookEvent;
  } catch {
    throw new WebhookVerificationError("body_not_json", "The body is signed, and is no JSON in UTF-8.");
  }
}
