// Random identifiers and secrets from the runtime's cryptographic source.

import { randomCharacters } from "./random.ts";

const ID_LENGTH = 16;
const LINK_SECRET_LENGTH = 40;

const PREFIXES = ["proj", "key", "zoa", "zoc", "evt", "webhook", "whd", "cs", "tl", "dl"] as const;
export type IdPrefix = (typeof PREFIXES)[number];
const ANY_ID = new RegExp(`^(?:${PREFIXES.join("|")})_[A-Za-z0-9]{${ID_LENGTH}}$`);

/** A new id: the prefix, an underscore and 16 random characters `[A-Za-z0-9]`. */
export function createId(prefix: IdPrefix): string {
  return `${prefix}_${randomCharacters(ID_LENGTH)}`;
}

/** Whether the text has the form of an id of this kind. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return new RegExp(`^${prefix}_[A-Za-z0-9]{${ID_LENGTH}}$`).test(text);
}

/** Whether the text has the form of an id of any kind. */
export function isAnyId(text: string): boolean {
  return ANY_ID.test(text);
}

/** A new secret for a URL or a cookie (238 bits). */
export function createLinkSecret(): string {
  return randomCharacters(LINK_SECRET_LENGTH);
}

/** Whether the text has the form of such a secret. */
export function isLinkSecret(text: string): boolean {
  return /^[A-Za-z0-9]{40}$/.test(text);
}

/** A new secret to sign webhooks with: base64 of 32 random bytes, as Standard Webhooks wants it. */
export function createWebhookSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64();
}
