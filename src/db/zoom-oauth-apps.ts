// Zoom OAuth apps of a project.

import { type SQL, sql } from "drizzle-orm";
import { readWithKey, withKey } from "./authenticated.ts";
import { type Database, postgresError } from "./client.ts";
import { COUNTS, type ConnectionCounts, parseCounts } from "./connection-counts.ts";
import { type Changed, DELIVERY_IDS, deliverCredentialsInvalid, deliveryIdsOf } from "./outbox.ts";
import { type PageRequest, pageClause } from "./pages.ts";
import { mapRow } from "./rows.ts";
import { zoomOAuthApps } from "./schema.ts";

export type ZoomOAuthAppRow = typeof zoomOAuthApps.$inferSelect;
export type NewZoomOAuthApp = Pick<
  ZoomOAuthAppRow,
  "id" | "project_id" | "name" | "client_id" | "client_secret" | "webhook_secret"
>;

export interface CountedApp {
  app: ZoomOAuthAppRow;
  connectionCounts: ConnectionCounts;
}

/** Which app, for whom. */
export interface AppKey {
  apiKeySha256: string;
  id: string;
}

const FOREIGN_KEY_VIOLATION = "23503";
const UNIQUE_VIOLATION = "23505";

/** Adds an app; null where the project already has one with this client id. Secrets come sealed. */
export async function insertZoomOAuthApp(db: Database, app: NewZoomOAuthApp): Promise<CountedApp | null> {
  try {
    const [row] = await db.insert(zoomOAuthApps).values(app).returning();
    return row ? { app: row, connectionCounts: { connected: 0, disconnected: 0 } } : null;
  } catch (error) {
    if (postgresError(error)?.sqlstate === UNIQUE_VIOLATION) return null;
    throw error;
  }
}

export async function findZoomOAuthApp(
  db: Database,
  key: AppKey,
): Promise<CountedApp | "unauthenticated" | "not_found"> {
  const apps = await readApps(db, key.apiKeySha256, sql`and id = ${key.id}`);
  return apps === null ? "unauthenticated" : (apps[0] ?? "not_found");
}

/** A page of the project's apps; null for an unknown or disabled key. */
export async function listZoomOAuthApps(
  db: Database,
  apiKeySha256: string,
  page: PageRequest,
): Promise<CountedApp[] | null> {
  return await readApps(db, apiKeySha256, pageClause(page));
}

async function readApps(db: Database, apiKeySha256: string, clause: SQL): Promise<CountedApp[] | null> {
  const rows = await readWithKey(
    db,
    apiKeySha256,
    sql`select app.*, ${COUNTS} from key
      left join lateral (select * from zoom_oauth_apps where project_id = key.project_id ${clause}) app on true`,
  );
  return rows?.map(toCountedApp) ?? null;
}

export type AppChanges = Partial<
  Pick<
    ZoomOAuthAppRow,
    "name" | "client_secret" | "webhook_secret" | "credentials_invalid_at" | "credentials_checked_at"
  >
>;

/** Changes the named columns; null where there is no such app. */
export async function updateZoomOAuthApp(
  db: Database,
  key: AppKey,
  changes: AppChanges,
): Promise<CountedApp | null> {
  const assignments = Object.entries(changes).map(
    ([column, value]) => sql`${sql.identifier(column)} = ${value}`,
  );
  const { rows } = await db.execute(sql`
    with ${withKey(key.apiKeySha256)}
    update zoom_oauth_apps app set ${sql.join([...assignments, sql`updated_at = now()`], sql`, `)}
    where id = ${key.id} and project_id = (select project_id from key)
    returning app.*, ${COUNTS}`);
  return rows[0] ? toCountedApp(rows[0]) : null;
}

/** Removes an app that has no connections. */
export async function deleteZoomOAuthApp(
  db: Database,
  key: AppKey,
): Promise<"deleted" | "has_connections" | "unauthenticated" | "not_found"> {
  const rows = await readWithKey(
    db,
    key.apiKeySha256,
    sql`, target as (
      select id from zoom_oauth_apps where id = ${key.id} and project_id = (select project_id from key)
    ), deleted as (
      delete from zoom_oauth_apps where id = (select id from target)
        and not exists (select from zoom_oauth_connections where zoom_oauth_app_id = (select id from target))
      returning id
    )
    select target.id, deleted.id as deleted_id from key
    left join target on true left join deleted on true`,
  ).catch((error: unknown) => {
    // A connection came in between the look and the removal.
    if (postgresError(error)?.sqlstate === FOREIGN_KEY_VIOLATION) return [{ id: key.id, deleted_id: null }];
    throw error;
  });
  if (rows === null) return "unauthenticated";
  if (!rows[0]) return "not_found";
  return rows[0].deleted_id === null ? "has_connections" : "deleted";
}

/** What calls to Zoom for an app need; the secret is sealed. Null: there is no such app. */
export async function findAppCredentials(
  db: Database,
  id: string,
): Promise<{ clientId: string; clientSecret: string } | null> {
  const { rows } = await db.execute(
    sql`select client_id, client_secret from zoom_oauth_apps where id = ${id}`,
  );
  const [row] = rows;
  return row ? { clientId: row.client_id as string, clientSecret: row.client_secret as string } : null;
}

/** Marks an app whose client secret Zoom refused, where it still has that secret; its connections stay as they are. */
export async function markAppCredentialsInvalid(
  db: Database,
  app: { id: string; clientSecret: string },
): Promise<Changed | null> {
  const { rows } = await db.execute(sql`
    with marked as (
      update zoom_oauth_apps set credentials_invalid_at = now(), updated_at = now()
      where id = ${app.id} and client_secret = ${app.clientSecret} and credentials_invalid_at is null
      returning *
    ), ${deliverCredentialsInvalid(sql`marked`)}
    select ${DELIVERY_IDS} from marked`);
  return rows[0] ? { deliveryIds: deliveryIdsOf(rows[0]) } : null;
}

/** An app by the secret that it has now, sealed. */
export interface AppSecret {
  id: string;
  clientId: string;
  clientSecret: string;
}

/** Marked apps that Zoom was not asked about for this long; each belongs to one caller. */
export async function takeMarkedApps(db: Database, minutes: number, limit: number): Promise<AppSecret[]> {
  const { rows } = await db.execute(sql`
    update zoom_oauth_apps set credentials_checked_at = now() where id in (
      select id from zoom_oauth_apps
      where credentials_invalid_at is not null
        and coalesce(credentials_checked_at, credentials_invalid_at) <= now() - ${minutes} * interval '1 minute'
      limit ${limit} for update skip locked
    )
    returning id, client_id, client_secret`);
  return rows.map((row) => ({
    id: row.id as string,
    clientId: row.client_id as string,
    clientSecret: row.client_secret as string,
  }));
}

/** Takes the mark off an app that still has the secret. */
export async function unmarkApp(db: Database, { id, clientSecret }: AppSecret): Promise<void> {
  await db.execute(sql`
    update zoom_oauth_apps set credentials_invalid_at = null, credentials_checked_at = null, updated_at = now()
    where id = ${id} and client_secret = ${clientSecret}`);
}

function toCountedApp(row: Record<string, unknown>): CountedApp {
  return { app: mapRow(zoomOAuthApps, row), connectionCounts: parseCounts(row.counts) };
}
