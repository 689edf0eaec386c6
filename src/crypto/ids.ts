// Ids, API keys and other secrets: random text from the runtime's cryptographic source.

import { crc32 } from "./hash.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Bytes from here up are thrown away, so that each of the 62 characters is equally likely. */
const UNBIASED_LIMIT = 256 - (256 % ALPHABET.length);

/** So many random characters `[A-Za-z0-9]`. */
function randomCharacters(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < UNBIASED_LIMIT && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}

const ID_LENGTH = 16;
/** 238 bits. */
const SECRET_LENGTH = 40;

const PREFIXES = ["proj", "key", "zoa", "zoc", "evt", "webhook", "whd", "cs", "tl", "dl"] as const;
export type IdPrefix = (typeof PREFIXES)[number];
const ANY_ID = new RegExp(`^(?:${PREFIXES.join("|")})_[A-Za-z0-9]{${ID_LENGTH}}$`);

const LINK_SECRET_FORM = new RegExp(`^[A-Za-z0-9]{${SECRET_LENGTH}}$`);

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

/** A new secret for a URL or a cookie. */
export function createLinkSecret(): string {
  return randomCharacters(SECRET_LENGTH);
}

/** Whether the text has the form of such a secret. */
export function isLinkSecret(text: string): boolean {
  return LINK_SECRET_FORM.test(text);
}

/** A new secret to sign webhooks with: base64 of 32 random bytes, as Standard Webhooks wants it. */
export function createWebhookSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64();
}

// API keys: `zock_`, 40 random characters and a checksum of 6. The prefix lets secret scanners recognise a key that leaked, and the
// checksum tells a mistyped or guessed one without asking the database. Keys of the older form have no checksum and are shorter;
// operators may also have chosen keys of their own. Both still work.

const API_KEY_PREFIX = "zock_";
/** Enough digits for 32 bits. */
const CHECKSUM_LENGTH = 6;
const API_KEY_FORM = new RegExp(`^${API_KEY_PREFIX}[A-Za-z0-9]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** A new API key. */
export function createApiKey(): string {
  const text = `${API_KEY_PREFIX}${randomCharacters(SECRET_LENGTH)}`;
  return `${text}${checksum(text)}`;
}

/** Whether the text has the form of {@link createApiKey}'s keys but a wrong checksum, so that no such key exists. */
export function isMistypedApiKey(text: string): boolean {
  return API_KEY_FORM.test(text) && !text.endsWith(checksum(text.slice(0, -CHECKSUM_LENGTH)));
}

/** The CRC-32 of the text as six digits of base 62, the most significant first. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = `${ALPHABET[rest % ALPHABET.length]}${digits}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
