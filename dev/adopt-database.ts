// Takes over a database that the 17 former migrations made: its schema is the one that 0000_tables and 0001_triggers make,
// and only its record of migrations differs.

import type pg from "pg";
import { readCatalog } from "./catalog.ts";
import type { MigrationFile } from "./migration-files.ts";

/** The first of the former migrations, as drizzle's migrator recorded it in its own schema. */
export const FORMER_FIRST = "146e3ec5658fa5ab9cd2bce1547970e40a5b04a461ea8f35c4536f44980698c6";
/** The migrations that replaced them. */
const REPLACEMENTS = 2;
const MAX_DIFFERENCES = 10;

/** As drizzle's migrator makes it. */
const CREATE_RECORD =
  "create table public.schema_migrations (id serial primary key, hash text not null, created_at bigint)";

export async function isOfFormerMigrations(client: pg.ClientBase): Promise<boolean> {
  const table = await client.query("select to_regclass('drizzle.__drizzle_migrations') as name");
  if (table.rows[0].name === null) return false;
  const { rowCount } = await client.query("select from drizzle.__drizzle_migrations where hash = $1", [
    FORMER_FIRST,
  ]);
  return rowCount !== 0;
}

/**
 * Records the two migrations as applied. Throws an Error, and changes nothing, where the schema is not the one that
 * they make.
 */
export async function adoptDatabase(
  client: pg.ClientBase,
  migrations: readonly MigrationFile[],
): Promise<void> {
  const replacements = migrations.slice(0, REPLACEMENTS);
  await client.query("begin");
  try {
    const differences = await findDifferences(client, replacements);
    if (differences.length > 0) throw new Error(describe(differences));
    await client.query(`${CREATE_RECORD}; grant select on public.schema_migrations to public`);
    for (const { sha256, when } of replacements) {
      await client.query("insert into public.schema_migrations (hash, created_at) values ($1, $2)", [
        sha256,
        when,
      ]);
    }
    await client.query("drop table drizzle.__drizzle_migrations");
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

/** Sets the schema aside, lets the migrations make theirs in its place, compares the two, and undoes all of it. */
async function findDifferences(
  client: pg.ClientBase,
  migrations: readonly MigrationFile[],
): Promise<string[]> {
  const found = await readCatalog(client);
  await client.query("savepoint comparison");
  await client.query(`alter schema public rename to set_aside; create schema public; ${CREATE_RECORD}`);
  for (const statement of migrations.flatMap(({ statements }) => statements)) await client.query(statement);
  const expected = await readCatalog(client);
  await client.query("rollback to savepoint comparison");
  return [
    ...expected.filter((line) => !found.includes(line)).map((line) => `missing: ${line}`),
    ...found.filter((line) => !expected.includes(line)).map((line) => `unexpected: ${line}`),
  ];
}

function describe(differences: readonly string[]): string {
  const shown = differences.slice(0, MAX_DIFFERENCES).map((difference) => `- ${difference}`);
  const rest = differences.length - shown.length;
  return [
    "The schema of this database is not the one that 0000_tables and 0001_triggers make, so it cannot be adopted.",
    "Nothing was changed. Remove the differences (the former migrations may not all be applied), or start with an empty database.",
    ...shown,
    ...(rest > 0 ? [`- and ${rest} more`] : []),
  ].join("\n");
}
