// CRC-32 as in Ethernet, gzip and PNG. It finds mistakes of typing and copying; it proves nothing about who wrote a text.
// @see https://www.rfc-editor.org/rfc/rfc1952#section-8

/** The polynomial of IEEE 802.3, its bits reversed. */
const POLYNOMIAL = 0xedb88320;
const ALL_BITS = 0xffffffff;

/** The checksum of an ASCII text, 0 to 2^32 - 1. */
export function crc32(text: string): number {
  let remainder = ALL_BITS;
  for (let index = 0; index < text.length; index++) {
    remainder ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  }
  return (remainder ^ ALL_BITS) >>> 0;
}
