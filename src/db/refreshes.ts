// The refresh protocol's side in the database. Each function is one statement: who may refresh is decided and
// recorded in one step, and a token set replaces exactly the one that it came from.

import { type SQL, sql } from "drizzle-orm";
import { withKey } from "./authenticated.ts";
import type { Database } from "./client.ts";
import { EVENT_EXPIRY, type IssuedEvent, insertIssuedEvent } from "./connection-events.ts";
import { failureData } from "./failures.ts";
import { type Changed, DELIVERY_IDS, deliverStateChange, deliveryIdsOf } from "./outbox.ts";
import { select } from "./rows.ts";
import { zoomOAuthConnections } from "./schema.ts";
import { statement } from "./statement.ts";

export interface LeaseRequest {
  /** Null: the service itself asks, from the queue. */
  apiKeySha256: string | null;
  id: string;
  /** How long the access token must still live to be used as it is; null: only where no refresh is due. */
  minTtlMs: number | null;
  /** A version that Zoom refused before its time: only another one may be used as it is. */
  refusedVersion: number | null;
  /** The version whose refresh by somebody else the caller has waited for: a later one will do whatever its life. */
  waitedVersion: number | null;
  /** What the token is for: a connection without it needs no refresh. Null: anything. */
  capability: Capability | null;
  owner: string;
  leaseMs: number;
  /** An event to write where the access token is used as it is; null: none. */
  issued: IssuedEvent | null;
}

/** A token set that is younger has come since the clock asked for a refresh, in days: it asks for older ones only. */
const JUST_REFRESHED_DAYS = 10;

const HELD = select(zoomOAuthConnections, [
  "id",
  "zoom_oauth_app_id",
  "user_id",
  "state",
  "is_local_recording_token_supported",
  "is_onbehalf_token_supported",
  "credentials",
  "credentials_version",
  "is_refresh_unanswered",
  "refresh_lease_lost_at",
]);

/** What it takes to use and to refresh a connection's tokens. */
export type HeldConnection = ReturnType<typeof HELD.read>;

export type Capability = "is_local_recording_token_supported" | "is_onbehalf_token_supported";

/** A connection and its app. Secrets are sealed. */
export interface LeasedConnection {
  connection: HeldConnection;
  app: { clientId: string; clientSecret: string };
}

export type LeaseOutcome =
  | { kind: "unauthenticated" }
  | { kind: "not_found" }
  | { kind: "disconnected" }
  /** The access token lives long enough. */
  | ({ kind: "usable" } & LeasedConnection)
  /** The caller, and nobody else, may refresh until the lease ends. */
  | ({ kind: "leased" } & LeasedConnection)
  /** The connection is not for that kind of token. */
  | { kind: "unsupported"; capability: Capability }
  /** Somebody else is refreshing this version. */
  | { kind: "busy"; version: number }
  | { kind: "app_credentials_invalid" }
  | { kind: "backing_off"; seconds: number };

/**
 * Authenticates the key, reads the connection and, where its access token will not do, leases the right to
 * refresh it: one round trip. Asking again with the same owner renews the lease.
 */
export async function useOrLease(db: Database, request: LeaseRequest): Promise<LeaseOutcome> {
  const { apiKeySha256, id, minTtlMs, refusedVersion, waitedVersion, capability, owner, leaseMs, issued } =
    request;
  const shape = {
    isOwn: apiKeySha256 === null,
    isAnyLife: minTtlMs === null,
    isIssued: issued !== null,
    capability,
  };
  const { rows } = await db.execute(
    leaseStatement(shape)({
      apiKeySha256: apiKeySha256 ?? "",
      id,
      minTtlMs: minTtlMs ?? 0,
      refusedVersion,
      waitedVersion,
      owner,
      leaseMs,
      eventId: issued?.eventId ?? "",
      token: issued?.token ?? "",
    }),
  );
  const [row] = rows;
  if (!row) return { kind: request.apiKeySha256 === null ? "not_found" : "unauthenticated" };
  if (row.id === null) return { kind: "not_found" };
  const connection = HELD.read(row);
  const app = { clientId: row.app_client_id as string, clientSecret: row.app_client_secret as string };
  if (row.is_leased) return { kind: "leased", connection, app };
  if (connection.state === "disconnected") return { kind: "disconnected" };
  if (capability !== null && !connection[capability]) return { kind: "unsupported", capability };
  if (row.is_usable) return { kind: "usable", connection, app };
  if (row.is_app_invalid) return { kind: "app_credentials_invalid" };
  const seconds = row.back_off_seconds as number | null;
  return seconds !== null && seconds > 0
    ? { kind: "backing_off", seconds }
    : { kind: "busy", version: connection.credentials_version };
}

