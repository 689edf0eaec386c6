// Zoom OAuth apps of a project.

import { type Placeholder, type SQL, sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import type { AppRefusal } from "../model/app-refusal.ts";
import { CAPABILITY_NAMES, type Capabilities } from "../model/capabilities.ts";
import type { PageRequest } from "../model/page.ts";
import { type Database, postgresError } from "./client.ts";
import {
  as,
  columnsOf,
  field,
  insertInto,
  literal,
  NOW,
  pick,
  type RowOf,
  selectList,
  set,
} from "./columns.ts";
import { countConnections } from "./connection-counts.ts";
import { type Changed, DELIVERY_IDS, deliverCredentialsInvalid, toChanged } from "./outbox.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ObjectKey, type ProjectKey } from "./project-key.ts";
import { connectSessions, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";
import { isAtWork } from "./suspension.ts";

const apps = zoomOAuthApps;
const app = as(apps, "app");

/** What is shown of an app, and whether it has a webhook secret. Its client secret is not read for that. */
function shownColumns(from: typeof apps) {
  const {
    client_secret,
    credentials_checked_at,
    api_not_before,
    seen_event_types,
    webhook_secret,
    ...shown
  } = columnsOf(from);
  return {
    ...shown,
    has_webhook_secret: field<boolean>(sql`${webhook_secret} is not null`),
    connection_counts: countConnections(from.id),
  };
}

export type ShownApp = RowOf<ReturnType<typeof shownColumns>>;

const FOREIGN_KEY_VIOLATION = "23503";
/** The table's own project, where the key has one. */
const IS_OWN = sql`${apps.project_id} = (select project_id from key)`;

export type NewZoomOAuthApp = Pick<
  typeof apps.$inferSelect,
  "id" | "name" | "client_id" | "client_secret" | "webhook_secret" | "allowed_return_origins"
>;

type InsertValues = Omit<NewZoomOAuthApp, "allowed_return_origins"> & {
  /** JSON. */
  allowedReturnOrigins: string | null;
};

/** A JSON array as an array of Postgres'; null stays null. */
function toArray(json: Placeholder): SQL {
  return sql`(case when ${json}::jsonb is not null then array(select jsonb_array_elements_text(${json}::jsonb)) end)`;
}

export const insert = keyedStatement({
  name: "insert_zoom_oauth_app",
  row: shownColumns(as(apps, "inserted")),
  text: (p: Parameters<InsertValues>, columns) => sql`, inserted as (
      ${insertInto(apps, {
        id: p.id,
        project_id: key.project_id,
        name: p.name,
        client_id: p.client_id,
        client_secret: p.client_secret,
        webhook_secret: p.webhook_secret,
        allowed_return_origins: toArray(p.allowedReturnOrigins),
      })} from key
      on conflict (project_id, client_id) do nothing
      returning *
    )
    select ${columns} from key left join inserted on true`,
});

/** Adds an app; null where the project already has one with this client id. Secrets come sealed. */
export async function insertZoomOAuthApp(
  db: Database,
  project: ProjectKey,
  { allowed_return_origins: origins, ...values }: NewZoomOAuthApp,
): Promise<ShownApp | null> {
  const allowedReturnOrigins = origins && JSON.stringify(origins);
  return await insert.first(db, { ...project, ...values, allowedReturnOrigins });
}

export const find = keyedStatement({
  name: "find_zoom_oauth_app",
  row: shownColumns(app),
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from key left join ${apps} app on ${app.project_id} = ${key.project_id} and ${app.id} = ${p.id}`,
});

/** Throws `not_found`. */
export async function findZoomOAuthApp(db: Database, which: ObjectKey): Promise<ShownApp> {
  return found(await find.first(db, which));
}

export const list = variants(PAGE_SHAPES, (shape: PageShape) =>
  keyedStatement({
    name: "list_zoom_oauth_apps",
    row: shownColumns(app),
    text: (p: Parameters<PageValues>, columns) => sql`
      select ${columns} from key left join lateral (
        select * from ${apps} where ${apps.project_id} = ${key.project_id} ${pageClause(apps, shape, p)}
      ) app on true`,
  }),
);

/** A page of the project's apps. */
export async function listZoomOAuthApps(
  db: Database,
  project: ProjectKey,
  page: PageRequest,
): Promise<ShownApp[]> {
  return await list.for(pageShape(page)).all(db, { ...project, ...pageValues(page) });
}

/** As many connections as a diagnosis looks at: the newest. */
const DIAGNOSED_CONNECTIONS = 20;

const session = as(connectSessions, "session");
const connection = as(zoomOAuthConnections, "connection");

/** A connection as a diagnosis looks at it: its token set, sealed, has the scopes that were granted. */
export type DiagnosedConnection = Capabilities & { user_id: string; credentials: string };

export const findToDiagnose = keyedStatement({
  name: "find_app_to_diagnose",
  row: {
    ...shownColumns(app),
    client_secret: app.client_secret,
    seen_event_types: app.seen_event_types,
    is_redirect_proven: field<boolean>(sql`exists (
      select from ${connectSessions} session
      where ${session.zoom_oauth_app_id} = ${app.id} and ${session.state} = 'completed'
    )`),
    connections: field<DiagnosedConnection[]>(sql`(
      select coalesce(json_agg(diagnosed), '[]') from (
        select ${selectList(pick(connection, ["user_id", "credentials", ...CAPABILITY_NAMES]))}
        from ${zoomOAuthConnections} connection
        where ${connection.project_id} = ${app.project_id} and ${connection.zoom_oauth_app_id} = ${app.id}
          and ${connection.state} = 'connected'
        order by ${connection.created_at} desc limit ${literal(DIAGNOSED_CONNECTIONS)}
      ) diagnosed
    )`),
  },
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from key left join ${apps} app on ${app.project_id} = ${key.project_id} and ${app.id} = ${p.id}`,
});

export type AppToDiagnose = NonNullable<Awaited<ReturnType<typeof findToDiagnose.first>>>;

/** The app with what a diagnosis looks at. Secrets are sealed. Throws `not_found`. */
export async function findAppToDiagnose(db: Database, which: ObjectKey): Promise<AppToDiagnose> {
  return found(await findToDiagnose.first(db, which));
}

/** What is undefined stays as it is. Secrets come sealed. */
export interface AppChanges {
  name?: string | null | undefined;
  client_secret?: string | undefined;
  webhook_secret?: string | null | undefined;
  allowed_return_origins?: string[] | null | undefined;
}

interface UpdateValues {
  id: string;
  name: string | null;
  isNameChanged: boolean;
  /** Null: it stays as it is. */
  clientSecret: string | null;
  webhookSecret: string | null;
  isWebhookSecretChanged: boolean;
  /** JSON. */
  allowedReturnOrigins: string | null;
  areOriginsChanged: boolean;
}

export const update = keyedStatement({
  name: "update_zoom_oauth_app",
  row: shownColumns(as(apps, "updated")),
  text: (p: Parameters<UpdateValues>, columns) => {
    const { name, client_secret, webhook_secret, allowed_return_origins } = apps;
    const { credentials_invalid_at, credentials_checked_at } = apps;
    const hasNewSecret = sql`${p.clientSecret}::text is not null`;
    return sql`, updated as (
        update ${apps} set ${set(apps, {
          name: sql`case when ${p.isNameChanged}::boolean then ${p.name} else ${name} end`,
          client_secret: sql`coalesce(${p.clientSecret}, ${client_secret})`,
          webhook_secret: sql`case
            when ${p.isWebhookSecretChanged}::boolean then ${p.webhookSecret} else ${webhook_secret}
          end`,
          allowed_return_origins: sql`case
            when ${p.areOriginsChanged}::boolean then ${toArray(p.allowedReturnOrigins)}
            else ${allowed_return_origins}
          end`,
          credentials_invalid_at: sql`case when ${hasNewSecret} then null else ${credentials_invalid_at} end`,
          credentials_refusal: sql`case when ${hasNewSecret} then null else ${apps.credentials_refusal} end`,
          credentials_checked_at: sql`case when ${hasNewSecret} then null else ${credentials_checked_at} end`,
          updated_at: NOW,
        })}
        where ${apps.id} = ${p.id} and ${IS_OWN}
        returning *
      )
      select ${columns} from key left join updated on true`;
  },
});

/** Changes an app. A new client secret takes the mark off one that Zoom refused. Throws `not_found`. */
export async function updateZoomOAuthApp(
  db: Database,
  which: ObjectKey,
  changes: AppChanges,
): Promise<ShownApp> {
  const row = await update.first(db, {
    ...which,
    name: changes.name ?? null,
    isNameChanged: changes.name !== undefined,
    clientSecret: changes.client_secret ?? null,
    webhookSecret: changes.webhook_secret ?? null,
    isWebhookSecretChanged: changes.webhook_secret !== undefined,
    allowedReturnOrigins: changes.allowed_return_origins
      ? JSON.stringify(changes.allowed_return_origins)
      : null,
    areOriginsChanged: changes.allowed_return_origins !== undefined,
  });
  return found(row);
}

export const remove = keyedStatement({
  name: "delete_zoom_oauth_app",
  row: { id: field<string>(sql`target.id`), deleted_id: field<string | null>(sql`deleted.id`) },
  text: (p: Parameters<{ id: string }>, columns) => sql`, target as (
      select ${apps.id} from ${apps} where ${apps.id} = ${p.id} and ${IS_OWN}
    ), deleted as (
      delete from ${apps} where ${apps.id} = (select id from target)
        and not exists (
          select from ${zoomOAuthConnections}
          where ${zoomOAuthConnections.zoom_oauth_app_id} = (select id from target)
        )
      returning ${apps.id}
    )
    select ${columns} from key left join target on true left join deleted on true`,
});

/** Removes an app that has no connections. Throws `not_found`. */
export async function deleteZoomOAuthApp(
  db: Database,
  which: ObjectKey,
): Promise<"deleted" | "has_connections"> {
  const row = await remove.first(db, which).catch((error: unknown) => {
    // A connection came in between the look and the removal.
    if (postgresError(error)?.sqlstate === FOREIGN_KEY_VIOLATION) return { deleted_id: null };
    throw error;
  });
  return found(row).deleted_id === null ? "has_connections" : "deleted";
}

function found<Row>(row: Row | null): Row {
  if (row === null) throw notFound("Zoom OAuth app");
  return row;
}

/** An app by the secret that it has now, sealed. */
export interface AppSecret {
  id: string;
  clientId: string;
  clientSecret: string;
}

const SECRET_COLUMNS = pick(apps, ["id", "client_id", "client_secret"]);

function toAppSecret(row: RowOf<typeof SECRET_COLUMNS>): AppSecret {
  return { id: row.id, clientId: row.client_id, clientSecret: row.client_secret };
}

export const findCredentials = statement({
  name: "find_app_credentials",
  row: SECRET_COLUMNS,
  text: (p: Parameters<{ id: string }>, columns) =>
    sql`select ${columns} from ${apps} where ${apps.id} = ${p.id}`,
});

/** What calls to Zoom for an app need; the secret is sealed. Null: there is no such app. */
export async function findAppCredentials(db: Database, id: string): Promise<AppSecret | null> {
  const row = await findCredentials.first(db, { id });
  return row && toAppSecret(row);
}

/** The app still has the client secret that something was learnt about. */
function hasSecret(p: Parameters<{ id: string; clientSecret: string }>): SQL {
  return sql`${apps.id} = ${p.id} and ${apps.client_secret} = ${p.clientSecret}`;
}

export const mark = statement({
  name: "mark_app_credentials_invalid",
  row: { delivery_ids: DELIVERY_IDS },
  text: (p: Parameters<{ id: string; clientSecret: string; refusal: AppRefusal }>, columns) => sql`
    with marked as (
      update ${apps} set ${set(apps, {
        credentials_invalid_at: NOW,
        credentials_refusal: p.refusal,
        updated_at: NOW,
      })}
      where ${hasSecret(p)} and ${apps.credentials_invalid_at} is null
      returning *
    ), ${deliverCredentialsInvalid(sql`marked`)}
    select ${columns} from marked`,
});

/** Marks an app whose client secret Zoom refused, where it still has that secret; its connections stay as they are. */
export async function markAppCredentialsInvalid(
  db: Database,
  { id, clientSecret, refusal }: { id: string; clientSecret: string; refusal: AppRefusal },
): Promise<Changed | null> {
  return toChanged(await mark.first(db, { id, clientSecret, refusal }));
}

export const takeMarked = statement({
  name: "take_marked_apps",
  row: SECRET_COLUMNS,
  text: (p: Parameters<{ minutes: number; limit: number }>, columns) => sql`
    update ${apps} set ${set(apps, { credentials_checked_at: NOW })} where ${apps.id} in (
      select ${app.id} from ${apps} app
      where ${app.credentials_invalid_at} is not null and ${isAtWork(app.project_id)}
        and coalesce(${app.credentials_checked_at}, ${app.credentials_invalid_at})
          <= now() - ${p.minutes} * interval '1 minute'
      limit ${p.limit} for update skip locked
    )
    returning ${columns}`,
});

/** Marked apps that Zoom was not asked about for this long; each belongs to one caller. */
export async function takeMarkedApps(db: Database, minutes: number, limit: number): Promise<AppSecret[]> {
  return (await takeMarked.all(db, { minutes, limit })).map(toAppSecret);
}

export const unmark = statement({
  name: "unmark_app",
  text: (p: Parameters<{ id: string; clientSecret: string }>) => sql`
    update ${apps} set ${set(apps, {
      credentials_invalid_at: null,
      credentials_refusal: null,
      credentials_checked_at: null,
      updated_at: NOW,
    })}
    where ${hasSecret(p)}`,
});

/** Takes the mark off an app that still has the secret. */
export async function unmarkApp(db: Database, { id, clientSecret }: AppSecret): Promise<void> {
  await unmark.run(db, { id, clientSecret });
}
