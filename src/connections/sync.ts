// Which meetings a connection's user hosts, read from Zoom page by page, so that a bot that is sent to a meeting
// finds the right grant.

import { createId } from "../crypto/ids.ts";
import { markDue } from "../db/schedules.ts";
import { finishSync, leaseSync, releaseSync, type SyncKey, storeMeetings } from "../db/syncs.ts";
import { findConnection, type ShownConnection } from "../db/zoom-oauth-connections.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { ServiceCaller } from "../model/caller.ts";
import type { UsableCredentials } from "../model/credentials.ts";
import { sendAll } from "../queue.ts";
import type { ProjectScope, Scope } from "../scope.ts";
import type { MeetingPage } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { isVerdict } from "../zoom-errors.ts";
import { callWithAccessToken, openUsableRow } from "./access-token.ts";
import { LaterError } from "./later.ts";

/** Two of Zoom's pages in one statement: with a refresh before it, a sync of 1,000 meetings takes five. */
const STORE_AFTER_MEETINGS = 600;

/** As many pages as one sync reads: 300 meetings each. */
const MAX_PAGES = 200;
/** When a sync begins anew whose page token Zoom refused; later each time. */
const RESTART_SECONDS = 10;

const FIRST_SYNC_DELAY_SECONDS = 1;
/** How long the first of a burst waits for others, in milliseconds. */
const GATHER_MS = 100;
/** Who has not sent by then is taken to be gone, in milliseconds: the next one sends for all. */
const MAX_GATHER_MS = 2_000;

/** A sync of many pages takes a while, in milliseconds. */
const MIN_TTL_MS = 5 * 60_000;

/**
 * Asks for a sync of a project's connection. Throws `connection_disconnected`, and `capability_not_supported` for one
 * whose grant need not let its meetings be listed.
 */
export async function askForSync(scope: ProjectScope, id: string): Promise<ShownConnection> {
  const connection = await findConnection(scope.db, { ...scope.caller, id });
  if (connection.state === "disconnected") throw new ApiError("connection_disconnected");
  if (!connection.is_local_recording_token_supported) {
    throw new ApiError("capability_not_supported", {
      message: "Meetings are synced for local recording tokens. Turn the capability on with PATCH.",
    });
  }
  await requestSync(scope, connection.id);
  return connection;
}

/** Puts a sync on the queue; where that fails, the next cron run does. */
export async function requestSync(scope: Scope, connectionId: string): Promise<void> {
  if (await requestSyncs(scope, [connectionId], 0)) return;
  await markDue(scope.db, "sync", connectionId, 0).catch(() => {});
}

/**
 * The same for a new grant, a second or two later: the caller's own first calls to Zoom go before the sync. Those of a burst are
 * sent together. What is not sent, because the isolate ends or the queue is away, a cron run asks for after ten minutes.
 */
export async function requestFirstSync(scope: Scope, connectionId: string): Promise<void> {
  const { firstSyncs } = scope;
  firstSyncs.ids.push(connectionId);
  if (Date.now() < firstSyncs.sentBefore) return;
  firstSyncs.sentBefore = Date.now() + MAX_GATHER_MS;
  await scheduler.wait(GATHER_MS);
  firstSyncs.sentBefore = 0;
  await requestSyncs(scope, firstSyncs.ids.splice(0), FIRST_SYNC_DELAY_SECONDS);
}

/** Whether they are on the queue. */
async function requestSyncs(scope: Scope, ids: readonly string[], delaySeconds: number): Promise<boolean> {
  try {
    const messages = ids.map((id) => ({ type: "sync" as const, zoom_oauth_connection_id: id }));
    await sendAll(scope.jobs, messages, { delaySeconds });
    return true;
  } catch (error) {
    log("warn", "sync_not_queued", { count: ids.length, ...describeError(error) });
    return false;
  }
}

/**
 * Syncs a connection, unless it is gone. One round trip to the database for the lease and one for each page, where
 * the access token lives. Throws {@link LaterError} and what must be tried again.
 */
export async function syncConnection(scope: Scope<ServiceCaller>, key: SyncKey): Promise<void> {
  const lease = await leaseSync(scope.db, key);
  if (lease.kind === "ended" || lease.kind === "busy") return;
  if (lease.kind === "not_yet") throw new LaterError(lease.seconds);
  try {
    const request = { id: key.connectionId, minTtlMs: MIN_TTL_MS };
    const usable = await openUsableRow(scope, lease.connection, MIN_TTL_MS);
    await callWithAccessToken(scope, request, usable, async (current) => readAll(scope, key, current));
  } catch (error) {
    await releaseSync(scope.db, { ...key, appWaitSeconds: waitOf(error) }).catch(() => {});
    throw error;
  }
}

/** Every page of the user's meetings, and the personal meeting id; stored as they come, some pages at a time. */
async function readAll({ db, zoom }: Scope, key: SyncKey, { credentials }: UsableCredentials): Promise<void> {
  const token = { accessToken: credentials.access_token, apiUrl: credentials.api_url };
  const { personalMeetingId } = await zoom.getCurrentUser(token);
  let unstored = personalMeetingId === null ? [] : [personalMeetingId];
  const seen = new Set<string>();
  let isWhole = true;
  for (let pageToken: string | null = null; ; ) {
    if (unstored.length >= STORE_AFTER_MEETINGS) {
      await storeMeetings(db, key.connectionId, unstored);
      unstored = [];
    }
    const page: MeetingPage = await zoom.listMeetings(token, pageToken).catch(async (error: unknown) => {
      // What was read stays, and the next try begins from the start: a page token lives for 15 minutes.
      if (unstored.length > 0) await storeMeetings(db, key.connectionId, unstored);
      throw isVerdict(error, "page_token_refused") ? new LaterError(RESTART_SECONDS) : error;
    });
    unstored.push(...page.meetingIds);
    pageToken = page.nextPageToken;
    if (pageToken === null) break;
    // Pages that lead in a circle, or have no end, are a fault at Zoom: logged, and tried again the next day.
    if (seen.has(pageToken) || seen.size >= MAX_PAGES) {
      log("warn", "meeting_pages_endless", { zoom_oauth_connection_id: key.connectionId, count: seen.size });
      isWhole = false;
      break;
    }
    seen.add(pageToken);
  }
  await finishSync(db, { ...key, eventId: createId("evt"), isWhole }, unstored);
}

/** Zoom limits an app as a whole, so all of its connections wait. */
function waitOf(error: unknown): number {
  const isLimit =
    error instanceof ZoomFailure && error.verdict.kind === "passing" && error.verdict.why === "rate_limited";
  return isLimit ? (error.retryAfterSeconds ?? 1) : 0;
}
