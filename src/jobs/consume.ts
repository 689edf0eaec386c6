// How one queue message ends: done, tried again later, or set aside.

import { finishFromQueue } from "../connections/finish-connecting.ts";
import { storeFromQueue } from "../connections/refresh.ts";
import { postgresError } from "../db/client.ts";
import type { Deps } from "../deps.ts";
import { describeError, log } from "../log.ts";
import { type QueueMessage, queueMessage } from "../queue.ts";
import { createTrace, runTraced } from "../trace.ts";
import { ZoomFailure } from "../zoom/failure.ts";

/** Seconds between two tries: short, because someone may be waiting for the grant in the message. */
const MAX_RETRY_DELAY_SECONDS = 30;
/** Below `max_retries` in wrangler.toml, so that a message is renewed before the queue gives it up. */
const RENEW_AFTER_ATTEMPTS = 90;
const FOREIGN_KEY_VIOLATION = "23503";

/** Works on the messages of a batch side by side; each ends for itself. */
export async function consumeBatch(deps: Deps, batch: MessageBatch<unknown>): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => await runTraced(createTrace(), () => consume(deps, message))),
  );
}

async function consume(deps: Deps, message: Message<unknown>): Promise<void> {
  const parsed = queueMessage.safeParse(message.body);
  if (!parsed.success) {
    log("error", "job_unreadable", { attempts: message.attempts });
    return message.ack();
  }
  const { attempts } = message;
  try {
    await run(deps, parsed.data);
    message.ack();
  } catch (error) {
    log("warn", "job_failed", { job: parsed.data.type, attempts, ...whatFailed(error) });
    await tryAgain(deps, message, parsed.data, error);
  }
}

async function run(deps: Deps, job: QueueMessage): Promise<void> {
  switch (job.type) {
    case "sync":
      log("info", "sync_requested", { zoom_oauth_connection_id: job.zoom_oauth_connection_id });
      return;
    case "finish_connecting":
      return await finishFromQueue(deps, job);
    case "store_tokens":
      return await storeFromQueue(deps, job);
  }
}

async function tryAgain(
  deps: Deps,
  message: Message<unknown>,
  job: QueueMessage,
  error: unknown,
): Promise<void> {
  if (postgresError(error)?.sqlstate === FOREIGN_KEY_VIOLATION) {
    // The project or the app was deleted meanwhile: there is nobody left to keep the grant for.
    log("warn", "job_dropped", { job: job.type });
    return message.ack();
  }
  if (message.attempts < RENEW_AFTER_ATTEMPTS) {
    return message.retry({ delaySeconds: Math.min(2 ** (message.attempts - 1), MAX_RETRY_DELAY_SECONDS) });
  }
  await deps.jobs.send(job, { delaySeconds: MAX_RETRY_DELAY_SECONDS });
  message.ack();
}

function whatFailed(error: unknown) {
  if (error instanceof ZoomFailure) return { zoom_failure: error.why };
  return { ...describeError(error), ...postgresError(error) };
}
