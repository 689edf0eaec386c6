// Who a key belongs to, where a request is refused before the statement that would do its work.

import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import type { RowOf } from "./columns.ts";
import { isLive, key, type ProjectKey } from "./project-key.ts";
import { apiKeys, projects } from "./schema.ts";
import { keyedStatement, type Parameters, statement } from "./statement.ts";

export const findProject = keyedStatement({
  name: "find_project",
  head: { project_id: key.project_id },
  text: (_, columns) => sql`select ${columns} from key`,
});

/** The project that an enabled key belongs to. Throws `unauthenticated`. */
export async function findProjectId(db: Database, asking: ProjectKey): Promise<string> {
  return (await findProject.read(db, { ...asking })).head.project_id;
}

const KEY_OWNER = {
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  project_name: projects.name,
};

export type KeyOwner = RowOf<typeof KEY_OWNER>;

export const findOwner = statement({
  name: "find_key_owner",
  row: KEY_OWNER,
  text: (p: Parameters<Pick<ProjectKey, "apiKeySha256">>, columns) => sql`
    select ${columns} from ${apiKeys} join ${projects} on ${projects.id} = ${apiKeys.project_id}
    where ${isLive(p.apiKeySha256)}`,
});

/** Whose key it is, for a person who signs in with it. Null: it is no live key. */
export async function findKeyOwner(db: Database, apiKeySha256: string): Promise<KeyOwner | null> {
  return await findOwner.first(db, { apiKeySha256 });
}
