// Meetings of connections: who may sync, what a sync and Zoom's webhooks find, and what is due. Each function is one
// statement.

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { EVENT_EXPIRY } from "./connection-events.ts";
import { mapRow } from "./rows.ts";
import { zoomOAuthConnections } from "./schema.ts";
import type { ConnectionRow } from "./zoom-oauth-connections.ts";

/** How long a sync may take, in milliseconds, before another one takes over. */
const SYNC_LEASE_MS = 10 * 60_000;
/** Days after which a meeting that no sync has seen is forgotten. */
const MEETING_MEMORY_DAYS = 30;
/** A token set that is older is refreshed, in days; with the spread it is never older than 30. */
const REFRESH_AFTER_DAYS = 20;
/** As much due work as one statement takes: it costs less for each the more it takes. */
export const DUE_BATCH_SIZE = 1_000;
/** When work that was handed out comes due again where its message was lost. */
export const DUE_AGAIN = sql`now() + interval '24 hours'`;

export interface SyncKey {
  connectionId: string;
  /** The message that asks for the sync: its redelivery goes on, another one does not join in. */
  owner: string;
}

export type SyncLease =
  | { kind: "leased"; connection: ConnectionRow }
  | { kind: "busy" }
  /** Gone, disconnected, or without the capability: there is nothing to sync. */
  | { kind: "ended" }
  /** Zoom asked the app to wait. */
  | { kind: "not_yet"; seconds: number };

/** Notes the attempt and takes the right to sync, where nobody else has it. */
export async function leaseSync(db: Database, { connectionId, owner }: SyncKey): Promise<SyncLease> {
  const { rows } = await db.execute(sql`
    with leased as (
      update zoom_oauth_connections connection set
        last_attempted_sync_at = now(),
        sync_lease_owner = ${owner},
        sync_lease_expires_at = now() + ${SYNC_LEASE_MS} * interval '1 millisecond'
      from zoom_oauth_apps app
      where connection.id = ${connectionId} and connection.state = 'connected'
        and connection.is_local_recording_token_supported
        and app.id = connection.zoom_oauth_app_id and (app.api_not_before is null or app.api_not_before <= now())
        and (sync_lease_owner is null or sync_lease_owner = ${owner} or sync_lease_expires_at <= now())
      returning connection.*
    )
    select connection.*, leased.id is not null as is_leased,
      ceil(extract(epoch from app.api_not_before - now()))::integer as wait_seconds
    from zoom_oauth_connections connection
    join zoom_oauth_apps app on app.id = connection.zoom_oauth_app_id
    left join leased on true
    where connection.id = ${connectionId}`);
  const [row] = rows;
  if (!row) return { kind: "ended" };
  const connection = mapRow(zoomOAuthConnections, row);
  if (row.is_leased) return { kind: "leased", connection };
  if (connection.state === "disconnected" || !connection.is_local_recording_token_supported)
    return { kind: "ended" };
  const seconds = row.wait_seconds as number | null;
  return seconds !== null && seconds > 0 ? { kind: "not_yet", seconds } : { kind: "busy" };
}

/** Maps meetings to the connection; the latest one to say so has them. */
function mapMeetings(connectionId: string, meetingIds: readonly string[]): SQL {
  return sql`
    insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id)
    select connection.zoom_oauth_app_id, meeting_id::bigint, connection.id
    from zoom_oauth_connections connection,
      jsonb_array_elements_text(${JSON.stringify([...new Set(meetingIds)])}::jsonb) meeting_id
    where connection.id = ${connectionId} and connection.state = 'connected'
    order by meeting_id
    on conflict (zoom_oauth_app_id, meeting_id) do update set
      zoom_oauth_connection_id = excluded.zoom_oauth_connection_id, last_seen_at = excluded.last_seen_at`;
}

/** Maps the meetings of a page. */
export async function storeMeetings(
  db: Database,
  connectionId: string,
  meetingIds: readonly string[],
): Promise<void> {
  await db.execute(mapMeetings(connectionId, meetingIds));
}

