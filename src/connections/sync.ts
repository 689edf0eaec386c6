// Which meetings a connection's user hosts, read from Zoom page by page, so that a bot that is sent to a meeting
// finds the right grant.

import { createId } from "../crypto/ids.ts";
import { markDue } from "../db/schedules.ts";
import { finishSync, leaseSync, releaseSync, type SyncKey, storeMeetings } from "../db/syncs.ts";
import { type ConnectionKey, findConnection, type ShownConnection } from "../db/zoom-oauth-connections.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { callWithAccessToken, openUsableRow } from "./access-token.ts";
import type { UsableCredentials } from "./credentials.ts";

/** Two pages of Zoom's to a statement: with a refresh before it, a sync of 1,000 meetings takes five. */
const STORE_AFTER_MEETINGS = 600;

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

/**
 * Asks for a sync of a project's connection. Throws `connection_disconnected`, and `capability_not_supported` for one
 * whose grant need not let its meetings be listed.
 */
export async function askForSync(
  deps: Deps,
  key: ConnectionKey,
): Promise<ShownConnection | "unauthenticated" | "not_found"> {
  const connection = await findConnection(deps.db, key);
  if (typeof connection === "string") return connection;
  if (connection.state === "disconnected") throw new ApiError("connection_disconnected");
  if (!connection.is_local_recording_token_supported) {
    throw new ApiError("capability_not_supported", {
      message: "Meetings are synced for local recording tokens. Turn the capability on with PATCH.",
    });
  }
  await requestSync(deps, connection.id);
  return connection;
}

/** Puts a sync on the queue; where that fails, the clock finds it. */
export async function requestSync(deps: Deps, connectionId: string, delaySeconds = 0): Promise<void> {
  const ids = { zoom_oauth_connection_id: connectionId };
  try {
    await deps.jobs.send({ type: "sync", ...ids }, { delaySeconds });
  } catch (error) {
    log("warn", "sync_not_queued", { ...ids, ...describeError(error) });
    await markDue(deps.db, "sync", connectionId, 0).catch(() => {});
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

/** Every page of the user's meetings, and the personal meeting id; stored as they come, some pages at a time. */
async function readAll({ db, zoom }: Deps, key: SyncKey, { credentials }: UsableCredentials): Promise<void> {
  const token = { accessToken: credentials.access_token, apiUrl: credentials.api_url };
  const { personalMeetingId } = await zoom.getCurrentUser(token);
  let unstored = personalMeetingId === null ? [] : [personalMeetingId];
  let pageToken: string | null = null;
  do {
    if (unstored.length >= STORE_AFTER_MEETINGS) {
      await storeMeetings(db, key.connectionId, unstored);
      unstored = [];
    }
    const page = await zoom.listMeetings(token, pageToken);
    unstored.push(...page.meetingIds);
    // A token that comes again would lead round in a circle.
    pageToken = page.nextPageToken === pageToken ? null : page.nextPageToken;
  } while (pageToken !== null);
  await finishSync(db, { ...key, eventId: createId("evt") }, unstored);
}

/** Zoom limits an app as a whole, so all of its connections wait. */
function waitOf(error: unknown): number {
  const isLimit = error instanceof ZoomFailure && error.why === "rate_limited";
  return isLimit ? (error.retryAfterSeconds ?? 1) : 0;
}
