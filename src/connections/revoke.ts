// The operator revokes every grant of a project: each at Zoom, then erased here.

import { openClientSecret } from "../apps/secrets.ts";
import { createId } from "../crypto/ids.ts";
import { findConnectionsToRevoke, isVersionToRevoke } from "../db/projects.ts";
import { endRevoked } from "../db/refreshes.ts";
import { findAppCredentials } from "../db/zoom-oauth-apps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { announce } from "../queue.ts";
import type { ServiceScope } from "../scope.ts";
import { describeFailure, ZoomFailure } from "../zoom/failure.ts";
import { getCredentials } from "./access-token.ts";

/** In one cron run. */
const MAX_REVOCATIONS = 500;
/** No further one begins after this time, in milliseconds: the next cron run goes on. */
const PATIENCE_MS = 25_000;
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
  const usable = await getCredentials(scope, { id, minTtlMs: 60_000 }).catch((error: unknown) => {
    const isOver = error instanceof ApiError && ["connection_disconnected", "not_found"].includes(error.code);
    if (isOver) return null;
    throw error;
  });
  if (usable === null) return true;
  // The tokens in hand are read after the list: a user who has consented since keeps the new grant.
  if (!(await isVersionToRevoke(scope.db, { id, version: usable.version }))) return false;
  const app = await findAppCredentials(scope.db, appId);
  if (app === null) return true;
  const clientSecret = await openClientSecret(scope.keyring, appId, app.clientSecret);
  try {
    await scope.zoom.revokeToken({ clientId: app.clientId, clientSecret }, usable.credentials.access_token);
  } catch (error) {
    // Zoom does not know the token: somebody has ended the grant already.
    if (!(error instanceof ZoomFailure) || error.verdict.kind !== "unknown") throw error;
  }
  return true;
}
