// What a delivery carries to prove where it comes from: the body's one spelling and the two signatures over it.
// Knows nothing of where the secrets are kept or of how the request is sent.

import { compareCodePoints } from "../crypto/canonical-json.ts";
import { hmacSha256 } from "../crypto/hmac.ts";

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export interface DeliveryToSign {
  /** Base64 of the keys, the current one first; one that was replaced follows while it still signs along. */
  secrets: readonly [current: string, ...replaced: string[]];
  /** The same for each attempt at a delivery. */
  id: string;
  /** When this attempt is made: receivers refuse one that is more than five minutes off. */
  timestamp: Date;
  /** The text exactly as it is sent. */
  body: string;
}

/**
 * JSON with the keys of each object in the order of their code points and without spaces: byte for byte what
 * Python's `json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))` writes, so that a
 * receiver who parsed the body can restore what was signed. Numbers that are not zero but nearer to it than
 * 0.0001 are the exception: Python spells their exponents in a way of its own.
 */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  // Joined by hand: an object with its keys in order would still list those that look like integers first.
  const members = Object.entries(value)
    .sort(([left], [right]) => compareCodePoints(left, right))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/**
 * The headers that sign one attempt: `X-Webhook-Signature`, by the current secret alone since receivers compare
 * it as a whole, and those of Standard Webhooks, whose list of signatures has room for every secret. Throws
 * where a secret is not base64.
 */
export async function signDelivery(delivery: DeliveryToSign): Promise<Record<string, string>> {
  const { secrets, id, timestamp, body } = delivery;
  const seconds = String(Math.floor(timestamp.getTime() / 1000));
  const sign = async (secret: string, text: string) =>
    (await hmacSha256(Uint8Array.fromBase64(secret), text)).toBase64();
  const standard: string[] = [];
  for (const secret of secrets) standard.push(`v1,${await sign(secret, `${id}.${seconds}.${body}`)}`);
  return {
    "X-Webhook-Signature": await sign(secrets[0], body),
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": standard.join(" "),
  };
}
