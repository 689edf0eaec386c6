// The operator revokes every grant of a project: each at Zoom, then erased here.

import { markApp } from "../apps/mark.ts";
import { openClientSecret, openCredentials, renewCredentials, sealCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import { findConnectionsToRevoke, findHeldCredentials, isVersionToRevoke } from "../db/projects.ts";
import { endRevoked, storeTokenSet } from "../db/refreshes.ts";
import { type AppSecret, findAppCredentials } from "../db/zoom-oauth-apps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { Credentials } from "../model/credentials.ts";
import { announce } from "../queue.ts";
import { withRetries } from "../retries.ts";
import type { ServiceScope } from "../scope.ts";
import type { AppCredentials } from "../zoom/client.ts";
import { describeFailure, ZoomFailure } from "../zoom/failure.ts";
import { appRefused } from "../zoom-errors.ts";
import { getCredentials } from "./access-token.ts";

/** In one cron run. */
const MAX_REVOCATIONS = 500;
/** So long the access token must live that is revoked, in milliseconds. */
const MIN_LIFE_MS = 60_000;
/** No further one begins after this time, in milliseconds: the next cron run goes on. */
const PATIENCE_MS = 25_000;
/** Pauses before each try to store a token set, in milliseconds. */
const STORE_PAUSES_MS = [0, 500, 2_000];
/** As many calls as one run of the Worker may have open. */
const AT_ONCE = 6;

/** Revokes grants that are to be revoked, some at a time, for a job that runs every minute. Returns how many. */
export async function revokeRequested(scope: ServiceScope): Promise<number> {
  const waiting = await findConnectionsToRevoke(scope.db, MAX_REVOCATIONS);
  const deadline = Date.now() + PATIENCE_MS;
  let count = 0;
  const work = async () => {
    for (let next = waiting.shift(); next && Date.now() < deadline; next = waiting.shift()) {
      if (await revokeOne(scope, next)) count++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return count;
}

interface ToRevoke {
  id: string;
  zoom_oauth_app_id: string;
}

/** Whether it is done; where not, it is tried again. */
async function revokeOne(scope: ServiceScope, connection: ToRevoke): Promise<boolean> {
  const { id } = connection;
  try {
    if (!(await revokeAtZoom(scope, connection))) return false;
    const ended = await endRevoked(scope.db, { id, eventId: createId("evt") });
    await announce(scope, ended?.deliveryIds ?? []);
    return true;
  } catch (error) {
    const why =
      error instanceof ZoomFailure ? { zoom_failure: describeFailure(error) } : describeError(error);
    log("warn", "grant_not_revoked", { zoom_oauth_connection_id: id, ...why });
    return false;
  }
}

/** Whether the grant is over. It is not where the user has given a later one, or where its tokens were refreshed in this moment. */
async function revokeAtZoom(
  scope: ServiceScope,
  { id, zoom_oauth_app_id: appId }: ToRevoke,
): Promise<boolean> {
  const usable = await getCredentials(scope, { id, minTtlMs: MIN_LIFE_MS }).catch((error: unknown) => {
    const isOver = error instanceof ApiError && ["connection_disconnected", "not_found"].includes(error.code);
    if (isOver) return null;
    throw error;
  });
  // The tokens in hand are read after the list: a user who has consented since keeps the new grant.
  if (usable !== null && !(await isVersionToRevoke(scope.db, { id, version: usable.version }))) return false;
  const found = await findAppCredentials(scope.db, appId);
  if (found === null) return true;
  const clientSecret = await openClientSecret(scope.keyring, appId, found.clientSecret);
  const app = { clientId: found.clientId, clientSecret };
  const held = usable === null ? await refreshHeld(scope, id, found, app) : null;
  if (held === "replaced") return false;
  const accessToken = usable?.credentials.access_token ?? held?.access_token;
  if (accessToken === undefined) return true;
  try {
    await scope.zoom.revokeToken(app, accessToken);
  } catch (error) {
    // Zoom does not know the token: somebody has ended the grant already.
    if (!(error instanceof ZoomFailure) || error.verdict.kind !== "unknown") throw error;
  }
  return true;
}

/**
 * The token set that a disconnected connection still has, with an access token that lives: of a user who was deactivated, or of an
 * import that is kept. Null: there is none, or Zoom gives no token for it any more. `replaced`: the row has another one by now.
 * `app`: what `sealed` holds, opened.
 */
async function refreshHeld(
  scope: ServiceScope,
  id: string,
  sealed: AppSecret,
  app: AppCredentials,
): Promise<Credentials | "replaced" | null> {
  const held = await findHeldCredentials(scope.db, id);
  if (held === null || held.credentials === null) return null;
  const owner = { zoomOAuthAppId: sealed.id, userId: held.user_id };
  const old = await openCredentials(scope.keyring, owner, held.credentials);
  if (Date.parse(old.expires_at) > Date.now() + MIN_LIFE_MS) return old;
  if (held.is_app_invalid) throw appRefused(held.app_refusal);
  let credentials: Credentials;
  try {
    credentials = renewCredentials(old, await scope.zoom.refreshTokens(app, old.refresh_token));
  } catch (error) {
    if (!(error instanceof ZoomFailure)) throw error;
    const { verdict } = error;
    if (verdict.kind === "app_refused")
      await markApp(scope, { id: sealed.id, clientSecret: sealed.clientSecret, refusal: verdict.reason });
    if (["app_refused", "passing", "collision"].includes(verdict.kind)) throw error;
    log("warn", "grant_not_revoked", { zoom_oauth_connection_id: id, zoom_failure: describeFailure(error) });
    return null;
  }
  const set = {
    id,
    version: held.credentials_version,
    authorizedAt: held.authorized_at,
    leasedAt: null,
    acting: "admin",
    eventId: createId("evt"),
    credentials: await sealCredentials(scope.keyring, owner, credentials),
    accessTokenExpiresAt: credentials.expires_at,
    issued: null,
    isToRevive: false,
  };
  try {
    const stored = await withRetries(STORE_PAUSES_MS, async () => await storeTokenSet(scope.db, set));
    return stored === null ? "replaced" : credentials;
  } catch (error) {
    // The token in hand is used all the same: the next try would have none that Zoom takes.
    log("warn", "token_set_not_stored", { zoom_oauth_connection_id: id, ...describeError(error) });
    return credentials;
  }
}
