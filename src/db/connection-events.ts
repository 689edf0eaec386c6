// What happened to connections. Events hold nothing personal. Those of every day last for 30 days, and so do all of a
// connection that was removed.

import { type SQL, sql } from "drizzle-orm";
import { withKey } from "./authenticated.ts";
import { deleteOldest } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { type PageRequest, pageClause } from "./pages.ts";
import { select } from "./rows.ts";
import { connectionEvents } from "./schema.ts";
import type { Parameter } from "./statement.ts";
import type { ConnectionKey } from "./zoom-oauth-connections.ts";

/** What is shown of an event; an index has all of it. */
const SHOWN_EVENT = select(connectionEvents, ["id", "type", "data", "created_at"]);

export type ConnectionEventRow = ReturnType<typeof SHOWN_EVENT.read>;

/** A page of a connection's events, also of one that was removed while they last. */
export async function listConnectionEvents(
  db: Database,
  key: ConnectionKey,
  page: PageRequest,
): Promise<ConnectionEventRow[] | "unauthenticated" | "not_found"> {
  const { rows } = await db.execute(sql`
    with ${withKey(key.apiKeySha256)}
    select ${SHOWN_EVENT.from("event")},
      exists (select from zoom_oauth_connections where id = ${key.id} and project_id = key.project_id)
      or exists (
        select from connection_events where zoom_oauth_connection_id = ${key.id} and project_id = key.project_id
      ) as is_known
    from key left join lateral (
      select ${SHOWN_EVENT.from("connection_events")} from connection_events
      where zoom_oauth_connection_id = ${key.id} and project_id = key.project_id ${pageClause(page)}
    ) event on true`);
  if (!rows[0]) return "unauthenticated";
  if (!rows[0].is_known) return "not_found";
  return rows.filter((row) => row.id !== null).map(SHOWN_EVENT.read);
}

/** When an event of every day (a token, a refresh, a sync), or one of a connection that was removed, has had its time. */
export const EVENT_EXPIRY = sql`now() + interval '30 days'`;

export interface IssuedEvent {
  eventId: string;
  /** Which kind of token. */
  token: string;
}

/** The part of a statement that tells, of the connection in `from`, that a token was handed out. */
export function insertIssuedEvent({ eventId, token }: Record<keyof IssuedEvent, Parameter>, from: SQL): SQL {
  return insertIssued(sql`${eventId}`, token, from);
}

function insertIssued(eventId: SQL, token: Parameter, from: SQL): SQL {
  return sql`
    insert into connection_events
      (id, project_id, zoom_oauth_connection_id, type, data, created_at, expires_at)
    select ${eventId}, project_id, id, 'token_issued', jsonb_build_object('token', ${token}::text),
      clock_timestamp(), ${EVENT_EXPIRY}
    from ${from}
    -- A statement whose answer was lost may run again.
    on conflict (id) do nothing`;
}

/** Tells that tokens of one kind were handed out, one for each event. */
export async function recordIssued(
  db: Database,
  connectionId: string,
  { eventIds, token }: { eventIds: readonly string[]; token: string },
): Promise<void> {
  const issued = sql`zoom_oauth_connections, jsonb_array_elements_text(${JSON.stringify(eventIds)}::jsonb) event_id
    where id = ${connectionId}`;
  await db.execute(insertIssued(sql`event_id`, token, issued));
}

/** Removes events whose time has come. Bounded, for a job that runs every minute. */
export async function deleteExpiredEvents(db: Database): Promise<number> {
  return await deleteOldest(db, { table: "connection_events", column: "expires_at" }, sql`now()`);
}
