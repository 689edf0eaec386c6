// Connect sessions: what the product makes and reads, and what the hosted pages do with one. Each function is one
// statement, and a session's end is written with the webhook deliveries that tell of it.

import { type Placeholder, type SQL, sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import { CAPABILITY_NAMES, type Capability, forEachCapability } from "../model/capabilities.ts";
import { type AttemptFailure, type ConnectSessionState, NEVER_CAME_BACK } from "../model/connect-session.ts";
import type { ChosenFields, Metadata } from "../model/connection.ts";
import type { PageRequest } from "../model/page.ts";
import { sayActor } from "./actor.ts";
import {
  CLAIM,
  type CodeClaim,
  type CodeOutcome,
  claimCte,
  joinClaim,
  toCodeOutcome,
} from "./authorization-codes.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { as, type Field, field, insertInto, literal, NOW, pick, type RowOf, set } from "./columns.ts";
import { deliverSessionEnd, hasNeverComeBack, type Sessions } from "./connect-session-end.ts";
import { deliveryIdsOf } from "./outbox.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ObjectKey, type ProjectKey } from "./project-key.ts";
import {
  connectAttempts,
  connectSessions,
  projects,
  usedAuthorizationCodes,
  zoomOAuthApps,
  zoomOAuthConnections,
} from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";
import { isAtWork } from "./suspension.ts";

const sessions = connectSessions;
const attempts = connectAttempts;
const session = as(sessions, "session");
const attempt = as(attempts, "attempt");
const connection = as(zoomOAuthConnections, "connection");
const app = as(zoomOAuthApps, "app");

/** How long the button of a session, pressed once, may be answered by Zoom. */
const ATTEMPT_LIFE = sql`interval '1 hour'`;
/** Attempts of one session that wait for Zoom's answer; older ones are forgotten. */
const MAX_WAITING_ATTEMPTS = 20;
/** Attempts of one session that ended without a code; older ones are forgotten. */
const MAX_DECLINED_ATTEMPTS = 20;
/** How long a session is kept after its end. */
const MEMORY = sql`interval '30 days'`;

/** Zoom's answer came, and what it leads to is not known yet: a grant may be on its way into the database. */
function isRunning(from: Sessions): SQL {
  const running = as(attempts, "running");
  const code = as(usedAuthorizationCodes, "running_code");
  return sql`exists (
    select from ${attempts} running join ${usedAuthorizationCodes} running_code
      on ${code.code_sha256} = ${running.code_sha256} and ${code.zoom_oauth_app_id} = ${from.zoom_oauth_app_id}
    where ${running.connect_session_id} = ${from.id} and ${code.zoom_oauth_connection_id} is null
      and ${code.refusal} is null and ${code.claim_expires_at} > now()
  )`;
}

/** Past its time, whether or not a cron run has seen it yet. */
function isOverdue(from: Sessions): SQL {
  return sql`(${from.state} = 'open' and ${from.expires_at} <= now() and not ${isRunning(from)})`;
}

/** How a session ends when its time has passed. */
function expiredState(from: Sessions): SQL {
  return sql`case when ${from.failure} is null then 'expired' else 'failed' end`;
}

function shownState(from: Sessions): Field<ConnectSessionState> {
  return field<ConnectSessionState>(
    sql`case when ${isOverdue(from)} then ${expiredState(from)} else ${from.state} end`,
  );
}

/** What answers show of a session. */
function shownColumns(from: Sessions) {
  return {
    ...pick(from, ["id", "zoom_oauth_connection_id", "failure", "return_url", "metadata"]),
    ...pick(from, ["created_at", "expires_at", "completed_at"]),
    state: shownState(from),
    has_never_come_back: field<boolean>(hasNeverComeBack(from)),
  };
}

type ShownRow = RowOf<ReturnType<typeof shownColumns>>;

export interface ShownSession extends Omit<ShownRow, "failure" | "has_never_come_back"> {
  failure: { code: AttemptFailure["code"] | typeof NEVER_CAME_BACK.code; message: string } | null;
}

function toShownSession({ failure, has_never_come_back, ...row }: ShownRow): ShownSession {
  if (failure === null) return { ...row, failure: has_never_come_back ? NEVER_CAME_BACK : null };
  return { ...row, failure: { code: failure.code, message: failure.message } };
}

/** The capabilities: null is as the connection has it. */
interface InsertValues extends Record<Capability, boolean | null> {
  id: string;
  secretSha256: string;
  returnUrl: string;
  returnOrigin: string;
  /** Null: that of the connection, or the project's only one. */
  zoomOAuthAppId: string | null;
  /** The one to reconnect; null: none. */
  connectionId: string | null;
  /** JSON. */
  metadata: string | null;
  isMetadataKept: boolean;
  expiresInSeconds: number;
}

export const insert = keyedStatement({
  name: "insert_connect_session",
  head: {
    app_count: field<number>(sql`(select count(*)::integer from candidates)`),
    is_connection_found: field<boolean>(sql`exists (select from connection)`),
    is_origin_allowed: field<boolean>(sql`coalesce((select is_origin_allowed from checked), true)`),
  },
  row: shownColumns(as(sessions, "inserted")),
  text: (p: Parameters<InsertValues>, columns) => {
    const { id, project_id } = zoomOAuthApps;
    const connections = zoomOAuthConnections;
    const capabilities = CAPABILITY_NAMES.map(
      (name) => sql`coalesce(${p[name]}::boolean, ${connection[name]}, false)`,
    );
    return sql`, connection as (
        select ${connections}.* from ${connections} join key on ${key.project_id} = ${connections.project_id}
        where ${connections.id} = ${p.connectionId}::text
      ), candidates as (
        select ${zoomOAuthApps}.* from ${zoomOAuthApps} join key on ${key.project_id} = ${project_id}
        where (${p.zoomOAuthAppId}::text is null or ${id} = ${p.zoomOAuthAppId}::text)
          and (${p.connectionId}::text is null or ${id} = (select zoom_oauth_app_id from connection))
        limit 2
      ), app as (
        select * from candidates where (select count(*) from candidates) = 1
      ), checked as (
        select ${app.allowed_return_origins} is null or ${p.returnOrigin}::text = any(${app.allowed_return_origins})
          as is_origin_allowed
        from app
      ), inserted as (
        ${insertInto(sessions, {
          id: p.id,
          project_id: app.project_id,
          zoom_oauth_app_id: app.id,
          secret_sha256: p.secretSha256,
          return_url: p.returnUrl,
          zoom_oauth_connection_id: connection.id,
          reconnect_user_id: connection.user_id,
          ...forEachCapability((name) => p[name]),
          metadata: p.metadata,
          is_metadata_kept: p.isMetadataKept,
          created_by_key_id: sql`(select id from key)`,
          expires_at: sql`now() + ${p.expiresInSeconds}::integer * interval '1 second'`,
        })} from app left join connection on true
        where (${p.connectionId}::text is null or ${connection.id} is not null)
          and (select is_origin_allowed from checked) and (${sql.join(capabilities, sql` or `)})
        returning *
      )
      select ${columns} from key left join inserted on true`;
  },
});

export type NewSession = Omit<InsertValues, "metadata"> & { metadata: Metadata | null };

export type InsertOutcome =
  | { kind: "inserted"; session: ShownSession }
  | { kind: "connection_not_found" }
  /** `isOther`: the connection belongs to another one than the app that was named. */
  | { kind: "no_app"; isOther: boolean }
  | { kind: "several_apps" }
  | { kind: "origin_not_allowed" }
  | { kind: "no_capability" };

/** Adds a session. Throws `unauthenticated`. */
export async function insertConnectSession(
  db: Database,
  project: ProjectKey,
  { metadata, ...values }: NewSession,
): Promise<InsertOutcome> {
  const { head, rows } = await insert.read(db, {
    ...project,
    ...values,
    metadata: metadata && JSON.stringify(metadata),
  });
  if (rows[0]) return { kind: "inserted", session: toShownSession(rows[0]) };
  if (values.connectionId !== null && !head.is_connection_found) return { kind: "connection_not_found" };
  if (head.app_count === 0) return { kind: "no_app", isOther: values.connectionId !== null };
  if (head.app_count > 1) return { kind: "several_apps" };
  return { kind: head.is_origin_allowed ? "no_capability" : "origin_not_allowed" };
}

export const find = keyedStatement({
  name: "find_connect_session",
  row: shownColumns(session),
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from key left join ${sessions} session
      on ${session.project_id} = ${key.project_id} and ${session.id} = ${p.id}`,
});

/** Throws `not_found`. */
export async function findConnectSession(db: Database, which: ObjectKey): Promise<ShownSession> {
  const row = await find.first(db, which);
  if (row === null) throw notFound("connect session");
  return toShownSession(row);
}

export const list = variants(PAGE_SHAPES, (shape: PageShape) =>
  keyedStatement({
    name: "list_connect_sessions",
    row: shownColumns(session),
    text: (p: Parameters<PageValues>, columns) => sql`
      select ${columns} from key left join lateral (
        select * from ${sessions} where ${sessions.project_id} = ${key.project_id} ${pageClause(sessions, shape, p)}
      ) session on true`,
  }),
);

/** A page of the project's sessions. */
export async function listConnectSessions(
  db: Database,
  project: ProjectKey,
  page: PageRequest,
): Promise<ShownSession[]> {
  const rows = await list.for(pageShape(page)).all(db, { ...project, ...pageValues(page) });
  return rows.map(toShownSession);
}

const SESSION_DELIVERY_IDS = deliveryIdsOf(sql`session_delivered`);

export const cancel = keyedStatement({
  name: "cancel_connect_session",
  row: {
    id: session.id,
    is_running: field<boolean>(sql`(${session.state} = 'open' and ${isRunning(session)})`),
    delivery_ids: SESSION_DELIVERY_IDS,
  },
  text: (p: Parameters<{ id: string }>, columns) => sql`, cancelled as (
      update ${sessions} set ${set(sessions, {
        state: sql`case when ${isOverdue(sessions)} then ${expiredState(sessions)} else 'cancelled' end`,
      })}
      where ${sessions.id} = ${p.id} and ${sessions.project_id} = (select project_id from key)
        and ${sessions.state} = 'open' and not ${isRunning(sessions)}
      returning *
    ), ${deliverSessionEnd(sql`cancelled`, "connect_session.failed")}
    select ${columns} from key left join ${sessions} session
      on ${session.project_id} = ${key.project_id} and ${session.id} = ${p.id}`,
});

/**
 * Ends a session that is open; one that has ended stays as it is. Returns the ids of the deliveries that tell of it;
 * null: a grant of Zoom's is on its way into the database, and nothing was changed. Throws `not_found`.
 */
export async function cancelConnectSession(db: Database, which: ObjectKey): Promise<string[] | null> {
  const row = await cancel.first(db, which);
  if (row === null) throw notFound("connect session");
  return row.is_running ? null : row.delivery_ids;
}

/** What the pages need of a session. */
const LINK = {
  ...pick(session, ["id", "zoom_oauth_app_id", "failure", "return_url", "reconnect_user_id"]),
  zoom_oauth_connection_id: session.zoom_oauth_connection_id,
  state: shownState(session),
  is_running: field<boolean>(sql`(${session.state} = 'open' and ${isRunning(session)})`),
  ...forEachCapability(chosen),
  project_name: projects.name,
  is_suspended: field<boolean>(sql`${projects.suspended_at} is not null`),
  client_id: app.client_id,
};

export type LinkedSession = RowOf<typeof LINK>;

/** What the session names, else what its connection has. */
function chosen(name: Capability) {
  return field<boolean>(sql`coalesce(${session[name]}, ${connection[name]}, false)`);
}

/** From the table expression `session`: what {@link LINK} names beside it. */
const LINKED = sql`join ${zoomOAuthApps} app on ${app.id} = ${session.zoom_oauth_app_id}
  join ${projects} on ${projects.id} = ${session.project_id}
  left join ${zoomOAuthConnections} connection on ${connection.id} = ${session.zoom_oauth_connection_id}`;

export const findLink = statement({
  name: "find_connect_link",
  row: LINK,
  text: (p: Parameters<{ secretSha256: string }>, columns) => sql`
    select ${columns} from ${sessions} session ${LINKED} where ${session.secret_sha256} = ${p.secretSha256}`,
});

/** The session of a link; null: there is none. */
export async function findConnectLink(db: Database, secretSha256: string): Promise<LinkedSession | null> {
  return await findLink.first(db, { secretSha256 });
}

/** The session takes another attempt. */
function isUsable(from: Sessions): SQL {
  return sql`${from.state} = 'open' and ${from.expires_at} > now() and ${isAtWork(from.project_id)}`;
}

interface BeginValues {
  secretSha256: string;
  stateSha256: string;
  browserSha256: string;
}

export const begin = statement({
  name: "begin_connect_attempt",
  row: { ...LINK, is_begun: field<boolean>(sql`exists (select from begun)`) },
  text: (p: Parameters<BeginValues>, columns) => sql`
    with session as (
      select * from ${sessions} where ${sessions.secret_sha256} = ${p.secretSha256}
    ), begun as (
      ${insertInto(attempts, {
        state_sha256: p.stateSha256,
        connect_session_id: session.id,
        browser_sha256: p.browserSha256,
      })} from session
      where ${isUsable(session)} and not ${isRunning(session)}
        and (${session.reconnect_user_id} is null or ${session.zoom_oauth_connection_id} is not null)
      returning *
    ), forgotten as (
      delete from ${attempts} where ${attempts.state_sha256} in (
        select ${attempt.state_sha256} from ${attempts} attempt
        where ${attempt.connect_session_id} = (select id from session) and ${attempt.answered_at} is null
          and exists (select from begun)
        order by ${attempt.created_at} desc offset ${sql.raw(String(MAX_WAITING_ATTEMPTS - 1))}
      )
    ), forgotten_declined as (
      delete from ${attempts} where ${attempts.state_sha256} in (
        select ${attempt.state_sha256} from ${attempts} attempt
        where ${attempt.connect_session_id} = (select id from session) and ${attempt.answered_at} is not null
          and ${attempt.code_sha256} is null and exists (select from begun)
        order by ${attempt.created_at} desc offset ${sql.raw(String(MAX_DECLINED_ATTEMPTS))}
      )
    )
    select ${columns} from session ${LINKED}`,
});

/** Begins an attempt where the session takes one. Null: there is no such session. */
export async function beginConnectAttempt(
  db: Database,
  values: BeginValues,
): Promise<{ session: LinkedSession; isBegun: boolean } | null> {
  const row = await begin.first(db, { ...values });
  if (row === null) return null;
  const { is_begun: isBegun, ...linked } = row;
  return { session: linked, isBegun };
}

/** Of which attempt an answer of Zoom's is, and in whose browser it came. */
export interface AttemptKey {
  stateSha256: string;
  browserSha256: string;
}

/** The CTE `attempt`: that of the browser, locked, so that of two answers to it the second sees the first. */
function lockAttempt(p: Parameters<AttemptKey>): SQL {
  return sql`attempt as (
      select * from ${attempts}
      where ${attempts.state_sha256} = ${p.stateSha256} and ${attempts.browser_sha256} = ${p.browserSha256}
        and ${attempts.created_at} > now() - ${ATTEMPT_LIFE}
      for update
    )`;
}

/** Uses the `state` up. */
function answerAttempt(codeSha256: Placeholder | null, condition: SQL): SQL {
  return sql`answered as (
      update ${attempts} set ${set(attempts, { answered_at: NOW, code_sha256: codeSha256 })}
      where ${attempts.state_sha256} = (select state_sha256 from attempt) and ${attempts.answered_at} is null
        and ${condition}
      returning ${attempts.state_sha256}
    )`;
}

/** What an answer of Zoom's finds of its session. */
const FOUND = {
  ...pick(session, ["id", "return_url", "failure", "reconnect_user_id"]),
  state: shownState(session),
};

type FoundSession = RowOf<typeof FOUND>;

export const claimInSession = statement({
  name: "claim_authorization_code_in_session",
  row: {
    ...FOUND,
    ...forEachCapability(chosen),
    metadata: field<Metadata | null>(
      sql`case when ${session.is_metadata_kept} then ${connection.metadata} else ${session.metadata} end`,
    ),
    ...CLAIM,
    code_connection_id: field<string | null>(sql`code.zoom_oauth_connection_id`),
  },
  text: (p: Parameters<CodeClaim & AttemptKey>, columns) => sql`
    with ${lockAttempt(p)}, session as (
      select * from ${sessions} where ${sessions.id} = (select connect_session_id from attempt)
    ), app as (
      select ${zoomOAuthApps}.* from ${zoomOAuthApps} join session on ${session.zoom_oauth_app_id} = ${zoomOAuthApps.id}
      join attempt on ${attempt.answered_at} is null or ${attempt.code_sha256} = ${p.codeSha256}
      where ${isUsable(session)}
        and (${session.reconnect_user_id} is null or ${session.zoom_oauth_connection_id} is not null)
        -- A link is for one user: while somebody's grant is on its way, nobody else's is taken.
        and (${attempt.answered_at} is not null or not ${isRunning(session)})
    ), ${answerAttempt(p.codeSha256, sql`exists (select from app)`)}, ${claimCte(p)}
    select ${columns} from session
    ${joinClaim(p.codeSha256)}
    left join ${zoomOAuthConnections} connection on ${connection.id} = ${session.zoom_oauth_connection_id}`,
});

export interface SessionClaim {
  session: FoundSession;
  /** What the session makes of its connection. */
  chosen: ChosenFields;
  /** Null: the session takes no answer any more. */
  outcome: Exclude<CodeOutcome, { kind: "connected" }> | { kind: "connected" } | null;
}

/**
 * Finds the attempt that the answer belongs to, uses its `state` up and claims the code: one statement. Asking again with
 * the same claimant renews its claim. Null: the state is not known, too old, or of another browser; nothing was changed.
 */
export async function claimCodeInSession(
  db: Database,
  claim: CodeClaim & AttemptKey,
): Promise<SessionClaim | null> {
  const row = await claimInSession.first(db, { ...claim });
  if (row === null) return null;
  const { id, return_url, failure, reconnect_user_id, state, code_connection_id, ...rest } = row;
  const outcome = toCodeOutcome(rest, claim, undefined);
  return {
    session: { id, return_url, failure, reconnect_user_id, state },
    chosen: { ...forEachCapability((name) => rest[name]), metadata: rest.metadata },
    outcome: outcome?.kind === "busy" && code_connection_id !== null ? { kind: "connected" } : outcome,
  };
}

interface FailValues extends AttemptKey {
  /** Of the answer; null: it had none. */
  codeSha256: string | null;
  /** JSON. */
  failure: string;
}

export const fail = statement({
  name: "fail_connect_attempt",
  row: FOUND,
  text: (p: Parameters<FailValues>, columns) => sql`
    with ${lockAttempt(p)}, ${answerAttempt(p.codeSha256, sql`true`)}, failed as (
      update ${sessions} set ${set(sessions, { failure: sql`${p.failure}::jsonb` })}
      where ${isUsable(sessions)} and ${sessions.id} = (
        select connect_session_id from attempt where answered_at is null or code_sha256 = ${p.codeSha256}
      )
      returning *
    ), session as (
      select * from failed
      union all
      select * from ${sessions} where ${sessions.id} = (select connect_session_id from attempt)
        and not exists (select from failed)
    )
    select ${columns} from session`,
});

/** The attempt failed, and its session is open for another one. Null: as for a claim. */
export async function failConnectAttempt(
  db: Database,
  { stateSha256, browserSha256 }: AttemptKey,
  codeSha256: string | null,
  failure: AttemptFailure,
): Promise<FoundSession | null> {
  return await fail.first(db, { stateSha256, browserSha256, codeSha256, failure: JSON.stringify(failure) });
}

export const leave = statement({
  name: "leave_connect_session",
  row: {
    ...pick(session, ["id", "return_url", "failure"]),
    state: shownState(session),
    delivery_ids: SESSION_DELIVERY_IDS,
  },
  text: (p: Parameters<{ secretSha256: string }>, columns) => sql`
    with before as (
      select * from ${sessions} where ${sessions.secret_sha256} = ${p.secretSha256}
    ), ended as (
      update ${sessions} set ${set(sessions, {
        state: sql`case when ${sessions.failure} ->> 'code' = 'access_denied' then 'cancelled' else 'failed' end`,
      })}
      where ${sessions.id} = (select id from before) and ${isUsable(sessions)} and ${sessions.failure} is not null
        and not ${isRunning(sessions)} and ${sayActor(sql`'connect_session ' || ${sessions.id}`)} is not null
      returning *
    ), ${deliverSessionEnd(sql`ended`, "connect_session.failed")}, session as (
      select * from ended
      union all
      select * from before where not exists (select from ended)
    )
    select ${columns} from session`,
});

export interface LeftSession {
  session: Pick<FoundSession, "id" | "return_url" | "failure" | "state">;
  deliveryIds: string[];
}

/**
 * Ends a session whose last attempt failed, as its user goes back to the product: `cancelled` where the user declined, else
 * `failed`. Any other stays as it is. Null: there is no such session.
 */
export async function leaveConnectSession(db: Database, secretSha256: string): Promise<LeftSession | null> {
  const row = await leave.first(db, { secretSha256 });
  if (row === null) return null;
  const { delivery_ids: deliveryIds, ...left } = row;
  return { session: left, deliveryIds };
}

/** Of so many sessions whose time has passed some end with one statement, of each project in turn. */
const CONSIDERED = 20_000;

export const expire = statement({
  name: "expire_connect_sessions",
  row: {
    count: field<number>(sql`(select count(*)::integer from ended)`),
    delivery_ids: SESSION_DELIVERY_IDS,
  },
  text: (p: Parameters<{ limit: number }>, columns) => sql`
    with due as (
      select ${sessions.id}, ${sessions.expires_at}, ${sessions.project_id} from ${sessions}
      where ${sessions.state} = 'open' and ${sessions.expires_at} <= now() and not ${isRunning(sessions)}
      order by ${sessions.expires_at} limit ${literal(CONSIDERED)}
    ), in_turns as (
      select id, expires_at, row_number() over (partition by project_id order by expires_at) as turn from due
    ), ended as (
      update ${sessions} set ${set(sessions, { state: expiredState(sessions) })}
      where ${sessions.id} in (
        select ${sessions.id} from ${sessions}
        where ${sessions.id} = any(array(select id from in_turns order by turn, expires_at limit ${p.limit}))
          and ${sessions.state} = 'open'
        for update skip locked
      )
      returning *
    ), ${deliverSessionEnd(sql`ended`, "connect_session.failed")}
    select ${columns}`,
});

/** Ends open sessions whose time has passed, up to the limit: of each project in turn, so that nobody's many hold up another's. */
export async function expireConnectSessions(
  db: Database,
  limit: number,
): Promise<{ count: number; deliveryIds: string[] }> {
  const row = await expire.first(db, { limit });
  return { count: row?.count ?? 0, deliveryIds: row?.delivery_ids ?? [] };
}

export const deleteOldSessions = cleanUp(
  "delete_old_connect_sessions",
  sessions,
  sessions.expires_at,
  sql`now() - ${MEMORY}`,
);

/** Forgets sessions 30 days after their time. Bounded, for a job that runs every minute. Returns how many. */
export async function deleteOldConnectSessions(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOldSessions);
}
