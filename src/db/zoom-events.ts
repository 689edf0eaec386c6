// What Zoom's webhook events do. Each effect is one statement that also remembers the event: delivered again, it
// finds itself and does nothing.

import { type SQL, sql } from "drizzle-orm";
import { deleteOldest } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { failureData } from "./failures.ts";
import { DELIVERY_IDS, deliverStateChange, deliveryIdsOf } from "./outbox.ts";
import { schedule } from "./schedules.ts";

/** How often the arrival of webhooks is noted, in minutes. */
const NOTE_MINUTES = 5;

export interface WebhookApp {
  /** Sealed; null: the app has none. */
  webhookSecret: string | null;
  /** Whether it is time to note an arrival. */
  isVerifiedNoteDue: boolean;
  isUnverifiedNoteDue: boolean;
}

/** What verifying a webhook takes; null: there is no such app. */
export async function findWebhookApp(db: Database, id: string): Promise<WebhookApp | null> {
  const isDue = (column: SQL) =>
    sql`coalesce(${column} < now() - ${NOTE_MINUTES} * interval '1 minute', true)`;
  const { rows } = await db.execute(sql`
    select webhook_secret, ${isDue(sql`last_verified_webhook_received_at`)} as is_verified_note_due,
      ${isDue(sql`last_unverified_webhook_received_at`)} as is_unverified_note_due
    from zoom_oauth_apps where id = ${id}`);
  const [row] = rows;
  return row
    ? {
        webhookSecret: row.webhook_secret as string | null,
        isVerifiedNoteDue: row.is_verified_note_due as boolean,
        isUnverifiedNoteDue: row.is_unverified_note_due as boolean,
      }
    : null;
}

/** Notes on the app that a webhook arrived. */
export async function noteWebhook(db: Database, id: string, isVerified: boolean): Promise<void> {
  const column = sql.identifier(
    isVerified ? "last_verified_webhook_received_at" : "last_unverified_webhook_received_at",
  );
  await db.execute(sql`update zoom_oauth_apps set ${column} = now() where id = ${id}`);
}

export interface EventKey {
  zoomOAuthAppId: string;
  /** The event is new where none of these is known. */
  eventKeys: readonly string[];
}

/** The CTE `fresh`: a row where the event is new. */
function remember({ zoomOAuthAppId, eventKeys }: EventKey): SQL {
  return sql`seen as (
    insert into zoom_events (zoom_oauth_app_id, event_key)
    select app.id, key from zoom_oauth_apps app, jsonb_array_elements_text(${JSON.stringify(eventKeys)}::jsonb) key
    where app.id = ${zoomOAuthAppId}
    on conflict do nothing returning event_key
  ), fresh as (
    select 1 where (select count(*) from seen) = ${eventKeys.length}
  )`;
}

/**
 * Maps meetings to the connection of their host, else of the operator. Where Zoom does not name the host, a meeting
 * stays with the connection that it has.
 */
export async function mapHostedMeetings(
  db: Database,
  key: EventKey,
  meetings: { hostId: string | null; operatorId: string | null; meetingIds: readonly string[] },
): Promise<void> {
  await db.execute(sql`
    with ${remember(key)}, owner as (
      select id from zoom_oauth_connections
      where zoom_oauth_app_id = ${key.zoomOAuthAppId} and state = 'connected'
        and user_id in (${meetings.hostId}, ${meetings.operatorId})
      order by user_id = ${meetings.hostId} desc nulls last limit 1
      for key share
    )
    insert into zoom_meetings as meeting (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id)
    select ${key.zoomOAuthAppId}, meeting_id::bigint, owner.id
    from fresh, owner,
      (select distinct jsonb_array_elements_text(${JSON.stringify(meetings.meetingIds)}::jsonb) as meeting_id) ids
    order by meeting_id
    on conflict (zoom_oauth_app_id, meeting_id) do update set
      zoom_oauth_connection_id = case
        when ${meetings.hostId}::text is null then meeting.zoom_oauth_connection_id
        else excluded.zoom_oauth_connection_id
      end,
      last_seen_at = excluded.last_seen_at`);
}

/** Forgets a meeting. */
export async function unmapMeeting(db: Database, key: EventKey, meetingId: string): Promise<void> {
  await db.execute(sql`
    with ${remember(key)}
    delete from zoom_meetings
    where zoom_oauth_app_id = ${key.zoomOAuthAppId} and meeting_id = ${meetingId}::bigint
      and exists (select from fresh)`);
}

