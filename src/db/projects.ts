// Projects, for the operator.

import { type SQL, sql } from "drizzle-orm";
import { ApiError, notFound } from "../errors.ts";
import type { PageRequest } from "../model/page.ts";
import { type Asking, isMadeBy } from "./actor.ts";
import type { Database } from "./client.ts";
import { as, field, insertInto, literal, NOW, pick, type RowOf, set } from "./columns.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import {
  auditEvents,
  connectionEvents,
  connectSessions,
  projectDailyCounts,
  projects,
  webhookDeliveries,
  webhooks,
  zoomOAuthApps,
  zoomOAuthConnections,
} from "./schema.ts";
import { type Parameters, statement, variants } from "./statement.ts";

/** A grant that the operator wants revoked, and is not yet. */
function isToRevoke(project: typeof projects): SQL {
  const { project_id, credentials, authorized_at } = zoomOAuthConnections;
  return sql`${project_id} = ${project.id} and ${credentials} is not null
    and ${authorized_at} <= ${project.revocation_requested_at}`;
}

/** What is shown of the table expression's projects. */
function shownProject(from: typeof projects) {
  return {
    ...pick(from, ["id", "name", "suspended_at", "revocation_requested_at", "created_at"]),
    revocation_remaining: field<number>(sql`case when ${from.revocation_requested_at} is null then 0 else (
      select count(*)::integer from ${zoomOAuthConnections} where ${isToRevoke(from)}
    ) end`),
  };
}
const SHOWN_PROJECT = shownProject(projects);

export type ProjectRow = RowOf<typeof SHOWN_PROJECT>;

export const insert = statement({
  name: "insert_project",
  row: SHOWN_PROJECT,
  text: (p: Parameters<{ id: string; name: string } & Asking>, columns) => sql`
    ${insertInto(projects, { id: p.id, name: p.name })} where ${isMadeBy(p)} returning ${columns}`,
});

export async function insertProject(
  db: Database,
  asking: Asking,
  project: { id: string; name: string },
): Promise<ProjectRow> {
  const row = await insert.first(db, { ...asking, ...project });
  if (!row) throw new Error("the insert of a project returned no row");
  return row;
}

export const list = variants(PAGE_SHAPES, (shape: PageShape) =>
  statement({
    name: "list_projects",
    row: SHOWN_PROJECT,
    text: (p: Parameters<PageValues>, columns) => sql`
      select ${columns} from ${projects} where true ${pageClause(projects, shape, p)}`,
  }),
);

export async function listProjects(db: Database, page: PageRequest): Promise<ProjectRow[]> {
  return await list.for(pageShape(page)).all(db, { ...pageValues(page) });
}

