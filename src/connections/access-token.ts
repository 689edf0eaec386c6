// The access token of a connection: the one in the row while it lives long enough, else one refresh, of which
// there is at most one at a time in the whole world, and whose result everybody gets who waits for it.

import { createId } from "../crypto/ids.ts";
import { isDatabaseUnavailable } from "../db/client.ts";
import { type IssuedEvent, recordIssued } from "../db/connection-events.ts";
import {
  type Capability,
  type HeldConnection,
  type LeaseOutcome,
  type LeaseRequest,
  useOrLease,
} from "../db/refreshes.ts";
import type { ConnectionRow } from "../db/zoom-oauth-connections.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError } from "../errors.ts";
import { openCredentials, type UsableCredentials } from "./credentials.ts";
import { giveUpLease, type Lease, REFRESH_LEASE_MS, refresh, SupersededError } from "./refresh.ts";
import { isAccessTokenRefused } from "./zoom-failure.ts";

/**
 * How long a request waits for a refresh that runs elsewhere, in milliseconds. A job does not wait: it would keep
 * its batch from ending, and the very message that stores the other one's result may stand behind it.
 */
const WAIT_MS = 25_000;
/** Pauses between two looks: a refresh takes about as long as the first two. */
const FIRST_PAUSE_MS = 300;
const MAX_PAUSE_MS = 2_000;
const PAUSE_GROWTH = 3;
/** Who follows a refresh in the same isolate hears of its end, and looks only where that takes very long. */
const SHARED_PAUSE_MS = 10_000;
/** How long the events of followers are collected, in milliseconds. */
const FOLLOWERS_WAIT_MS = 100;

/** The outcome of a refresh, which never rejects. */
export type SharedRefresh = Promise<{ usable: UsableCredentials } | { error: unknown }>;

export interface TokenRequest {
  /** Null: the service itself asks. */
  apiKeySha256: string | null;
  id: string;
  /** How long the access token must still live; null: whatever it is, what counts is whether a refresh is due. */
  minTtlMs: number | null;
  /** A version whose access token Zoom's API refused before its time. */
  refusedVersion?: number;
  /** What the connection must be for. */
  capability?: Capability;
  /** What the access token is handed out as, for the connection's events; absent: it stays in the house. */
  issuedAs?: string;
}

/**
 * Credentials with a usable access token. One database round trip where the row's will do; two, and one to Zoom,
 * where it must be refreshed. Throws `connection_disconnected`, `capability_not_supported`,
 * `zoom_app_credentials_invalid`, or why Zoom or the database could not be asked now.
 */
export async function getCredentials(
  deps: Deps,
  waitUntil: WaitUntil,
  request: TokenRequest,
): Promise<UsableCredentials | "unauthenticated" | "not_found"> {
  const getting = useOrRefresh(deps, waitUntil, request);
  // A caller who hangs up must not stop us, neither with a lease nor between Zoom's answer and our write.
  waitUntil(getting.catch(() => {}));
  return await getting;
}

async function useOrRefresh(
  deps: Deps,
  waitUntil: WaitUntil,
  request: TokenRequest,
): Promise<UsableCredentials | "unauthenticated" | "not_found"> {
  const lease = toLeaseRequest(request);
  const deadline = Date.now() + (request.apiKeySha256 === null ? 0 : WAIT_MS);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, MAX_PAUSE_MS)) {
    const outcome = await lookOrLease(deps, waitUntil, lease);
    switch (outcome.kind) {
      case "unauthenticated":
      case "not_found":
        return outcome.kind;
      case "usable":
        return await openRow(deps, outcome.connection);
      case "leased": {
        const refreshed = await unlessSuperseded(
          lead(deps, { ...outcome, owner: lease.owner }, lease.issued),
        );
        if (refreshed) return refreshed;
        break;
      }
      case "busy": {
        if (Date.now() >= deadline) throw stillRefreshing();
        lease.waitedVersion ??= outcome.version;
        const refreshed = await unlessSuperseded(follow(deps, request.id, pauseMs));
        if (!refreshed) break;
        if (lease.issued) recordFollower(deps, waitUntil, request.id, lease.issued);
        return refreshed;
      }
      default:
        throw toApiError(outcome);
    }
  }
}

async function lookOrLease(deps: Deps, waitUntil: WaitUntil, lease: LeaseRequest): Promise<LeaseOutcome> {
  return await useOrLease(deps.db, lease).catch((error: unknown) => {
    // The answer may be lost and the lease taken all the same: nobody should have to wait for its end.
    if (isDatabaseUnavailable(error)) waitUntil(giveUpLease(deps, lease.id, lease.owner));
    throw error;
  });
}

/**
 * Refreshes a connection that nobody has used for long, before Zoom forgets it. One that was refreshed meanwhile, or
 * is being refreshed, is left alone: where that fails, the clock asks again.
 */
export async function keepAlive(deps: Deps, waitUntil: WaitUntil, id: string): Promise<void> {
  const lease = toLeaseRequest({ apiKeySha256: null, id, minTtlMs: null });
  const outcome = await lookOrLease(deps, waitUntil, lease);
  if (outcome.kind === "leased") {
    await unlessSuperseded(lead(deps, { ...outcome, owner: lease.owner }, null));
  } else if (outcome.kind === "backing_off" || outcome.kind === "app_credentials_invalid") {
    throw toApiError(outcome);
  }
}

