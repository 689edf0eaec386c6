// Moves sealed texts from older master keys to the current one, so that an old key can be dropped. Runs beside
// refreshes: a text is replaced only where it is still the one that was read.

import { UnsealError } from "../crypto/keyring.ts";
import {
  findSealedWith,
  type Resealed,
  replaceSealed,
  SEALED_COLUMNS,
  type SealedColumn,
  type SealedText,
} from "../db/sealed.ts";
import { log } from "../log.ts";
import type { Scope } from "../scope.ts";

const BATCH_SIZE = 200;
/** Maximum batches per column in one cron run. */
const MAX_BATCHES = 10;

/** Re-encrypts a bounded number of texts; the next run goes on. Returns how many. */
export async function reEncrypt(scope: Scope): Promise<number> {
  const older = scope.keyring.keyIds.slice(1);
  if (older.length === 0) return 0;
  let total = 0;
  for (const column of SEALED_COLUMNS) {
    for (let batch = 0; batch < MAX_BATCHES; batch++) {
      const texts = await findSealedWith(scope.db, column, older, BATCH_SIZE);
      const resealed = await Promise.all(texts.map(async (text) => await reseal(scope, column, text)));
      const replaced = await replaceSealed(
        scope.db,
        column,
        resealed.filter((text) => text !== null),
      );
      total += replaced;
      // Fewer than asked for: done. None replaced: what is left does not open, or is being written.
      if (texts.length < BATCH_SIZE || replaced === 0) break;
    }
  }
  return total;
}

async function reseal(
  { keyring }: Scope,
  sealedColumn: SealedColumn,
  { id, row, sealed }: SealedText,
): Promise<Resealed | null> {
  const [table = "", column = ""] = sealedColumn.split(".");
  const place = { table, row, column };
  try {
    return { id, old: sealed, new: await keyring.seal(await keyring.open(sealed, place), place) };
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    log("error", "not_re_encrypted", { reason: error.message });
    return null;
  }
}
