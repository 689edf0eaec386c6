// Projects and their API keys, for the administrator.

import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { type PageRequest, pageClause } from "./pages.ts";
import { mapRow } from "./rows.ts";
import { apiKeys, projects } from "./schema.ts";

export type ProjectRow = typeof projects.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;

export async function insertProject(
  db: Database,
  project: { id: string; name: string },
): Promise<ProjectRow> {
  const [row] = await db.insert(projects).values(project).returning();
  if (!row) throw new Error("the insert of a project returned no row");
  return row;
}

export async function listProjects(db: Database, page: PageRequest): Promise<ProjectRow[]> {
  const { rows } = await db.execute(sql`select * from projects where true ${pageClause(page)}`);
  return rows.map((row) => mapRow(projects, row));
}

/** Adds a key to a project; null where there is no such project. */
export async function insertApiKey(
  db: Database,
  key: { id: string; projectId: string; name: string | null; keySha256: string },
): Promise<ApiKeyRow | null> {
  const { rows } = await db.execute(sql`
    insert into api_keys (id, project_id, name, key_sha256)
    select ${key.id}, id, ${key.name}, ${key.keySha256} from projects where id = ${key.projectId}
    returning *`);
  return rows[0] ? mapRow(apiKeys, rows[0]) : null;
}

/** A page of a project's keys, disabled ones too; null where there is no such project. */
export async function listApiKeys(
  db: Database,
  projectId: string,
  page: PageRequest,
): Promise<ApiKeyRow[] | null> {
  const { rows } = await db.execute(sql`
    select api_key.* from projects project left join lateral (
      select * from api_keys where project_id = project.id ${pageClause(page)}
    ) api_key on true
    where project.id = ${projectId}`);
  if (rows.length === 0) return null;
  return rows.filter((row) => row.id !== null).map((row) => mapRow(apiKeys, row));
}

/** Disables a key for good; null where the project has no such key. Doing it again changes nothing. */
export async function disableApiKey(
  db: Database,
  key: { id: string; projectId: string },
): Promise<ApiKeyRow | null> {
  const { rows } = await db.execute(sql`
    update api_keys set disabled_at = coalesce(disabled_at, now())
    where id = ${key.id} and project_id = ${key.projectId}
    returning *`);
  return rows[0] ? mapRow(apiKeys, rows[0]) : null;
}
