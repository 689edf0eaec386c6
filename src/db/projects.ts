// Projects and their API keys.

import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
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

/** The project that an enabled key belongs to; null for an unknown or disabled key. */
export async function findProjectId(db: Database, keySha256: string): Promise<string | null> {
  const [row] = await db
    .select({ project_id: apiKeys.project_id })
    .from(apiKeys)
    .where(and(eq(apiKeys.key_sha256, keySha256), isNull(apiKeys.disabled_at)));
  return row?.project_id ?? null;
}
