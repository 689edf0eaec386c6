// How one queue message ends: done, tried again later, or set aside.

import { keepAlive } from "../connections/access-token.ts";
import { finishFromQueue } from "../connections/finish-connecting.ts";
import { storeFromQueue } from "../connections/refresh.ts";
import { SyncLaterError, syncConnection } from "../connections/sync.ts";
import { applyZoomEvent } from "../connections/zoom-events.ts";
import { postgresError } from "../db/client.ts";
import { type DueWork, markDue } from "../db/schedules.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { type QueueMessage, queueMessage } from "../queue.ts";
import { createTrace, runTraced } from "../trace.ts";
import { deliver } from "../webhooks/deliver.ts";
import { ZoomFailure } from "../zoom/failure.ts";

/** Seconds between two tries where someone may be waiting for the grant in the message. */
const MAX_CARRIED_DELAY_SECONDS = 30;
/** Seconds between two tries of everything else. */
const MAX_DELAY_SECONDS = 3_600;
/** How long a message of due work is tried again, in milliseconds: less than the clock waits for its outcome. */
const MAX_DUE_WORK_AGE_MS = 20 * 3_600_000;
const DUE_AGAIN_SECONDS = 3_600;
/** The longest delay that Cloudflare's queues know. */
const MAX_QUEUE_DELAY_SECONDS = 43_200;
const UNREADABLE_DELAY_SECONDS = 600;
/** How the name of the dead letter queue ends (wrangler.toml). */
const DEAD_LETTERS = "-dead";
/** Below `max_retries` in wrangler.toml, so that a message is renewed before the queue gives it up. */
const RENEW_AFTER_ATTEMPTS = 90;
/** Tries to get at a delivery's row, before the clock is left to find it. */
const MAX_DELIVERY_ATTEMPTS = 5;
const FOREIGN_KEY_VIOLATION = "23503";
/** The constraints that fail where the project or the app of a job was removed. */
const OWNERS = [
  "zoom_oauth_connections_zoom_oauth_app_fk",
  "used_authorization_codes_zoom_oauth_app_fk",
  "used_authorization_codes_zoom_oauth_connection_fk",
  "connection_events_project_id_projects_id_fk",
  "zoom_events_zoom_oauth_app_fk",
];

/** Works on the messages of a batch side by side; each ends for itself. */
export async function consumeBatch(
  deps: Deps,
  batch: MessageBatch<unknown>,
  waitUntil: WaitUntil,
): Promise<void> {
  const end = batch.queue.endsWith(DEAD_LETTERS) ? takeBack : consume;
  // Each for itself: one that fails here leaves the queue to send it again, and not the others with it.
  await Promise.allSettled(
    batch.messages.map(async (message) => {
      await runTraced(createTrace(), () => end(deps, message, waitUntil)).catch(() => message.retry());
    }),
  );
}

/**
 * A message that the queue gave up: an operator must look. What it carries exists nowhere else, and what it asks for
 * is still due, so neither ends with it.
 */
async function takeBack(deps: Deps, message: Message<unknown>): Promise<void> {
  const { success, data: job } = queueMessage.safeParse(message.body);
  log("error", "job_dead", success ? { job: job.type, ...idsOf(job) } : {});
  if (success && isDueWork(job)) await markDue(deps.db, job.type, job.zoom_oauth_connection_id, 0);
  else if (success) await deps.jobs.send(job, { delaySeconds: MAX_CARRIED_DELAY_SECONDS });
  message.ack();
}

async function consume(deps: Deps, message: Message<unknown>, waitUntil: WaitUntil): Promise<void> {
  const parsed = queueMessage.safeParse(message.body);
  if (!parsed.success) {
    log("error", "job_unreadable", { attempts: message.attempts });
    // Of another release, perhaps, which was taken back: it may be readable again.
    return message.retry({ delaySeconds: UNREADABLE_DELAY_SECONDS });
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
    case "zoom_event":
      return await applyZoomEvent(deps, job);
    case "deliver_webhook":
      return await deliver(deps, waitUntil, job.webhook_delivery_id);
  }
}

function idsOf(job: QueueMessage) {
  if ("zoom_oauth_connection_id" in job) return { zoom_oauth_connection_id: job.zoom_oauth_connection_id };
  if ("webhook_delivery_id" in job) return { webhook_delivery_id: job.webhook_delivery_id };
  return { zoom_oauth_app_id: job.zoom_oauth_app_id };
}

async function tryAgain(
  deps: Deps,
  message: Message<unknown>,
  job: QueueMessage,
  error: unknown,
): Promise<void> {
  if (isInVain(error, job)) {
    log("warn", "job_dropped", { job: job.type, ...idsOf(job), ...postgresError(error) });
    return message.ack();
  }
  // The clock finds a delivery by its row.
  if (job.type === "deliver_webhook" && message.attempts >= MAX_DELIVERY_ATTEMPTS) return message.ack();
  if (isDueWork(job)) {
    const isAppRefused = error instanceof ApiError && error.code === "zoom_app_credentials_invalid";
    if (!isAppRefused && message.timestamp.getTime() > Date.now() - MAX_DUE_WORK_AGE_MS) {
      return message.retry({ delaySeconds: delayOf(error, message.attempts) });
    }
    // The clock asks again, with a message of its own.
    await markDue(deps.db, job.type, job.zoom_oauth_connection_id, DUE_AGAIN_SECONDS);
    return message.ack();
  }
  // These carry what exists nowhere else: soon again, and for as long as it takes.
  if (message.attempts < RENEW_AFTER_ATTEMPTS) {
    const seconds = Math.min(2 ** (message.attempts - 1), MAX_CARRIED_DELAY_SECONDS);
    const asked = Math.min(retryAfterOf(error) ?? 0, MAX_QUEUE_DELAY_SECONDS);
    return message.retry({ delaySeconds: Math.max(seconds, asked) });
  }
  await deps.jobs.send(job, { delaySeconds: MAX_CARRIED_DELAY_SECONDS });
  message.ack();
}

/** Whether no further try can help: what the job is about has ended, or only its owner can mend it. */
function isInVain(error: unknown, job: QueueMessage): boolean {
  // The project, the app or the connection was deleted meanwhile.
  const { sqlstate = "", constraint = "" } = postgresError(error) ?? {};
  if (sqlstate === FOREIGN_KEY_VIOLATION && OWNERS.includes(constraint)) return true;
  // Data exceptions and limits of the database: an event of Zoom's that it never takes; tokens are kept all the same.
  if (job.type === "zoom_event" && /^(22|54)/.test(sqlstate)) return true;
  if (error instanceof ApiError) return error.code === "connection_disconnected";
  // Zoom's word about the user or the scopes of a grant that is to be synced: the next time is soon enough.
  return error instanceof ZoomFailure && error.why === "refused" && job.type === "sync";
}

/** Work that a row knows of: the message may end, and the clock asks again. */
function isDueWork(job: QueueMessage): job is Extract<QueueMessage, { type: DueWork }> {
  return job.type === "sync" || job.type === "refresh";
}

/** Seconds: twice as long each time, and what Zoom asked for at least. Jitter spreads those that failed together. */
function delayOf(error: unknown, attempts: number): number {
  const seconds = Math.max(retryAfterOf(error) ?? 0, Math.min(2 ** attempts, MAX_DELAY_SECONDS));
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
