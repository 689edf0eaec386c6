// The map of meetings: which connection's user hosts a meeting, as syncs and events of Zoom's have told.

import { type SQL, sql } from "drizzle-orm";
import type { MeetingSource } from "../model/meeting.ts";
import type { PageRequest } from "../model/page.ts";
import { RECORDING_REFUSAL_MEMORY_MINUTES, type RecordingRefusal } from "../model/token-reasons.ts";
import type { Database } from "./client.ts";
import { as, field, insertInto, literal, NOW, pick, type RowOf, selectList, set } from "./columns.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ProjectKey } from "./project-key.ts";
import { zoomMeetings, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";

const meetings = zoomMeetings;
const meeting = as(zoomMeetings, "meeting");
const app = as(zoomOAuthApps, "app");
const connection = as(zoomOAuthConnections, "connection");

const SHOWN = ["meeting_id", "zoom_oauth_connection_id", "source", "mapped_at"] as const;
const SHOWN_MEETING = {
  ...pick(meeting, SHOWN),
  meeting_id: field<string>(sql`${meeting.meeting_id}::text`),
};

export type ShownMeeting = RowOf<typeof SHOWN_MEETING>;

/** Which part of the map: at least one of the two. */
export interface MeetingFilters {
  /** In digits. */
  meetingId: string | null;
  connectionId: string | null;
}

interface ListShape extends PageShape {
  /** By the meeting alone, which each app has once at most; else by the connection. */
  isByMeeting: boolean;
}

export const list = variants<ListShape, ReturnType<typeof listStatement>>(
  [true, false].flatMap((isByMeeting) => PAGE_SHAPES.map((shape) => ({ ...shape, isByMeeting }))),
  listStatement,
);

function listStatement({ isByMeeting, ...shape }: ListShape) {
  return keyedStatement({
    name: "list_meetings",
    row: SHOWN_MEETING,
    text: (p: Parameters<MeetingFilters & PageValues>, columns) => {
      const isMeeting = sql`${meetings.meeting_id} = ${p.meetingId}::bigint`;
      const ofProject = isByMeeting
        ? sql`${isMeeting} and ${p.connectionId}::text is null and ${meetings.zoom_oauth_app_id} in (
            select ${app.id} from ${zoomOAuthApps} app where ${app.project_id} = ${key.project_id}
          )`
        : sql`(${p.meetingId}::text is null or ${isMeeting}) and ${meetings.zoom_oauth_connection_id} = (
            select ${connection.id} from ${zoomOAuthConnections} connection
            where ${connection.id} = ${p.connectionId} and ${connection.project_id} = ${key.project_id}
          )`;
      const place = { created_at: meetings.mapped_at, id: meetings.meeting_id };
      return sql`
        select ${columns} from key left join lateral (
          select ${selectList(pick(meetings, SHOWN))} from ${meetings}
          where ${ofProject} ${pageClause(place, shape, p)}
        ) meeting on true`;
    },
  });
}

/** A page of the project's map, what was mapped last first. Throws `unauthenticated`. */
export async function listMeetings(
  db: Database,
  project: ProjectKey,
  filters: MeetingFilters,
  page: PageRequest,
): Promise<ShownMeeting[]> {
  const shape = { ...pageShape(page), isByMeeting: filters.connectionId === null };
  return await list.for(shape).all(db, { ...project, ...filters, ...pageValues(page) });
}

/** The condition on the named meetings: Zoom's refusal of a local recording token still counts. */
export function isRefusalRemembered(from: typeof zoomMeetings): SQL {
  return sql`${from.recording_refused_at} > now() - ${literal(RECORDING_REFUSAL_MEMORY_MINUTES)} * interval '1 minute'`;
}

export const noteRefusal = statement({
  name: "note_recording_refusal",
  text: (p: Parameters<{ connectionId: string; meetingId: string; refusal: RecordingRefusal | null }>) => sql`
    update ${meetings} set ${set(meetings, {
      recording_refusal: p.refusal,
      recording_refused_at: sql`case when ${p.refusal}::text is not null then now() end`,
    })}
    where ${meetings.meeting_id} = ${p.meetingId}::bigint and ${meetings.zoom_oauth_app_id} = (
        select ${connection.zoom_oauth_app_id} from ${zoomOAuthConnections} connection
        where ${connection.id} = ${p.connectionId}
      ) and ${meetings.zoom_oauth_connection_id} = ${p.connectionId}`,
});

/** Remembers with which setting Zoom refused a local recording token; null: it gave one. */
export async function noteRecordingRefusal(
  db: Database,
  {
    connectionId,
    meetingId,
    refusal,
  }: { connectionId: string; meetingId: string; refusal: RecordingRefusal | null },
): Promise<void> {
  await noteRefusal.run(db, { connectionId, meetingId, refusal });
}

/** What a meeting that is mapped again gets: the connection that says so last, and how it came to it. */
function takeOver(connectionId?: SQL): SQL {
  const excluded = as(meetings, "excluded");
  const owner = connectionId ?? sql`${excluded.zoom_oauth_connection_id}`;
  const ifMoved = (moved: SQL, stays: SQL) =>
    sql`case when ${meetings.zoom_oauth_connection_id} = ${owner} then ${stays} else ${moved} end`;
  return sql`on conflict (zoom_oauth_app_id, meeting_id) do update set ${set(meetings, {
    zoom_oauth_connection_id: owner,
    last_seen_at: excluded.last_seen_at,
    source: ifMoved(sql`${excluded.source}`, sql`${meetings.source}`),
    mapped_at: ifMoved(NOW, sql`${meetings.mapped_at}`),
    recording_refusal: ifMoved(sql`null`, sql`${meetings.recording_refusal}`),
    recording_refused_at: ifMoved(sql`null`, sql`${meetings.recording_refused_at}`),
  })}`;
}

/**
 * The part of a statement that maps meetings to connections: the app, the meeting and the connection are read from what
 * `from` names. `keeps`: what a meeting that is mapped already gets instead of the new connection.
 */
export function mapMeetings(
  values: { appId: SQL; meetingId: SQL; connectionId: SQL; source: MeetingSource },
  from: SQL,
  keeps?: SQL,
): SQL {
  const columns = insertInto(meetings, {
    zoom_oauth_app_id: values.appId,
    meeting_id: values.meetingId,
    zoom_oauth_connection_id: values.connectionId,
    source: values.source,
  });
  return sql`${columns} from ${from} ${takeOver(keeps)}`;
}
