// Meetings of connections: who may sync, and what a sync finds. Each function is one statement.

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { as, field, literal, NOW, pick, type RowOf, set } from "./columns.ts";
import { EVENT_EXPIRY, insertEvent } from "./connection-events.ts";
import { mapMeetings } from "./meetings.ts";
import { scheduleWork } from "./schedules.ts";
import { zoomMeetings, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";
import { type Parameters, statement } from "./statement.ts";
import { isAtWork } from "./suspension.ts";
import { SYNC_LEASE_ENDED } from "./transitions.ts";

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

const connections = zoomOAuthConnections;
const connection = as(connections, "connection");
const app = as(zoomOAuthApps, "app");

const LEASED = {
  ...pick(connection, [
    "id",
    "zoom_oauth_app_id",
    "user_id",
    "state",
    "is_local_recording_token_supported",
    "credentials",
    "credentials_version",
    "access_token_expires_at",
  ]),
  is_leased: field<boolean>(sql`leased.id is not null`),
  wait_seconds: field<number | null>(sql`ceil(extract(epoch from ${app.api_not_before} - now()))::integer`),
};

export type SyncLease =
  | { kind: "leased"; connection: RowOf<typeof LEASED> }
  | { kind: "busy" }
  /** Gone, disconnected, or without the capability: there is nothing to sync. */
  | { kind: "ended" }
  /** Zoom asked the app to wait. */
  | { kind: "not_yet"; seconds: number };

export const lease = statement({
  name: "lease_sync",
  row: LEASED,
  text: (p: Parameters<SyncKey>, columns) => sql`
    with leased as (
      update ${connections} connection set ${set(connections, {
        last_attempted_sync_at: NOW,
        sync_lease_owner: p.owner,
        sync_lease_expires_at: sql`now() + ${literal(SYNC_LEASE_MS)} * interval '1 millisecond'`,
      })}
      from ${zoomOAuthApps} app
      where ${connection.id} = ${p.connectionId} and ${connection.state} = 'connected'
        and ${connection.is_local_recording_token_supported} and ${isAtWork(connection.project_id)}
        and ${app.id} = ${connection.zoom_oauth_app_id}
        and (${app.api_not_before} is null or ${app.api_not_before} <= now())
        and (${connection.sync_lease_owner} is null or ${connection.sync_lease_owner} = ${p.owner}
          or ${connection.sync_lease_expires_at} <= now())
      returning ${connection.id}
    )
    select ${columns} from ${connections} connection
    join ${zoomOAuthApps} app on ${app.id} = ${connection.zoom_oauth_app_id}
    left join leased on true
    where ${connection.id} = ${p.connectionId}`,
});

/** Notes the attempt and takes the right to sync, where nobody else has it. */
export async function leaseSync(db: Database, { connectionId, owner }: SyncKey): Promise<SyncLease> {
  const row = await lease.first(db, { connectionId, owner });
  if (row === null) return { kind: "ended" };
  if (row.is_leased) return { kind: "leased", connection: row };
  if (row.state === "disconnected" || !row.is_local_recording_token_supported) return { kind: "ended" };
  const seconds = row.wait_seconds;
  return seconds !== null && seconds > 0 ? { kind: "not_yet", seconds } : { kind: "busy" };
}

interface MeetingValues {
  connectionId: string;
  /** JSON: an array of meeting ids. */
  meetingIds: string;
}

/** Maps meetings to the connection; the latest one to say so has them. */
function mapToConnection(p: Parameters<MeetingValues>): SQL {
  return mapMeetings(
    {
      appId: sql`${connection.zoom_oauth_app_id}`,
      meetingId: sql`meeting_id::bigint`,
      connectionId: sql`${connection.id}`,
      source: "sync",
    },
    sql`${connections} connection, jsonb_array_elements_text(${p.meetingIds}::jsonb) meeting_id
      where ${connection.id} = ${p.connectionId} and ${connection.state} = 'connected'
      order by meeting_id`,
  );
}

export const store = statement({ name: "store_meetings", text: mapToConnection });

/** Maps the meetings of a page. */
export async function storeMeetings(
  db: Database,
  connectionId: string,
  meetingIds: readonly string[],
): Promise<void> {
  await store.run(db, { connectionId, meetingIds: toJson(meetingIds) });
}

function toJson(meetingIds: readonly string[]): string {
  return JSON.stringify([...new Set(meetingIds)]);
}

export const finish = statement({
  name: "finish_sync",
  text: (p: Parameters<SyncKey & MeetingValues & { eventId: string; isWhole: boolean }>) => sql`
    with mapped as (${mapToConnection(p)}), forgotten as (
      delete from ${zoomMeetings} where ${zoomMeetings.zoom_oauth_connection_id} = ${p.connectionId}
        and ${zoomMeetings.last_seen_at} < now() - ${literal(MEETING_MEMORY_DAYS)} * interval '1 day'
        and ${zoomMeetings.meeting_id}::text not in (select jsonb_array_elements_text(${p.meetingIds}::jsonb))
    ), finished as (
      update ${connections} set ${set(connections, {
        last_successful_sync_at: sql`case when ${p.isWhole}::boolean then now() else ${connections.last_successful_sync_at} end`,
        ...SYNC_LEASE_ENDED,
      })}
      where ${connections.id} = ${p.connectionId} and ${connections.sync_lease_owner} = ${p.owner}
      returning *
    ), scheduled as (${scheduleWork(
      literal("sync"),
      sql`(select id from finished)`,
      sql`case when ${p.isWhole}::boolean then ${NEXT_SYNC} else now() + interval '1 day' end`,
    )}), whole as (
      select * from finished where ${p.isWhole}::boolean
    )
    ${insertEvent(p.eventId, "synced", as(connections, "whole"), { expiresAt: EVENT_EXPIRY })}
    on conflict (id) do nothing`,
});

/**
 * Maps the meetings of the last page, forgets what no sync has seen for long, and ends the sync. One that could not read all is no
 * success, and comes due again after a day.
 */
export async function finishSync(
  db: Database,
  { connectionId, owner, eventId, isWhole }: SyncKey & { eventId: string; isWhole: boolean },
  meetingIds: readonly string[],
): Promise<void> {
  await finish.run(db, { connectionId, owner, eventId, isWhole, meetingIds: toJson(meetingIds) });
}

export const release = statement({
  name: "release_sync_lease",
  text: (p: Parameters<SyncKey & { appWaitSeconds: number }>) => {
    const { id, api_not_before } = zoomOAuthApps;
    const until = sql`now() + ${p.appWaitSeconds} * interval '1 second'`;
    return sql`
    with released as (
      update ${connections} set ${set(connections, SYNC_LEASE_ENDED)}
      where ${connections.id} = ${p.connectionId} and ${connections.sync_lease_owner} = ${p.owner}
    )
    update ${zoomOAuthApps} set ${set(zoomOAuthApps, { api_not_before: until })}
    where ${p.appWaitSeconds} > 0
      and ${id} = (
        select ${connections.zoom_oauth_app_id} from ${connections} where ${connections.id} = ${p.connectionId}
      )
      and (${api_not_before} is null or ${api_not_before} < ${until})`;
  },
});

/** Gives the right to sync up. `appWaitSeconds`: nobody asks Zoom's API for the app before that. */
export async function releaseSync(
  db: Database,
  { connectionId, owner, appWaitSeconds }: SyncKey & { appWaitSeconds: number },
): Promise<void> {
  await release.run(db, { connectionId, owner, appWaitSeconds });
}
