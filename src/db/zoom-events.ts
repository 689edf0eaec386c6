// What Zoom's webhook events do. Each effect is one statement that also remembers the event: delivered again, it
// finds itself and does nothing.

import { type SQL, sql } from "drizzle-orm";
import type { ConnectionFailureCode } from "../model/connection-failure.ts";
import { sayActor } from "./actor.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import {
  as,
  columnsOf,
  type Expression,
  field,
  insertInto,
  literal,
  moment,
  NOW,
  set,
  sha256,
} from "./columns.ts";
import { failureCode, insertEvent } from "./connection-events.ts";
import { mapMeetings } from "./meetings.ts";
import { DELIVERY_IDS, deliverStateChange } from "./outbox.ts";
import { ANSWER_LOST_CODE } from "./refreshes.ts";
import { scheduleWork } from "./schedules.ts";
import { heldZoomEvents, zoomEvents, zoomMeetings, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";
import { type Parameters, statement, variants } from "./statement.ts";
import { isAtWork, isSuspended } from "./suspension.ts";
import { ended, type FailureValues, failureValues } from "./transitions.ts";

/** How often the arrival of webhooks is noted, in minutes. */
const NOTE_MINUTES = 5;
/** How long an event is remembered: longer than Zoom sends it again. */
const MEMORY = sql`interval '24 hours'`;

const apps = zoomOAuthApps;
const connections = zoomOAuthConnections;
const connection = as(connections, "connection");

export interface WebhookApp {
  clientId: string;
  /** Sealed; null: the app has none. */
  webhookSecret: string | null;
  /** Its project is suspended: events are held until that is lifted. */
  isSuspended: boolean;
  /** Whether it is time to note an arrival. */
  isVerifiedNoteDue: boolean;
  isUnverifiedNoteDue: boolean;
  /** The types of events that have arrived before. */
  seenEventTypes: readonly string[];
}

function isNoteDue(notedAt: Expression): SQL {
  return sql`coalesce(${notedAt} < now() - ${literal(NOTE_MINUTES)} * interval '1 minute', true)`;
}

export const findApp = statement({
  name: "find_webhook_app",
  row: {
    client_id: apps.client_id,
    webhook_secret: apps.webhook_secret,
    is_suspended: field<boolean>(isSuspended(apps.project_id)),
    is_verified_note_due: field<boolean>(
      // A refused event that is newer would seem to be the last word.
      sql`${isNoteDue(apps.last_verified_webhook_received_at)}
        or coalesce(${apps.last_unverified_webhook_received_at} > ${apps.last_verified_webhook_received_at}, false)`,
    ),
    is_unverified_note_due: field<boolean>(isNoteDue(apps.last_unverified_webhook_received_at)),
    seen_event_types: apps.seen_event_types,
  },
  text: (p: Parameters<{ id: string }>, columns) =>
    sql`select ${columns} from ${apps} where ${apps.id} = ${p.id}`,
});

/** What verifying a webhook takes; null: there is no such app. */
export async function findWebhookApp(db: Database, id: string): Promise<WebhookApp | null> {
  const row = await findApp.first(db, { id });
  return (
    row && {
      clientId: row.client_id,
      webhookSecret: row.webhook_secret,
      isSuspended: row.is_suspended,
      isVerifiedNoteDue: row.is_verified_note_due,
      isUnverifiedNoteDue: row.is_unverified_note_due,
      seenEventTypes: row.seen_event_types,
    }
  );
}

export interface HeldEvent {
  zoomOAuthAppId: string;
  eventKey: string;
  accountId: string | null;
  /** JSON. */
  event: string;
}

export const hold = statement({
  name: "hold_zoom_event",
  text: (p: Parameters<HeldEvent & { limit: number }>) => sql`
    ${insertInto(heldZoomEvents, {
      zoom_oauth_app_id: p.zoomOAuthAppId,
      event_key: p.eventKey,
      account_id: p.accountId,
      event: p.event,
    })}
    where (select count(*) from (
      select from ${heldZoomEvents} where ${heldZoomEvents.zoom_oauth_app_id} = ${p.zoomOAuthAppId} limit ${p.limit}
    ) held) < ${p.limit}
    on conflict do nothing`,
});

/**
 * Keeps an event of a suspended project, unless its app has `limit` of them already. One that is sent again is kept once. Returns
 * whether it is kept now.
 */
export async function holdZoomEvent(db: Database, event: HeldEvent & { limit: number }): Promise<boolean> {
  return (await hold.run(db, { ...event })) > 0;
}

const held = as(heldZoomEvents, "held");

export const findReleased = statement({
  name: "find_released_zoom_events",
  row: columnsOf(held),
  text: (p: Parameters<{ limit: number }>, columns) => sql`
    select ${columns} from ${heldZoomEvents} held join ${apps} on ${apps.id} = ${held.zoom_oauth_app_id}
    where ${isAtWork(apps.project_id)} order by ${held.received_at} limit ${p.limit}`,
});

/** Held events of projects that are not suspended any more, the oldest first. */
export async function findReleasedEvents(db: Database, limit: number) {
  return await findReleased.all(db, { limit });
}

export const forget = statement({
  name: "forget_held_zoom_events",
  // By both: apps of several projects may hear of one body.
  text: (p: Parameters<{ events: string }>) => sql`
    delete from ${heldZoomEvents}
    using jsonb_to_recordset(${p.events}::jsonb) as gone (event_key text, zoom_oauth_app_id text)
    where ${heldZoomEvents.event_key} = gone.event_key and ${heldZoomEvents.zoom_oauth_app_id} = gone.zoom_oauth_app_id`,
});

/** The queue has them. */
export async function forgetHeldEvents(
  db: Database,
  events: readonly { event_key: string; zoom_oauth_app_id: string }[],
): Promise<void> {
  await forget.run(db, { events: JSON.stringify(events) });
}

export const noteArrival = variants(
  ["last_verified_webhook_received_at", "last_unverified_webhook_received_at"] as const,
  (column) =>
    statement({
      name: "note_webhook",
      text: (p: Parameters<{ id: string }>) => sql`
        update ${apps} set ${set(apps, { [column]: NOW })} where ${apps.id} = ${p.id}`,
    }),
);

/** Notes on the app that a webhook arrived. */
export async function noteWebhook(db: Database, id: string, isVerified: boolean): Promise<void> {
  const column = isVerified ? "last_verified_webhook_received_at" : "last_unverified_webhook_received_at";
  await noteArrival.for(column).run(db, { id });
}

export const noteType = statement({
  name: "note_event_type",
  text: (p: Parameters<{ id: string; type: string }>) => sql`
    update ${apps} set ${set(apps, { seen_event_types: sql`${apps.seen_event_types} || ${p.type}::text` })}
    where ${apps.id} = ${p.id} and ${p.type}::text <> all(${apps.seen_event_types})`,
});

/** Notes on the app that an event of this type has arrived: a few times in the life of an app. */
export async function noteEventType(db: Database, id: string, type: string): Promise<void> {
  await noteType.run(db, { id, type });
}

export interface EventSource {
  zoomOAuthAppId: string;
  /** The event is new where this is not known. */
  eventKey: string;
  /** The Zoom account that the event names: connections of another one stay as they are. Null: it names none. */
  accountId: string | null;
}

/** The CTE `fresh`: a row where the event is new. `end`: which user's grant it ended, and when. */
function remember(
  { zoomOAuthAppId, eventKey }: Parameters<EventSource>,
  end?: Parameters<Pick<GrantEnd, "userId" | "occurredAt">>,
): SQL {
  return sql`fresh as (
    ${insertInto(zoomEvents, {
      zoom_oauth_app_id: apps.id,
      event_key: eventKey,
      ...(end && { ended_user_sha256: sha256(end.userId), ended_at: sql`${end.occurredAt}::timestamptz` }),
    })}
    from ${apps} where ${apps.id} = ${zoomOAuthAppId}
    on conflict do nothing returning 1
  )`;
}

/** The event may change a connection of the app: it names the connection's account, or none. */
function mayConcern(
  { zoomOAuthAppId, accountId }: Parameters<EventSource>,
  { zoom_oauth_app_id, account_id }: Pick<typeof connections, "zoom_oauth_app_id" | "account_id">,
): SQL {
  return sql`${zoom_oauth_app_id} = ${zoomOAuthAppId}
    and (${accountId}::text is null or ${account_id} = ${accountId}::text)`;
}

interface HostedValues {
  /** Null: Zoom does not say. */
  hostId: string | null;
  operatorId: string | null;
  /** JSON: an array of meeting ids. */
  meetingIds: string;
}

export const mapHosted = statement({
  name: "map_hosted_meetings",
  text: (p: Parameters<EventSource & HostedValues>) => sql`
    with ${remember(p)}, owner as (
      select ${connections.id} from ${connections}
      where ${mayConcern(p, connections)} and ${connections.state} = 'connected'
        and ${connections.user_id} in (${p.hostId}, ${p.operatorId})
      order by ${connections.user_id} = ${p.hostId} desc nulls last limit 1
      for key share
    )
    ${mapMeetings(
      {
        appId: sql`${p.zoomOAuthAppId}`,
        meetingId: sql`meeting_id::bigint`,
        connectionId: sql`owner.id`,
        source: "event",
      },
      sql`fresh, owner,
        (select distinct jsonb_array_elements_text(${p.meetingIds}::jsonb) as meeting_id) ids
        order by meeting_id`,
      sql`case
        when ${p.hostId}::text is null then ${zoomMeetings.zoom_oauth_connection_id}
        else ${as(zoomMeetings, "excluded").zoom_oauth_connection_id}
      end`,
    )}`,
});

/**
 * Maps meetings to the connection of their host, else of the operator. Where Zoom does not name the host, a meeting
 * stays with the connection that it has.
 */
export async function mapHostedMeetings(
  db: Database,
  event: EventSource,
  {
    meetingIds,
    ...users
  }: { hostId: string | null; operatorId: string | null; meetingIds: readonly string[] },
): Promise<void> {
  await mapHosted.run(db, { ...event, ...users, meetingIds: JSON.stringify(meetingIds) });
}

export const unmap = statement({
  name: "unmap_meeting",
  text: (p: Parameters<EventSource & { meetingId: string }>) => sql`
    with ${remember(p)}
    delete from ${zoomMeetings}
    where ${zoomMeetings.zoom_oauth_app_id} = ${p.zoomOAuthAppId}
      and ${zoomMeetings.meeting_id} = ${p.meetingId}::bigint and exists (select from fresh)
      and exists (
        select from ${connections}
        where ${connections.id} = ${zoomMeetings.zoom_oauth_connection_id} and ${mayConcern(p, connections)}
      )`,
});

/** Forgets a meeting. */
export async function unmapMeeting(db: Database, event: EventSource, meetingId: string): Promise<void> {
  await unmap.run(db, { ...event, meetingId });
}

interface PersonalMeetingValues {
  userId: string;
  meetingId: string;
  oldMeetingId: string | null;
}

export const changePersonal = statement({
  name: "change_personal_meeting",
  text: (p: Parameters<EventSource & PersonalMeetingValues>) => sql`
    with ${remember(p)}, owner as (
      select ${connection.id} from fresh, ${connections} connection
      where ${mayConcern(p, connection)} and ${connection.user_id} = ${p.userId}
        and ${connection.state} = 'connected'
    ), forgotten as (
      delete from ${zoomMeetings}
      where ${zoomMeetings.zoom_oauth_app_id} = ${p.zoomOAuthAppId}
        and ${zoomMeetings.meeting_id} = ${p.oldMeetingId}::bigint
        and ${zoomMeetings.meeting_id} <> ${p.meetingId}::bigint
        and ${zoomMeetings.zoom_oauth_connection_id} = (select id from owner)
    )
    ${mapMeetings(
      {
        appId: sql`${p.zoomOAuthAppId}`,
        meetingId: sql`${p.meetingId}::bigint`,
        connectionId: sql`owner.id`,
        source: "event",
      },
      sql`owner`,
    )}`,
});

/** Maps a user's new personal meeting id, and forgets the old one where it was that user's. */
export async function changePersonalMeeting(
  db: Database,
  event: EventSource,
  change: PersonalMeetingValues,
): Promise<void> {
  await changePersonal.run(db, { ...event, ...change });
}

export interface GrantEnd {
  code: ConnectionFailureCode;
  userId: string;
  /** ISO 8601. A grant that was given later is not the one that ended. */
  occurredAt: string;
  eventId: string;
  eventType: "disconnected" | "deauthorized";
  /** Whether credentials and meetings go at once. */
  isErased: boolean;
}

export type GrantEndOutcome =
  | {
      kind: "ended";
      projectId: string;
      connectionId: string;
      endedAt: string;
      authorizedAt: string;
      deliveryIds: string[];
    }
  /** The user authorized again after the event: whether the grant lives, the next refresh finds out, soon. */
  | { kind: "doubted"; connectionId: string }
  /**
   * No connection of the event's account, one that has ended already, or an event that was delivered before. A grant that is still to
   * be stored, and was given before the event, is doubted then.
   */
  | { kind: "unchanged" };

/** By which the time of an event is later than Zoom says, at most. */
const ROUNDED_UP = sql`interval '1 second'`;

export const end = statement({
  name: "end_grant",
  row: {
    ended_id: field<string | null>(sql`ended.id`),
    project_id: field<string>(sql`ended.project_id`),
    ended_at: moment(sql`ended.updated_at`, connections.updated_at),
    authorized_at: moment(sql`ended.authorized_at`, connections.authorized_at),
    doubted_id: field<string | null>(sql`doubted.id`),
    delivery_ids: DELIVERY_IDS,
  },
  text: (p: Parameters<EventSource & GrantEnd & FailureValues>, columns) => sql`
    with ${remember(p, p)}, subject as (
      select ${connection.id}, ${connection.state}, ${connection.authorized_at} > ${p.occurredAt}::timestamptz as is_later
      from fresh, ${connections} connection
      where ${mayConcern(p, connection)} and ${connection.user_id} = ${p.userId}
        and (${connection.state} = 'connected' or ${connection.credentials} is not null and (${p.isErased}::boolean
          -- A late token set would bring it back.
          or ${connection.connection_failure_data} ->> 'code' = ${literal(ANSWER_LOST_CODE)}))
      -- A grant that is being stored at this moment is waited for, and seen.
      for update of connection
    ), ended as (
      update ${connections} set ${set(connections, {
        ...ended(p),
        credentials: sql`case when ${p.isErased}::boolean then null else ${connections.credentials} end`,
        // Every authorization up to then has ended, also one that a restored row does not know.
        authorized_at: sql`case when ${p.isErased}::boolean
          then greatest(${connections.authorized_at}, least(${p.occurredAt}::timestamptz - ${ROUNDED_UP}, now()))
          else ${connections.authorized_at} end`,
        credentials_version: sql`${connections.credentials_version} + 1`,
        access_token_expires_at: null,
      })}
      where ${connections.id} = (select id from subject where not is_later)
        and ${sayActor("zoom")} is not null
      returning *
    ), doubted as (
      update ${connections} set ${set(connections, { is_grant_doubted: true })}
      where ${connections.id} = (select id from subject where is_later) and ${connections.state} = 'connected'
      returning ${connections.id}
    ), hastened as (${scheduleWork(literal("refresh"), sql`(select id from doubted)`, NOW)}), forgotten as (
      delete from ${zoomMeetings}
      where ${p.isErased}::boolean and ${zoomMeetings.zoom_oauth_connection_id} = (select id from ended)
    ), told as (
      ${insertEvent(p.eventId, sql`${p.eventType}::text`, as(connections, "ended"), { data: failureCode(p.code) })}
    ), changed as (
      -- One that had ended before is only erased now.
      select * from ended where (select state from subject) = 'connected'
    ), ${deliverStateChange(sql`changed`)}
    select ${columns} from (select 1) one left join ended on true left join doubted on true`,
});

/** Disconnects a user's connection. Its version moves on, so that a refresh under way cannot bring it back. */
export async function endGrant(db: Database, event: EventSource, grant: GrantEnd): Promise<GrantEndOutcome> {
  const row = await end.first(db, { ...event, ...grant, ...failureValues(grant.code) });
  if (row?.ended_id) {
    return {
      kind: "ended",
      projectId: row.project_id,
      connectionId: row.ended_id,
      endedAt: row.ended_at,
      authorizedAt: row.authorized_at,
      deliveryIds: row.delivery_ids,
    };
  }
  return row?.doubted_id ? { kind: "doubted", connectionId: row.doubted_id } : { kind: "unchanged" };
}

export const deleteOld = cleanUp(
  "delete_old_zoom_events",
  zoomEvents,
  zoomEvents.received_at,
  sql`now() - ${MEMORY}`,
);

/** Forgets events after 24 hours. Bounded, for a job that runs every minute. Returns how many. */
export async function deleteOldZoomEvents(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOld);
}
