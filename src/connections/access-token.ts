// The access token of a connection: the stored one while it lives long enough, else a new one from a refresh. At most
// one refresh runs per connection at a time, in the whole world, and everyone who waits gets its result.

import { openCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import { isDatabaseUnavailable } from "../db/client.ts";
import { type IssuedEvent, recordIssuedTokens } from "../db/connection-events.ts";
import {
  backOff,
  type HeldConnection,
  type LeaseOutcome,
  type LeaseRequest,
  useOrLease,
} from "../db/refreshes.ts";
import { ApiError } from "../errors.ts";
import type { ProjectCaller, ServiceCaller, TokenLinkCaller } from "../model/caller.ts";
import type { Capability } from "../model/capabilities.ts";
import type { UsableCredentials } from "../model/credentials.ts";
import type { Scope, SharedRefresh } from "../scope.ts";
import { appRefused, isVerdict, toCallerError } from "../zoom-errors.ts";
import { giveUpLease, type Lease, REFRESH_LEASE_MS, refresh, SupersededError } from "./refresh.ts";

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

/** How long no refresh runs after Zoom has refused a token that it had just given, in milliseconds. */
const REFUSED_BACK_OFF_MS = 15_000;

/** A scope that may use a connection's tokens. */
export type TokenScope = Scope<ProjectCaller | ServiceCaller | TokenLinkCaller>;

export interface TokenRequest {
  /** The connection. */
  id: string;
  /** How long the access token must still live. */
  minTtlMs: number;
  /** A version whose access token Zoom's API refused before its time. */
  refusedVersion?: number;
  /** What the connection must be for. */
  capability?: Capability;
  /** What the access token is handed out as, for the connection's events. Absent: it stays in the service. */
  issuedAs?: string;
}

/**
 * Credentials with a usable access token. One database round trip where the stored token will do; two, and one to
 * Zoom, where it must be refreshed. Throws `unauthenticated`, `not_found`, `connection_disconnected`,
 * `capability_not_supported`, `zoom_app_credentials_invalid`, or why Zoom or the database could not be asked now.
 */
export async function getCredentials(scope: TokenScope, request: TokenRequest): Promise<UsableCredentials> {
  const getting = useOrRefresh(scope, request);
  // A caller who hangs up must not stop us, neither with a lease nor between Zoom's answer and our write.
  scope.waitUntil(getting.catch(() => {}));
  return await getting;
}

async function useOrRefresh(scope: TokenScope, request: TokenRequest): Promise<UsableCredentials> {
  const lease = toLeaseRequest(scope, request);
  const deadline = Date.now() + (scope.caller.kind === "service" ? 0 : WAIT_MS);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, MAX_PAUSE_MS)) {
    const outcome = await lookOrLease(scope, lease);
    switch (outcome.kind) {
      case "usable":
        return await openRow(scope, outcome.connection);
      case "leased": {
        const refreshed = await unlessSuperseded(
          lead(scope, { ...outcome, owner: lease.owner }, lease.issued),
        );
        if (refreshed) return refreshed;
        break;
      }
      case "busy": {
        if (Date.now() >= deadline) throw stillRefreshing();
        lease.waitedVersion ??= outcome.version;
        const refreshed = await unlessSuperseded(follow(scope, request.id, pauseMs));
        if (!refreshed) break;
        if (lease.issued) recordFollower(scope, request.id, lease.issued);
        return refreshed;
      }
      default:
        throw toApiError(outcome);
    }
  }
}

async function lookOrLease(scope: TokenScope, lease: LeaseRequest): Promise<LeaseOutcome> {
  return await useOrLease(scope.db, lease).catch((error: unknown) => {
    // The answer may be lost and the lease taken all the same: nobody should have to wait for its end.
    if (isDatabaseUnavailable(error)) scope.waitUntil(giveUpLease(scope, lease.id, lease.owner));
    throw error;
  });
}

/**
 * Refreshes a connection that nobody has used for long, before Zoom forgets it. One that was refreshed meanwhile, or
 * is being refreshed, is left alone: where that fails, the next cron run asks again.
 */
export async function keepAlive(scope: Scope<ServiceCaller>, id: string): Promise<void> {
  const lease = { ...toLeaseRequest(scope, { id, minTtlMs: 0 }), minTtlMs: null };
  const outcome = await lookOrLease(scope, lease);
  if (outcome.kind === "leased") {
    await unlessSuperseded(lead(scope, { ...outcome, owner: lease.owner }, null));
  } else if (outcome.kind === "backing_off" || outcome.kind === "app_credentials_invalid") {
    throw toApiError(outcome);
  }
}

