// Which connection a meeting belongs to.

import { sql } from "drizzle-orm";
import { withKey } from "./authenticated.ts";
import type { Database } from "./client.ts";

export interface MeetingQuery {
  apiKeySha256: string;
  meetingId: string;
  /** Null: nobody's. */
  onbehalfUserId: string | null;
  /** Null: any app of the project. */
  zoomOAuthAppId: string | null;
}

/**
 * The project's connections of the meeting's host and of the named user, connected ones first, of several the one
 * that was seen or authorized last. Null: unknown or disabled key.
 */
export async function findMeetingConnections(
  db: Database,
  { apiKeySha256, meetingId, onbehalfUserId, zoomOAuthAppId }: MeetingQuery,
): Promise<{ hostId: string | null; onbehalfId: string | null } | "no_app" | null> {
  const { rows } = await db.execute(sql`
    with ${withKey(apiKeySha256)}, app as (
      select app.id from zoom_oauth_apps app join key using (project_id)
      where ${zoomOAuthAppId}::text is null or app.id = ${zoomOAuthAppId}
    )
    select (select count(*)::integer from app) as app_count,
      (
        select connection.id from app
        join zoom_meetings meeting on meeting.zoom_oauth_app_id = app.id and meeting.meeting_id = ${meetingId}::bigint
        join zoom_oauth_connections connection on connection.id = meeting.zoom_oauth_connection_id
        order by connection.state, meeting.last_seen_at desc limit 1
      ) as host_id,
      (
        select connection.id from app
        join zoom_oauth_connections connection
          on connection.zoom_oauth_app_id = app.id and connection.user_id = ${onbehalfUserId}
        order by connection.state, connection.authorized_at desc limit 1
      ) as onbehalf_id
    from key`);
  const [row] = rows;
  if (!row) return null;
  if (zoomOAuthAppId !== null && row.app_count === 0) return "no_app";
  return { hostId: row.host_id as string | null, onbehalfId: row.onbehalf_id as string | null };
}
