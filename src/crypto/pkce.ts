// Proof Key for Code Exchange. @see https://www.rfc-editor.org/rfc/rfc7636

import { sha256Base64 } from "./hash.ts";
import { hmacSha256 } from "./hmac.ts";

/**
 * The code verifier of an attempt (4.1): 43 characters, made of the secret that one browser has in its cookie and of the
 * `state` of one attempt. So it is kept nowhere: the database has hashes of both alone, and a code that was stolen from
 * another browser's attempt does not fit.
 */
export async function createCodeVerifier(browserSecret: string, state: string): Promise<string> {
  const bytes = await hmacSha256(browserSecret, `code_verifier:${state}`);
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The S256 challenge of a verifier (4.2). */
export async function toCodeChallenge(verifier: string): Promise<string> {
  return await sha256Base64(verifier, "base64url");
}
