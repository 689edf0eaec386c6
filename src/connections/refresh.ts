// One refresh of a connection by the holder of its lease. Zoom kills the old refresh token with each use, so from
// Zoom's answer on nothing counts but that the new token set is stored; and only Zoom's explicit refusal of the
// newest token set ends a connection.

import { markApp } from "../apps/mark.ts";
import { openClientSecret, openCredentials, renewCredentials, sealCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import type { IssuedEvent } from "../db/connection-events.ts";
import {
  ANSWER_LOST_CODE,
  disconnectVersion,
  type GrantedLease,
  type LeasedConnection,
  type LeaseEnd,
  releaseLease,
  storeTokenSet,
  type TokenSetToStore,
} from "../db/refreshes.ts";
import { ApiError, type ErrorCode } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { ConnectionFailureCode } from "../model/connection-failure.ts";
import type { Credentials, UsableCredentials } from "../model/credentials.ts";
import { announce, type StoreTokensMessage } from "../queue.ts";
import { endsWithin, withRetries } from "../retries.ts";
import type { Scope } from "../scope.ts";
import type { TokenSet } from "../zoom/client.ts";
import { describeFailure, ZoomFailure } from "../zoom/failure.ts";
import { mayHaveTakenEffect } from "../zoom/verdicts.ts";
import { isLongWait, toApiError } from "../zoom-errors.ts";
import { queueOrStore } from "./hand-over.ts";
import { healFromJournal, journal, journalRefreshed } from "./journaling.ts";

/**
 * How long a lease holds, in milliseconds: longer than the longest refresh, with each step's time-outs: 10 s for the
 * lease's own answer, 24 s at Zoom, and 70 s for the hand-over, beside which the writes run.
 */
export const REFRESH_LEASE_MS = 150_000;
/**
 * How long a refusal is not the last word after a lease was taken over, in milliseconds: what its holder got from
 * Zoom may be on the queue, which tries again at least every 30 seconds.
 */
const LATE_RESULT_MS = 3 * 60_000;
const LATE_RESULT_BACK_OFF_MS = 15_000;
/** Pauses before each try at Zoom, in milliseconds. */
const ZOOM_PAUSES_MS = [0, 300, 1_200];
/** No further try at Zoom begins after this time, in milliseconds: a caller is waiting. */
const ZOOM_PATIENCE_MS = 12_000;
const STORE_PAUSES_MS = [0, 100, 400, 1_000];
/** No further write begins after this time, in milliseconds. */
const STORE_PATIENCE_MS = 8_000;
/**
 * A token set that is not stored by then goes to the queue as well, in milliseconds: the runtime gives this work
 * 30 seconds from the moment that the caller hangs up ("waitUntil" on Cloudflare's pages).
 */
const HAND_OVER_AFTER_MS = 2_000;
const RELEASE_PAUSES_MS = [0, 500, 2_000, 6_000];
/** How long nobody asks Zoom again after a failure, in milliseconds, where Zoom does not say. */
const BACK_OFF_MS = 2_000;
/** The same after a refusal that nobody knows the meaning of. */
const UNKNOWN_BACK_OFF_MS = 10_000;
/** Zoom's word is taken up to this, in milliseconds: a connection must not sleep for a day by one odd header. */
const MAX_BACK_OFF_MS = 15 * 60_000;

export interface Lease extends GrantedLease {
  owner: string;
}

/** Somebody else has replaced the token set meanwhile: read again and use theirs. */
export class SupersededError extends Error {
  override readonly name = "SupersededError";
}

/**
 * Refreshes and stores; hands the new token set out only when it is stored. Throws {@link SupersededError},
 * `connection_disconnected`, `zoom_app_credentials_invalid`, or why it could not be done now.
 */
export async function refresh(
  scope: Scope,
  lease: Lease,
  issued: IssuedEvent | null,
): Promise<UsableCredentials> {
  const { connection } = lease;
  const progress = { isUnanswered: connection.is_refresh_unanswered };
  const old = await openOldCredentials(scope, lease).catch(async (error: unknown) => {
    throw await judge(scope, lease, error, { ...progress, refused: null });
  });
  const tokens = await askZoom(scope, lease, old, progress).catch(async (error: unknown) => {
    throw await judge(scope, lease, error, { isUnanswered: progress.isUnanswered, refused: old });
  });
  // Nothing may fail from here on but the write: what Zoom gave exists only here.
  const credentials = renewCredentials(old, tokens);
  const set: TokenSetToStore = {
    id: connection.id,
    version: connection.credentials_version,
    authorizedAt: connection.authorized_at,
    leasedAt: lease.leasedAt,
    acting: scope.caller.acting,
    eventId: createId("evt"),
    credentials: await sealCredentials(scope.keyring, ownerOf(lease), credentials),
    accessTokenExpiresAt: credentials.expires_at,
    issued,
  };
  await storeOrHandOver(scope, set);
  return { connectionId: connection.id, credentials, version: set.version + 1 };
}

/** Stores a token set from the queue, unless it is needed no more: returns whether it did. Throws where it must be tried again. */
export async function storeFromQueue(scope: Scope, message: StoreTokensMessage): Promise<boolean> {
  const isStored = await storeAndTell(scope, {
    id: message.zoom_oauth_connection_id,
    version: message.replaces_version,
    authorizedAt: message.authorized_at,
    leasedAt: message.leased_at,
    acting: null,
    eventId: createId("evt"),
    credentials: message.credentials,
    accessTokenExpiresAt: message.access_token_expires_at,
    issued: null,
  });
  if (!isStored) await journalRefreshed(scope, message);
  const event = isStored ? "token_set_stored_late" : "token_set_superseded";
  log("info", event, { zoom_oauth_connection_id: message.zoom_oauth_connection_id });
  return isStored;
}

async function openOldCredentials({ keyring }: Scope, lease: Lease): Promise<Credentials> {
  const { credentials } = lease.connection;
  if (credentials === null) throw new ApiError("connection_disconnected");
  return await openCredentials(keyring, ownerOf(lease), credentials);
}

/** Asks until Zoom has said yes or no, as long as a caller can wait. The old refresh token may be sent again. */
async function askZoom(
  { keyring, zoom }: Scope,
  { connection, app }: Lease,
  old: Credentials,
  progress: { isUnanswered: boolean },
): Promise<TokenSet> {
  const clientSecret = await openClientSecret(keyring, connection.zoom_oauth_app_id, app.clientSecret);
  const isFinal = (error: unknown) => {
    if (!(error instanceof ZoomFailure)) return true;
    if (mayHaveTakenEffect(error.verdict)) progress.isUnanswered = true;
    const mayPass = error.verdict.kind === "passing" || error.verdict.kind === "collision";
    return !mayPass || isLongWait(error);
  };
  return await withRetries(
    ZOOM_PAUSES_MS,
    async () => await zoom.refreshTokens({ clientId: app.clientId, clientSecret }, old.refresh_token),
    { isFinal, patienceMs: ZOOM_PATIENCE_MS },
  );
}

/** What a failed refresh means for the connection or the app, and what the caller is told. */
async function judge(
  scope: Scope,
  lease: Lease,
  error: unknown,
  { isUnanswered, refused }: { isUnanswered: boolean; refused: Credentials | null },
): Promise<unknown> {
  const { connection, app, owner } = lease;
  const ids = {
    project_id: connection.project_id,
    zoom_oauth_connection_id: connection.id,
    zoom_oauth_app_id: connection.zoom_oauth_app_id,
  };
  const release = async (backOffMs: number, failure: ErrorCode) =>
    await giveUpLease(scope, connection.id, owner, { isUnanswered, backOffMs, failure });

  if (!(error instanceof ZoomFailure)) {
    await release(0, error instanceof ApiError ? error.code : "internal_error");
    return error;
  }
  const { verdict } = error;
  const newer = verdict.kind === "grant_ended" ? await findNewer(scope, lease, refused) : "none";
  if (newer === "stored") return new SupersededError();
  if (verdict.kind === "grant_ended" && newer === "none" && !mayHaveLateResult(connection)) {
    // A token that was used up by a refresh whose answer was lost is refused in the same words.
    const isAnswerLost = isUnanswered && (verdict.code === "grant_revoked" || verdict.code === "superseded");
    return await disconnect(scope, lease, isAnswerLost ? ANSWER_LOST_CODE : verdict.code, isUnanswered);
  }
  log("warn", "refresh_failed", { ...ids, zoom_failure: describeFailure(error) });
  const told = verdict.kind === "grant_ended" ? lateResult() : toApiError(error);
  switch (verdict.kind) {
    case "grant_ended":
      await release(LATE_RESULT_BACK_OFF_MS, told.code);
      break;
    case "app_refused":
      await markApp(scope, {
        id: connection.zoom_oauth_app_id,
        clientSecret: app.clientSecret,
        refusal: verdict.reason,
      });
      await release(0, told.code);
      break;
    case "passing":
    case "collision": {
      const retryAfterMs = (error.retryAfterSeconds ?? 0) * 1000;
      await release(Math.min(Math.max(retryAfterMs, BACK_OFF_MS), MAX_BACK_OFF_MS), told.code);
      break;
    }
    default:
      // A refusal that no rule knows: it is told, and Zoom is not asked without end.
      await release(UNKNOWN_BACK_OFF_MS, told.code);
  }
  return told;
}

/** Whether the token journal had a newer token set than the refused one, which is stored now; unknown: it did not answer. */
async function findNewer(
  scope: Scope,
  { connection }: Lease,
  refused: Credentials | null,
): Promise<"stored" | "none" | "unknown"> {
  if (refused === null) return "none";
  const { id, zoom_oauth_app_id, user_id, credentials_version: version } = connection;
  const which = { id, zoom_oauth_app_id, user_id, version, credentials: refused };
  try {
    return (await healFromJournal(scope, which, async (kept) => await storeFromQueue(scope, kept)))
      ? "stored"
      : "none";
  } catch (error) {
    log("error", "journal_not_read", { zoom_oauth_connection_id: id, ...describeError(error) });
    return "unknown";
  }
}

const NOTHING_HAPPENED = { isUnanswered: false, backOffMs: 0, failure: null };

/** Gives a lease up that led to nothing; where the database does not take it, its end does. */
export async function giveUpLease(
  { db }: Scope,
  id: string,
  owner: string,
  outcome: Pick<LeaseEnd, "isUnanswered" | "backOffMs" | "failure"> = NOTHING_HAPPENED,
): Promise<void> {
  const release = async () => await releaseLease(db, { id, owner, ...outcome });
  await withRetries(RELEASE_PAUSES_MS, release).catch((error: unknown) =>
    log("warn", "lease_not_released", { zoom_oauth_connection_id: id, ...describeError(error) }),
  );
}

/** Whether the holder of an earlier lease may have got a token set that is on its way through the queue. */
function mayHaveLateResult({ refresh_lease_lost_at }: LeasedConnection): boolean {
  return refresh_lease_lost_at !== null && Date.now() - Date.parse(refresh_lease_lost_at) < LATE_RESULT_MS;
}

function lateResult(): ApiError {
  return new ApiError("request_in_progress", {
    message: "The result of an earlier refresh of this connection is not stored yet. Try again.",
    retryAfterSeconds: LATE_RESULT_BACK_OFF_MS / 1000,
  });
}

/** Ends the connection where the refused token set is still its newest: the statement reads again and decides. */
async function disconnect(
  scope: Scope,
  lease: Lease,
  code: ConnectionFailureCode,
  isUnanswered: boolean,
): Promise<unknown> {
  const { connection, owner } = lease;
  const version = { id: connection.id, version: connection.credentials_version };
  const ending = { ...version, code, eventId: createId("evt") };
  const end = async () => await disconnectVersion(scope.db, ending);
  const ended = await withRetries(STORE_PAUSES_MS, end, { patienceMs: STORE_PATIENCE_MS }).catch(
    (error: Error) => error,
  );
  if (ended instanceof Error) {
    await giveUpLease(scope, connection.id, owner, {
      isUnanswered,
      backOffMs: BACK_OFF_MS,
      failure: "database_unavailable",
    });
    return ended;
  }
  if (ended === null) return new SupersededError();
  await announce(scope, ended.deliveryIds);
  const { id, project_id } = connection;
  log("warn", "connection_disconnected", { project_id, zoom_oauth_connection_id: id, code });
  return new ApiError("connection_disconnected");
}

/** The lease is kept on failure, so that nobody sends the dead refresh token while the queue stores the new one. */
async function storeOrHandOver(scope: Scope, set: TokenSetToStore): Promise<void> {
  const store = async () => {
    if (!(await storeAndTell(scope, set))) throw new SupersededError();
  };
  const isFinal = (error: unknown) => error instanceof SupersededError;
  const storing = withRetries(STORE_PAUSES_MS, store, { isFinal, patienceMs: STORE_PATIENCE_MS });
  if (!(await endsWithin(HAND_OVER_AFTER_MS, storing, isFinal))) {
    const ids = { zoom_oauth_connection_id: set.id };
    const message = {
      type: "store_tokens" as const,
      ...ids,
      replaces_version: set.version,
      credentials: set.credentials,
      access_token_expires_at: set.accessTokenExpiresAt,
      authorized_at: set.authorizedAt,
      leased_at: set.leasedAt,
    };
    await queueOrStore(scope, message, ids, async () => {
      await storeAndTell(scope, set);
    });
  }
  await storing;
}

/** Whether the token set is stored now; false: a newer one is. */
async function storeAndTell(scope: Scope, set: TokenSetToStore): Promise<boolean> {
  const changed = await storeTokenSet(scope.db, set);
  if (changed === null) return false;
  journal(scope, changed.row);
  await announce(scope, changed.deliveryIds);
  return true;
}

function ownerOf({ connection }: Lease) {
  return { zoomOAuthAppId: connection.zoom_oauth_app_id, userId: connection.user_id };
}
