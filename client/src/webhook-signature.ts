// The signature of Standard Webhooks, by the WebCrypto that every runtime has.

import { WebhookVerificationError } from "./webhook-verification-error.ts";

const PREFIX = "v1,";

/** The signature in the form of `webhook-signature`: HMAC-SHA-256 over id, time and body. */
export async function sign(
  body: Uint8Array,
  { id, timestamp, secret }: { id: string; timestamp: string; secret: string },
): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", decodeSecret(secret), algorithm, false, ["sign"]);
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  return `${PREFIX}${btoa(String.fromCharCode(...signature))}`;
}

function decodeSecret(secret: string): Uint8Array<ArrayBuffer> {
  try {
    // Without the check, atob would read null as text, and everybody could sign with that.
    const bytes = Uint8Array.from(atob(typeof secret === "string" ? secret : ""), (character) =>
      character.charCodeAt(0),
    );
    if (bytes.length > 0) return bytes;
  } catch {
    // Said below, without the secret.
  }
  throw new WebhookVerificationError(
    "secret_malformed",
    "The secret is empty or no base64. Pass `secret` of getWebhookSecret() as it is.",
  );
}

/** In constant time: how long it takes tells nothing of where the texts differ. */
export function isEqual(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index++) {
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index);
  }
  return difference === 0;
}
