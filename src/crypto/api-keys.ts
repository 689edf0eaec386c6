// API keys: `zock_`, 40 random characters and a checksum of 6. The prefix lets secret scanners recognise a key that
// leaked, and the checksum tells a mistyped or guessed one without asking the database. Keys of the older form have no
// checksum and are shorter; operators may also have chosen keys of their own. Both still work.

import { crc32 } from "./crc32.ts";
import { ALPHABET, randomCharacters } from "./random.ts";

const PREFIX = "zock_";
/** 238 bits. */
const RANDOM_LENGTH = 40;
/** Enough digits for 32 bits. */
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^${PREFIX}[A-Za-z0-9]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

/** A new API key. */
export function createApiKey(): string {
  const text = `${PREFIX}${randomCharacters(RANDOM_LENGTH)}`;
  return `${text}${checksum(text)}`;
}

/** Whether the text has the form of {@link createApiKey}'s keys but a wrong checksum, so that no such key exists. */
export function isMistypedApiKey(text: string): boolean {
  return FORM.test(text) && !text.endsWith(checksum(text.slice(0, -CHECKSUM_LENGTH)));
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
