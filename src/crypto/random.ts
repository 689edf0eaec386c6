// Random text from the runtime's cryptographic source.

export const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Bytes from here up are thrown away, so that each of the 62 characters is equally likely. */
const UNBIASED_LIMIT = 256 - (256 % ALPHABET.length);

/** So many random characters `[A-Za-z0-9]`. */
export function randomCharacters(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < UNBIASED_LIMIT && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
