// The texts of ids, codes and tokens: random, and shaped like Zoom's. Nothing in them is ever read back.

import { randomBytes, randomUUID } from "node:crypto";

const HEADER = encode({ alg: "HS512", v: "2.0", kid: "5b1f9c62-0d6e-4c6c-9a55-6d2d5f1b7a10" });
const SIGNATURE_BYTES = 64;

/** `type` of the token, as far as Zoom's own tokens tell: 0 access, 1 refresh; ours for the rest. */
const TYPES = { access: 0, refresh: 1, zak: 2, onbehalf: 3 } as const;

export interface TokenSubject {
  kind: keyof typeof TYPES;
  client_id: string;
  user_id: string | null;
  life_ms: number;
}

/**
 * A token that looks like a JWT of Zoom's, over 500 characters ("api_url in the access token response" tells
 * to store them as text). Its signature is noise: callers must take it as opaque.
 */
export function tokenText({ kind, client_id, user_id, life_ms }: TokenSubject): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ver: 7,
    auid: randomBytes(16).toString("hex"),
    code: randomText(43),
    iss: `zm:cid:${client_id}`,
    gno: 0,
    type: TYPES[kind],
    tid: 0,
    aud: "https://oauth.zoom.us",
    uid: user_id,
    nbf: now,
    exp: now + Math.floor(life_ms / 1000),
    iat: now,
    jti: randomUUID(),
  };
  return `${HEADER}.${encode(claims)}.${randomBytes(SIGNATURE_BYTES).toString("base64url")}`;
}

/** Ten characters, an underscore, and what looks like an id. */
export function codeText(): string {
  return `${randomText(10)}_${randomText(22)}`;
}

/** 22 URL-safe characters, as Zoom's ids of users and accounts are. */
export function idText(): string {
  return randomBytes(16).toString("base64url");
}

export function requestId(): string {
  return randomUUID().replaceAll("-", "_");
}

/** Letters and digits. */
export function randomText(length: number): string {
  return randomBytes(length).toString("base64url").replaceAll(/[-_]/g, "x").slice(0, length);
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
