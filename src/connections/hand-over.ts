// What Zoom has given and the database did not take: sealed onto the queue, which keeps trying. Where the queue is away as well,
// the token journal keeps it.

import { describeError, log } from "../log.ts";
import { type NewMessage, send } from "../queue.ts";
import { withRetries } from "../retries.ts";
import type { Scope } from "../scope.ts";
import { keepInJournal } from "./journaling.ts";

/** Pauses before each try, in milliseconds. */
const PAUSES_MS = [0, 250, 1_000, 3_000, 8_000];

/**
 * Puts the message on the queue. Where the queue is away too, tries to store once more, and then to keep the message in the
 * token journal. False: none of the three takes it.
 */
export async function queueOrStore(
  scope: Scope,
  message: NewMessage,
  ids: { project_id?: string; zoom_oauth_app_id?: string; zoom_oauth_connection_id?: string },
  store: () => Promise<void>,
  delaySeconds = 0,
): Promise<boolean> {
  try {
    await withRetries(PAUSES_MS, async () => {
      try {
        await send(scope.jobs, message, { delaySeconds });
        log("warn", "grant_handed_over", ids);
      } catch {
        await store().catch(async (error: unknown) => {
          await keepInJournal(scope, message).catch(() => {
            throw error;
          });
          log("warn", "grant_kept_in_journal", ids);
        });
      }
    });
    return true;
  } catch (error) {
    log("error", "grant_lost", { ...ids, ...describeError(error) });
    return false;
  }
}
