// One attempt at one delivery: claimed in the database, sent, and written down. The row is the truth: a message about
// it may come twice or never.

import {
  type AttemptOutcome,
  type ClaimedDelivery,
  claimDelivery,
  recordAttempt,
  releaseDelivery,
} from "../db/webhook-deliveries.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { describeError, log } from "../log.ts";
import { announce } from "./announce.ts";
import { makeFirstSecret, openSecret } from "./secrets.ts";
import { type Answer, send } from "./send.ts";
import { canonicalJson, type JsonValue, signDelivery } from "./signing.ts";
import { checkWebhookUrl } from "./url-safety.ts";

/** Before each further attempt, in seconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. */
const RETRY_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
/** A receiver that has only failed for this long is sent nothing more. */
const PAUSE_AFTER_DAYS = 5;
const GONE = 410;
/** How long a slow receiver keeps its batch of messages from ending, in milliseconds. */
const PATIENCE_MS = 100;

/** Attempts the delivery where it is due. A receiver that is slow is waited for in the background. */
export async function deliver(deps: Deps, waitUntil: WaitUntil, deliveryId: string): Promise<void> {
  const claimed = await claimDelivery(deps.db, deliveryId);
  if (claimed === null) return;
  const attempting = attempt(deps, claimed).catch((error: unknown) =>
    // Its claim ends by itself, and the clock finds it.
    log("error", "delivery_not_recorded", { webhook_delivery_id: deliveryId, ...describeError(error) }),
  );
  waitUntil(attempting);
  // One that failed before is not waited for at all: whoever stands behind it on the queue comes first.
  await Promise.race([attempting, scheduler.wait(claimed.isFailing ? 0 : PATIENCE_MS)]);
}

async function attempt(deps: Deps, claimed: ClaimedDelivery): Promise<void> {
  const { id, webhook_id: webhookId, attempt_count: attemptCount } = claimed.delivery;
  const attemptedAt = new Date();
  const secrets = await openSecrets(deps, claimed).catch(async (error: unknown) => {
    await releaseDelivery(deps.db, id, attemptCount);
    throw error;
  });
  const answer = await sendSigned(deps, claimed, secrets, attemptedAt);
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
  const isPaused = await recordAttempt(deps.db, outcome, PAUSE_AFTER_DAYS);
  if (isPaused) log("warn", "webhook_paused", { webhook_id: webhookId });
  else if (retryAfterSeconds !== null) await announce(deps, [id], retryAfterSeconds);
}

type SigningSecrets = [string, ...string[]];

async function sendSigned(
  deps: Deps,
  { delivery, url }: ClaimedDelivery,
  secrets: SigningSecrets,
  timestamp: Date,
): Promise<Answer> {
  // Again, since what is refused may have grown since the subscription was made.
  const checked = checkWebhookUrl(url, { isInsecureAllowed: deps.isInsecureWebhookUrlAllowed });
  if ("problem" in checked) return { statusCode: null, body: null, error: `url: ${checked.problem}` };
  const id = delivery.idempotency_key;
  const body = canonicalJson({ ...delivery.payload, idempotency_key: id } as JsonValue);
  const signature = await signDelivery({ secrets, id, timestamp, body });
  return await send(checked.url, body, signature);
}

async function openSecrets(deps: Deps, claimed: ClaimedDelivery): Promise<SigningSecrets> {
  const { project_id: projectId } = claimed.delivery;
  const sealed = claimed.secret ?? (await makeFirstSecret(deps, projectId));
  const current = await openSecret(deps.keyring, projectId, sealed);
  if (claimed.previousSecret === null) return [current];
  const previous = claimed.previousSecret;
  return [current, await openSecret(deps.keyring, projectId, previous, "previous_webhook_secret")];
}
