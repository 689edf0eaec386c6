// Zoom OAuth connections of a project.

import { type SQL, sql } from "drizzle-orm";
import { type NotFound, readOne, readRowWithKey, readWithKey, withKey } from "./authenticated.ts";
import type { Database } from "./client.ts";
import { EVENT_EXPIRY } from "./connection-events.ts";
import { type PageRequest, pageClause } from "./pages.ts";
import { mapRow, select } from "./rows.ts";
import { zoomOAuthConnections } from "./schema.ts";
import { statement } from "./statement.ts";

export type ConnectionRow = typeof zoomOAuthConnections.$inferSelect;

/** Which connection, for whom. */
export interface ConnectionKey {
  apiKeySha256: string;
  id: string;
}

/** What answers show of a connection, in their order; its credentials are not read for that. */
export const SHOWN_CONNECTION = select(zoomOAuthConnections, [
  "id",
  "zoom_oauth_app_id",
  "user_id",
  "account_id",
  "state",
  "metadata",
  "is_local_recording_token_supported",
  "is_onbehalf_token_supported",
  "connection_failure_data",
  "created_at",
  "updated_at",
  "last_successful_sync_at",
  "last_attempted_sync_at",
]);
export type ShownConnection = ReturnType<typeof SHOWN_CONNECTION.read>;

const findShown = statement<ConnectionKey>(
  ({ apiKeySha256, id }) => sql`
    with ${withKey(apiKeySha256)}
    select ${SHOWN_CONNECTION.from("connection")} from key
      left join zoom_oauth_connections connection
        on connection.project_id = key.project_id and connection.id = ${id}`,
);

/** What answers show of the connection. */
export async function findConnection(db: Database, key: ConnectionKey): Promise<ShownConnection | NotFound> {
  const { rows } = await db.execute(findShown(key));
  return readOne(rows, SHOWN_CONNECTION.read);
}

/** The whole row, credentials included. */
export async function findWholeConnection(
  db: Database,
  key: ConnectionKey,
): Promise<ConnectionRow | NotFound> {
  return await readRowWithKey(
    db,
    key.apiKeySha256,
    zoomOAuthConnections,
    sql`select connection.* from key
      left join zoom_oauth_connections connection
        on connection.project_id = key.project_id and connection.id = ${key.id}`,
  );
}

export interface ConnectionFilters {
  state?: ConnectionRow["state"] | undefined;
  user_id?: string | undefined;
  account_id?: string | undefined;
  zoom_oauth_app_id?: string | undefined;
  metadata?: Record<string, string> | undefined;
}

/** True of each of them; a user is found by the unique key, which begins with the app. */
const IN_APPS_OF_PROJECT = sql`
  zoom_oauth_app_id in (select app.id from zoom_oauth_apps app where app.project_id = key.project_id)`;

/** A page of the project's connections that fit every filter; null for an unknown or disabled key. */
export async function listConnections(
  db: Database,
  apiKeySha256: string,
  filters: ConnectionFilters,
  page: PageRequest,
): Promise<ShownConnection[] | null> {
  const { metadata, ...columns } = filters;
  const conditions: SQL[] = [sql`project_id = key.project_id`];
  for (const [column, value] of Object.entries(columns)) {
    if (value !== undefined) conditions.push(sql`${sql.identifier(column)} = ${value}`);
  }
  if (filters.user_id !== undefined) conditions.push(IN_APPS_OF_PROJECT);
  if (metadata !== undefined) conditions.push(sql`metadata @> ${JSON.stringify(metadata)}::jsonb`);
  const rows = await readWithKey(
    db,
    apiKeySha256,
    sql`select ${SHOWN_CONNECTION.from("connection")} from key left join lateral (
        select * from zoom_oauth_connections
        where ${sql.join(conditions, sql` and `)} ${pageClause(page)}
      ) connection on true`,
  );
  return rows?.map(SHOWN_CONNECTION.read) ?? null;
}

export type ConnectionChanges = Pick<
  ConnectionRow,
  "metadata" | "is_local_recording_token_supported" | "is_onbehalf_token_supported"
>;

/** Changes the connection where nobody has changed it since `updatedAt`; else null. */
export async function updateConnection(
  db: Database,
  key: ConnectionKey,
  updatedAt: string,
  changes: ConnectionChanges,
): Promise<ShownConnection | null> {
  const metadata = changes.metadata && JSON.stringify(changes.metadata);
  const { rows } = await db.execute(sql`
    with ${withKey(key.apiKeySha256)}
    update zoom_oauth_connections set
      metadata = ${metadata}::jsonb,
      is_local_recording_token_supported = ${changes.is_local_recording_token_supported},
      is_onbehalf_token_supported = ${changes.is_onbehalf_token_supported},
      updated_at = now()
    where id = ${key.id} and project_id = (select project_id from key) and updated_at = ${updatedAt}::timestamptz
    returning ${SHOWN_CONNECTION.from("zoom_oauth_connections")}`);
  return rows[0] ? SHOWN_CONNECTION.read(rows[0]) : null;
}

/** What a revocation at Zoom needs of a connection that is gone. Secrets are sealed. */
export interface DeletedConnection {
  connection: ConnectionRow;
  clientId: string;
  clientSecret: string;
}

/**
 * Erases the connection with its credentials, metadata, meetings, codes and deliveries. Its events stay for 30 days, and
 * one more, of the given type, tells of the end.
 */
export async function deleteConnection(
  db: Database,
  key: ConnectionKey,
  event: { id: string; type: "revoked" | "disconnected" },
): Promise<DeletedConnection | NotFound> {
  const rows = await readWithKey(
    db,
    key.apiKeySha256,
    sql`, deleted as (
      delete from zoom_oauth_connections
      where id = ${key.id} and project_id = (select project_id from key)
      returning *
    ), told as (
      insert into connection_events (id, project_id, zoom_oauth_connection_id, type, expires_at)
      select ${event.id}, project_id, id, ${event.type}, ${EVENT_EXPIRY} from deleted
    ), expiring as (
      update connection_events set expires_at = ${EVENT_EXPIRY}
      where zoom_oauth_connection_id = (select id from deleted)
    ), untold as (
      delete from webhook_deliveries where zoom_oauth_connection_id = (select id from deleted)
    )
    select deleted.*, app.client_id, app.client_secret from key
    left join deleted on true
    left join zoom_oauth_apps app on app.id = deleted.zoom_oauth_app_id`,
  );
  if (rows === null) return "unauthenticated";
  const [row] = rows;
  if (!row) return "not_found";
  return {
    connection: mapRow(zoomOAuthConnections, row),
    clientId: row.client_id as string,
    clientSecret: row.client_secret as string,
  };
}
