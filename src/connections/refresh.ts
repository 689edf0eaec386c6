// One refresh of a connection by the holder of its lease. Zoom kills the old refresh token with each use, so from
// Zoom's answer on nothing counts but that the new token set is stored; and only Zoom's explicit refusal of the
// newest token set ends a connection.

import { createId } from "../crypto/ids.ts";
import type { IssuedEvent } from "../db/connection-events.ts";
import {
  ANSWER_LOST_CODE,
  disconnectVersion,
  type HeldConnection,
  type LeasedConnection,
  releaseLease,
  storeTokenSet,
  type TokenSetToStore,
} from "../db/refreshes.ts";
import type { Deps } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { StoreTokensMessage } from "../queue.ts";
import { announce } from "../webhooks/announce.ts";
import type { TokenSet } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { openClientSecret } from "./app-credentials.ts";
import {
  type Credentials,
  openCredentials,
  renewCredentials,
  sealCredentials,
  type UsableCredentials,
} from "./credentials.ts";
import { queueOrStore } from "./hand-over.ts";
import { markApp } from "./mark-app.ts";
import { endsWithin, withRetries } from "./retries.ts";
import { isInvalidClient, isInvalidGrant, isLongWait, toApiError } from "./zoom-failure.ts";

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
/** Zoom's word is taken up to this, in milliseconds: a connection must not sleep for a day by one odd header. */
const MAX_BACK_OFF_MS = 15 * 60_000;

export interface Lease extends LeasedConnection {
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
  deps: Deps,
  lease: Lease,
  issued: IssuedEvent | null,
): Promise<UsableCredentials> {
  const { connection } = lease;
  const progress = { isUnanswered: connection.is_refresh_unanswered };
  let tokens: TokenSet;
  let old: Credentials;
  try {
    old = await openOldCredentials(deps, lease);
    tokens = await askZoom(deps, lease, old, progress);
  } catch (error) {
    throw await judge(deps, lease, error, progress.isUnanswered);
  }
  // Nothing may fail from here on but the write: what Zoom gave exists only here.
  const credentials = renewCredentials(old, tokens);
  const set: TokenSetToStore = {
    id: connection.id,
    version: connection.credentials_version,
    eventId: createId("evt"),
    credentials: await sealCredentials(deps.keyring, ownerOf(lease), credentials),
    accessTokenExpiresAt: credentials.expires_at,
    issued,
  };
  await storeOrHandOver(deps, set);
  return { credentials, version: set.version + 1, connection };
}

/** Stores a token set from the queue. Throws where it must be tried again. */
export async function storeFromQueue(deps: Deps, message: StoreTokensMessage): Promise<void> {
  const isStored = await storeAndTell(deps, {
    id: message.zoom_oauth_connection_id,
    version: message.version,
    eventId: createId("evt"),
    credentials: message.credentials,
    accessTokenExpiresAt: message.access_token_expires_at,
    issued: null,
  });
  const event = isStored ? "token_set_stored_late" : "token_set_superseded";
  log("info", event, { zoom_oauth_connection_id: message.zoom_oauth_connection_id });
}

async function openOldCredentials({ keyring }: Deps, lease: Lease): Promise<Credentials> {
  const { credentials } = lease.connection;
  if (credentials === null) throw new ApiError("connection_disconnected");
  return await openCredentials(keyring, ownerOf(lease), credentials);
}

/** Asks until Zoom has said yes or no, as long as a caller can wait. The old refresh token may be sent again. */
async function askZoom(
  { keyring, zoom }: Deps,
  { connection, app }: Lease,
  old: Credentials,
  progress: { isUnanswered: boolean },
): Promise<TokenSet> {
  const clientSecret = await openClientSecret(keyring, connection.zoom_oauth_app_id, app.clientSecret);
  const isFinal = (error: unknown) => {
    if (!(error instanceof ZoomFailure)) return true;
    if (isUnanswered(error)) progress.isUnanswered = true;
    const isVerdict = error.why === "refused" && !error.isCollision;
    return isVerdict || isLongWait(error);
  };
  return await withRetries(
    ZOOM_PAUSES_MS,
    async () => await zoom.refreshTokens({ clientId: app.clientId, clientSecret }, old.refresh_token),
    { isFinal, patienceMs: ZOOM_PATIENCE_MS },
  );
}

/** Whether the call may have taken effect at Zoom although it failed here. */
function isUnanswered({ why }: ZoomFailure): boolean {
  return why === "timeout" || why === "unreachable" || why === "server_error" || why === "unexpected";
}

