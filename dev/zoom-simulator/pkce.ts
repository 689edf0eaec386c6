// Proof Key for Code Exchange (RFC 7636): what a challenge looks like, and whether a verifier fits it.

import { createHash } from "node:crypto";
import type { Code } from "./records.ts";

/** The form of a verifier, and so of a plain challenge (4.1); an S256 challenge has 43 of these (4.2). */
const FORM = /^[A-Za-z0-9\-._~]{43,128}$/;

export function isChallenge(text: string, method: Code["code_challenge_method"]): boolean {
  return FORM.test(text) && (method === "plain" || text.length === 43);
}

/** 4.6. A code without a challenge asks for no verifier. */
export function isVerified(
  code: Pick<Code, "code_challenge" | "code_challenge_method">,
  verifier: string | null,
): boolean {
  if (code.code_challenge === null) return true;
  if (verifier === null || !FORM.test(verifier)) return false;
  const isHashed = code.code_challenge_method === "S256";
  const challenge = isHashed ? createHash("sha256").update(verifier).digest("base64url") : verifier;
  return challenge === code.code_challenge;
}
