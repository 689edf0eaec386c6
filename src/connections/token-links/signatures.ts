// Whether a call of a token link comes from the vendor: each scheme's form of the secret, and its check.

import { canonicalizeJson } from "../../crypto/canonical-json.ts";
import { secretsEqual } from "../../crypto/hash.ts";
import { verifyHmacSha256 } from "../../crypto/hmac.ts";
import type { SignatureScheme } from "../../model/vendors.ts";
import { parseObject, type VendorCall } from "./read-call.ts";

/** How far a signed time may be off, in seconds: the tolerance of Standard Webhooks' own verifiers. */
const TIMESTAMP_TOLERANCE_SECONDS = 300;
const STANDARD_PREFIX = "whsec_";
const MAX_SIGNATURES = 10;

type Bytes = Uint8Array<ArrayBuffer>;

/** What is wrong with a secret for this scheme; null: nothing. */
export function findSecretProblem(scheme: SignatureScheme, secret: string): string | null {
  switch (scheme) {
    case "canonical_json":
      return decodeKey(secret) ? null : "Must be base64, as the vendor shows it.";
    case "standard_webhooks":
      return secret.startsWith(STANDARD_PREFIX) && decodeKey(secret.slice(STANDARD_PREFIX.length))
        ? null
        : "Must be whsec_ and base64, as the vendor shows it.";
    case "shared_secret":
      // It travels in a header.
      return /^[\x21-\x7e]{8,}$/.test(secret)
        ? null
        : "Must be at least 8 printable ASCII characters without spaces.";
  }
}

/** Whether the call is signed with the secret. In a time that tells nothing of where it differs. */
export async function verifyCall(
  scheme: SignatureScheme,
  secret: string,
  call: VendorCall,
  nowMs: number,
): Promise<boolean> {
  switch (scheme) {
    case "canonical_json":
      return await verifyCanonical(secret, call);
    case "standard_webhooks":
      return await verifyStandard(secret, call, nowMs);
    case "shared_secret": {
      const given = call.header("X-Webhook-Secret") ?? parseObject(call.body).webhook_secret;
      return typeof given === "string" && (await secretsEqual(given, secret));
    }
  }
}

/** Attendee: over the parsed body, not over the bytes on the wire, which have spaces and escapes. */
async function verifyCanonical(secret: string, { header, body }: VendorCall): Promise<boolean> {
  const key = decodeKey(secret);
  const signature = decode(header("X-Webhook-Signature"));
  const canonical = canonicalizeJson(body);
  if (!key || !signature || canonical === null) return false;
  return await verifyHmacSha256(key, signature, canonical);
}

/**
 * Standard Webhooks over an empty payload. A signature that was seen counts again within the tolerance: a vendor that
 * lost the answer sends the same one.
 */
async function verifyStandard(secret: string, { header }: VendorCall, nowMs: number): Promise<boolean> {
  const key = decodeKey(secret.slice(STANDARD_PREFIX.length));
  const [id, timestamp, signatures] = [
    header("webhook-id"),
    header("webhook-timestamp"),
    header("webhook-signature"),
  ];
  if (!key || !id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TIMESTAMP_TOLERANCE_SECONDS) return false;
  for (const versioned of signatures.split(" ").slice(0, MAX_SIGNATURES)) {
    const signature = versioned.startsWith("v1,") ? decode(versioned.slice("v1,".length)) : null;
    if (signature && (await verifyHmacSha256(key, signature, `${id}.${timestamp}.`))) return true;
  }
  return false;
}

/** Null: not base64, or empty. */
function decodeKey(text: string): Bytes | null {
  const key = decode(text);
  return key && key.length > 0 ? key : null;
}

function decode(text: string | undefined): Bytes | null {
  if (text === undefined) return null;
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return null;
  }
}
