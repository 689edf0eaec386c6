// HMAC-SHA256 (RFC 2104), made and verified by the runtime.

type Bytes = Uint8Array<ArrayBuffer>;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" };

const encoder = new TextEncoder();

/** The 32 bytes of the HMAC over the bytes, or over the text's UTF-8 bytes. A key in text is its
 * UTF-8 bytes, and not empty. */
export async function hmacSha256(key: Bytes | string, data: Bytes | string): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", toBytes(key), ALGORITHM, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, toBytes(data)));
}

/**
 * Whether the signature is the HMAC over the bytes, or over the text's UTF-8 bytes, in a time that tells
 * nothing about where it differs. A signature of any other length than 32 bytes is none.
 */
export async function verifyHmacSha256(
  key: Bytes | string,
  signature: Bytes,
  data: Bytes | string,
): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", toBytes(key), ALGORITHM, false, ["verify"]);
  return await crypto.subtle.verify("HMAC", imported, signature, toBytes(data));
}

function toBytes(data: Bytes | string) {
  return typeof data === "string" ? encoder.encode(data) : data;
}
