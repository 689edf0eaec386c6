// SHA-256 for look-ups of secrets that are never stored, and the constant-time comparison of secrets.

const encoder = new TextEncoder();

/** SHA-256 of the text's UTF-8 bytes, as 64 lower-case hex digits. */
export async function sha256Hex(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))).toHex();
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