export const find = statement({
  name: "find_project_by_id",
  row: SHOWN_PROJECT,
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from ${projects} where ${projects.id} = ${p.id}`,
});

/** Throws `not_found`. */
export async function findProject(db: Database, id: string): Promise<ProjectRow> {
  return foundProject(await find.first(db, { id }));
}

interface ProjectChanges {
  id: string;
  /** Null: it stays. */
  name: string | null;
  isSuspended: boolean | null;
}

/** As many deliveries come due at once when a suspension is lifted. */
const MADE_DUE_TOGETHER = 50_000;

export const update = statement({
  name: "update_project",
  row: shownProject(as(projects, "updated")),
  text: (p: Parameters<ProjectChanges & Asking>, columns) => {
    const { suspended_at } = projects;
    return sql`with before as (
      select ${projects.id}, ${suspended_at} from ${projects} where ${projects.id} = ${p.id} for update
    ), updated as (
      update ${projects} set ${set(projects, {
        name: sql`coalesce(${p.name}, ${projects.name})`,
        suspended_at: sql`case
          when ${p.isSuspended}::boolean is null then ${suspended_at}
          when ${p.isSuspended} then coalesce(${suspended_at}, now())
        end`,
      })}
      where ${projects.id} = (select id from before) and ${isMadeBy(p)}
      returning *
    ), due as (
      -- What was set back while it was suspended. Of very many, the rest comes due by itself within hours.
      update ${webhookDeliveries} set ${set(webhookDeliveries, { next_attempt_at: NOW, enqueued_at: null })}
      where ctid = any(array(
        select ctid from ${webhookDeliveries} where ${webhookDeliveries.state} = 'pending' and ${isOfProject(
          "webhook_deliveries",
          sql`(
            select before.id from before join updated on updated.id = before.id
            where before.suspended_at is not null and updated.suspended_at is null
          )`,
        )}
        limit ${literal(MADE_DUE_TOGETHER)}
      ))
    )
    select ${columns} from updated`;
  },
});

/** Changes the name, suspends the project or lifts that. Throws `not_found`. */
export async function updateProject(
  db: Database,
  { actor, origin }: Asking,
  changes: ProjectChanges,
): Promise<ProjectRow> {
  return foundProject(await update.first(db, { ...changes, actor, origin }));
}

export const requestRevocation = statement({
  name: "request_revocation",
  row: shownProject(as(projects, "updated")),
  text: (p: Parameters<{ id: string } & Asking>, columns) => sql`with updated as (
      update ${projects} set ${set(projects, { revocation_requested_at: NOW })}
      where ${projects.id} = ${p.id} and ${isMadeBy(p)}
      returning *
    )
    select ${columns} from updated`,
});

/** Every grant that the project has now is to be revoked. Throws `not_found`. */
export async function requestRevocationOfAll(
  db: Database,
  { actor, origin }: Asking,
  id: string,
): Promise<ProjectRow> {
  return foundProject(await requestRevocation.first(db, { id, actor, origin }));
}

export const findToRevoke = statement({
  name: "find_connections_to_revoke",
  row: pick(as(zoomOAuthConnections, "waiting"), ["id", "zoom_oauth_app_id"]),
  text: (p: Parameters<{ limit: number }>, columns) => {
    const { id, zoom_oauth_app_id, project_id } = zoomOAuthConnections;
    return sql`
    -- By chance, and in turns: neither grants nor projects whose revocation fails are in the way of others.
    with waiting as (
      select found.*, row_number() over (partition by found.project_id) as turn
      from ${projects} cross join lateral (
        select ${id}, ${zoom_oauth_app_id}, ${project_id} from ${zoomOAuthConnections}
        where ${isToRevoke(projects)} order by random() limit ${p.limit}
      ) found where ${projects.revocation_requested_at} is not null
    )
    select ${columns} from waiting order by waiting.turn limit ${p.limit}`;
  },
});

/** Connections whose grants are to be revoked, some of each project. */
export async function findConnectionsToRevoke(db: Database, limit: number) {
  return await findToRevoke.all(db, { limit });
}

export const checkRevocation = statement({
  name: "check_revocation",
  row: { id: zoomOAuthConnections.id },
  text: (p: Parameters<{ id: string; version: number }>, columns) => sql`
    select ${columns} from ${projects} join ${zoomOAuthConnections} on ${isToRevoke(projects)}
    where ${zoomOAuthConnections.id} = ${p.id} and ${zoomOAuthConnections.credentials_version} = ${p.version}`,
});

/** Whether the token set of this version belongs to a grant that is to be revoked, and not to a later one. */
export async function isVersionToRevoke(
  db: Database,
  which: { id: string; version: number },
): Promise<boolean> {
  return (await checkRevocation.first(db, which)) !== null;
}

const app = as(zoomOAuthApps, "app");

const HELD = {
  ...pick(zoomOAuthConnections, ["user_id", "credentials", "credentials_version", "authorized_at"]),
  is_app_invalid: field<boolean>(sql`${app.credentials_invalid_at} is not null`),
  app_refusal: app.credentials_refusal,
};

export const findHeld = statement({
  name: "find_held_credentials",
  row: HELD,
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from ${projects} join ${zoomOAuthConnections} on ${isToRevoke(projects)}
    join ${zoomOAuthApps} app on ${app.id} = ${zoomOAuthConnections.zoom_oauth_app_id}
    where ${zoomOAuthConnections.id} = ${p.id} and ${zoomOAuthConnections.state} = 'disconnected'`,
});

/** The token set that a disconnected connection still has, of a grant that is to be revoked. Null: there is none. */
export async function findHeldCredentials(db: Database, id: string): Promise<RowOf<typeof HELD> | null> {
  return await findHeld.first(db, { id });
}

