// What a cron run does, every minute.

import { probeApps } from "../apps/probe.ts";
import { revokeRequested } from "../connections/revoke.ts";
import { releaseHeldEvents } from "../connections/zoom-events.ts";
import { deleteOldAuditEvents } from "../db/audit-events.ts";
import { deleteOldAuthorizationCodes } from "../db/authorization-codes.ts";
import { postgresError } from "../db/client.ts";
import { deleteOldConnectSessions, expireConnectSessions } from "../db/connect-sessions.ts";
import { foldConnectionCounts } from "../db/connection-counts.ts";
import { deleteExpiredEvents } from "../db/connection-events.ts";
import { deleteOldDailyCounts, foldDailyCounts } from "../db/daily-counts.ts";
import { deleteOldDeadLetters } from "../db/dead-letters.ts";
import { deleteOldExports } from "../db/exports.ts";
import { DUE_BATCH_SIZE, type Due, type DueWork, takeDue } from "../db/schedules.ts";
import { compareSchema, SCHEMA_MISMATCH } from "../db/schema-version.ts";
import {
  deferPausedDeliveries,
  deleteOldDeliveries,
  takeOverdueDeliveries,
} from "../db/webhook-deliveries.ts";
import { deleteOldZoomEvents } from "../db/zoom-events.ts";
import { describeError, log } from "../log.ts";
import { announce, sendAll } from "../queue.ts";
import type { Scope, ServiceScope } from "../scope.ts";
import { bringIn, checkJournal } from "./journal.ts";
import { reEncrypt } from "./re-encrypt.ts";

const OVERDUE_BATCH_SIZE = 100;
/** More than a minute's share of some 100,000 that wait. */
const DEFER_BATCH_SIZE = 1_000;
/** Of each kind, in one cron run: more than a minute's share of some million connections. */
const MAX_DUE = 2_000;
/** In one cron run. */
const MAX_RELEASED_EVENTS = 1_000;
/** In one cron run: far more than a minute's share. */
const MAX_EXPIRED_SESSIONS = 1_000;
/** When a delivery that is due must have been lost on its way, and when its message too. */
const OVERDUE = { graceSeconds: 15, againSeconds: 60, limit: OVERDUE_BATCH_SIZE };

/** Due refreshes and syncs, counts, clean-up and re-encryption; each run is bounded, and what it leaves the next one finds. */
export async function runDueWork(scope: ServiceScope): Promise<void> {
  for (const [job, work] of Object.entries(DUE_WORK)) {
    // Each for itself: where the queue is away, the clean-up goes on.
    const count = await work(scope).catch((error: unknown) => {
      log("error", "due_work_failed", { job, ...describeError(error), ...postgresError(error) });
    });
    if (count) log("info", "due_work_done", { job, count });
  }
}

/** What a cron run does, in this order; each tells how much of it there was. */
const DUE_WORK: Record<string, (scope: ServiceScope) => Promise<number>> = {
  schema: reportSchema,
  // First, since nothing else has it.
  kept_in_journal: bringIn,
  refreshes: async (scope) => await enqueueDue(scope, "refresh"),
  syncs: async (scope) => await enqueueDue(scope, "sync"),
  deliveries: announceOverdue,
  paused_deliveries: async ({ db }) => await deferPausedDeliveries(db, DEFER_BATCH_SIZE),
  probes: probeApps,
  daily_counts: async ({ db }) => await foldDailyCounts(db),
  connection_counts: async ({ db }) => await foldConnectionCounts(db),
  authorization_codes: async ({ db }) => await deleteOldAuthorizationCodes(db),
  events: async ({ db }) => await deleteExpiredEvents(db),
  audit_events: async ({ db }) => await deleteOldAuditEvents(db),
  zoom_events: async ({ db }) => await deleteOldZoomEvents(db),
  connect_sessions: expireSessions,
  old_connect_sessions: async ({ db }) => await deleteOldConnectSessions(db),
  dead_letters: async ({ db }) => await deleteOldDeadLetters(db),
  held_zoom_events: async (scope) => await releaseHeldEvents(scope, MAX_RELEASED_EVENTS),
  revocations: revokeRequested,
  exports: async ({ db }) => await deleteOldExports(db),
  old_deliveries: async ({ db }) => await deleteOldDeliveries(db),
  old_daily_counts: async ({ db }) => await deleteOldDailyCounts(db),
  re_encryption: reEncrypt,
  // Last: what was encrypted anew need not be opened with an older key.
  journal: checkJournal,
};

/** The log then tells of a rollback, or of a forgotten migration, even where nobody asks /readyz. */
async function reportSchema({ db }: Scope): Promise<number> {
  const schema = await compareSchema(db);
  if (schema !== "same") {
    log(schema === "newer" ? "warn" : "error", "schema_mismatch", { reason: SCHEMA_MISMATCH[schema] });
  }
  return 0;
}

/** Tells the queue of deliveries that it has not been told of, or has lost. */
async function announceOverdue(scope: Scope): Promise<number> {
  return await inBatches(
    OVERDUE_BATCH_SIZE,
    async () => {
      const ids = await takeOverdueDeliveries(scope.db, OVERDUE);
      return { ids, count: ids.length };
    },
    async (ids) => await announce(scope, ids),
  );
}

/** Ends connect sessions whose time has passed, and tells the queue of the deliveries that tell of it. */
async function expireSessions(scope: Scope): Promise<number> {
  const { count, deliveryIds } = await expireConnectSessions(scope.db, MAX_EXPIRED_SESSIONS);
  await announce(scope, deliveryIds);
  return count;
}

/** Puts what is due on the queue. Where the queue is away, it comes due again. */
async function enqueueDue({ db, jobs }: Scope, type: DueWork): Promise<number> {
  return await inBatches(
    DUE_BATCH_SIZE,
    async () => await takeDue(db, type),
    async (ids) =>
      await sendAll(
        jobs,
        ids.map((id) => ({ type, zoom_oauth_connection_id: id })),
      ),
  );
}

/** Takes batches and hands them on until one is not full, within the bound of one run. Returns how many it handed on. */
async function inBatches(
  batchSize: number,
  take: () => Promise<Due>,
  handOn: (ids: string[]) => Promise<unknown>,
): Promise<number> {
  let handedOn = 0;
  for (let taken = 0; taken < MAX_DUE; ) {
    const { ids, count } = await take();
    if (ids.length > 0) await handOn(ids);
    handedOn += ids.length;
    taken += count;
    if (count < batchSize) break;
  }
  return handedOn;
}
