// Meetings of connections: who may sync, and what a sync finds. Each function is one statement.

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { EVENT_EXPIRY } from "./connection-events.ts";
import { mapRow } from "./rows.ts";
import { schedule } from "./schedules.ts";
import { zoomOAuthConnections } from "./schema.ts";
import type { ConnectionRow } from "./zoom-oauth-connections.ts";

/** How long a sync may take, in milliseconds, before another one takes over. */
const SYNC_LEASE_MS = 10 * 60_000;
/** Days after which a meeting that no sync has seen is forgotten. */
const MEETING_MEMORY_DAYS = 30;
/** When a connection that was synced is synced next; spread, so that a busy day does not come back as one. */
const NEXT_SYNC = sql`now() + interval '7 days' - random() * interval '3 days'`;

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
        last_successful_sync_at = now(), sync_lease_owner = null, sync_lease_expires_at = null
      where id = ${connectionId} and sync_lease_owner = ${owner}
      returning id, project_id
    ), scheduled as (${schedule("sync", sql`(select id from finished)`, NEXT_SYNC)})
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