/** Tables of which a project may have more rows than one statement can delete in time, in the order in which they go. */
const LARGE_TABLES = {
  zoom_oauth_connections: zoomOAuthConnections,
  webhook_deliveries: webhookDeliveries,
  connect_sessions: connectSessions,
  project_daily_counts: projectDailyCounts,
  connection_events: connectionEvents,
  audit_events: auditEvents,
} as const;
type LargeTable = keyof typeof LARGE_TABLES;
const LARGE_TABLE_NAMES = Object.keys(LARGE_TABLES) as LargeTable[];

/** As many rows of each go with the project itself, and as many with one statement before that. */
const ERASED_TOGETHER = 2_000;
/** No further statement begins after this time, in milliseconds. */
const ERASE_PATIENCE_MS = 20_000;

type ProjectId = Parameters<{ id: string }>["id"];

/** The table's rows are the project's, by a column that has an index. */
function isOfProject(name: LargeTable, id: ProjectId | SQL): SQL {
  return name === "webhook_deliveries"
    ? sql`${webhookDeliveries.webhook_id} = any(array(select ${webhooks.id} from ${webhooks} where ${webhooks.project_id} = ${id}))`
    : sql`${LARGE_TABLES[name].project_id} = ${id}`;
}

/** The project has more rows of a table than go with it. */
function hasMany(name: LargeTable, id: ProjectId): SQL {
  return sql`exists (select from ${LARGE_TABLES[name]} where ${isOfProject(name, id)} offset ${literal(ERASED_TOGETHER)} limit 1)`;
}

export const remove = statement({
  name: "delete_project",
  row: { id: projects.id, is_deleted: field<boolean>(sql`exists (select from deleted)`) },
  // Connections and their app refer to one another, so they go in the statement that ends with all of them.
  text: (p: Parameters<{ id: string }>, columns) => sql`with small as (
      select ${projects.id} from ${projects} where ${projects.id} = ${p.id} and not (${sql.join(
        LARGE_TABLE_NAMES.map((name) => hasMany(name, p.id)),
        sql` or `,
      )})
    ), connections as (
      delete from ${zoomOAuthConnections} where ${zoomOAuthConnections.project_id} = (select id from small)
    ), apps as (
      delete from ${zoomOAuthApps} where ${zoomOAuthApps.project_id} = (select id from small)
    ), deleted as (
      delete from ${projects} where ${projects.id} = (select id from small) returning ${projects.id}
    ), closed as (
      -- Nothing is added while the rest is erased.
      update ${projects} set ${set(projects, { suspended_at: sql`coalesce(${projects.suspended_at}, now())` })}
      where ${projects.id} = ${p.id} and not exists (select from small)
    )
    select ${columns} from ${projects} where ${projects.id} = ${p.id}`,
});

export const eraseSome = variants(LARGE_TABLE_NAMES, (name: LargeTable) => {
  const table = LARGE_TABLES[name];
  return statement({
    name: "erase_rows_of_project",
    text: (p: Parameters<{ id: string }>) => sql`
      delete from ${table} where ctid = any(array(
        select ctid from ${table} where ${isOfProject(name, p.id)} limit ${literal(ERASED_TOGETHER)}
      ))`,
  });
});

/**
 * Erases the project and everything in it. A large one is closed, and erased piece by piece. Throws `not_found`, and
 * `request_in_progress` where there is so much that it takes another request.
 */
export async function deleteProject(db: Database, id: string): Promise<void> {
  const deadline = Date.now() + ERASE_PATIENCE_MS;
  while (Date.now() < deadline) {
    const row = await remove.first(db, { id });
    if (row === null) throw notFound("project");
    if (row.is_deleted) return;
    for (const name of LARGE_TABLE_NAMES) {
      let erased = ERASED_TOGETHER;
      while (erased === ERASED_TOGETHER && Date.now() < deadline)
        erased = await eraseSome.for(name).run(db, { id });
    }
  }
  throw new ApiError("request_in_progress", {
    message:
      "The project is closed, and has so much that not all is erased yet: send the same request again.",
  });
}

function foundProject(row: ProjectRow | null): ProjectRow {
  if (row === null) throw notFound("project");
  return row;
}
