// The cron run's part in the token journal: it puts what is missing there, removes what must not be there, and brings in what
// neither database nor queue took.

import { putRow } from "../connections/journaling.ts";
import {
  type Checked,
  type DueCheck,
  fillJournal,
  settleChecks,
  takeDueChecks,
  turnJournalOff,
} from "../db/token-journal.ts";
import type { Journal, KeptText } from "../journal/journal.ts";
import { walkKept } from "../journal/kept.ts";
import { describeError, log } from "../log.ts";
import { readMessage, send } from "../queue.ts";
import type { ServiceScope } from "../scope.ts";
import { runJob } from "./consume.ts";

/** In one cron run: each takes up to four calls of the bucket. */
const MAX_CHECKS = 500;
/** At once. */
const SIDE_BY_SIDE = 20;

/** Compares entries that may not be what they should with their rows, and mends them. Returns how many it has looked at. */
export async function checkJournal(scope: ServiceScope): Promise<number> {
  const { db, journal, keyring } = scope;
  if (journal === null) {
    await turnJournalOff(db);
    return 0;
  }
  const due = await takeDueChecks(db, MAX_CHECKS);
  const settled: Checked[] = [];
  for (let start = 0; start < due.length; start += SIDE_BY_SIDE) {
    const some = due.slice(start, start + SIDE_BY_SIDE);
    const done = await Promise.all(
      some.map(async (check) => ((await mend(scope, journal, check)) ? check : null)),
    );
    settled.push(...done.filter((check) => check !== null).map(toChecked));
  }
  if (settled.length > 0) await settleChecks(db, settled);
  if (due.length < MAX_CHECKS) await fillJournal(db, keyring.keyIds[0] as string, MAX_CHECKS - due.length);
  return settled.length;
}

/**
 * Whether the journal has what the check asks for. An entry that a tombstone keeps out is looked at again: where the database was
 * restored, its recovery erases the row.
 */
async function mend(scope: ServiceScope, journal: Journal, check: DueCheck): Promise<boolean> {
  try {
    if (check.kind === "entry") return (await putRow(scope, journal, check.row)) !== "removed";
    if (check.isOver) await journal.forget(check.id);
    else await journal.bury(check.removal);
    return true;
  } catch (error) {
    log("warn", "not_journaled", { zoom_oauth_connection_id: check.id, ...describeError(error) });
    return false;
  }
}

function toChecked({ id, version, updatedAt }: DueCheck): Checked {
  return { id, version, updatedAt };
}

/**
 * Gives what neither database nor queue took to the queue; where that is still away, does its work at once. Done twice it has
 * one effect. Returns how many.
 */
export async function bringIn(scope: ServiceScope): Promise<number> {
  const { journal } = scope;
  if (journal === null) return 0;
  let count = 0;
  for await (const kept of walkKept(journal)) if (await bringInOne(scope, journal, kept)) count += 1;
  return count;
}

async function bringInOne(scope: ServiceScope, journal: Journal, kept: KeptText): Promise<boolean> {
  const message = readMessage(JSON.parse(kept.text));
  if (message === null) {
    log("error", "job_unreadable");
    return false;
  }
  try {
    await send(scope.jobs, message).catch(async () => await runJob(scope, message, kept.name));
    // Its work may have kept another text under this name: tokens that Zoom has renewed.
    await journal.release(kept);
    return true;
  } catch (error) {
    log("warn", "job_failed", { job: message.type, ...describeError(error) });
    return false;
  }
}
