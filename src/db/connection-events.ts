// What happened to connections. Events hold nothing personal. Those of every day last for 30 days, and so do all of a
// connection that was removed.

import { type SQL, sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import type { ConnectionEventType } from "../model/connection-events.ts";
import type { PageRequest } from "../model/page.ts";
import { actorOf } from "./actor.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import {
  as,
  type Expression,
  field,
  insertInto,
  literal,
  NOW,
  names,
  pick,
  type RowOf,
  selectList,
} from "./columns.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ObjectKey } from "./project-key.ts";
import { connectionEvents, zoomOAuthConnections } from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";

const event = as(connectionEvents, "event");
/** What is shown of an event; an index has all of it. */
const SHOWN = ["id", "type", "data", "actor", "created_at"] as const;
const SHOWN_EVENT = pick(event, SHOWN);

export type ConnectionEventRow = RowOf<typeof SHOWN_EVENT>;

/** A page of a connection's events, also of one that was removed while they last. Throws `not_found`. */
export async function listConnectionEvents(
  db: Database,
  connection: ObjectKey,
  page: PageRequest,
): Promise<ConnectionEventRow[]> {
  const { head, rows } = await listEvents
    .for(pageShape(page))
    .read(db, { ...connection, ...pageValues(page) });
  if (!head.is_known) throw notFound("Zoom OAuth connection");
  return rows;
}

export const listEvents = variants(PAGE_SHAPES, (shape: PageShape) =>
  keyedStatement({
    name: "list_connection_events",
    head: { is_known: field<boolean>(sql`known.is_known`) },
    row: SHOWN_EVENT,
    text: (p: Parameters<{ id: string } & PageValues>, columns) => {
      const { id, project_id } = zoomOAuthConnections;
      const events = connectionEvents;
      const isOfConnection = sql`${events.zoom_oauth_connection_id} = ${p.id} and ${events.project_id} = ${key.project_id}`;
      return sql`
        select ${columns} from key cross join lateral (
          select exists (
            select from ${zoomOAuthConnections} where ${id} = ${p.id} and ${project_id} = ${key.project_id}
          ) or exists (select from ${events} where ${isOfConnection}) as is_known
        ) known left join lateral (
          select ${selectList(pick(events, SHOWN))} from ${events}
          where ${isOfConnection} ${pageClause(events, shape, p)}
        ) event on true`;
    },
  }),
);

/** When an event of every day (a token, a refresh, a sync), or one of a connection that was removed, expires. */
export const EVENT_EXPIRY = sql`now() + interval '30 days'`;

/** What an event says beside its type. */
interface EventFacts {
  /** JSON. Default: nothing. */
  data?: SQL;
  /** Default: never. */
  expiresAt?: SQL;
}

/**
 * The part of a statement that writes an event of this type, or of the type that the SQL yields, for each row of the
 * named table expression, which has the columns of connections. What follows may narrow the rows down.
 */
export function insertEvent(
  eventId: Expression,
  type: ConnectionEventType | SQL,
  subject: typeof zoomOAuthConnections,
  { data, expiresAt }: EventFacts = {},
): SQL {
  const columns = insertInto(connectionEvents, {
    id: eventId,
    project_id: subject.project_id,
    zoom_oauth_connection_id: subject.id,
    type,
    ...(data ? { data } : {}),
    ...(expiresAt ? { expires_at: expiresAt } : {}),
  });
  return sql`${columns} from ${subject}`;
}

/** The same for new tokens: an event of every day, or for a connection that came back by them the one that tells of it. */
export function insertRenewalEvent(
  eventId: Expression,
  subject: typeof zoomOAuthConnections,
  isRevived: SQL,
): SQL {
  return insertEvent(eventId, sql`case when ${isRevived} then 'reconnected' else 'refreshed' end`, subject, {
    expiresAt: sql`case when not ${isRevived} then ${EVENT_EXPIRY} end`,
  });
}

/** The data of an event that tells of a failure. */
export function failureCode(code: Parameters<{ code: string }>["code"]): SQL {
  return sql`jsonb_build_object('code', ${code}::text)`;
}

export interface IssuedEvent {
  eventId: string;
  /** Which kind of token. */
  token: string;
  /** Who gets it, as `acting` of a caller says; null: whom the statement names. */
  issuedTo: string | null;
}

/** Of these tokens, those that one actor gets within a minute are one event with a `count`. */
const COUNTED_TOKEN = "access_token";

/**
 * The id of the event that tells of a token: of one that is counted the id of the event of the minute before, or else one
 * that all who write it at the same time choose alike.
 */
