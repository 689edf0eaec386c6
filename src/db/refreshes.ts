// The refresh protocol's side in the database. Each function is one statement: who may refresh is decided and
// recorded in one step, and a token set replaces exactly the one that it came from.

import { type SQL, sql } from "drizzle-orm";
import { type ErrorCode, notFound } from "../errors.ts";
import type { AppRefusal } from "../model/app-refusal.ts";
import type { ProjectCaller, ServiceCaller, TokenLinkCaller } from "../model/caller.ts";
import { CAPABILITY_NAMES, type Capability } from "../model/capabilities.ts";
import type { ConnectionFailureCode } from "../model/connection-failure.ts";
import { isDoneBy, sayActor } from "./actor.ts";
import type { Database } from "./client.ts";
import { as, field, literal, moment, NOW, nullable, pick, type RowOf, set } from "./columns.ts";
import {
  failureCode,
  type IssuedEvent,
  insertEvent,
  insertIssuedEvent,
  insertRenewalEvent,
} from "./connection-events.ts";
import { insertCount } from "./daily-counts.ts";
import { type JournaledRow, journaledColumns } from "./journaled.ts";
import { type Changed, DELIVERY_IDS, deliverStateChange, toChanged } from "./outbox.ts";
import { key } from "./project-key.ts";
import { projects, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";
import { keyedStatement, type Parameters, statement } from "./statement.ts";
import {
  ended,
  endedAgain,
  type FailureValues,
  failureValues,
  hasFailure,
  newTokens,
  REFRESH_LEASE_ENDED,
  revivedWhere,
  type TokenSetValues,
} from "./transitions.ts";

export interface LeaseRequest {
  caller: ProjectCaller | ServiceCaller | TokenLinkCaller;
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

/** A token set that is younger has come since the cron run asked for a refresh, in days: it asks for older ones only. */
const JUST_REFRESHED_DAYS = 10;

const connections = zoomOAuthConnections;
const connection = as(connections, "connection");
const app = as(zoomOAuthApps, "app");
const seen = as(connections, "seen");

/** The columns of a table expression that it takes to use and to refresh a connection's tokens. */
function heldColumns(from: typeof connections) {
  return pick(from, [
    "id",
    "project_id",
    "zoom_oauth_app_id",
    "user_id",
    "state",
    ...CAPABILITY_NAMES,
    "credentials",
    "credentials_version",
    "is_refresh_unanswered",
    "refresh_lease_lost_at",
    "authorized_at",
  ]);
}

export type HeldConnection = RowOf<
  Pick<
    ReturnType<typeof heldColumns>,
    "id" | "zoom_oauth_app_id" | "user_id" | "credentials" | "credentials_version"
  >
>;
export type LeasedConnection = RowOf<ReturnType<typeof heldColumns>>;

/** A connection whose refresh is the caller's, and its app. Secrets are sealed. */
export interface GrantedLease {
  /** When it began, by the database's clock: whatever token set the row had before is older than what Zoom gives from now on. */
  leasedAt: string;
  connection: LeasedConnection;
  app: { clientId: string; clientSecret: string };
}

export type LeaseOutcome =
  | { kind: "disconnected" }
  /** The access token lives long enough. */
  | { kind: "usable"; connection: HeldConnection }
  /** The caller, and nobody else, may refresh until the lease ends. */
  | ({ kind: "leased" } & GrantedLease)
  /** The connection is not for that kind of token. */
  | { kind: "unsupported"; capability: Capability }
  /** Somebody else is refreshing this version. */
  | { kind: "busy"; version: number }
  | { kind: "app_credentials_invalid"; refusal: AppRefusal | null }
  | { kind: "backing_off"; seconds: number };

interface LeaseValues {
  id: string;
  minTtlMs: number;
  refusedVersion: number | null;
  waitedVersion: number | null;
  capability: Capability | null;
  owner: string;
  leaseMs: number;
  eventId: string | null;
  token: string | null;
  issuedTo: string | null;
}

/** What a look at a connection finds. The app's secret leaves the database for the holder of the lease alone. */
const LOOK = {
  ...heldColumns(seen),
  is_leased: field<boolean>(sql`seen.is_leased`),
  leased_at: moment(NOW, connections.authorized_at),
  is_usable: field<boolean>(sql`seen.is_usable`),
  client_id: nullable(app.client_id),
  client_secret: field<string | null>(sql`case when seen.is_leased then ${app.client_secret} end`),
  is_app_invalid: field<boolean>(sql`${app.credentials_invalid_at} is not null`),
  app_refusal: nullable(app.credentials_refusal),
  back_off_seconds: field<number | null>(
    sql`ceil(extract(epoch from ${seen.refresh_not_before} - now()))::integer`,
  ),
};

/** Whether the connection is for what the token is wanted for. */
function isCapable(capability: Parameters<LeaseValues>["capability"]): SQL {
  const cases = CAPABILITY_NAMES.map((name) => sql`when ${literal(name)} then ${connection[name]}`);
  return sql`case ${capability}::text ${sql.join(cases, sql` `)} else true end`;
}

/** The access token lives for as long as the caller wants, and is not the version that Zoom has refused. */
function livesLongEnough(p: Parameters<LeaseValues>): SQL {
  const wantedMs = sql`case
    when ${connection.credentials_version} > ${p.waitedVersion}::integer then 0 else ${p.minTtlMs}::integer
  end`;
  return sql`coalesce(
    ${connection.access_token_expires_at} >= now() + ${wantedMs} * interval '1 millisecond', false
  ) and ${connection.credentials_version} is distinct from ${p.refusedVersion}::integer`;
}

/** No refresh is due. */
function isFresh(): SQL {
  return sql`not ${connection.is_grant_doubted} and ${connection.last_refreshed_at} > now() - ${literal(JUST_REFRESHED_DAYS)} * interval '1 day'`;
}

/**
 * From `key`, which has the project: the CTEs and the `select` that use a connection's token set as it is, or else lease
 * the right to refresh it.
 */
function lookOrLease(p: Parameters<LeaseValues>, isUsable: SQL, columns: SQL): SQL {
  const isTakenOver = sql`(${connection.refresh_lease_owner} is not null and ${connection.refresh_lease_owner} <> ${p.owner})`;
  return sql`, leased as (
      update ${connections} connection set ${set(connections, {
        is_refresh_unanswered: sql`${connection.is_refresh_unanswered} or ${isTakenOver}`,
        refresh_lease_lost_at: sql`case when ${isTakenOver} then now() else ${connection.refresh_lease_lost_at} end`,
        // Zoom's API has refused it: also where the refresh fails, it is not handed out again.
        access_token_expires_at: sql`case when ${connection.credentials_version} = ${p.refusedVersion}::integer
          then least(${connection.access_token_expires_at}, now()) else ${connection.access_token_expires_at} end`,
        refresh_lease_owner: p.owner,
        refresh_lease_expires_at: sql`now() + ${p.leaseMs} * interval '1 millisecond'`,
      })}
      from key, ${zoomOAuthApps} app
      where ${connection.id} = ${p.id} and ${connection.project_id} = ${key.project_id}
        and ${app.id} = ${connection.zoom_oauth_app_id} and ${app.credentials_invalid_at} is null
        and ${connection.state} = 'connected' and ${isCapable(p.capability)}
        and not (${isUsable})
        and (${connection.refresh_lease_owner} is null or ${connection.refresh_lease_owner} = ${p.owner}
          or ${connection.refresh_lease_expires_at} <= now())
        and (${connection.refresh_not_before} is null or ${connection.refresh_not_before} <= now())
      returning connection.*
    ), subject as (
      select *, true as is_leased from leased
      union all
      select connection.*, false from ${connections} connection join key on ${key.project_id} = ${connection.project_id}
      where ${connection.id} = ${p.id} and not exists (select from leased)
    ), seen as (
      select connection.*, ${connection.state} = 'connected' and ${isUsable} as is_usable from subject connection
    ), told as (${insertIssuedEvent(
      p,
      seen,
      sql`seen where seen.is_usable and not seen.is_leased and ${p.eventId}::text is not null`,
    )})
    select ${columns} from key left join seen on true
    left join ${zoomOAuthApps} app on ${app.id} = ${seen.zoom_oauth_app_id}`;
}

export const useOrLeaseForProject = keyedStatement({
  name: "use_or_lease",
  row: LOOK,
  text: (p: Parameters<LeaseValues>, columns) => lookOrLease(p, livesLongEnough(p), columns),
});

/** The service needs no key: the connection itself says whose it is. */
function withOwnKey(id: Parameters<LeaseValues>["id"], isAllowed: SQL): SQL {
  return sql`with key as (
    select ${connections.project_id} from ${connections} join ${projects} on ${projects.id} = ${connections.project_id}
    where ${connections.id} = ${id} and ${isAllowed}
  )`;
}

/** For a suspended project the service works only where the operator wants its grants revoked, which takes living tokens. */
const IS_SERVED = sql`(${projects.suspended_at} is null or ${projects.revocation_requested_at} is not null)`;
/** Zoom forgets a refresh token after 90 days. Those of a suspended project are refreshed a month before, and not when it is too late. */
const IS_KEPT_ALIVE = sql`(${IS_SERVED}
  or ${connections.last_refreshed_at} between now() - interval '90 days' and now() - interval '60 days')`;

export const useOrLeaseForService = statement({
  name: "use_or_lease_for_service",
  row: LOOK,
  text: (p: Parameters<LeaseValues>, columns) =>
    sql`${withOwnKey(p.id, IS_SERVED)}${lookOrLease(p, livesLongEnough(p), columns)}`,
});

export const leaseIfDue = statement({
  name: "lease_if_due",
  row: LOOK,
  text: (p: Parameters<LeaseValues>, columns) =>
    sql`${withOwnKey(p.id, IS_KEPT_ALIVE)}${lookOrLease(p, isFresh(), columns)}`,
});

/**
 * Authenticates the key, reads the connection and, where its access token will not do, leases the right to
 * refresh it: one round trip. Asking again with the same owner renews the lease. Throws `unauthenticated` and
 * `not_found`.
 */
export async function useOrLease(db: Database, request: LeaseRequest): Promise<LeaseOutcome> {
  const { caller, minTtlMs, issued, capability } = request;
  const values = {
    ...request,
    minTtlMs: minTtlMs ?? 0,
    eventId: issued?.eventId ?? null,
    token: issued?.token ?? null,
    // The statement knows the id of the key that it has checked.
    issuedTo: caller.kind === "project" ? null : (issued?.issuedTo ?? null),
  };
  const row = await look(db, caller, minTtlMs === null, values);
  if (row === null) throw notFound("Zoom OAuth connection");
  const { client_id: clientId, client_secret: clientSecret } = row;
  if (row.is_leased && clientId !== null && clientSecret !== null) {
    return { kind: "leased", leasedAt: row.leased_at, connection: row, app: { clientId, clientSecret } };
  }
  if (row.state === "disconnected") return { kind: "disconnected" };
  if (capability !== null && !row[capability]) return { kind: "unsupported", capability };
  if (row.is_usable) return { kind: "usable", connection: row };
  if (row.is_app_invalid) return { kind: "app_credentials_invalid", refusal: row.app_refusal };
  const seconds = row.back_off_seconds;
  return seconds !== null && seconds > 0
    ? { kind: "backing_off", seconds }
    : { kind: "busy", version: row.credentials_version };
}

async function look(
  db: Database,
  caller: LeaseRequest["caller"],
  isOnlyIfDue: boolean,
  values: LeaseValues,
): Promise<RowOf<typeof LOOK> | null> {
  if (caller.kind === "project") return await useOrLeaseForProject.first(db, { ...values, ...caller });
  return await (isOnlyIfDue ? leaseIfDue : useOrLeaseForService).first(db, values);
}

/** Of the failure whose token set may still turn up. */
export const ANSWER_LOST_CODE = "refresh_answer_lost" satisfies ConnectionFailureCode;

/** What Zoom says against tokens that newer ones have replaced. */
export const SUPERSEDED_CODES = [
  "grant_revoked",
  "superseded",
  ANSWER_LOST_CODE,
] as const satisfies ConnectionFailureCode[];

/** Which token set a verdict or a new token set is about. */
export interface VersionKey {
  id: string;
  version: number;
}

/** Where a token set belongs that a refresh has got. */
interface RefreshedFrom extends VersionKey {
  /** The authorization that it comes from, and when its lease began. Null: a release that knew neither has got it. */
  authorizedAt: string | null;
  leasedAt: string | null;
}

interface StoreValues extends RefreshedFrom, TokenSetValues {
  eventId: string;
  /** Who has asked for it, as `acting` of a caller says; null: the service. */
  acting: string | null;
  isToRevive: boolean;
  issuedEventId: string | null;
  token: string | null;
  issuedTo: string | null;
}

export interface TokenSetToStore extends RefreshedFrom, TokenSetValues {
  eventId: string;
  /** Who has asked for it, as `acting` of a caller says; null: the service. */
  acting: string | null;
  /** Handed out at once; null: not. */
  issued: IssuedEvent | null;
  /** Whether a connection that was given up for its earlier token set comes back. Default: it does. */
  isToRevive?: boolean;
}

/** By which the clocks of two computers that the database has run on may differ. */
const CLOCK_TOLERANCE = sql`interval '10 seconds'`;

export const storeTokens = statement({
  name: "store_token_set",
  row: { ...journaledColumns(as(connections, "stored")), delivery_ids: DELIVERY_IDS },
  text: (p: Parameters<StoreValues>, columns) => {
    const { state, credentials_version: version, authorized_at } = connections;
    const stored = as(connections, "stored");
    const authorizedAt = sql`${p.authorizedAt}::timestamptz`;
    // The database was restored to an earlier moment, and its token set is one that Zoom has replaced since.
    const isRestored = sql`(${version} < ${p.version}
      and ${authorized_at} <= ${authorizedAt} and ${connections.last_refreshed_at} < ${p.leasedAt}::timestamptz)`;
    const isFollowing = sql`${connections.last_refreshed_at} <= ${p.leasedAt}::timestamptz + ${CLOCK_TOLERANCE}`;
    const isRevived = sql`(${state} = 'disconnected' and ${hasFailure(SUPERSEDED_CODES)} and ${p.isToRevive}::boolean)`;
    return sql`
    with before as (
      select ${connections.id}, ${isRevived} as is_revived from ${connections}
      where ${connections.id} = ${p.id} and ${connections.credentials} is not null
        -- After a restore the same version comes about again: where the user authorized anew, or the row was refreshed since.
        and (${version} = ${p.version} and coalesce(${authorized_at} = ${authorizedAt} and ${isFollowing}, true) or ${isRestored})
      -- A verdict that is being written at this moment is waited for, and seen.
      for update
    ), stored as (
      update ${connections} set ${set(connections, {
        ...newTokens(p),
        ...revivedWhere(isRevived),
        authorized_at: sql`coalesce(${authorizedAt}, ${authorized_at})`,
        // As they were: what came of this token set afterwards may follow by its version, and a repeated message does not.
        credentials_version: sql`greatest(${version}, ${p.version}) + 1`,
        last_refreshed_at: sql`case when ${isRestored} then ${p.leasedAt}::timestamptz else now() end`,
      })}
      where ${connections.id} = (select id from before) and ${isDoneBy({ acting: p.acting, origin: sql`null` })}
      returning *
    ), told as (
      ${insertRenewalEvent(p.eventId, stored, sql`(select is_revived from before)`)}
    ), told_issued as (
      ${insertIssuedEvent(
        { eventId: p.issuedEventId, token: p.token, issuedTo: p.issuedTo },
        stored,
        sql`stored where ${p.issuedEventId}::text is not null`,
      )}
    ), revived as (
      select * from stored where (select is_revived from before)
    ), ${deliverStateChange(sql`revived`)}
    select ${columns} from stored`;
  },
});

/**
 * Replaces the token set of the given version and ends the lease. A connection that was given up because Zoom refused that version
 * comes back, since this set explains the refusal; one that ended for another reason stays as it is. In a database that was restored
 * it replaces an earlier version as well. Null: the row has a newer one or none, and nothing was changed.
 */
export async function storeTokenSet(
  db: Database,
  { issued, isToRevive = true, ...set }: TokenSetToStore,
): Promise<(Changed & { row: JournaledRow }) | null> {
  const stored = await storeTokens.first(db, {
    ...set,
    isToRevive,
    issuedEventId: issued?.eventId ?? null,
    token: issued?.token ?? null,
    issuedTo: issued?.issuedTo ?? null,
  });
  if (stored === null) return null;
  const { delivery_ids: deliveryIds, ...row } = stored;
  return { deliveryIds, row };
}

export const disconnect = statement({
  name: "disconnect_version",
  row: { delivery_ids: DELIVERY_IDS },
  text: (p: Parameters<VersionKey & FailureValues & { eventId: string }>, columns) => sql`
    with ended as (
      update ${connections} set ${set(connections, ended(p))}
      where ${connections.id} = ${p.id} and ${connections.credentials_version} = ${p.version}
        and ${connections.state} = 'connected'
      returning *
    ), told as (
      ${insertEvent(p.eventId, "disconnected", as(connections, "ended"), { data: failureCode(p.code) })}
    ), counted as (
      ${insertCount("refresh_failed", p.code, as(connections, "ended"))}
    ), ${deliverStateChange(sql`ended`)}
    select ${columns} from ended`,
});

/**
 * Disconnects a connection whose newest token set Zoom has refused. Null: somebody has replaced the token set
 * meanwhile, and nothing was changed.
 */
export async function disconnectVersion(
  db: Database,
  { code, ...version }: VersionKey & { code: ConnectionFailureCode; eventId: string },
): Promise<Changed | null> {
  return toChanged(await disconnect.first(db, { ...version, ...failureValues(code) }));
}

export interface LeaseEnd {
  id: string;
  owner: string;
  /** The refresh may have reached Zoom all the same. */
  isUnanswered: boolean;
  /** Nobody asks Zoom again before that, in milliseconds. */
  backOffMs: number;
  /** Why the refresh failed, by the code of the error; null: there was none. */
  failure: ErrorCode | null;
}

export const endRevokedGrant = statement({
  name: "end_revoked_grant",
  row: { delivery_ids: DELIVERY_IDS },
  text: (p: Parameters<FailureValues & { id: string; eventId: string }>, columns) => sql`
    with before as (
      select ${connections.id}, ${connections.state} from ${connections} join ${projects}
        on ${projects.id} = ${connections.project_id} and ${projects.revocation_requested_at} >= ${connections.authorized_at}
      where ${connections.id} = ${p.id} and ${connections.credentials} is not null for update of ${connections}
    ), ended as (
      update ${connections} set ${set(connections, {
        ...endedAgain(p),
        credentials: null,
        credentials_version: sql`${connections.credentials_version} + 1`,
        access_token_expires_at: null,
      })}
      where ${connections.id} = (select id from before) and ${sayActor("admin")} is not null
      returning *
    ), told as (
      ${insertEvent(p.eventId, "revoked", as(connections, "ended"), { data: failureCode(p.code) })}
    ), changed as (
      select * from ended where (select state from before) = 'connected'
    ), ${deliverStateChange(sql`changed`)}
    select ${columns} from ended`,
});

/** Ends a connection whose grant the operator has revoked, and erases its credentials. Null: it has a newer grant. */
export async function endRevoked(
  db: Database,
  which: { id: string; eventId: string },
): Promise<Changed | null> {
  return toChanged(await endRevokedGrant.first(db, { ...which, ...failureValues("grant_revoked") }));
}

export const release = statement({
  name: "release_refresh_lease",
  text: (p: Parameters<LeaseEnd>) => sql`with released as (
    update ${connections} set ${set(connections, {
      ...REFRESH_LEASE_ENDED,
      is_refresh_unanswered: sql`${connections.is_refresh_unanswered} or ${p.isUnanswered}`,
      refresh_not_before: sql`now() + ${p.backOffMs} * interval '1 millisecond'`,
    })}
    where ${connections.id} = ${p.id} and ${connections.refresh_lease_owner} = ${p.owner}
    returning *
  ) ${insertCount("refresh_failed", p.failure, as(connections, "released"))} where ${p.failure}::text is not null`,
});

/** Gives a lease up after a refresh that led to nothing. */
export async function releaseLease(db: Database, lease: LeaseEnd): Promise<void> {
  await release.run(db, { ...lease });
}

interface BackOffValues extends VersionKey {
  backOffMs: number;
}

export const delay = statement({
  name: "back_off_refresh",
  text: (p: Parameters<BackOffValues>) => sql`
    update ${connections} set ${set(connections, {
      refresh_not_before: sql`now() + ${p.backOffMs} * interval '1 millisecond'`,
    })}
    where ${connections.id} = ${p.id} and ${connections.credentials_version} = ${p.version}
      and ${connections.refresh_lease_owner} is null`,
});

/** Lets nobody refresh this version for a while. */
export async function backOff(db: Database, values: BackOffValues): Promise<void> {
  await delay.run(db, { ...values });
}