/** What differs between the statements for different requests. */
interface LeaseShape {
  /** The service itself asks. */
  isOwn: boolean;
  /** Whatever the access token's life is. */
  isAnyLife: boolean;
  isIssued: boolean;
  capability: Capability | null;
}

type LeaseParameters = Omit<LeaseRequest, "apiKeySha256" | "minTtlMs" | "capability" | "issued"> &
  IssuedEvent & { apiKeySha256: string; minTtlMs: number };

const leaseStatements = new Map<string, (parameters: LeaseParameters) => SQL>();

function leaseStatement(shape: LeaseShape): (parameters: LeaseParameters) => SQL {
  const key = JSON.stringify(shape);
  const known = leaseStatements.get(key) ?? buildLeaseStatement(shape);
  leaseStatements.set(key, known);
  return known;
}

function buildLeaseStatement({ isOwn, isAnyLife, isIssued, capability }: LeaseShape) {
  return statement<LeaseParameters>((parameters) => {
    const { apiKeySha256, id, minTtlMs, refusedVersion, waitedVersion, owner, leaseMs, eventId, token } =
      parameters;
    const wantedMs = sql`case
      when connection.credentials_version > ${waitedVersion}::integer then 0 else ${minTtlMs}::integer
    end`;
    const isUsable = isAnyLife
      ? sql`connection.last_refreshed_at > now() - ${JUST_REFRESHED_DAYS} * interval '1 day'`
      : sql`coalesce(
          connection.access_token_expires_at >= now() + ${wantedMs} * interval '1 millisecond', false
        ) and connection.credentials_version is distinct from ${refusedVersion}::integer`;
    const isTakenOver = sql`(refresh_lease_owner is not null and refresh_lease_owner <> ${owner})`;
    const caller = isOwn
      ? sql`key as (select project_id from zoom_oauth_connections where id = ${id})`
      : withKey(apiKeySha256);
    const told = sql`, told as (
      ${insertIssuedEvent({ eventId, token }, sql`seen where is_usable and not is_leased`)}
    )`;
    return sql`
    with ${caller}, leased as (
      update zoom_oauth_connections connection set
        is_refresh_unanswered = is_refresh_unanswered or ${isTakenOver},
        refresh_lease_lost_at = case when ${isTakenOver} then now() else refresh_lease_lost_at end,
        refresh_lease_owner = ${owner},
        refresh_lease_expires_at = now() + ${leaseMs} * interval '1 millisecond'
      from key, zoom_oauth_apps app
      where connection.id = ${id} and connection.project_id = key.project_id
        and app.id = connection.zoom_oauth_app_id and app.credentials_invalid_at is null
        and connection.state = 'connected'${capability ? sql` and connection.${sql.identifier(capability)}` : sql``}
        and not (${isUsable})
        and (refresh_lease_owner is null or refresh_lease_owner = ${owner}
          or refresh_lease_expires_at <= now())
        and (refresh_not_before is null or refresh_not_before <= now())
      returning connection.*
    ), subject as (
      select *, true as is_leased from leased
      union all
      select connection.*, false from zoom_oauth_connections connection join key using (project_id)
      where id = ${id} and not exists (select from leased)
    ), seen as (
      select connection.*, connection.state = 'connected' and ${isUsable} as is_usable from subject connection
    )${isIssued ? told : sql``}
    select ${HELD.from("seen")}, seen.is_leased, seen.is_usable,
      app.client_id as app_client_id, app.client_secret as app_client_secret,
      app.credentials_invalid_at is not null as is_app_invalid,
      ceil(extract(epoch from seen.refresh_not_before - now()))::integer as back_off_seconds
    from key left join seen on true left join zoom_oauth_apps app on app.id = seen.zoom_oauth_app_id`;
  });
}

/** Of the failure whose token set may still turn up. */
export const ANSWER_LOST_CODE = "refresh_answer_lost";

