// What the token journal keeps of messages that neither database nor queue took.

import type { Journal, KeptText } from "./journal.ts";

/** Of up to 100 each. */
const MAX_PAGES = 10;

/** The kept messages, one after the other, readable or not. */
export async function* walkKept(journal: Journal): AsyncGenerator<KeptText> {
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { names, cursor: next } = await journal.listKept(cursor);
    for (const name of names) {
      const kept = await journal.findKept(name);
      // Otherwise a cron run has brought it in meanwhile.
      if (kept !== null) yield kept;
    }
    if (next === null) return;
    cursor = next;
  }
}

/** The master key of each kept message, readable or not. */
export async function findKeyIdsOfKept(journal: Journal): Promise<string[]> {
  const ids: string[] = [];
  for await (const { text } of walkKept(journal)) {
    const { credentials, grant } = JSON.parse(text) as { credentials?: string; grant?: string };
    const [, keyId] = (credentials ?? grant ?? "").split(".");
    if (keyId) ids.push(keyId);
  }
  return ids;
}
