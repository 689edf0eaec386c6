// From Zoom's answer to a stored connection. The code is spent and the tokens exist nowhere else, so a
// grant that cannot be finished now goes, sealed, to the queue, which finishes it later.

import { openClientSecret, renewCredentials, sealCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import {
  holdAuthorizationCode,
  isAuthorizationCodeSettled,
  refuseAuthorizationCode,
} from "../db/authorization-codes.ts";
import { isOwnerMissing } from "../db/client.ts";
import { renewGrant, storeGrant } from "../db/grants.ts";
import { findAppCredentials } from "../db/zoom-oauth-apps.ts";
import type { ShownConnection } from "../db/zoom-oauth-connections.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { toConnectionFailure } from "../model/connection-failure.ts";
import { announce, type FinishConnectingMessage } from "../queue.ts";
import { endsWithin, withRetries } from "../retries.ts";
import type { Scope } from "../scope.ts";
import { ZOOM_TIMEOUT_MS } from "../zoom/call.ts";
import type { TokenSet, ZoomUser } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { findMissingScopes } from "../zoom/scopes.ts";
import { isLongWait, isVerdict, missingScopes, toApiError, toCallerError } from "../zoom-errors.ts";
import { toAttemptFailure, WrongZoomUserError } from "./attempt-failure.ts";
import { queueOrStore } from "./hand-over.ts";
import { journal } from "./journaling.ts";
import { LaterError } from "./later.ts";
import { openGrant, type PendingGrant, sealGrant } from "./pending-grant.ts";
import { requestFirstSync } from "./sync.ts";

/** Pauses before each try, in milliseconds; their sum and the time-outs stay within the claim's lease. */
const USER_PAUSES_MS = [0, 200, 800];
const STORE_PAUSES_MS = [0, 100, 400];
/** No further try begins after this time, in milliseconds. */
const PATIENCE_MS = 12_000;
/**
 * A grant that is not stored by then goes to the queue as well, in milliseconds: the runtime gives this work
 * 30 seconds from the moment that the caller hangs up ("waitUntil" on Cloudflare's pages).
 */
const HAND_OVER_AFTER_MS = 5_000;
/** Zoom forgets a refresh token after about 90 days: a grant that could not be stored for so long is dead. */
const MAX_GRANT_AGE_SECONDS = 90 * 86_400;
/** How long after it was given a grant waits for an app that the database does not have. */
const MAX_APP_WAIT_SECONDS = 7 * 86_400;
/** Which part of a grant's age is waited after an unknown refusal, or for its app. */
const UNKNOWN_PATIENCE = 4;
/** So that a Zoom which refuses even new tokens is not asked for more without end. */
const RENEWED_DELAY_SECONDS = 10;
/** How long a caller waits for the hand-over before the answer leaves, in milliseconds. */
const HAND_OVER_WAIT_MS = 1_000;

/**
 * Finishes a grant for a caller who waits: a few tries, then the queue. Throws the refusal
 * (`missing_scopes`, `user_not_active`, `wrong_zoom_user`), or the reason why the queue has it now. `isToRemember`: a
 * refusal is remembered before it is thrown, for a caller who reads it from the database.
 */
export async function finishOrHandOver(
  scope: Scope,
  grant: PendingGrant,
  { isToRemember = false } = {},
): Promise<ShownConnection> {
  let pending = grant;
  const finish = async () => {
    pending = await withRetries(USER_PAUSES_MS, async () => await identifyUser(scope, grant), {
      isFinal: (error) => isRefusal(error) || isLongWait(error),
      patienceMs: PATIENCE_MS,
    });
    const tryToStore = async () => await store(scope, pending);
    return await withRetries(STORE_PAUSES_MS, tryToStore, { patienceMs: PATIENCE_MS });
  };
  const finishing = finish();
  if (!(await endsWithin(HAND_OVER_AFTER_MS, finishing, isRefusal))) {
    const handingOver = handOver(scope, pending);
    scope.waitUntil(handingOver);
    await Promise.race([handingOver, scheduler.wait(HAND_OVER_WAIT_MS)]);
  }
  try {
    const { connection, tellQueue } = await finishing;
    scope.waitUntil(tellQueue());
    return connection;
  } catch (error) {
    if (isRefusal(error)) {
      const remembering = withRetries(STORE_PAUSES_MS, async () => await remember(scope, grant, error));
      scope.waitUntil(remembering.catch(() => {}));
      if (isToRemember) await remembering.catch(() => {});
    }
    throw toCallerError(error);
  }
}

/**
 * Finishes a grant from the queue: one try. Throws where it must be tried again. A refusal ends it and is
 * remembered, so that a retry of the caller's hears of it.
 */
export async function finishFromQueue(scope: Scope, message: FinishConnectingMessage): Promise<void> {
  const grant = await openGrant(scope.keyring, message);
  // Who handed it over may have finished it after all: its tokens are the row's by now, and not to be touched.
  if (await isAuthorizationCodeSettled(scope.db, grant.code)) return;
  try {
    const { connection, tellQueue } = await store(scope, await identifyUser(scope, grant));
    log("info", "grant_stored_late", { zoom_oauth_connection_id: connection.id });
    await tellQueue();
  } catch (error) {
    if (isRefusal(error)) return await remember(scope, grant, error);
    if (isOwnerMissing(error)) return waitForApp(grant);
    if (ageOf(grant) > MAX_GRANT_AGE_SECONDS) return await giveUp(scope, grant);
    // A refusal that nobody knows the meaning of: Zoom is asked less and less often.
    if (isVerdict(error, "unknown")) throw new LaterError(ageOf(grant) / UNKNOWN_PATIENCE, error);
    if (!isVerdict(error, "token_refused")) throw error;
    // It has expired meanwhile, or a later authorization has replaced it.
    await renew(scope, grant);
  }
}

/** Seconds since Zoom gave the grant. */
function ageOf({ authorizedAt }: PendingGrant): number {
  return (Date.now() - Date.parse(authorizedAt)) / 1000;
}

/**
 * The database has no such app: it was removed, or the operator has yet to put it back after a restore. Throws {@link LaterError} for
 * some days; then the grant is dropped.
 */
function waitForApp(grant: PendingGrant): void {
  if (ageOf(grant) < MAX_APP_WAIT_SECONDS) throw new LaterError(ageOf(grant) / UNKNOWN_PATIENCE);
  log("warn", "job_dropped", {
    job: "finish_connecting",
    project_id: grant.projectId,
    zoom_oauth_app_id: grant.code.zoomOAuthAppId,
  });
}

/** Refreshes a grant that has waited for too long, and puts it on the queue anew before anything else happens. */
async function renew(scope: Scope, grant: PendingGrant): Promise<void> {
  const app = await findAppCredentials(scope.db, grant.code.zoomOAuthAppId);
  if (app === null) return waitForApp(grant);
  const clientSecret = await openClientSecret(scope.keyring, grant.code.zoomOAuthAppId, app.clientSecret);
  let tokens: TokenSet;
  try {
    tokens = await scope.zoom.refreshTokens(
      { clientId: app.clientId, clientSecret },
      grant.credentials.refresh_token,
    );
  } catch (error) {
    if (isVerdict(error, "grant_ended")) return await giveUp(scope, grant);
    throw error;
  }
  const renewed = {
    ...grant,
    credentials: renewCredentials(grant.credentials, tokens),
    // Wherever the old tokens are by now, these are the ones that live.
    authorizedAt: new Date(scope.databaseClock.now()).toISOString(),
  };
  await handOver(scope, renewed, RENEWED_DELAY_SECONDS);
}

/** Zoom does not honour the grant any more: the user must authorize again, and a retry of the caller's says so. */
async function giveUp(scope: Scope, grant: PendingGrant): Promise<void> {
  log("error", "grant_refused", {
    project_id: grant.projectId,
    zoom_oauth_app_id: grant.code.zoomOAuthAppId,
  });
  await remember(scope, grant, new ApiError("authorization_code_rejected"));
}

/** Asks Zoom who the user is and checks the granted scopes. Refusals are `ApiError`s. */
async function identifyUser(scope: Scope, grant: PendingGrant): Promise<PendingGrant> {
  if (grant.user !== null) return grant;
  const missing = findMissingScopes(grant.credentials.scopes, grant.chosen);
  const { access_token, api_url } = grant.credentials;
  let user: ZoomUser;
  try {
    user = await scope.zoom.getCurrentUser({ accessToken: access_token, apiUrl: api_url });
  } catch (error) {
    if (!(error instanceof ZoomFailure)) throw error;
    // Only where Zoom's word is final: a grant that lacks scopes has replaced the user's earlier one all the same.
    const { kind } = error.verdict;
    const isFinal = kind !== "passing" && kind !== "token_refused";
    throw isFinal && missing.length > 0 ? missingScopes(missing) : refusalOf(error);
  }
  const isActive = user.status === "active";
  const isRightUser = grant.onlyUserId === null || grant.onlyUserId === user.id;
  if (isRightUser && missing.length === 0 && isActive) {
    return { ...grant, user: { id: user.id, accountId: user.accountId } };
  }
  const isImported = isRightUser && grant.isImport;
  const isKept = await keepExisting(scope, grant, user.id, { isForKept: !isImported });
  if (isImported && !isKept) {
    const keptFor = missing.length > 0 ? ("missing_scopes" as const) : ("user_not_active" as const);
    return { ...grant, user: { id: user.id, accountId: user.accountId }, keptFor };
  }
  if (!isRightUser) {
    if (!isKept) await revokeGrant(scope, grant);
    throw new WrongZoomUserError();
  }
  throw missing.length > 0 ? missingScopes(missing) : new ApiError("user_not_active");
}

/**
 * A grant that is refused has replaced the user's earlier one at Zoom all the same ("OAuth error messages", 4741):
 * a connection that the user already has goes on with the new tokens, and stays as it is otherwise. Returns whether the
 * user has one.
 */
async function keepExisting(
  scope: Scope,
  grant: PendingGrant,
  userId: string,
  { isForKept }: { isForKept: boolean },
): Promise<boolean> {
  const owner = { zoomOAuthAppId: grant.code.zoomOAuthAppId, userId };
  const { isRenewed, row, deliveryIds } = await renewGrant(scope.db, {
    ...owner,
    acting: grant.acting,
    origin: grant.origin,
    isForKept,
    authorizedAt: grant.authorizedAt,
    longestExchangeMs: ZOOM_TIMEOUT_MS,
    eventId: createId("evt"),
    credentials: await sealCredentials(scope.keyring, owner, grant.credentials),
    accessTokenExpiresAt: grant.credentials.expires_at,
  });
  if (row !== null) journal(scope, row);
  scope.waitUntil(announce(scope, deliveryIds));
  return isRenewed;
}

/** Gives a grant back that nobody asked for. Where Zoom is away, the user can remove the app at Zoom. */
async function revokeGrant(scope: Scope, { code, credentials, projectId }: PendingGrant): Promise<void> {
  const ids = { project_id: projectId, zoom_oauth_app_id: code.zoomOAuthAppId };
  try {
    const app = await findAppCredentials(scope.db, code.zoomOAuthAppId);
    if (app === null) return;
    const clientSecret = await openClientSecret(scope.keyring, code.zoomOAuthAppId, app.clientSecret);
    await scope.zoom.revokeToken({ clientId: app.clientId, clientSecret }, credentials.access_token);
  } catch (error) {
    log("warn", "grant_not_revoked", { ...ids, ...describeError(error) });
  }
}

/** What Zoom says about the user or the scopes is final for the grant; any other failure passes. */
function refusalOf(failure: ZoomFailure): ApiError | ZoomFailure {
  switch (failure.verdict.kind) {
    case "user_not_active":
      return toApiError(failure);
    case "missing_scopes":
      return missingScopes(["user:read:user"]);
    default:
      return failure;
  }
}

/** A word that is final for this grant, in contrast to a fault that passes. */
function isRefusal(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    (error.code === "missing_scopes" ||
      error.code === "user_not_active" ||
      error instanceof WrongZoomUserError)
  );
}

