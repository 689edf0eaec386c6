// What the clock asks for, every minute.

import { deleteOldAuthorizationCodes } from "../db/authorization-codes.ts";
import { deleteExpiredEvents } from "../db/connection-events.ts";
import { type DueWork, takeDue } from "../db/syncs.ts";
import type { Deps } from "../deps.ts";
import { log } from "../log.ts";
import { createTrace, runTraced } from "../trace.ts";
import { reEncrypt } from "./re-encrypt.ts";

/** As many messages as Cloudflare's queues take at once. */
const DUE_BATCH_SIZE = 100;
/** Of each kind, in one run of the clock: more than a minute's share of some million connections. */
const MAX_DUE = 2_000;
/** How long the outcome of an authorization code is remembered, in hours. */
const AUTHORIZATION_CODE_MEMORY_HOURS = 24;

/** Due refreshes and syncs, clean-up and re-encryption; each run is bounded, and what it leaves the next one finds. */
export async function runDueWork(deps: Deps): Promise<void> {
  await runTraced(createTrace(), async () => {
    await enqueueDue(deps, "refresh");
    await enqueueDue(deps, "sync");
    const count = await deleteOldAuthorizationCodes(deps.db, AUTHORIZATION_CODE_MEMORY_HOURS);
    if (count > 0) log("info", "authorization_codes_forgotten", { count });
    const events = await deleteExpiredEvents(deps.db);
    if (events > 0) log("info", "events_forgotten", { count: events });
    const reEncrypted = await reEncrypt(deps);
    if (reEncrypted > 0) log("info", "re_encrypted", { count: reEncrypted });
  });
}

/** Puts what is due on the queue. Where the queue is away, it comes due again. */
async function enqueueDue({ db, jobs }: Deps, type: DueWork): Promise<void> {
  for (let taken = 0; taken < MAX_DUE; taken += DUE_BATCH_SIZE) {
    const ids = await takeDue(db, type, DUE_BATCH_SIZE);
    if (ids.length > 0) {
      await jobs.sendBatch(ids.map((id) => ({ body: { type, zoom_oauth_connection_id: id } })));
      log("info", "due_work_enqueued", { job: type, count: ids.length });
    }
    if (ids.length < DUE_BATCH_SIZE) return;
  }
}
