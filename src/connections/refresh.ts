// One refresh of a connection by the holder of its lease. Zoom kills the old refresh token with each use, so from
// Zoom's answer on nothing counts but that the new token set is stored; and only Zoom's explicit refusal of the
// newest token set ends a connection.

import { createId } from "../crypto/ids.ts";
import type { IssuedEvent } from "../db/connection-events.ts";
import {
  disconnectVersion,
  type LeasedConnection,
  markAppCredentialsInvalid,
  releaseLease,
  storeTokenSet,
  type TokenSetToStore,
} from "../db/refreshes.ts";
import type { Deps } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { StoreTokensMessage } from "../queue.ts";
import type { TokenSet } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { openClientSecret } from "./app-credentials.ts";
import {
  type Credentials,
  openCredentials,
  sealCredentials,
  toCredentials,
  type UsableCredentials,
} from "./credentials.ts";
import { queueOrStore } from "./hand-over.ts";
import { withRetries } from "./retries.ts";
import { isInvalidClient, toApiError } from "./zoom-failure.ts";

/**
 * How long a lease holds, in milliseconds: longer than the longest refresh (asking Zoom, four writes, and a
 * hand-over to the queue, each with its time-outs).
 */
export const REFRESH_LEASE_MS = 120_000;
/** Pauses before each try at Zoom, in milliseconds. */
const ZOOM_PAUSES_MS = [0, 300, 1_200];
/** No further try at Zoom begins after this time, in milliseconds: a caller is waiting. */
const ZOOM_PATIENCE_MS = 12_000;
const STORE_PAUSES_MS = [0, 100, 400, 1_000];
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
  const credentials = merge(old, toCredentials(tokens, Date.now()));
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
  const isStored = await storeTokenSet(deps.db, {
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
  const start = Date.now();
  const isFinal = (error: unknown) => {
    if (!(error instanceof ZoomFailure)) return true;
    if (isUnanswered(error)) progress.isUnanswered = true;
    const isVerdict = error.why === "refused" && !error.isCollision;
    return isVerdict || error.why === "rate_limited" || Date.now() - start > ZOOM_PATIENCE_MS;
  };
  return await withRetries(
    ZOOM_PAUSES_MS,
    async () => await zoom.refreshTokens({ clientId: app.clientId, clientSecret }, old.refresh_token),
    isFinal,
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
  if (isInvalidGrant(error)) return await disconnect(deps, lease, isUnanswered);
  log("warn", "refresh_failed", { ...ids, zoom_failure: error.why });
  if (isInvalidClient(error)) {
    const app_ = { id: connection.zoom_oauth_app_id, clientSecret: app.clientSecret };
    if (await markAppCredentialsInvalid(deps.db, app_)) log("error", "app_credentials_invalid", ids);
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

/** RFC 6749, 5.2; Zoom's older form names `invalid_request` with the same reason ("Refresh an access token"). */
function isInvalidGrant({ why, refusal, isCollision }: ZoomFailure): boolean {
  if (why !== "refused" || isCollision) return false;
  return (
    refusal.error === "invalid_grant" ||
    (refusal.error === "invalid_request" && /invalid token/i.test(refusal.reason ?? ""))
  );
}

/** Ends the connection where the refused token set is still its newest: the statement reads again and decides. */
async function disconnect(deps: Deps, { connection }: Lease, isUnanswered: boolean): Promise<unknown> {
  const reason = isUnanswered ? ANSWER_LOST : GRANT_ENDED;
  const key = { id: connection.id, version: connection.credentials_version };
  const isEnded = await withRetries(STORE_PAUSES_MS, async () =>
    disconnectVersion(deps.db, { ...key, eventId: createId("evt"), ...reason }),
  ).catch((error: unknown) => error);
  if (typeof isEnded !== "boolean") return isEnded;
  if (!isEnded) return new SupersededError();
  log("warn", "connection_disconnected", { zoom_oauth_connection_id: connection.id, code: reason.code });
  return new ApiError("connection_disconnected");
}

const GRANT_ENDED = {
  code: "grant_revoked",
  error:
    "Zoom no longer accepts the grant: the user or an administrator removed the app, or the grant expired. Send the user through Zoom's consent page again.",
};
const ANSWER_LOST = {
  code: "refresh_answer_lost",
  error:
    "Zoom's answer to a refresh was lost on its way, and Zoom no longer accepts the token from before. Send the user through Zoom's consent page again.",
};

/** Zoom may leave out what has not changed. */
function merge(old: Credentials, renewed: Credentials): Credentials {
  return {
    ...renewed,
    scopes: renewed.scopes.length > 0 ? renewed.scopes : old.scopes,
    api_url: renewed.api_url ?? old.api_url,
  };
}

/** The lease is kept on failure, so that nobody sends the dead refresh token while the queue stores the new one. */
async function storeOrHandOver(deps: Deps, set: TokenSetToStore): Promise<void> {
  const store = async () => {
    if (!(await storeTokenSet(deps.db, set))) throw new SupersededError();
  };
  const isSuperseded = (error: unknown) => error instanceof SupersededError;
  try {
    await withRetries(STORE_PAUSES_MS, store, isSuperseded);
  } catch (error) {
    if (isSuperseded(error)) throw error;
    const ids = { zoom_oauth_connection_id: set.id };
    const message: StoreTokensMessage = {
      type: "store_tokens",
      ...ids,
      version: set.version,
      credentials: set.credentials,
      access_token_expires_at: set.accessTokenExpiresAt,
    };
    await queueOrStore(deps, message, ids, async () => {
      await storeTokenSet(deps.db, set);
    });
    throw error;
  }
}

function ownerOf({ connection }: Lease) {
  return { zoomOAuthAppId: connection.zoom_oauth_app_id, userId: connection.user_id };
}
