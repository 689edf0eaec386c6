// What the clock asks for, every minute.

import { deleteOldAuthorizationCodes } from "../db/authorization-codes.ts";
import { postgresError } from "../db/client.ts";
import { foldConnectionCounts } from "../db/connection-counts.ts";
import { deleteExpiredEvents } from "../db/connection-events.ts";
import { DUE_BATCH_SIZE, type Due, type DueWork, takeDue } from "../db/schedules.ts";
import {
  deferPausedDeliveries,
  deleteOldDeliveries,
  takeOverdueDeliveries,
} from "../db/webhook-deliveries.ts";
import { deleteOldZoomEvents } from "../db/zoom-events.ts";
import type { Deps } from "../deps.ts";
import { describeError, log } from "../log.ts";
import { sendAll } from "../queue.ts";
import { createTrace, runTraced } from "../trace.ts";
import { announce } from "../webhooks/announce.ts";
import { probeApps } from "./probe-apps.ts";
import { reEncrypt } from "./re-encrypt.ts";

const OVERDUE_BATCH_SIZE = 100;
/** More than a minute's share of some 100,000 that wait. */
const DEFER_BATCH_SIZE = 1_000;
/** Of each kind, in one run of the clock: more than a minute's share of some million connections. */
const MAX_DUE = 2_000;
/** Longer than Zoom sends an event again, in hours. */
const ZOOM_EVENT_MEMORY_HOURS = 24;
const DELIVERY_MEMORY_DAYS = 30;
/** When a delivery that is due must have been lost on its way, and when its message too. */
const OVERDUE = { graceSeconds: 15, againSeconds: 60, limit: OVERDUE_BATCH_SIZE };

/** Due refreshes and syncs, counts, clean-up and re-encryption; each run is bounded, and what it leaves the next one finds. */
export async function runDueWork(deps: Deps): Promise<void> {
  await runTraced(createTrace(), async () => {
    for (const [job, work] of Object.entries(DUE_WORK)) {
      // Each for itself: where the queue is away, the clean-up goes on.
      const count = await work(deps).catch((error: unknown) => {
        log("error", "due_work_failed", { job, ...describeError(error), ...postgresError(error) });
      });
      if (count) log("info", "due_work_done", { job, count });
    }
  });
}

/** What the clock does, in this order; each tells how much of it there was. */
const DUE_WORK: Record<string, (deps: Deps) => Promise<number>> = {
  refreshes: async (deps) => await enqueueDue(deps, "refresh"),
  syncs: async (deps) => await enqueueDue(deps, "sync"),
  deliveries: announceOverdue,
  paused_deliveries: async ({ db }) => await deferPausedDeliveries(db, DEFER_BATCH_SIZE),
  probes: probeApps,
  connection_counts: async ({ db }) => await foldConnectionCounts(db),
  authorization_codes: async ({ db }) => await deleteOldAuthorizationCodes(db),
  events: async ({ db }) => await deleteExpiredEvents(db),
  zoom_events: async ({ db }) => await deleteOldZoomEvents(db, ZOOM_EVENT_MEMORY_HOURS),
  old_deliveries: async ({ db }) => await deleteOldDeliveries(db, DELIVERY_MEMORY_DAYS),
  re_encryption: reEncrypt,
};

/** Tells the queue of deliveries that it has not been told of, or has lost. */
async function announceOverdue(deps: Deps): Promise<number> {
  return await inBatches(
    OVERDUE_BATCH_SIZE,
    async () => {
      const ids = await takeOverdueDeliveries(deps.db, OVERDUE);
      return { ids, count: ids.length };
    },
    async (ids) => await announce(deps, ids),
  );
}

/** Puts what is due on the queue. Where the queue is away, it comes due again. */
async function enqueueDue({ db, jobs }: Deps, type: DueWork): Promise<number> {
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
