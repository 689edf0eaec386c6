// What the clock asks for, every minute.

import { deleteOldAuthorizationCodes } from "../db/authorization-codes.ts";
import { deleteExpiredEvents } from "../db/connection-events.ts";
import type { Deps } from "../deps.ts";
import { log } from "../log.ts";
import { createTrace, runTraced } from "../trace.ts";
import { reEncrypt } from "./re-encrypt.ts";

/** How long the outcome of an authorization code is remembered, in hours. */
const AUTHORIZATION_CODE_MEMORY_HOURS = 24;

/** Clean-up and re-encryption; each run is bounded, and what it leaves the next one finds. */
export async function runDueWork(deps: Deps): Promise<void> {
  await runTraced(createTrace(), async () => {
    const count = await deleteOldAuthorizationCodes(deps.db, AUTHORIZATION_CODE_MEMORY_HOURS);
    if (count > 0) log("info", "authorization_codes_forgotten", { count });
    const events = await deleteExpiredEvents(deps.db);
    if (events > 0) log("info", "events_forgotten", { count: events });
    const reEncrypted = await reEncrypt(deps);
    if (reEncrypted > 0) log("info", "re_encrypted", { count: reEncrypted });
  });
}
