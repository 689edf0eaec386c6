// Random identifiers and secrets from the runtime's cryptographic source.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 16;
const API_KEY_LENGTH = 40;
/** Bytes from here up are thrown away, so that each of the 62 characters is equally likely. */
const UNBIASED_LIMIT = 256 - (256 % ALPHABET.length);

export type IdPrefix = "proj" | "key" | "zoa" | "zoc" | "evt" | "webhook" | "whd";

/** A new id: the prefix, an underscore and 16 random characters `[A-Za-z0-9]`. */
export function createId(prefix: IdPrefix): string {
  return `${prefix}_${randomCharacters(ID_LENGTH)}`;
}

/** Whether the text has the form of an id of this kind. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return new RegExp(`^${prefix}_[A-Za-z0-9]{${ID_LENGTH}}$`).test(text);
}

/** A new API key (238 bits). The prefix lets secret scanners recognise one that leaked. */
export function createApiKey(): string {
  return `zock_${randomCharacters(API_KEY_LENGTH)}`;
}

/** A new secret to sign webhooks with: base64 of 32 random bytes, as Standard Webhooks wants it. */
export function createWebhookSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64();
}

function randomCharacters(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < UNBIASED_LIMIT && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
