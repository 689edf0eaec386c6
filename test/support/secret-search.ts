// Looks for many secrets in long texts, in one pass over each text.

/** A secret is recognized by its last bytes: many of Zoom's tokens begin alike. */
const TAIL_LENGTH = 12;
/** A table of so many entries tells at nearly every byte that no secret ends there. */
const TABLE_BITS = 22;

/** Those of the secrets that stand in the text. */
export function findSecrets(secrets: Iterable<string>, text: string): string[] {
  const found = new Set<string>();
  const byTail = new Map<string, string[]>();
  const mayEnd = new Uint8Array(2 ** TABLE_BITS);
  for (const secret of new Set(secrets)) {
    const bytes = Buffer.from(secret);
    if (bytes.length < TAIL_LENGTH) {
      if (text.includes(secret)) found.add(secret);
      continue;
    }
    const tail = bytes.toString("latin1", bytes.length - TAIL_LENGTH);
    byTail.set(tail, [...(byTail.get(tail) ?? []), secret]);
    mayEnd[placeOf(bytes.readUInt32BE(bytes.length - 4))] = 1;
  }
  if (byTail.size === 0) return [...found];
  const bytes = Buffer.from(text);
  let last4 = 0;
  for (let end = 1; end <= bytes.length; end++) {
    last4 = (last4 << 8) | (bytes[end - 1] as number);
    if (mayEnd[placeOf(last4)] === 0 || end < TAIL_LENGTH) continue;
    for (const secret of byTail.get(bytes.toString("latin1", end - TAIL_LENGTH, end)) ?? []) {
      const start = end - Buffer.byteLength(secret);
      if (start >= 0 && bytes.toString("utf8", start, end) === secret) found.add(secret);
    }
  }
  return [...found];
}

/** Spreads four bytes over the table (Knuth, The Art of Computer Programming 3, 6.4). */
function placeOf(last4: number): number {
  return Math.imul(last4, 2_654_435_761) >>> (32 - TABLE_BITS);
}