async function remember(scope: Scope, grant: PendingGrant, refusal: ApiError): Promise<void> {
  await refuseAuthorizationCode(scope.db, grant.code, toAttemptFailure(refusal));
}

async function store(scope: Scope, grant: PendingGrant) {
  if (grant.user === null) throw new Error("a grant without a user cannot be stored");
  const { zoomOAuthAppId } = grant.code;
  const stored = await storeGrant(scope.db, {
    ...grant.code,
    projectId: grant.projectId,
    authorizedAt: grant.authorizedAt,
    acting: grant.acting,
    origin: grant.origin,
    newConnectionId: createId("zoc"),
    eventId: createId("evt"),
    userId: grant.user.id,
    accountId: grant.user.accountId,
    chosen: grant.chosen,
    isImport: grant.isImport,
    failure: grant.keptFor && toConnectionFailure(grant.keptFor, new Date().toISOString()),
    credentials: await sealCredentials(
      scope.keyring,
      { zoomOAuthAppId, userId: grant.user.id },
      grant.credentials,
    ),
    accessTokenExpiresAt: grant.credentials.expires_at,
  });
  if (stored === null) throw new Error("another grant of the same user was stored in this moment");
  const { connection, row, outcome, deliveryIds } = stored;
  if (outcome !== "unchanged") journal(scope, row);
  const isSyncDue =
    outcome !== "unchanged" &&
    connection.state === "connected" &&
    connection.is_local_recording_token_supported;
  const tellQueue = async () => {
    await announce(scope, deliveryIds);
    if (isSyncDue) await requestFirstSync(scope, connection.id);
  };
  return { connection, tellQueue };
}

/** Puts the sealed grant on the queue; where the queue is away too, tries the database again in between. */
async function handOver(scope: Scope, grant: PendingGrant, delaySeconds = 0): Promise<void> {
  const ids = { project_id: grant.projectId, zoom_oauth_app_id: grant.code.zoomOAuthAppId };
  const message = await sealGrant(scope.keyring, grant);
  const tryToStore = async () => {
    try {
      const { connection } = await store(scope, await identifyUser(scope, grant));
      log("info", "grant_stored_late", { zoom_oauth_connection_id: connection.id });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await remember(scope, grant, error);
    }
  };
  const isKept = await queueOrStore(scope, message, ids, tryToStore, delaySeconds);
  // Nobody shall send the spent code to Zoom again; where the database does not take this, the claim ends before.
  if (isKept) await holdAuthorizationCode(scope.db, grant.code).catch(() => {});
}