/** What a failed refresh means for the connection or the app, and what the caller is told. */
async function judge(deps: Deps, lease: Lease, error: unknown, isUnanswered: boolean): Promise<unknown> {
  const { connection, app, owner } = lease;
  const ids = {
    zoom_oauth_connection_id: connection.id,
    zoom_oauth_app_id: connection.zoom_oauth_app_id,
  };
  const release = async (backOffMs: number) =>
    await giveUpLease(deps, connection.id, owner, { isUnanswered, backOffMs });

  if (!(error instanceof ZoomFailure)) {
    await release(0);
    return error;
  }
  if (isInvalidGrant(error)) {
    if (!mayHaveLateResult(connection)) return await disconnect(deps, lease, isUnanswered);
    await release(LATE_RESULT_BACK_OFF_MS);
    return lateResult();
  }
  log("warn", "refresh_failed", { ...ids, zoom_failure: error.why });
  if (isInvalidClient(error)) {
    await markApp(deps, { id: connection.zoom_oauth_app_id, clientSecret: app.clientSecret });
    await release(0);
  } else {
    const retryAfterMs = (error.retryAfterSeconds ?? 0) * 1000;
    await release(Math.min(Math.max(retryAfterMs, BACK_OFF_MS), MAX_BACK_OFF_MS));
  }
  return error.isCollision ? new ApiError("zoom_unavailable", { cause: error }) : toApiError(error);
}

/** Gives a lease up that led to nothing; where the database does not take it, its end does. */
export async function giveUpLease(
  { db }: Deps,
  id: string,
  owner: string,
  { isUnanswered, backOffMs } = { isUnanswered: false, backOffMs: 0 },
): Promise<void> {
  const release = async () => await releaseLease(db, { id, owner, isUnanswered, backOffMs });
  await withRetries(RELEASE_PAUSES_MS, release).catch((error: unknown) =>
    log("warn", "lease_not_released", { zoom_oauth_connection_id: id, ...describeError(error) }),
  );
}

/** Whether the holder of an earlier lease may have got a token set that is on its way through the queue. */
function mayHaveLateResult({ refresh_lease_lost_at }: HeldConnection): boolean {
  return refresh_lease_lost_at !== null && Date.now() - Date.parse(refresh_lease_lost_at) < LATE_RESULT_MS;
}

function lateResult(): ApiError {
  return new ApiError("database_unavailable", {
    message: "The result of an earlier refresh of this connection is not stored yet. Try again.",
    retryAfterSeconds: LATE_RESULT_BACK_OFF_MS / 1000,
  });
}

/** Ends the connection where the refused token set is still its newest: the statement reads again and decides. */
async function disconnect(deps: Deps, lease: Lease, isUnanswered: boolean): Promise<unknown> {
  const { connection, owner } = lease;
  const reason = isUnanswered ? ANSWER_LOST : GRANT_ENDED;
  const ending = { id: connection.id, version: connection.credentials_version, eventId: createId("evt") };
  const end = async () => await disconnectVersion(deps.db, { ...ending, ...reason });
  const ended = await withRetries(STORE_PAUSES_MS, end, { patienceMs: STORE_PATIENCE_MS }).catch(
    (error: Error) => error,
  );
  if (ended instanceof Error) {
    await giveUpLease(deps, connection.id, owner, { isUnanswered, backOffMs: BACK_OFF_MS });
    return ended;
  }
  if (ended === null) return new SupersededError();
  await announce(deps, ended.deliveryIds);
  log("warn", "connection_disconnected", { zoom_oauth_connection_id: connection.id, code: reason.code });
  return new ApiError("connection_disconnected");
}

const GRANT_ENDED = {
  code: "grant_revoked",
  error:
    "Zoom no longer accepts the grant: the user or an administrator removed the app, or the grant expired. Send the user through Zoom's consent page again.",
};
const ANSWER_LOST = {
  code: ANSWER_LOST_CODE,
  error:
    "Zoom's answer to a refresh was lost on its way, and Zoom no longer accepts the token from before. Send the user through Zoom's consent page again.",
};

/** The lease is kept on failure, so that nobody sends the dead refresh token while the queue stores the new one. */
async function storeOrHandOver(deps: Deps, set: TokenSetToStore): Promise<void> {
  const store = async () => {
    if (!(await storeAndTell(deps, set))) throw new SupersededError();
  };
  const isFinal = (error: unknown) => error instanceof SupersededError;
  const storing = withRetries(STORE_PAUSES_MS, store, { isFinal, patienceMs: STORE_PATIENCE_MS });
  if (!(await endsWithin(HAND_OVER_AFTER_MS, storing, isFinal))) {
    const ids = { zoom_oauth_connection_id: set.id };
    const message: StoreTokensMessage = {
      type: "store_tokens",
      ...ids,
      version: set.version,
      credentials: set.credentials,
      access_token_expires_at: set.accessTokenExpiresAt,
    };
    await queueOrStore(deps, message, ids, async () => {
      await storeAndTell(deps, set);
    });
  }
  await storing;
}

/** Whether the token set is stored now; false: a newer one is. */
async function storeAndTell(deps: Deps, set: TokenSetToStore): Promise<boolean> {
  const changed = await storeTokenSet(deps.db, set);
  if (changed) await announce(deps, changed.deliveryIds);
  return changed !== null;
}

function ownerOf({ connection }: Lease) {
  return { zoomOAuthAppId: connection.zoom_oauth_app_id, userId: connection.user_id };
}
