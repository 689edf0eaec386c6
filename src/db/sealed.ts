// Every place in the database that holds a sealed text, for their re-encryption: which master key each one needs,
// and its replacement where nobody has written it meanwhile.

import { type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { SEALING, sayActor } from "./actor.ts";
import type { Database } from "./client.ts";
import { field, names } from "./columns.ts";
import {
  deadLetters,
  projects,
  tokenLinks,
  zoomOAuthAppConnectionCounts,
  zoomOAuthApps,
  zoomOAuthConnections,
} from "./schema.ts";
import { type Parameters, statement, variants } from "./statement.ts";

/** A column that holds sealed texts, and what names its row to the seal. */
interface SealedPlace {
  table: PgTable;
  id: PgColumn;
  column: PgColumn;
  /** The row's name. */
  row: SQL;
  /** The id of the master key, null without a text. */
  keyId: SQL;
  /** How many texts each master key holds. */
  counts: SQL;
}

const connections = zoomOAuthConnections;
const counts = zoomOAuthAppConnectionCounts;

const PLACES = {
  "zoom_oauth_connections.credentials": {
    table: connections,
    id: connections.id,
    column: connections.credentials,
    row: sql`${connections.zoom_oauth_app_id} || '/' || ${connections.user_id}`,
    keyId: sql`${connections.master_key_id}`,
    // There are too many rows to count.
    counts: sql`
      select ${counts.master_key_id} as key_id, sum(${counts.connected} + ${counts.disconnected}) as count
      from ${counts} group by 1`,
  },
  "zoom_oauth_apps.client_secret": byId(zoomOAuthApps, zoomOAuthApps.client_secret),
  "zoom_oauth_apps.webhook_secret": byId(zoomOAuthApps, zoomOAuthApps.webhook_secret),
  "projects.webhook_secret": byId(projects, projects.webhook_secret),
  "projects.previous_webhook_secret": byId(projects, projects.previous_webhook_secret),
  "token_links.verification_secret": byId(tokenLinks, tokenLinks.verification_secret),
} satisfies Record<string, SealedPlace>;

export type SealedColumn = keyof typeof PLACES;
export const SEALED_COLUMNS = Object.keys(PLACES) as SealedColumn[];

function byId(table: PgTable & { id: PgColumn }, column: PgColumn): SealedPlace {
  const keyId = sql`split_part(${column}, '.', 2)`;
  return {
    table,
    id: table.id,
    column,
    row: sql`${table.id}`,
    keyId,
    counts: sql`select ${keyId} as key_id, count(*) as count from ${table} group by 1`,
  };
}

/** Of messages that wait for the operator: they are sealed anew only by what becomes of them. */
const sealedInLetter = sql`coalesce(${deadLetters.body} ->> 'credentials', ${deadLetters.body} ->> 'grant')`;
const IN_DEAD_LETTERS = sql`
  select split_part(${sealedInLetter}, '.', 2) as key_id, count(*) as count from ${deadLetters}
  where ${deadLetters.resent_at} is null and ${sealedInLetter} is not null group by 1`;

/** `key_id` and `count`: how many sealed texts each master key holds. To put behind `from`. */
export const TEXTS_BY_KEY = sql`(
  select key_id, sum(count) as count from (${sql.join(
    [...Object.values(PLACES).map((place) => place.counts), IN_DEAD_LETTERS],
    sql` union all `,
  )}) counts
  where key_id is not null group by key_id having sum(count) > 0
)`;

export const countByKey = statement({
  name: "count_by_master_key",
  row: { key_id: field<string>(sql`key_id`), count: field<string>(sql`count::text`) },
  text: (_: object, columns) => sql`select ${columns} from ${TEXTS_BY_KEY} texts order by key_id`,
});

/** How many sealed texts each master key still holds, by its id. */
export async function countByMasterKey(db: Database): Promise<Map<string, number>> {
  const rows = await countByKey.all(db, {});
  return new Map(rows.map((row) => [row.key_id, Number(row.count)]));
}

export const findSealed = variants(SEALED_COLUMNS, (sealedColumn: SealedColumn) => {
  const { table, id, column, row, keyId } = PLACES[sealedColumn];
  return statement({
    name: "find_sealed_texts",
    row: { id: field<string>(sql`${id}`), row: field<string>(row), sealed: field<string>(sql`${column}`) },
    // A range and an order lead Postgres to the index of the keys: it cannot know that few rows, or none, have an old one.
    text: (p: Parameters<{ keyIds: string; limit: number }>, columns) => sql`
      select ${columns} from jsonb_array_elements_text(${p.keyIds}::jsonb) as wanted (key_id), lateral (
        select * from ${table} where ${keyId} between wanted.key_id and wanted.key_id order by ${keyId} limit ${p.limit}
      ) as ${table} limit ${p.limit}`,
  });
});

export interface SealedText {
  id: string;
  /** What names the row to the seal. */
  row: string;
  sealed: string;
}

/** Some of the texts in the column that the named master keys hold. */
export async function findSealedWith(
  db: Database,
  column: SealedColumn,
  keyIds: readonly string[],
  limit: number,
): Promise<SealedText[]> {
  return await findSealed.for(column).all(db, { keyIds: JSON.stringify(keyIds), limit });
}

export const replace = variants(SEALED_COLUMNS, (sealedColumn: SealedColumn) => {
  const { table, id, column } = PLACES[sealedColumn];
  return statement({
    name: "replace_sealed_texts",
    text: (p: Parameters<{ texts: string }>) => sql`
      update ${table} set ${names(column)} = text.new
      from jsonb_to_recordset(${p.texts}::jsonb) as text (id text, old text, new text)
      where ${id} = text.id and ${column} = text.old and ${sayActor(SEALING)} is not null`,
  });
});

export interface Resealed {
  id: string;
  old: string;
  new: string;
}

/** Replaces texts that are still the same; one that was written meanwhile stays. Returns how many were replaced. */
export async function replaceSealed(
  db: Database,
  column: SealedColumn,
  texts: readonly Resealed[],
): Promise<number> {
  return await replace.for(column).run(db, { texts: JSON.stringify(texts) });
}