/**
 * Calls Zoom's API with the connection's access token. Where Zoom refuses the token before its time,
 * refreshes once and runs the call again. `known`: credentials that the caller has read already. Throws what the call
 * throws, and what {@link getCredentials} throws.
 */
export async function callWithAccessToken<T>(
  scope: TokenScope,
  request: TokenRequest,
  known: UsableCredentials | null,
  call: (usable: UsableCredentials) => Promise<T>,
): Promise<T> {
  const usable = known ?? (await getCredentials(scope, request));
  return await call(usable).catch(async (error: unknown) => {
    if (!isVerdict(error, "token_refused")) throw error;
    const renewed = await getCredentials(scope, { ...request, refusedVersion: usable.version });
    return await call(renewed).catch(async (again: unknown) => {
      if (!isVerdict(again, "token_refused")) throw again;
      // Zoom refuses what it has just given. The next callers meet the back-off instead of a refresh each.
      await backOff(scope.db, { id: request.id, version: renewed.version, backOffMs: REFUSED_BACK_OFF_MS });
      throw toCallerError(again);
    });
  });
}

/** The credentials of a row that was read for another purpose; null where its access token does not live so long. */
export async function openUsableRow(
  scope: Scope,
  connection: HeldConnection & { access_token_expires_at: string | null },
  minTtlMs: number,
): Promise<UsableCredentials | null> {
  const endsAt = connection.access_token_expires_at;
  return endsAt !== null && Date.parse(endsAt) >= Date.now() + minTtlMs
    ? await openRow(scope, connection)
    : null;
}

function toLeaseRequest(
  { caller }: TokenScope,
  { issuedAs, refusedVersion, capability, ...request }: TokenRequest,
): LeaseRequest {
  return {
    ...request,
    caller,
    refusedVersion: refusedVersion ?? null,
    waitedVersion: null,
    capability: capability ?? null,
    owner: crypto.randomUUID(),
    leaseMs: REFRESH_LEASE_MS,
    issued:
      issuedAs === undefined ? null : { eventId: createId("evt"), token: issuedAs, issuedTo: caller.acting },
  };
}

/** Refreshes where the other requests of this isolate find the outcome. */
async function lead(scope: Scope, lease: Lease, issued: IssuedEvent | null): Promise<UsableCredentials> {
  const { refreshes } = scope;
  const { id } = lease.connection;
  const refreshing = refresh(scope, lease, issued);
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
  { refreshes }: Scope,
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
function recordFollower({ db, followers, waitUntil }: Scope, id: string, event: IssuedEvent): void {
  const earlier = followers.get(id);
  if (earlier) {
    earlier.push(event);
    return;
  }
  const events = [event];
  followers.set(id, events);
  const record = async () => {
    await scheduler.wait(FOLLOWERS_WAIT_MS);
    followers.delete(id);
    await recordIssuedTokens(
      db,
      events.map((issued) => ({ ...issued, connectionId: id })),
    );
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

async function openRow({ keyring }: Scope, connection: HeldConnection): Promise<UsableCredentials> {
  if (connection.credentials === null) throw new ApiError("connection_disconnected");
  const owner = { zoomOAuthAppId: connection.zoom_oauth_app_id, userId: connection.user_id };
  const credentials = await openCredentials(keyring, owner, connection.credentials);
  return { connectionId: connection.id, credentials, version: connection.credentials_version };
}

function toApiError(outcome: Exclude<LeaseOutcome, { kind: "usable" | "leased" | "busy" }>): ApiError {
  switch (outcome.kind) {
    case "disconnected":
      return new ApiError("connection_disconnected");
    case "unsupported":
      return new ApiError("capability_not_supported", {
        message: `The connection has ${outcome.capability} = false. Turn it on with PATCH.`,
      });
    case "app_credentials_invalid":
      return appRefused(outcome.refusal);
    case "backing_off":
      return new ApiError("zoom_unavailable", {
        message:
          "Zoom could not refresh this connection a moment ago. Try again after the time in Retry-After.",
        retryAfterSeconds: outcome.seconds,
      });
  }
}

function stillRefreshing(): ApiError {
  return new ApiError("request_in_progress", {
    message: "Another request is refreshing this connection and has not finished. Try again.",
  });
}
