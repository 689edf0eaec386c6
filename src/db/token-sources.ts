// Which connections can give the tokens for a meeting: the host's, and those of named users. Whatever decides is read in
// one statement, with the sealed credentials, so that a token of a connection whose access token lives costs no other.

import { type SQL, sql } from "drizzle-orm";
import { CAPABILITY_NAMES } from "../model/capabilities.ts";
import type { Metadata } from "../model/connection.ts";
import type { MeetingSource } from "../model/meeting.ts";
import type { Database } from "./client.ts";
import { as, type Field, type Fields, field, nullable, pick, type RowOf } from "./columns.ts";
import { isRefusalRemembered } from "./meetings.ts";
import { key, type ProjectKey } from "./project-key.ts";
import { zoomMeetings, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";
import { keyedStatement, type Parameters } from "./statement.ts";

const app = as(zoomOAuthApps, "app");
const meeting = as(zoomMeetings, "meeting");
const connection = as(zoomOAuthConnections, "connection");
/** The CTE `mapped`: the meeting, wherever the project has it, with what is known of its connection. */
const mapped = as(zoomMeetings, "mapped");

/** What decides whether a connection gives a token, and what it takes to ask for one. */
const SOURCE = {
  ...pick(connection, [
    "id",
    "zoom_oauth_app_id",
    "user_id",
    "state",
    ...CAPABILITY_NAMES,
    "credentials",
    "credentials_version",
    "access_token_expires_at",
  ]),
  is_app_invalid: field<boolean>(sql`${app.credentials_invalid_at} is not null`),
  app_refusal: nullable(app.credentials_refusal),
  wait_seconds: field<number | null>(
    sql`ceil(extract(epoch from ${connection.refresh_not_before} - now()))::integer`,
  ),
};

/** A connection that may give tokens. Its credentials are sealed. */
export type TokenSource = RowOf<typeof SOURCE>;

/** The columns of {@link TokenSource} behind a left join, and the joins: of the connection whose id the SQL yields. */
export const SOURCE_COLUMNS = allNullable(SOURCE);

export function joinSource(id: SQL): SQL {
  return sql`left join ${zoomOAuthConnections} connection on ${connection.id} = ${id}
    left join ${zoomOAuthApps} app on ${app.id} = ${connection.zoom_oauth_app_id}`;
}

/** The source in a row with {@link SOURCE_COLUMNS}; null: there is none. */
export function toSource(row: RowOf<typeof SOURCE_COLUMNS>): TokenSource | null {
  return row.id === null ? null : (row as TokenSource);
}

function allNullable<F extends Fields>(fields: F) {
  const entries = Object.entries(fields).map(([name, from]) => [name, nullable(from)]);
  return Object.fromEntries(entries) as { [Name in keyof F]: Field<RowOf<F>[Name] | null> };
}

interface Wanted {
  /** The app; null: any of the project. */
  appId: SQL;
  /** In digits; null: none is named. */
  meetingId: SQL;
  /** A JSON array of Zoom user ids, in order. */
  userIds: SQL;
  /** Which connections may give tokens at all: a condition on `connection`. */
  isAllowed: SQL;
  /** Of several connections of one user's those come first that have the capability: a condition on `connection`. */
  isCapable: SQL;
}

/**
 * CTEs, each behind a comma, from `key`, which has the project. `mapped` has the meeting, `host` its host's connection,
 * and `named` those of the users. A meeting is one row of an app. Where several apps have it, the connected one that was
 * seen last counts; where those are of different Zoom users, none does, since a ZAK would let a bot in as the wrong one.
 */
export function findSources({ appId, meetingId, userIds, isAllowed, isCapable }: Wanted): SQL {
  return sql`, app as (
      select ${zoomOAuthApps.id} from ${zoomOAuthApps} join key on ${key.project_id} = ${zoomOAuthApps.project_id}
      where ${appId}::text is null or ${zoomOAuthApps.id} = ${appId}
    ), mapped as (
      select meeting.*, ${connection.user_id}, ${connection.state}, ${isAllowed} as is_allowed
      from app join ${zoomMeetings} meeting
        on ${meeting.zoom_oauth_app_id} = ${app.id} and ${meeting.meeting_id} = ${meetingId}::bigint
      join ${zoomOAuthConnections} connection on ${connection.id} = ${meeting.zoom_oauth_connection_id}
    ), host as (
      select mapped.* from mapped where mapped.is_allowed and (
        select count(distinct mapped.user_id) from mapped where mapped.is_allowed and mapped.state = 'connected'
      ) <= 1
      order by mapped.state, ${mapped.last_seen_at} desc limit 1
    ), wanted as (
      select position::integer, user_id
      from jsonb_array_elements_text(${userIds}::jsonb) with ordinality as users (user_id, position)
    ), named as (
      select wanted.position, wanted.user_id, found.id from wanted left join lateral (
        select ${connection.id} from app join ${zoomOAuthConnections} connection
          on ${connection.zoom_oauth_app_id} = ${app.id} and ${connection.user_id} = wanted.user_id
        where ${isAllowed}
        order by ${connection.state}, ${isCapable} desc, ${connection.authorized_at} desc limit 1
      ) found on true
    )`;
}

/** Which connections may give the tokens that a request asks for. */
export interface SourceBounds {
  /** Null: any, as with the others. */
  zoomOAuthAppId: string | null;
  zoomOAuthConnectionId: string | null;
  accountId: string | null;
  /** A connection's metadata must have all of it. */
  metadata: Metadata | null;
}

export interface SourceQuery extends SourceBounds {
  /** In digits. */
  meetingId: string;
  /** In order. */
  userIds: readonly string[];
}

/** A JSON array and object in text. */
type QueryValues = Omit<SourceQuery, "userIds" | "metadata"> & { userIds: string; metadata: string | null };

const MEETING = {
  meeting_source: nullable(mapped.source),
  meeting_mapped_at: nullable(mapped.mapped_at),
  recording_refusal: field<(typeof mapped.recording_refusal)["_"]["data"] | null>(
    sql`case when ${isRefusalRemembered(mapped)} then ${mapped.recording_refusal} end`,
  ),
};

export const find = keyedStatement({
  name: "find_token_sources",
  head: {
    app_count: field<number>(sql`(select count(*)::integer from app)`),
    allowed_count: field<number>(sql`(select count(*)::integer from mapped where mapped.is_allowed)`),
    ...MEETING,
  },
  row: {
    position: field<number>(sql`source.position`),
    asked_user_id: field<string | null>(sql`source.user_id`),
    ...SOURCE_COLUMNS,
  },
  text: (p: Parameters<QueryValues>, columns) => {
    const isAllowed = sql`(
      (${p.zoomOAuthConnectionId}::text is null or ${connection.id} = ${p.zoomOAuthConnectionId})
      and (${p.accountId}::text is null or ${connection.account_id} = ${p.accountId})
      and (${p.metadata}::jsonb is null or coalesce(${connection.metadata} @> ${p.metadata}::jsonb, false))
    )`;
    const wanted = {
      appId: sql`${p.zoomOAuthAppId}`,
      meetingId: sql`${p.meetingId}`,
      userIds: sql`${p.userIds}`,
      isAllowed,
      // Users are named for onbehalf tokens.
      isCapable: sql`${connection.is_onbehalf_token_supported}`,
    };
    return sql`${findSources(wanted)}, source as (
        select 0 as position, null as user_id, (select zoom_oauth_connection_id from host) as id
        union all select position, user_id, id from named
      )
      select ${columns} from key cross join source
      left join lateral (
        select * from mapped order by ${mapped.zoom_oauth_connection_id} = (select zoom_oauth_connection_id from host) desc nulls last,
          ${mapped.last_seen_at} desc limit 1
      ) mapped on true
      ${joinSource(sql`source.id`)}
      order by source.position`;
  },
});

export interface FoundSources {
  /** What the map has of the meeting; null: nothing. */
  meeting: {
    source: MeetingSource;
    /** ISO 8601. */
    mappedAt: string;
    /** Why Zoom lately refused a local recording token for it; null: it did not. */
    recordingRefusal: RowOf<typeof MEETING>["recording_refusal"];
  } | null;
  /** How many connections that are allowed have the meeting. */
  allowedHosts: number;
  /** The host's connection; null: none, none that is allowed, or several of different users. */
  host: TokenSource | null;
  /** For each user in order; null: none that is allowed. */
  users: { userId: string; source: TokenSource | null }[];
}

/** The project's connections that may give tokens for the meeting. Throws `unauthenticated`. */
export async function findTokenSources(
  db: Database,
  asking: ProjectKey,
  { userIds, metadata, ...query }: SourceQuery,
): Promise<FoundSources | "no_app"> {
  const { head, rows } = await find.read(db, {
    ...asking,
    ...query,
    userIds: JSON.stringify(userIds),
    metadata: metadata && JSON.stringify(metadata),
  });
  if (query.zoomOAuthAppId !== null && head.app_count === 0) return "no_app";
  const [host, ...users] = rows.map(({ asked_user_id, ...row }) => ({
    userId: asked_user_id ?? "",
    source: toSource(row),
  }));
  const { meeting_source: source, meeting_mapped_at: mappedAt, recording_refusal: recordingRefusal } = head;
  return {
    meeting: source !== null && mappedAt !== null ? { source, mappedAt, recordingRefusal } : null,
    allowedHosts: head.allowed_count,
    host: host?.source ?? null,
    users,
  };
}
