// SHA-256 for look-ups of secrets that are never stored, the constant-time comparison of secrets, and a checksum.

const encoder = new TextEncoder();

/** SHA-256 of the bytes, or of the text's UTF-8 bytes, as 64 lower-case hex digits. */
export async function sha256Hex(data: string | ArrayBuffer): Promise<string> {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** SHA-256 of the text's UTF-8 bytes, in base64 or, without padding, in base64url. */
export async function sha256Base64(
  text: string,
  alphabet: "base64" | "base64url" = "base64",
): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  return hash.toBase64({ alphabet, omitPadding: alphabet === "base64url" });
}

/**
 * Whether two secrets are equal, in a time that tells nothing about where they differ: both are
 * signed with a key made for this call, and the runtime verifies one HMAC against the other's text.
 */
export async function secretsEqual(given: string, expected: string): Promise<boolean> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", random, algorithm, false, ["sign", "verify"]);
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(expected));
  return await crypto.subtle.verify("HMAC", key, signature, encoder.encode(given));
}

/** The polynomial of IEEE 802.3, its bits reversed. */
const POLYNOMIAL = 0xedb88320;
const ALL_BITS = 0xffffffff;

/**
 * CRC-32 of an ASCII text as in Ethernet, gzip and PNG, 0 to 2^32 - 1. It finds mistakes of typing and copying; it proves nothing
 * about who wrote a text.
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-8
 */
export function crc32(text: string): number {
  let remainder = ALL_BITS;
  for (let index = 0; index < text.length; index++) {
    remainder ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  }
  return (remainder ^ ALL_BITS) >>> 0;
}
