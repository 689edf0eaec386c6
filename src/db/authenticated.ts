// The beginning of every statement that a project's key asks for: whose key is it. Verifying it costs no round
// trip of its own, and noting its use neither.

import { type InferSelectModel, type SQL, sql, type Table } from "drizzle-orm";
import type { Database } from "./client.ts";
import { mapRow } from "./rows.ts";
import type { Parameter } from "./statement.ts";

/**
 * CTEs to put behind `with`: `key` has the project of an enabled key, or no row. The use of the key is noted at
 * most once a minute, and by one request of those that come together: none waits for another.
 */
export function withKey(apiKeySha256: Parameter): SQL {
  return sql`key as (
    select project_id from api_keys where key_sha256 = ${apiKeySha256} and disabled_at is null
  ), used_key as (
    update api_keys set last_used_at = now() where id in (
      select id from api_keys
      where key_sha256 = ${apiKeySha256} and disabled_at is null
        and (last_used_at is null or last_used_at < now() - interval '1 minute')
      for update skip locked
    )
  )`;
}

/** The project that an enabled key belongs to; null for an unknown or disabled key. */
export async function findProjectId(db: Database, apiKeySha256: string): Promise<string | null> {
  const { rows } = await db.execute(sql`with ${withKey(apiKeySha256)} select project_id from key`);
  return (rows[0]?.project_id as string | undefined) ?? null;
}

/**
 * Runs a statement for a project's key in one round trip. It stands behind the CTEs of {@link withKey}, may begin
 * with more of them, reads from `key`, and gives a row for the key even where it finds nothing, with a null `id`,
 * as a left join does. Null: the key is unknown or disabled.
 */
export async function readWithKey(
  db: Database,
  apiKeySha256: string,
  statement: SQL,
): Promise<Record<string, unknown>[] | null> {
  const { rows } = await db.execute(sql`with ${withKey(apiKeySha256)} ${statement}`);
  if (rows.length === 0) return null;
  return rows.filter((row) => row.id !== null);
}

/** `unauthenticated` and `not_found` are told apart in one round trip. */
export type NotFound = "unauthenticated" | "not_found";

/** The one row of the table that a statement of {@link readWithKey} gives. */
export async function readRowWithKey<T extends Table>(
  db: Database,
  apiKeySha256: string,
  table: T,
  statement: SQL,
): Promise<InferSelectModel<T> | NotFound> {
  const { rows } = await db.execute(sql`with ${withKey(apiKeySha256)} ${statement}`);
  return readOne(rows, (row) => mapRow(table, row));
}

/** The one row of such a statement's result, which is there for a valid key even where nothing was found. */
export function readOne<Row>(
  rows: readonly Record<string, unknown>[],
  read: (raw: Record<string, unknown>) => Row,
): Row | NotFound {
  if (!rows[0]) return "unauthenticated";
  return rows[0].id === null ? "not_found" : read(rows[0]);
}
