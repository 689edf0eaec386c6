// Every place in the database that holds a sealed text, for their re-encryption: which master key each one needs,
// and its replacement where nobody has written it meanwhile.

import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";

/** A column that holds sealed texts, and what names its row to the seal. */
interface SealedColumn {
  table: "zoom_oauth_connections" | "zoom_oauth_apps" | "projects";
  column: "credentials" | "client_secret" | "webhook_secret" | "previous_webhook_secret";
  /** SQL for the row's name. */
  row: string;
  /** SQL for the id of the master key, null without a text. */
  keyId: string;
  /** SQL for how many texts each master key holds, where there are too many rows to count. */
  counts?: string;
}

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  {
    table: "zoom_oauth_connections",
    column: "credentials",
    row: "zoom_oauth_app_id || '/' || user_id",
    keyId: "master_key_id",
    counts: `select master_key_id as key_id, sum(connected + disconnected) as count
      from zoom_oauth_app_connection_counts group by 1`,
  },
  { table: "zoom_oauth_apps", column: "client_secret", ...byId("client_secret") },
  { table: "zoom_oauth_apps", column: "webhook_secret", ...byId("webhook_secret") },
  { table: "projects", column: "webhook_secret", ...byId("webhook_secret") },
  { table: "projects", column: "previous_webhook_secret", ...byId("previous_webhook_secret") },
];

function byId(column: string) {
  return { row: "id", keyId: `split_part(${column}, '.', 2)` };
}

export interface SealedText {
  id: string;
  /** What names the row to the seal. */
  row: string;
  sealed: string;
}

/** How many sealed texts each master key still holds, by its id. */
export async function countByMasterKey(db: Database): Promise<Map<string, number>> {
  const selects = SEALED_COLUMNS.map(
    ({ table, keyId, counts = `select ${keyId} as key_id, count(*) as count from ${table} group by 1` }) =>
      sql.raw(counts),
  );
  const { rows } = await db.execute(sql`
    select key_id, sum(count)::text as count from (${sql.join(selects, sql` union all `)}) counts
    where key_id is not null group by key_id having sum(count) > 0 order by key_id`);
  return new Map(rows.map((row) => [row.key_id as string, Number(row.count)]));
}

/** Some of the texts in the column that the named master keys hold. */
export async function findSealedWith(
  db: Database,
  { table, column, row, keyId }: SealedColumn,
  keyIds: readonly string[],
  limit: number,
): Promise<SealedText[]> {
  const place = sql.identifier(column);
  const keys = sql.join(
    keyIds.map((id) => sql`${id}`),
    sql`, `,
  );
  const { rows } = await db.execute(sql`
    select id, ${sql.raw(row)} as row, ${place} as sealed from ${sql.identifier(table)}
    where ${sql.raw(keyId)} in (${keys}) limit ${limit}`);
  return rows as unknown as SealedText[];
}

export interface Resealed {
  id: string;
  old: string;
  new: string;
}

/** Replaces texts that are still the same; one that was written meanwhile stays. Returns how many were replaced. */
export async function replaceSealed(
  db: Database,
  { table, column }: SealedColumn,
  texts: readonly Resealed[],
): Promise<number> {
  const place = sql.identifier(column);
  const { rowCount } = await db.execute(sql`
    update ${sql.identifier(table)} target set ${place} = text.new
    from jsonb_to_recordset(${JSON.stringify(texts)}::jsonb) as text (id text, old text, new text)
    where target.id = text.id and target.${place} = text.old`);
  return rowCount;
}