/**
 * Runs a call of Zoom's API with the connection's access token. Where Zoom refuses that before its time, refreshes
 * once and runs it again. Throws what the call throws, and what {@link getCredentials} throws.
 */
export async function callWithAccessToken<T>(
  deps: Deps,
  waitUntil: WaitUntil,
  request: TokenRequest,
  known: UsableCredentials | null,
  call: (usable: UsableCredentials) => Promise<T>,
): Promise<T | "unauthenticated" | "not_found"> {
  const usable = known ?? (await getCredentials(deps, waitUntil, request));
  if (typeof usable === "string") return usable;
  return await call(usable).catch(async (error: unknown) => {
    if (!isAccessTokenRefused(error)) throw error;
    const renewed = await getCredentials(deps, waitUntil, { ...request, refusedVersion: usable.version });
    return typeof renewed === "string" ? renewed : await call(renewed);
  });
}

/** The credentials of a row that was read for another purpose; null where its access token does not live so long. */
export async function openUsableRow(
  deps: Deps,
  connection: ConnectionRow,
  minTtlMs: number,
): Promise<UsableCredentials | null> {
  const endsAt = connection.access_token_expires_at;
  return endsAt !== null && Date.parse(endsAt) >= Date.now() + minTtlMs
    ? await openRow(deps, connection)
    : null;
}

function toLeaseRequest({ issuedAs, refusedVersion, capability, ...request }: TokenRequest): LeaseRequest {
  return {
    ...request,
    refusedVersion: refusedVersion ?? null,
    waitedVersion: null,
    capability: capability ?? null,
    owner: crypto.randomUUID(),
    leaseMs: REFRESH_LEASE_MS,
    issued: issuedAs === undefined ? null : { eventId: createId("evt"), token: issuedAs },
  };
}

/** Refreshes where the other requests of this isolate find the outcome. */
async function lead(deps: Deps, lease: Lease, issued: IssuedEvent | null): Promise<UsableCredentials> {
  const { refreshes } = deps;
  const { id } = lease.connection;
  const refreshing = refresh(deps, lease, issued);
  const shared: SharedRefresh = refreshing.then(
    (usable) => ({ usable }),
    (error: unknown) => ({ error }),
  );
  refreshes.set(id, shared);
  try {
    return await refreshing;
  } finally {
    if (refreshes.get(id) === shared) refreshes.delete(id);
  }
}

/** Waits for a refresh that another request runs, here or elsewhere; undefined: look at the row again. */
async function follow(
  { refreshes }: Deps,
  id: string,
  pauseMs: number,
): Promise<UsableCredentials | undefined> {
  const shared = refreshes.get(id);
  // Jitter, so that many who wait for one refresh do not look in step.
  const pause = scheduler.wait((shared ? SHARED_PAUSE_MS : pauseMs) * (0.75 + Math.random() / 2));
  const outcome = await Promise.race(shared ? [shared, pause] : [pause]).catch(() => {
    // It never rejects by itself: the runtime has ended the request that ran it.
    if (refreshes.get(id) === shared) refreshes.delete(id);
  });
  if (outcome && "error" in outcome) throw outcome.error;
  return outcome?.usable;
}

/** Many follow one refresh: their events go into one statement. */
function recordFollower(
  { db, followers }: Deps,
  waitUntil: WaitUntil,
  id: string,
  { eventId, token }: IssuedEvent,
): void {
  const earlier = followers.get(id);
  if (earlier) {
    earlier.push(eventId);
    return;
  }
  const eventIds = [eventId];
  followers.set(id, eventIds);
  const record = async () => {
    await scheduler.wait(FOLLOWERS_WAIT_MS);
    followers.delete(id);
    await recordIssued(db, id, { eventIds, token });
  };
  waitUntil(record().catch(() => followers.delete(id)));
}

/** Undefined where the token set was replaced meanwhile: whoever did that has stored a newer one. */
async function unlessSuperseded<T>(refreshing: Promise<T>): Promise<T | undefined> {
  try {
    return await refreshing;
  } catch (error) {
    if (error instanceof SupersededError) return undefined;
    throw error;
  }
}

async function openRow({ keyring }: Deps, connection: HeldConnection): Promise<UsableCredentials> {
  if (connection.credentials === null) throw new ApiError("connection_disconnected");
  const owner = { zoomOAuthAppId: connection.zoom_oauth_app_id, userId: connection.user_id };
  const credentials = await openCredentials(keyring, owner, connection.credentials);
  return { credentials, version: connection.credentials_version, connection };
}

function toApiError(
  outcome: Exclude<LeaseOutcome, { kind: "unauthenticated" | "not_found" | "usable" | "leased" | "busy" }>,
): ApiError {
  switch (outcome.kind) {
    case "disconnected":
      return new ApiError("connection_disconnected");
    case "unsupported":
      return new ApiError("capability_not_supported", {
        message: `The connection has ${outcome.capability} = false. Turn it on with PATCH.`,
      });
    case "app_credentials_invalid":
      return new ApiError("zoom_app_credentials_invalid");
    case "backing_off":
      return new ApiError("zoom_unavailable", {
        message:
          "Zoom could not refresh this connection a moment ago. Try again after the time in Retry-After.",
        retryAfterSeconds: outcome.seconds,
      });
  }
}

function stillRefreshing(): ApiError {
  return new ApiError("zoom_unavailable", {
    message: "Another request is refreshing this connection and has not finished. Try again.",
  });
}
