// Which meetings a connection's user hosts, read from Zoom page by page, so that a bot that is sent to a meeting
// finds the right grant.

import { createId } from "../crypto/ids.ts";
import { finishSync, leaseSync, markSyncDue, releaseSync, type SyncKey, storeMeetings } from "../db/syncs.ts";
import type { ConnectionKey, ConnectionRow } from "../db/zoom-oauth-connections.ts";
import { findConnection } from "../db/zoom-oauth-connections.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { callWithAccessToken, openUsableRow } from "./access-token.ts";
import type { UsableCredentials } from "./credentials.ts";

/** A sync of many pages takes a while, in milliseconds. */
const MIN_TTL_MS = 5 * 60_000;

/** Another job syncs the connection now, or Zoom asked the app to wait: come back after this many seconds. */
export class SyncLaterError extends Error {
  override readonly name = "SyncLaterError";
  readonly seconds: number;
  constructor(seconds: number) {
    super(`sync again in ${seconds} s`);
    this.seconds = seconds;
  }
}

/** Asks for a sync of a project's connection. Throws `connection_disconnected`. */
export async function askForSync(
  deps: Deps,
  key: ConnectionKey,
): Promise<ConnectionRow | "unauthenticated" | "not_found"> {
  const connection = await findConnection(deps.db, key);
  if (typeof connection === "string") return connection;
  if (connection.state === "disconnected") throw new ApiError("connection_disconnected");
  await requestSync(deps, connection.id);
  return connection;
}

/** Puts a sync on the queue; where that fails, the clock finds it. */
export async function requestSync(deps: Deps, connectionId: string): Promise<void> {
  const ids = { zoom_oauth_connection_id: connectionId };
  try {
    await deps.jobs.send({ type: "sync", ...ids });
  } catch (error) {
    log("warn", "sync_not_queued", { ...ids, ...describeError(error) });
    await markSyncDue(deps.db, connectionId).catch(() => {});
  }
}

/**
 * Syncs a connection, unless it is gone. One round trip to the database for the lease and one for each page, where
 * the access token lives. Throws {@link SyncLaterError} and what must be tried again.
 */
export async function syncConnection(deps: Deps, waitUntil: WaitUntil, key: SyncKey): Promise<void> {
  const lease = await leaseSync(deps.db, key);
  if (lease.kind === "ended" || lease.kind === "busy") return;
  if (lease.kind === "not_yet") throw new SyncLaterError(lease.seconds);
  try {
    const request = { apiKeySha256: null, id: key.connectionId, minTtlMs: MIN_TTL_MS };
    const usable = await openUsableRow(deps, lease.connection, MIN_TTL_MS);
    await callWithAccessToken(deps, waitUntil, request, usable, async (current) =>
      readAll(deps, key, current),
    );
  } catch (error) {
    await releaseSync(deps.db, { ...key, appWaitSeconds: waitOf(error) }).catch(() => {});
    throw error;
  }
}

/** Every page of the user's meetings, each stored before the next one is asked for; and the personal meeting id. */
async function readAll({ db, zoom }: Deps, key: SyncKey, { credentials }: UsableCredentials): Promise<void> {
  const token = { accessToken: credentials.access_token, apiUrl: credentials.api_url };
  const { personalMeetingId } = await zoom.getCurrentUser(token);
  let page = await zoom.listMeetings(token, null);
  if (personalMeetingId !== null) page.meetingIds.push(personalMeetingId);
  while (page.nextPageToken !== null) {
    await storeMeetings(db, key.connectionId, page.meetingIds);
    page = await zoom.listMeetings(token, page.nextPageToken);
  }
  await finishSync(db, { ...key, eventId: createId("evt") }, page.meetingIds);
}

/** Zoom limits an app as a whole, so all of its connections wait. */
function waitOf(error: unknown): number {
  const isLimit = error instanceof ZoomFailure && error.why === "rate_limited";
  return isLimit ? (error.retryAfterSeconds ?? 1) : 0;
}
