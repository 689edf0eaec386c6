// From Zoom's answer to a stored connection. The code is spent and the tokens exist nowhere else, so a
// grant that cannot be finished now goes, sealed, to the queue, which finishes it later.

import { createId } from "../crypto/ids.ts";
import {
  holdAuthorizationCode,
  isAuthorizationCodeSettled,
  refuseAuthorizationCode,
} from "../db/authorization-codes.ts";
import { renewGrant, storeGrant } from "../db/grants.ts";
import { findAppCredentials } from "../db/zoom-oauth-apps.ts";
import type { ShownConnection } from "../db/zoom-oauth-connections.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { log } from "../log.ts";
import type { FinishConnectingMessage } from "../queue.ts";
import { announce } from "../webhooks/announce.ts";
import type { TokenSet, ZoomUser } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { findMissingScopes } from "../zoom/scopes.ts";
import { openClientSecret } from "./app-credentials.ts";
import { renewCredentials, sealCredentials } from "./credentials.ts";
import { queueOrStore } from "./hand-over.ts";
import { openGrant, type PendingGrant, sealGrant } from "./pending-grant.ts";
import { endsWithin, withRetries } from "./retries.ts";
import { requestSync } from "./sync.ts";
import {
  isAccessTokenRefused,
  isInvalidGrant,
  isLongWait,
  MISSING_SCOPES_CODE,
  toApiError,
  USER_NOT_ACTIVE_CODES,
} from "./zoom-failure.ts";

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
const MAX_GRANT_AGE_MS = 90 * 86_400_000;
/** The caller's own first calls to Zoom go before the sync. */
const SYNC_DELAY_SECONDS = 1;
/** So that a Zoom which refuses even new tokens is not asked for more without end. */
const RENEWED_DELAY_SECONDS = 10;
/** How long a caller waits for the hand-over before the answer leaves, in milliseconds. */
const HAND_OVER_WAIT_MS = 1_000;

/**
 * Finishes a grant for a caller who waits: a few tries, then the queue. Throws the refusal
 * (`missing_scopes`, `user_not_active`), or the reason why the queue has it now.
 */
export async function finishOrHandOver(
  deps: Deps,
  waitUntil: WaitUntil,
  grant: PendingGrant,
): Promise<ShownConnection> {
  let pending = grant;
  const finish = async () => {
    pending = await withRetries(USER_PAUSES_MS, async () => await identifyUser(deps, grant), {
      isFinal: (error) => isRefusal(error) || isLongWait(error),
      patienceMs: PATIENCE_MS,
    });
    const tryToStore = async () => await store(deps, pending);
    return await withRetries(STORE_PAUSES_MS, tryToStore, { patienceMs: PATIENCE_MS });
  };
  const finishing = finish();
  if (!(await endsWithin(HAND_OVER_AFTER_MS, finishing, isRefusal))) {
    const handingOver = handOver(deps, pending);
    waitUntil(handingOver);
    await Promise.race([handingOver, scheduler.wait(HAND_OVER_WAIT_MS)]);
  }
  try {
    const { connection, tellQueue } = await finishing;
    waitUntil(tellQueue());
    return connection;
  } catch (error) {
    if (isRefusal(error)) waitUntil(remember(deps, grant, error).catch(() => {}));
    throw error instanceof ZoomFailure ? toApiError(error) : error;
  }
}

/**
 * Finishes a grant from the queue: one try. Throws where it must be tried again. A refusal ends it and is
 * remembered, so that a retry of the caller's hears of it.
 */
export async function finishFromQueue(deps: Deps, message: FinishConnectingMessage): Promise<void> {
  const grant = await openGrant(deps.keyring, message);
  // Who handed it over may have finished it after all: its tokens are the row's by now, and not to be touched.
  if (await isAuthorizationCodeSettled(deps.db, grant.code)) return;
  try {
    const { connection, tellQueue } = await store(deps, await identifyUser(deps, grant));
    log("info", "grant_stored_late", { zoom_oauth_connection_id: connection.id });
    await tellQueue();
  } catch (error) {
    if (isRefusal(error)) return await remember(deps, grant, error);
    if (Date.parse(grant.authorizedAt) < Date.now() - MAX_GRANT_AGE_MS) return await giveUp(deps, grant);
    if (!isAccessTokenRefused(error)) throw error;
    // It has expired meanwhile, or a later authorization has replaced it.
    await renew(deps, grant);
  }
}

/** Refreshes a grant that has waited for too long, and puts it on the queue anew before anything else happens. */
async function renew(deps: Deps, grant: PendingGrant): Promise<void> {
  const app = await findAppCredentials(deps.db, grant.code.zoomOAuthAppId);
  if (app === null) return;
  const clientSecret = await openClientSecret(deps.keyring, grant.code.zoomOAuthAppId, app.clientSecret);
  let tokens: TokenSet;
  try {
    tokens = await deps.zoom.refreshTokens(
      { clientId: app.clientId, clientSecret },
      grant.credentials.refresh_token,
    );
  } catch (error) {
    if (error instanceof ZoomFailure && isInvalidGrant(error)) return await giveUp(deps, grant);
    throw error;
  }
  const renewed = {
    ...grant,
    credentials: renewCredentials(grant.credentials, tokens),
    // Wherever the old tokens are by now, these are the ones that live.
    authorizedAt: new Date().toISOString(),
  };
  await handOver(deps, renewed, RENEWED_DELAY_SECONDS);
}

