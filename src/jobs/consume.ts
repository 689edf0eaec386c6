// How one queue message ends: done, tried again later, or set aside.

import { keepAlive } from "../connections/access-token.ts";
import { finishFromQueue } from "../connections/finish.ts";
import { LaterError } from "../connections/later.ts";
import { storeFromQueue } from "../connections/refresh.ts";
import { syncConnection } from "../connections/sync.ts";
import { applyZoomEvent } from "../connections/zoom-events.ts";
import { createId } from "../crypto/ids.ts";
import { isOwnerMissing, postgresError } from "../db/client.ts";
import { keepDeadLetter } from "../db/dead-letters.ts";
import { type DueWork, markDue } from "../db/schedules.ts";
import { explainBySchema } from "../db/schema-version.ts";
import { deliver, ReceiverBusyError } from "../deliveries/deliver.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { type QueueMessage, readMessage, send } from "../queue.ts";
import type { ServiceScope } from "../scope.ts";
import { describeFailure, ZoomFailure } from "../zoom/failure.ts";
import type { ZoomVerdict } from "../zoom/verdicts.ts";

/** Seconds between two tries where someone may be waiting for the grant in the message. */
const MAX_CARRIED_DELAY_SECONDS = 30;
/** Seconds between two tries of everything else. */
const MAX_DELAY_SECONDS = 3_600;
/** How long a message of due work is tried again, in milliseconds: less than a cron run waits for its outcome. */
const MAX_DUE_WORK_AGE_MS = 20 * 3_600_000;
const DUE_AGAIN_SECONDS = 3_600;
/** The longest delay that Cloudflare's queues know. */
const MAX_QUEUE_DELAY_SECONDS = 43_200;
const UNREADABLE_DELAY_SECONDS = 600;
/** How the name of the dead letter queue ends (wrangler.toml). */
const DEAD_LETTERS = "-dead";
/** Below `max_retries` in wrangler.toml, so that a message is renewed before the queue gives it up. */
const RENEW_AFTER_ATTEMPTS = 90;
/** Tries to get at a delivery's row, before it is left to a cron run. */
const MAX_DELIVERY_ATTEMPTS = 5;

/** Works on the messages of a batch side by side; each ends for itself. */
export async function consumeBatch(scope: ServiceScope, batch: MessageBatch<unknown>): Promise<void> {
  const end = batch.queue.endsWith(DEAD_LETTERS) ? takeBack : consume;
  // Each for itself: one that fails here leaves the queue to send it again, and not the others with it.
  await Promise.allSettled(
    batch.messages.map(async (message) => {
      await end(scope, message).catch(() => message.retry());
    }),
  );
}

/**
 * A message that the queue gave up: it is kept for the operator, readable or not. What it carries exists nowhere else, and
 * what it asks for is still due, so a readable one is tried again by itself as well.
 */
async function takeBack(scope: ServiceScope, message: Message<unknown>): Promise<void> {
  const job = readMessage(message.body);
  log("error", "job_dead", job ? { job: job.type, ...idsOf(job) } : {});
  await keepDeadLetter(scope.db, {
    id: createId("dl"),
    messageId: message.id,
    body: JSON.stringify(message.body) ?? "null",
    isResent: job !== null,
  });
  if (job !== null && isDueWork(job)) await markDue(scope.db, job.type, job.zoom_oauth_connection_id, 0);
  else if (job !== null) await send(scope.jobs, job, { delaySeconds: MAX_CARRIED_DELAY_SECONDS });
  message.ack();
}

async function consume(scope: ServiceScope, message: Message<unknown>): Promise<void> {
  const job = readMessage(message.body);
  if (job === null) {
    log("error", "job_unreadable", { attempts: message.attempts });
    // Of another release, perhaps, which was taken back: it may be readable again.
    return message.retry({ delaySeconds: UNREADABLE_DELAY_SECONDS });
  }
  const { attempts } = message;
  try {
    await runJob(scope, job, message.id);
    message.ack();
  } catch (error) {
    const reason = await explainBySchema(scope.db, error);
    const what = { ...whatFailed(error), ...(reason === null ? {} : { reason }) };
    if (!(error instanceof ReceiverBusyError))
      log("warn", "job_failed", { job: job.type, attempts, ...idsOf(job), ...what });
    await tryAgain(scope, message, job, error);
  }
}

/** Does what a message asks for. Throws where it must be tried again. `messageId`: whose work it is. */
export async function runJob(scope: ServiceScope, job: QueueMessage, messageId: string): Promise<void> {
  switch (job.type) {
    case "sync":
      return await syncConnection(scope, {
        connectionId: job.zoom_oauth_connection_id,
        owner: messageId,
      });
    case "refresh":
      return await keepAlive(scope, job.zoom_oauth_connection_id);
    case "finish_connecting":
      return await finishFromQueue(scope, job);
    case "store_tokens":
      await storeFromQueue(scope, job);
      return;
    case "zoom_event":
      return await applyZoomEvent(scope, job);
    case "deliver_webhook":
      return await deliver(scope, job.webhook_delivery_id);
  }
}