/** Maps a user's new personal meeting id, and forgets the old one where it was that user's. */
export async function changePersonalMeeting(
  db: Database,
  key: EventKey,
  change: { userId: string; meetingId: string; oldMeetingId: string | null },
): Promise<void> {
  await db.execute(sql`
    with ${remember(key)}, owner as (
      select connection.id from fresh, zoom_oauth_connections connection
      where zoom_oauth_app_id = ${key.zoomOAuthAppId} and user_id = ${change.userId} and state = 'connected'
    ), forgotten as (
      delete from zoom_meetings
      where zoom_oauth_app_id = ${key.zoomOAuthAppId} and meeting_id = ${change.oldMeetingId}::bigint
        and meeting_id <> ${change.meetingId}::bigint and zoom_oauth_connection_id = (select id from owner)
    )
    insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id)
    select ${key.zoomOAuthAppId}, ${change.meetingId}::bigint, id from owner
    on conflict (zoom_oauth_app_id, meeting_id) do update set
      zoom_oauth_connection_id = excluded.zoom_oauth_connection_id, last_seen_at = excluded.last_seen_at`);
}

export interface GrantEnd {
  userId: string;
  /** ISO 8601. A grant that was given later is not the one that ended. */
  occurredAt: string;
  eventId: string;
  eventType: "disconnected" | "deauthorized";
  error: string;
  code: string;
  /** Whether credentials and meetings go at once. */
  isErased: boolean;
}

export type GrantEndOutcome =
  | { kind: "ended"; connectionId: string; deliveryIds: string[] }
  /** The user authorized again after the event: whether the grant lives, the next refresh finds out, soon. */
  | { kind: "doubted"; connectionId: string }
  /** No connection, one that has ended already, or an event that was delivered before. */
  | { kind: "unchanged" };

/** Disconnects a user's connection. Its version moves on, so that a refresh under way cannot bring it back. */
export async function endGrant(db: Database, key: EventKey, end: GrantEnd): Promise<GrantEndOutcome> {
  const isLive = end.isErased
    ? sql`(state = 'connected' or credentials is not null)`
    : sql`state = 'connected'`;
  const { rows } = await db.execute(sql`
    with ${remember(key)}, subject as (
      select connection.id, connection.state, authorized_at > ${end.occurredAt}::timestamptz as is_later
      from fresh, zoom_oauth_connections connection
      where zoom_oauth_app_id = ${key.zoomOAuthAppId} and user_id = ${end.userId} and ${isLive}
      -- A grant that is being stored at this moment is waited for, and seen.
      for update of connection
    ), ended as (
      update zoom_oauth_connections set
        state = 'disconnected',
        connection_failure_data = ${failureData(end)},
        credentials = case when ${end.isErased} then null else credentials end,
        credentials_version = credentials_version + 1,
        access_token_expires_at = null,
        refresh_lease_owner = null,
        refresh_lease_expires_at = null,
        updated_at = now()
      where id = (select id from subject where not is_later)
      returning *
    ), doubted as (
      update zoom_oauth_connections set last_refreshed_at = 'epoch'
      where id = (select id from subject where is_later) and state = 'connected'
      returning id
    ), hastened as (${schedule("refresh", sql`(select id from doubted)`, sql`now()`)}), forgotten as (
      delete from zoom_meetings where ${end.isErased} and zoom_oauth_connection_id = (select id from ended)
    ), told as (
      insert into connection_events (id, project_id, zoom_oauth_connection_id, type, data)
      select ${end.eventId}, project_id, id, ${end.eventType}, jsonb_build_object('code', ${end.code}::text) from ended
    ), changed as (
      -- One that had ended before is only erased now.
      select * from ended where (select state from subject) = 'connected'
    ), ${deliverStateChange(sql`changed`)}
    select ended.id as ended_id, doubted.id as doubted_id, ${DELIVERY_IDS}
    from (select 1) one left join ended on true left join doubted on true`);
  const [row] = rows;
  if (row?.ended_id) {
    return { kind: "ended", connectionId: row.ended_id as string, deliveryIds: deliveryIdsOf(row) };
  }
  return row?.doubted_id
    ? { kind: "doubted", connectionId: row.doubted_id as string }
    : { kind: "unchanged" };
}

/** Forgets events that are older than this many hours. Bounded, for a job that runs every minute. */
export async function deleteOldZoomEvents(db: Database, hours: number): Promise<number> {
  const events = { table: "zoom_events", column: "received_at" } as const;
  return await deleteOldest(db, events, sql`now() - ${hours} * interval '1 hour'`);
}