/** Zoom does not honour the grant any more: the user must authorize again, and a retry of the caller's says so. */
async function giveUp(deps: Deps, grant: PendingGrant): Promise<void> {
  log("error", "grant_refused", { zoom_oauth_app_id: grant.code.zoomOAuthAppId });
  await remember(deps, grant, new ApiError("authorization_code_rejected"));
}

/** Asks Zoom who the user is and checks the granted scopes. Refusals are `ApiError`s. */
async function identifyUser(deps: Deps, grant: PendingGrant): Promise<PendingGrant> {
  if (grant.user !== null) return grant;
  const missing = findMissingScopes(grant.credentials.scopes, grant);
  const { access_token, api_url } = grant.credentials;
  let user: ZoomUser;
  try {
    user = await deps.zoom.getCurrentUser({ accessToken: access_token, apiUrl: api_url });
  } catch (error) {
    if (!(error instanceof ZoomFailure)) throw error;
    // Only where Zoom's word is final: a grant that lacks scopes has replaced the user's earlier one all the same.
    const isFinal = error.why === "refused" && !isAccessTokenRefused(error);
    throw isFinal && missing.length > 0 ? missingScopes(missing) : refusalOf(error);
  }
  const isActive = user.status === "active";
  if (missing.length === 0 && isActive) return { ...grant, user: { id: user.id, accountId: user.accountId } };
  await keepExisting(deps, grant, user.id);
  throw missing.length > 0 ? missingScopes(missing) : new ApiError("user_not_active");
}

/**
 * A grant that is refused has replaced the user's earlier one at Zoom all the same ("OAuth error messages", 4741):
 * a connection that the user already has goes on with the new tokens, and stays as it is otherwise.
 */
async function keepExisting(deps: Deps, grant: PendingGrant, userId: string): Promise<void> {
  const owner = { zoomOAuthAppId: grant.code.zoomOAuthAppId, userId };
  await renewGrant(deps.db, {
    ...owner,
    authorizedAt: grant.authorizedAt,
    eventId: createId("evt"),
    credentials: await sealCredentials(deps.keyring, owner, grant.credentials),
    accessTokenExpiresAt: grant.credentials.expires_at,
  });
}

function refusalOf(failure: ZoomFailure): ApiError | ZoomFailure {
  const { code } = failure.refusal;
  if (failure.why !== "refused" || code === undefined) return failure;
  if (USER_NOT_ACTIVE_CODES.includes(code)) return new ApiError("user_not_active", { cause: failure });
  if (code === MISSING_SCOPES_CODE) return missingScopes(["user:read:user"]);
  return failure;
}

/** The refusal that lists what a grant lacks. */
export function missingScopes(missing: string[]): ApiError {
  return new ApiError("missing_scopes", {
    message: `The grant lacks scopes that the requested capabilities need: ${missing.join(", ")}. Add them to the app on the Zoom Marketplace and send the user through Zoom's consent page again.`,
  });
}

/** A word that is final for this grant, in contrast to a fault that passes. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === "missing_scopes" || error.code === "user_not_active");
}

async function remember(deps: Deps, grant: PendingGrant, refusal: ApiError): Promise<void> {
  await refuseAuthorizationCode(deps.db, grant.code, { code: refusal.code, message: refusal.message });
}

async function store(deps: Deps, grant: PendingGrant) {
  if (grant.user === null) throw new Error("a grant without a user cannot be stored");
  const { zoomOAuthAppId } = grant.code;
  const stored = await storeGrant(deps.db, {
    code: grant.code,
    projectId: grant.projectId,
    authorizedAt: grant.authorizedAt,
    newConnectionId: createId("zoc"),
    eventId: createId("evt"),
    userId: grant.user.id,
    accountId: grant.user.accountId,
    metadata: grant.metadata,
    isLocalRecordingTokenSupported: grant.isLocalRecordingTokenSupported,
    isOnbehalfTokenSupported: grant.isOnbehalfTokenSupported,
    credentials: await sealCredentials(
      deps.keyring,
      { zoomOAuthAppId, userId: grant.user.id },
      grant.credentials,
    ),
    accessTokenExpiresAt: grant.credentials.expires_at,
  });
  if (stored === null) throw new Error("another grant of the same user was stored in this moment");
  const { connection, outcome, deliveryIds } = stored;
  const isSyncDue = outcome !== "unchanged" && connection.is_local_recording_token_supported;
  const tellQueue = async () => {
    await announce(deps, deliveryIds);
    if (isSyncDue) await requestSync(deps, connection.id, SYNC_DELAY_SECONDS);
  };
  return { connection, tellQueue };
}

/** Puts the sealed grant on the queue; where the queue is away too, tries the database again in between. */
async function handOver(deps: Deps, grant: PendingGrant, delaySeconds = 0): Promise<void> {
  const ids = { zoom_oauth_app_id: grant.code.zoomOAuthAppId };
  const message = await sealGrant(deps.keyring, grant);
  const tryToStore = async () => void (await store(deps, grant));
  const isKept = await queueOrStore(deps, message, ids, tryToStore, delaySeconds);
  // Nobody shall send the spent code to Zoom again; where the database does not take this, the claim ends before.
  if (isKept) await holdAuthorizationCode(deps.db, grant.code).catch(() => {});
}
