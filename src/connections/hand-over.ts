// What Zoom has given and the database did not take: sealed onto the queue, which keeps trying.

import type { Deps } from "../deps.ts";
import { describeError, log } from "../log.ts";
import type { QueueMessage } from "../queue.ts";
import { withRetries } from "./retries.ts";

/** Pauses before each try, in milliseconds. */
const PAUSES_MS = [0, 250, 1_000, 3_000, 8_000];

/** Puts the message on the queue; where the queue is away too, tries to store once more in between. False: neither. */
export async function queueOrStore(
  { jobs }: Deps,
  message: QueueMessage,
  ids: { zoom_oauth_app_id?: string; zoom_oauth_connection_id?: string },
  store: () => Promise<void>,
  delaySeconds = 0,
): Promise<boolean> {
  try {
    await withRetries(PAUSES_MS, async () => {
      try {
        await jobs.send(message, { delaySeconds });
        log("warn", "grant_handed_over", ids);
      } catch {
        await store();
      }
    });
    return true;
  } catch (error) {
    log("error", "grant_lost", { ...ids, ...describeError(error) });
    return false;
  }
}