/** Maps the meetings of the last page, forgets what no sync has seen for long, and ends the sync. */
export async function finishSync(
  db: Database,
  { connectionId, owner, eventId }: SyncKey & { eventId: string },
  meetingIds: readonly string[],
): Promise<void> {
  await db.execute(sql`
    with mapped as (${mapMeetings(connectionId, meetingIds)}), forgotten as (
      delete from zoom_meetings where zoom_oauth_connection_id = ${connectionId}
        and last_seen_at < now() - ${MEETING_MEMORY_DAYS} * interval '1 day'
        and meeting_id::text not in (
          select jsonb_array_elements_text(${JSON.stringify(meetingIds)}::jsonb)
        )
    ), finished as (
      update zoom_oauth_connections set
        last_successful_sync_at = now(), next_sync_at = default,
        sync_lease_owner = null, sync_lease_expires_at = null
      where id = ${connectionId} and sync_lease_owner = ${owner}
      returning id, project_id
    )
    insert into connection_events (id, project_id, zoom_oauth_connection_id, type, expires_at)
    select ${eventId}, project_id, id, 'synced', ${EVENT_EXPIRY} from finished
    on conflict (id) do nothing`);
}

/** Gives the right to sync up; `appWaitSeconds`: nobody asks Zoom's API for the app before that. */
export async function releaseSync(
  db: Database,
  { connectionId, owner, appWaitSeconds }: SyncKey & { appWaitSeconds: number },
): Promise<void> {
  await db.execute(sql`
    with released as (
      update zoom_oauth_connections set sync_lease_owner = null, sync_lease_expires_at = null
      where id = ${connectionId} and sync_lease_owner = ${owner}
    )
    update zoom_oauth_apps set api_not_before = now() + ${appWaitSeconds} * interval '1 second'
    where ${appWaitSeconds} > 0
      and id = (select zoom_oauth_app_id from zoom_oauth_connections where id = ${connectionId})
      and (api_not_before is null or api_not_before < now() + ${appWaitSeconds} * interval '1 second')`);
}

export type DueWork = "refresh" | "sync";

interface DueRule {
  column: SQL;
  /** Which connected ones the clock looks at, as the column's index has them. */
  among: SQL;
  /** Which of those that have come due need the work. */
  isWanted: SQL;
  /** When the others come due. */
  otherwise: SQL;
}

const DUE: Record<DueWork, DueRule> = {
  refresh: {
    column: sql`next_refresh_at`,
    among: sql`true`,
    isWanted: sql`last_refreshed_at <= now() - ${REFRESH_AFTER_DAYS} * interval '1 day'`,
    otherwise: sql`last_refreshed_at + interval '30 days' - random() * interval '10 days'`,
  },
  sync: {
    column: sql`next_sync_at`,
    among: sql`is_local_recording_token_supported`,
    isWanted: sql`true`,
    otherwise: DUE_AGAIN,
  },
};

/** Lets the clock ask for the work after this time. */
export async function markDue(
  db: Database,
  work: DueWork,
  connectionId: string,
  afterSeconds: number,
): Promise<void> {
  await db.execute(sql`
    update zoom_oauth_connections set ${DUE[work].column} = now() + ${afterSeconds} * interval '1 second'
    where id = ${connectionId}`);
}

export interface Due {
  /** The connections that need the work. */
  ids: string[];
  /** How many had come due, up to {@link DUE_BATCH_SIZE}. */
  count: number;
}

/**
 * Takes up to {@link DUE_BATCH_SIZE} connections whose time has come: each belongs to one caller, however many ask at
 * once. The work sets the next time, and where it is lost, it comes due again. One that was refreshed meanwhile, as
 * those in use are each hour, only gets its next time.
 */
export async function takeDue(db: Database, work: DueWork): Promise<Due> {
  const { column, among, isWanted, otherwise } = DUE[work];
  const { rows } = await db.execute(sql`
    with due as (
      select id as due_id, ${isWanted} as is_wanted from zoom_oauth_connections
      where state = 'connected' and ${among} and ${column} <= now()
      order by ${column} limit ${DUE_BATCH_SIZE} for update skip locked
    )
    update zoom_oauth_connections set ${column} = case when is_wanted then ${DUE_AGAIN} else ${otherwise} end
    from due where id = due_id
    returning id, is_wanted`);
  return { ids: rows.filter((row) => row.is_wanted).map((row) => row.id as string), count: rows.length };
}
