// Bot vendors as their documentation and code say that they call a token link: the bytes on the wire, and the signature.

import { createHmac, randomUUID } from "node:crypto";
import { ONCE } from "./service.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers differ by vendor.
type Json = any;

export interface VendorAnswer {
  status: number;
  headers: Headers;
  text: string;
  json: Json;
}

/** Sends a request as it stands: the service's OpenAPI document does not have it. */
export async function send(url: string, init: RequestInit = {}): Promise<VendorAnswer> {
  const headers = new Headers({ ...ONCE, ...Object.fromEntries(new Headers(init.headers)) });
  if (!headers.has("CF-Connecting-IP")) headers.set("CF-Connecting-IP", randomUUID());
  const response = await fetch(url, { redirect: "manual", ...init, headers });
  const text = await response.text();
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {}
  return { status: response.status, headers: response.headers, text, json };
}

/** The text as Python's `json.dumps` writes it for the wire: spaces, and escapes for all that is not ASCII. */
export function pythonWire(text: string): string {
  const escaped = text.replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped;
}

/** Attendee, `bots/external_callback_utils.py`: signs the canonical form of what it sends in another one. */
export function signAttendee(secret: string, canonical: string): string {
  return createHmac("sha256", Buffer.from(secret, "base64")).update(canonical, "utf8").digest("base64");
}

export async function callAsAttendee(
  url: string,
  { wire, signature }: { wire: string; signature?: string | undefined },
): Promise<VendorAnswer> {
  return await send(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "Attendee-Callback/1.0",
      ...(signature === undefined ? {} : { "X-Webhook-Signature": signature }),
    },
    body: wire,
  });
}

/** Recall.ai: Standard Webhooks over an empty payload. */
export function signRecall(
  secret: string,
  { id = `msg_${randomUUID()}`, at = Date.now() / 1000 }: { id?: string; at?: number } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(at));
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
