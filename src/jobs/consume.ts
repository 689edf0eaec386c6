// How one queue message ends: done, tried again later, or set aside.

import { keepAlive } from "../connections/access-token.ts";
import { finishFromQueue } from "../connections/finish-connecting.ts";
import { storeFromQueue } from "../connections/refresh.ts";
import { SyncLaterError, syncConnection } from "../connections/sync.ts";
import { postgresError } from "../db/client.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { type QueueMessage, queueMessage } from "../queue.ts";
import { createTrace, runTraced } from "../trace.ts";
import { ZoomFailure } from "../zoom/failure.ts";

/** Seconds between two tries where someone may be waiting for the grant in the message. */
const MAX_CARRIED_DELAY_SECONDS = 30;
/** Seconds between two tries of everything else. */
const MAX_DELAY_SECONDS = 3_600;
/** The longest delay that Cloudflare's queues know. */
const MAX_QUEUE_DELAY_SECONDS = 43_200;
/** How the name of the dead letter queue ends (wrangler.toml). */
const DEAD_LETTERS = "-dead";
/** Below `max_retries` in wrangler.toml, so that a message is renewed before the queue gives it up. */
const RENEW_AFTER_ATTEMPTS = 90;
const FOREIGN_KEY_VIOLATION = "23503";

/** Works on the messages of a batch side by side; each ends for itself. */
export async function consumeBatch(
  deps: Deps,
  batch: MessageBatch<unknown>,
  waitUntil: WaitUntil,
): Promise<void> {
  const end = batch.queue.endsWith(DEAD_LETTERS) ? tellDead : consume;
  await Promise.all(
    batch.messages.map(
      async (message) => await runTraced(createTrace(), () => end(deps, message, waitUntil)),
    ),
  );
}

/** A message that was given up: an operator must look, and what was due comes due again by the clock. */
async function tellDead(_deps: Deps, message: Message<unknown>): Promise<void> {
  const { success, data } = queueMessage.safeParse(message.body);
  log("error", "job_dead", success ? { job: data.type, ...idsOf(data) } : {});
  message.ack();
}

async function consume(deps: Deps, message: Message<unknown>, waitUntil: WaitUntil): Promise<void> {
  const parsed = queueMessage.safeParse(message.body);
  if (!parsed.success) {
    log("error", "job_unreadable", { attempts: message.attempts });
    return message.ack();
  }
  const { data: job } = parsed;
  const { attempts } = message;
  try {
    await run(deps, job, message.id, waitUntil);
    message.ack();
  } catch (error) {
    log("warn", "job_failed", { job: job.type, attempts, ...idsOf(job), ...whatFailed(error) });
    await tryAgain(deps, message, job, error);
  }
}

async function run(deps: Deps, job: QueueMessage, messageId: string, waitUntil: WaitUntil): Promise<void> {
  switch (job.type) {
    case "sync":
      return await syncConnection(deps, waitUntil, {
        connectionId: job.zoom_oauth_connection_id,
        owner: messageId,
      });
    case "refresh":
      return await keepAlive(deps, waitUntil, job.zoom_oauth_connection_id);
    case "finish_connecting":
      return await finishFromQueue(deps, job);
    case "store_tokens":
      return await storeFromQueue(deps, job);
  }
}

function idsOf(job: QueueMessage) {
  return "zoom_oauth_connection_id" in job
    ? { zoom_oauth_connection_id: job.zoom_oauth_connection_id }
    : { zoom_oauth_app_id: job.zoom_oauth_app_id };
}

async function tryAgain(
  deps: Deps,
  message: Message<unknown>,
  job: QueueMessage,
  error: unknown,
): Promise<void> {
  if (isInVain(error)) {
    log("warn", "job_dropped", { job: job.type, ...idsOf(job) });
    return message.ack();
  }
  if (job.type === "sync" || job.type === "refresh") {
    return message.retry({ delaySeconds: delayOf(error, message.attempts) });
  }
  // These carry what exists nowhere else: soon again, and for as long as it takes.
  if (message.attempts < RENEW_AFTER_ATTEMPTS) {
    return message.retry({ delaySeconds: Math.min(2 ** (message.attempts - 1), MAX_CARRIED_DELAY_SECONDS) });
  }
  await deps.jobs.send(job, { delaySeconds: MAX_CARRIED_DELAY_SECONDS });
  message.ack();
}

/** Whether no further try can help: what the job is about has ended, or only its owner can mend it. */
function isInVain(error: unknown): boolean {
  // The project, the app or the connection was deleted meanwhile.
  if (postgresError(error)?.sqlstate === FOREIGN_KEY_VIOLATION) return true;
  if (!(error instanceof ApiError)) return false;
  return error.code === "connection_disconnected" || error.code === "zoom_app_credentials_invalid";
}

/** Seconds: what Zoom asked for, else twice as long each time. Jitter spreads those that failed together. */
function delayOf(error: unknown, attempts: number): number {
  const asked = retryAfterOf(error);
  const seconds = asked ?? Math.min(2 ** attempts, MAX_DELAY_SECONDS);
  return Math.min(Math.ceil(seconds * (1 + Math.random() / 4)), MAX_QUEUE_DELAY_SECONDS);
}

function retryAfterOf(error: unknown): number | undefined {
  if (error instanceof SyncLaterError) return error.seconds;
  if (error instanceof ZoomFailure) return error.retryAfterSeconds;
  if (error instanceof ApiError) return Number(error.headers["Retry-After"]) || undefined;
  return undefined;
}

function whatFailed(error: unknown) {
  if (error instanceof ZoomFailure) return { zoom_failure: error.why };
  return { ...describeError(error), ...postgresError(error) };
}
