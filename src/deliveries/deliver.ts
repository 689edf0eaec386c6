// One attempt at one delivery: claimed in the database, sent, and written down. The row is the truth: a message about
// it may come twice or never.

import {
  type AttemptOutcome,
  type ClaimedDelivery,
  claimDelivery,
  recordAttempt,
  releaseDelivery,
} from "../db/webhook-deliveries.ts";
import { describeError, log } from "../log.ts";
import { announce } from "../queue.ts";
import type { Scope } from "../scope.ts";
import { makeFirstSecret, openPreviousSecrets, openSecret } from "./secrets.ts";
import { type Answer, send } from "./send.ts";
import { canonicalJson, type JsonValue, signDelivery } from "./signing.ts";
import { checkWebhookUrl } from "./url-safety.ts";

/** Before each further attempt, in seconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. */
const RETRY_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
/** A receiver that has only failed for this long is sent nothing more. */
const PAUSE_AFTER_DAYS = 5;
/** A retry that is further away is left to the cron run, which finds it by its row a minute late at most. */
const MAX_QUEUED_SECONDS = 300;
const GONE = 410;
/** How long a slow receiver keeps its batch of messages from ending, in milliseconds. */
const PATIENCE_MS = 100;

/** So many deliveries to one receiver wait for its answer at once; the others come later. */
const MAX_WAITING = 20;
const COME_BACK_SECONDS = 10;

/** The receiver has not answered the deliveries before this one. */
export class ReceiverBusyError extends Error {
  override readonly name = "ReceiverBusyError";
  readonly retryAfterSeconds = COME_BACK_SECONDS;
}

/**
 * Attempts the delivery where it is due. A receiver that is slow is waited for in the background, and nobody behind it on the
 * queue waits. Throws {@link ReceiverBusyError} where too many deliveries wait for it already.
 */
export async function deliver(scope: Scope, deliveryId: string): Promise<void> {
  const { waitingDeliveries } = scope;
  const busy = [...waitingDeliveries].filter(([, count]) => count >= MAX_WAITING).map(([id]) => id);
  const claimed = await claimDelivery(scope.db, deliveryId, busy);
  if (claimed === null) {
    // It may be for a busy one. If it is for none, looking at it again does no harm.
    if (busy.length > 0) throw new ReceiverBusyError();
    return;
  }
  const { webhook_id: webhookId } = claimed;
  const waiting = waitingDeliveries.get(webhookId) ?? 0;
  if (waiting >= MAX_WAITING) {
    await releaseDelivery(scope.db, deliveryId, claimed.attempt_count);
    throw new ReceiverBusyError();
  }
  waitingDeliveries.set(webhookId, waiting + 1);
  const attempting = attempt(scope, claimed).catch((error: unknown) =>
    // Its claim expires, and a cron run finds it.
    log("error", "delivery_not_recorded", { webhook_delivery_id: deliveryId, ...describeError(error) }),
  );
  scope.waitUntil(attempting.finally(() => stopWaiting(waitingDeliveries, webhookId)));
  // One that failed before is not waited for at all: whoever stands behind it on the queue comes first.
  await Promise.race([attempting, scheduler.wait(claimed.is_failing || waiting > 0 ? 0 : PATIENCE_MS)]);
}

function stopWaiting(waiting: Map<string, number>, webhookId: string): void {
  const left = (waiting.get(webhookId) ?? 1) - 1;
  if (left > 0) waiting.set(webhookId, left);
  else waiting.delete(webhookId);
}

async function attempt(scope: Scope, claimed: ClaimedDelivery): Promise<void> {
  const { id, webhook_id: webhookId, attempt_count: attemptCount } = claimed;
  const attemptedAt = new Date();
  const secrets = await openSecrets(scope, claimed).catch(async (error: unknown) => {
    await releaseDelivery(scope.db, id, attemptCount);
    throw error;
  });
  const answer = await sendSigned(scope, claimed, secrets, attemptedAt);
  const isSuccess = answer.statusCode !== null && answer.statusCode >= 200 && answer.statusCode < 300;
  const retryAfterSeconds = isSuccess ? null : (RETRY_SECONDS[attemptCount - 1] ?? null);
  const outcome: AttemptOutcome = {
    id,
    webhookId,
    attemptCount,
    attempt: {
      attempted_at: attemptedAt.toISOString().replace("Z", "000Z"),
      status_code: answer.statusCode,
      duration_ms: Date.now() - attemptedAt.getTime(),
      response_body: answer.body,
      error: answer.error,
    },
    state: isSuccess ? "succeeded" : retryAfterSeconds === null ? "failed" : "pending",
    retryAfterSeconds,
    isGone: answer.statusCode === GONE,
  };
  const isPaused = await recordAttempt(scope.db, outcome, PAUSE_AFTER_DAYS);
  if (isPaused) log("warn", "webhook_paused", { webhook_id: webhookId });
  else if (retryAfterSeconds !== null && retryAfterSeconds <= MAX_QUEUED_SECONDS)
    await announce(scope, [id], retryAfterSeconds);
}

type SigningSecrets = [string, ...string[]];

async function sendSigned(
  scope: Scope,
  { idempotency_key: id, payload, url }: ClaimedDelivery,
  secrets: SigningSecrets,
  timestamp: Date,
): Promise<Answer> {
  // Again, since what is refused may have grown since the subscription was made.
  const checked = checkWebhookUrl(url, { isInsecureAllowed: scope.isInsecureWebhookUrlAllowed });
  if ("problem" in checked) return { statusCode: null, body: null, error: `url: ${checked.problem}` };
  const body = canonicalJson({ ...payload, idempotency_key: id } as JsonValue);
  const signature = await signDelivery({ secrets, id, timestamp, body });
  return await send(checked.url, body, signature);
}

async function openSecrets(scope: Scope, claimed: ClaimedDelivery): Promise<SigningSecrets> {
  const { project_id: projectId } = claimed;
  const sealed = claimed.secret ?? (await makeFirstSecret(scope, projectId));
  const current = await openSecret(scope.keyring, projectId, sealed);
  return [current, ...(await openPreviousSecrets(scope.keyring, projectId, claimed.previous_secret))];
}