/** Which token set a verdict or a new token set is about. */
export interface VersionKey {
  id: string;
  version: number;
}

export interface TokenSetToStore extends VersionKey {
  eventId: string;
  /** Sealed. */
  credentials: string;
  /** ISO 8601. */
  accessTokenExpiresAt: string;
  /** Handed out at once; null: not. */
  issued: IssuedEvent | null;
}

/**
 * Replaces the token set of the given version, ends the lease, and brings back a connection that was given up for
 * a lost answer; one that ended for another reason stays as it is. Null: the version is not the newest any more, and
 * nothing was changed.
 */
export async function storeTokenSet(db: Database, set: TokenSetToStore): Promise<Changed | null> {
  const isRevived = sql`(
    state = 'disconnected' and coalesce(connection_failure_data ->> 'code', '') = ${ANSWER_LOST_CODE}
  )`;
  const { rows } = await db.execute(sql`
    with before as (
      select id, ${isRevived} as is_revived from zoom_oauth_connections
      where id = ${set.id} and credentials_version = ${set.version} and credentials is not null
      -- A verdict that is being written at this moment is waited for, and seen.
      for update
    ), stored as (
      update zoom_oauth_connections set
        credentials = ${set.credentials},
        credentials_version = credentials_version + 1,
        access_token_expires_at = ${set.accessTokenExpiresAt}::timestamptz,
        refresh_lease_owner = null,
        refresh_lease_expires_at = null,
        is_refresh_unanswered = false,
        refresh_lease_lost_at = null,
        refresh_not_before = null,
        last_refreshed_at = now(),
        state = case when ${isRevived} then 'connected' else state end,
        connection_failure_data = case when ${isRevived} then null else connection_failure_data end,
        updated_at = case when ${isRevived} then now() else updated_at end
      where id = (select id from before)
      returning *
    ), told as (
      insert into connection_events (id, project_id, zoom_oauth_connection_id, type, expires_at)
      select ${set.eventId}, project_id, id,
        case when before.is_revived then 'reconnected' else 'refreshed' end,
        case when not before.is_revived then ${EVENT_EXPIRY} end
      from stored join before using (id)
    )${set.issued ? sql`, told_issued as (${insertIssuedEvent(set.issued, sql`stored`)})` : sql``}, revived as (
      select * from stored where (select is_revived from before)
    ), ${deliverStateChange(sql`revived`)}
    select ${DELIVERY_IDS} from stored`);
  return rows[0] ? { deliveryIds: deliveryIdsOf(rows[0]) } : null;
}

/**
 * Disconnects a connection whose newest token set Zoom has refused. Null: somebody has replaced the token set
 * meanwhile, and nothing was changed.
 */
export async function disconnectVersion(
  db: Database,
  key: VersionKey & { eventId: string; error: string; code: string },
): Promise<Changed | null> {
  const { rows } = await db.execute(sql`
    with ended as (
      update zoom_oauth_connections set
        state = 'disconnected',
        connection_failure_data = ${failureData(key)},
        refresh_lease_owner = null,
        refresh_lease_expires_at = null,
        updated_at = now()
      where id = ${key.id} and credentials_version = ${key.version} and state = 'connected'
      returning *
    ), told as (
      insert into connection_events (id, project_id, zoom_oauth_connection_id, type, data)
      select ${key.eventId}, project_id, id, 'disconnected', jsonb_build_object('code', ${key.code}::text) from ended
    ), ${deliverStateChange(sql`ended`)}
    select ${DELIVERY_IDS} from ended`);
  return rows[0] ? { deliveryIds: deliveryIdsOf(rows[0]) } : null;
}

/**
 * Gives a lease up after a refresh that led to nothing. `isUnanswered`: it may have reached Zoom all the same;
 * `backOffMs`: nobody asks Zoom again before that.
 */
export async function releaseLease(
  db: Database,
  lease: { id: string; owner: string; isUnanswered: boolean; backOffMs: number },
): Promise<void> {
  await db.execute(sql`
    update zoom_oauth_connections set
      refresh_lease_owner = null,
      refresh_lease_expires_at = null,
      is_refresh_unanswered = is_refresh_unanswered or ${lease.isUnanswered},
      refresh_not_before = now() + ${lease.backOffMs} * interval '1 millisecond'
    where id = ${lease.id} and refresh_lease_owner = ${lease.owner}`);
}