function issuedEventId(issued: Record<"eventId" | "token" | "connectionId" | "actor", Expression>): SQL {
  const recent = as(connectionEvents, "recent");
  return sql`case when ${issued.token}::text <> ${literal(COUNTED_TOKEN)} then ${issued.eventId}::text else coalesce((
    select ${recent.id} from ${connectionEvents} recent
    where ${recent.zoom_oauth_connection_id} = ${issued.connectionId} and ${recent.type} = 'token_issued'
      and ${recent.data} ->> 'token' = ${literal(COUNTED_TOKEN)} and ${recent.actor} = ${issued.actor}
      and ${recent.created_at} > clock_timestamp() - interval '1 minute'
    order by ${recent.created_at} desc limit 1
  ), 'evt_' || left(translate(encode(sha256(convert_to(concat_ws(' ', ${issued.connectionId}, ${issued.actor},
    floor(extract(epoch from clock_timestamp()) / 60)), 'UTF8')), 'base64'), '+/=', 'Aa'), 16)) end`;
}

/** What becomes of an event that is there: a counted one is raised. A statement whose answer was lost may run again. */
function countAgain(): SQL {
  const { id, data } = connectionEvents;
  const countOf = (from: SQL) => sql`coalesce((${from} ->> 'count')::integer, 1)`;
  return sql`on conflict (${names(id)}) do update set ${names(data)} = ${data} || jsonb_build_object('count',
      ${countOf(sql`${data}`)} + ${countOf(sql`excluded.${names(data)}`)})
    where ${data} ->> 'token' = ${literal(COUNTED_TOKEN)}`;
}

/**
 * The part of a statement that tells of each connection in the named table expression that a token was handed out.
 * Without an event id it tells nothing.
 */
export function insertIssuedEvent(
  { eventId, token, issuedTo }: { eventId: Expression; token: Expression; issuedTo: Expression },
  subject: typeof zoomOAuthConnections,
  where: SQL,
): SQL {
  const actor = sql`coalesce(${actorOf(issuedTo)}, nullif(current_setting('audit.actor', true), ''))`;
  const columns = insertInto(connectionEvents, {
    id: issuedEventId({ eventId, token, connectionId: subject.id, actor }),
    project_id: subject.project_id,
    zoom_oauth_connection_id: subject.id,
    type: "token_issued",
    data: sql`jsonb_build_object('token', ${token}::text)`,
    actor,
    created_at: sql`clock_timestamp()`,
    expires_at: EVENT_EXPIRY,
  });
  return sql`${columns} from ${where} ${countAgain()}`;
}

/** A token that was handed out. */
export interface IssuedToken extends IssuedEvent {
  connectionId: string;
  /** The token link behind it. */
  tokenLinkId?: string;
}

/** The array of {@link IssuedToken} as a table expression `issued`. */
export function readIssued(issued: Expression): SQL {
  return sql`jsonb_to_recordset(${issued}::jsonb) as issued (
    "eventId" text, "connectionId" text, "token" text, "tokenLinkId" text, "issuedTo" text
  )`;
}

/** What such an event says: which kind of token, and which token link gave it, if one did. */
export function issuedData(token: SQL, tokenLinkId: SQL): SQL {
  return sql`jsonb_strip_nulls(jsonb_build_object('token', ${token}, 'token_link_id', ${tokenLinkId}))`;
}

export const recordIssued = statement({
  name: "record_issued_tokens",
  text: (p: Parameters<{ issued: string }>) => {
    const connection = as(zoomOAuthConnections, "connection");
    const columns = insertInto(connectionEvents, {
      id: sql`told.id`,
      project_id: sql`told.project_id`,
      zoom_oauth_connection_id: sql`told.zoom_oauth_connection_id`,
      type: "token_issued",
      data: sql`jsonb_strip_nulls(told.data || jsonb_build_object('count', nullif(count(*), 1)))`,
      actor: sql`told.actor`,
      created_at: sql`clock_timestamp()`,
      expires_at: EVENT_EXPIRY,
    });
    const actor = sql`issuer.actor`;
    const id = issuedEventId({
      eventId: sql`issued."eventId"`,
      token: sql`issued."token"`,
      connectionId: connection.id,
      actor,
    });
    return sql`${columns} from (
        select ${id} as id, ${connection.project_id} as project_id, ${connection.id} as zoom_oauth_connection_id,
          ${issuedData(sql`issued."token"`, sql`issued."tokenLinkId"`)} as data, ${actor} as actor
        from ${readIssued(p.issued)} cross join lateral (select ${actorOf(sql`issued."issuedTo"`)} as actor) issuer
        join ${zoomOAuthConnections} connection on ${connection.id} = issued."connectionId"
      ) told group by 1, 2, 3, told.data, told.actor ${countAgain()}`;
  },
});

/** Tells that tokens were handed out, one event for each but for access tokens that one actor gets within a minute. */
export async function recordIssuedTokens(db: Database, tokens: readonly IssuedToken[]): Promise<void> {
  await recordIssued.run(db, { issued: JSON.stringify(tokens) });
}

export const deleteExpired = cleanUp(
  "delete_expired_events",
  connectionEvents,
  connectionEvents.expires_at,
  NOW,
);

/** Removes expired events. Bounded, for a job that runs every minute. Returns how many. */
export async function deleteExpiredEvents(db: Database): Promise<number> {
  return await runCleanUp(db, deleteExpired);
}