function idsOf(job: QueueMessage) {
  if ("zoom_oauth_connection_id" in job) return { zoom_oauth_connection_id: job.zoom_oauth_connection_id };
  if ("webhook_delivery_id" in job) return { webhook_delivery_id: job.webhook_delivery_id };
  return { zoom_oauth_app_id: job.zoom_oauth_app_id };
}

async function tryAgain(
  scope: ServiceScope,
  message: Message<unknown>,
  job: QueueMessage,
  error: unknown,
): Promise<void> {
  if (isInVain(error, job)) {
    log("warn", "job_dropped", { job: job.type, ...idsOf(job), ...postgresError(error) });
    return message.ack();
  }
  if (error instanceof ReceiverBusyError) {
    return message.attempts < MAX_DELIVERY_ATTEMPTS
      ? message.retry({ delaySeconds: Math.ceil(error.retryAfterSeconds * (1 + Math.random())) })
      : message.ack();
  }
  // The clock finds a delivery by its row.
  if (job.type === "deliver_webhook" && message.attempts >= MAX_DELIVERY_ATTEMPTS) return message.ack();
  if (isDueWork(job)) {
    const isAppRefused = error instanceof ApiError && error.code === "zoom_app_credentials_invalid";
    if (!isAppRefused && message.timestamp.getTime() > Date.now() - MAX_DUE_WORK_AGE_MS) {
      return message.retry({ delaySeconds: delayOf(error, message.attempts) });
    }
    // The clock asks again, with a message of its own.
    await markDue(scope.db, job.type, job.zoom_oauth_connection_id, DUE_AGAIN_SECONDS);
    return message.ack();
  }
  // These carry what exists nowhere else: soon again, and for as long as it takes.
  if (message.attempts < RENEW_AFTER_ATTEMPTS) {
    const seconds = Math.min(2 ** (message.attempts - 1), MAX_CARRIED_DELAY_SECONDS);
    const asked = Math.min(Math.ceil(retryAfterOf(error) ?? 0), MAX_QUEUE_DELAY_SECONDS);
    return message.retry({ delaySeconds: Math.max(seconds, asked) });
  }
  await send(scope.jobs, job, { delaySeconds: MAX_CARRIED_DELAY_SECONDS });
  message.ack();
}

/** Whether no further try can help: what the job is about has ended, or only its owner can mend it. */
function isInVain(error: unknown, job: QueueMessage): boolean {
  // The project, the app or the connection was deleted meanwhile.
  if (isOwnerMissing(error)) return true;
  const { sqlstate = "" } = postgresError(error) ?? {};
  // Data exceptions and limits of the database: it will never take this event. Tokens are kept all the same.
  if (job.type === "zoom_event" && /^(22|54)/.test(sqlstate)) return true;
  if (error instanceof ApiError)
    return error.code === "connection_disconnected" || error.code === "not_found";
  // Zoom's word about the user or the scopes of a grant that is to be synced: the next time is soon enough.
  return job.type === "sync" && error instanceof ZoomFailure && isAboutUser(error.verdict);
}

function isAboutUser({ kind }: ZoomVerdict): boolean {
  return kind === "missing_scopes" || kind === "user_not_active" || kind === "unknown";
}

/** Work that a row knows of: the message may end, and a cron run asks again. */
function isDueWork(job: QueueMessage): job is Extract<QueueMessage, { type: DueWork }> {
  return job.type === "sync" || job.type === "refresh";
}

/** Seconds: twice as long each time, and what Zoom asked for at least. Jitter spreads those that failed together. */
function delayOf(error: unknown, attempts: number): number {
  const seconds = Math.max(retryAfterOf(error) ?? 0, Math.min(2 ** attempts, MAX_DELAY_SECONDS));
  return Math.min(Math.ceil(seconds * (1 + Math.random() / 4)), MAX_QUEUE_DELAY_SECONDS);
}

function retryAfterOf(error: unknown): number | undefined {
  if (error instanceof LaterError) return error.seconds;
  if (error instanceof ZoomFailure) return error.retryAfterSeconds;
  if (error instanceof ApiError) return Number(error.headers["Retry-After"]) || undefined;
  return undefined;
}

function whatFailed(error: unknown) {
  if (error instanceof ZoomFailure) return { zoom_failure: describeFailure(error) };
  return { ...describeError(error), ...postgresError(error) };
}
