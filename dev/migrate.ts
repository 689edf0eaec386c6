// Applies the migrations in drizzle/ to a Postgres: the local one, a test's, or, from the command line, the one that
// DATABASE_URL names. Refuses a database with another history before it changes anything.

import { parseArgs } from "node:util";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { adoptDatabase, isOfFormerMigrations } from "./adopt-database.ts";
import { MIGRATIONS_FOLDER, type MigrationFile, readMigrations } from "./migration-files.ts";
import { createFunctions } from "./statement-functions.ts";

/** Where drizzle's migrator records what it has applied. The Worker reads it too: src/db/schema-version.ts. */
const RECORD = { migrationsSchema: "public", migrationsTable: "schema_migrations" };

export interface MigrateOptions {
  folder?: string;
  /** Take over a database that the former migrations made, if its schema is the same. */
  isAdoptionWanted?: boolean;
}

/**
 * Applies what the database lacks, in one transaction, and then makes the functions of this release's statements. Returns
 * `newer` where the database has migrations that drizzle/ does not know yet, and changes nothing then. Throws an Error with
 * what to do where the two histories differ.
 */
export async function applyMigrations(
  databaseUrl: string,
  { folder = MIGRATIONS_FOLDER, isAdoptionWanted = false }: MigrateOptions = {},
): Promise<"current" | "newer"> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const migrations = readMigrations(folder);
    let applied = await readApplied(client);
    if (applied.length === 0 && (await isOfFormerMigrations(client))) {
      if (!isAdoptionWanted) throw new Error(FORMER_MIGRATIONS);
      await adoptDatabase(client, migrations);
      applied = await readApplied(client);
    }
    assertSameHistory(applied, migrations);
    if (applied.length > migrations.length) return "newer";
    await migrate(drizzle(client), { migrationsFolder: folder, ...RECORD });
    // The statements fit this release's own schema alone.
    if (folder === MIGRATIONS_FOLDER) await createFunctions(client);
    return "current";
  } finally {
    await client.end();
  }
}

const FORMER_MIGRATIONS = `This database was made by the 17 former migrations, which two have replaced since: 0000_tables and 0001_triggers.
Nothing was changed. Start with an empty database; on your own machine: npm run dev -- --fresh
To keep the data: DATABASE_URL='postgresql://…' npm run db:migrate -- --adopt
This compares the schemas and, if they are the same, records the two migrations as applied.`;

interface AppliedMigration {
  hash: string;
  /** The migration's `when`, as text. */
  created_at: string;
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const table = await client.query("select to_regclass('public.schema_migrations') as name");
  if (table.rows[0].name === null) return [];
  const { rows } = await client.query(
    "select hash, created_at from public.schema_migrations order by created_at",
  );
  return rows;
}

/** The migrator itself looks at times only: it would apply nothing of a file that was edited, and would skip an earlier one. */
function assertSameHistory(applied: readonly AppliedMigration[], migrations: readonly MigrationFile[]): void {
  for (const [index, { hash, created_at }] of applied.entries()) {
    const file = migrations[index];
    if (file === undefined) return;
    if (file.sha256 === hash) continue;
    const path = `drizzle/${file.name}.sql`;
    throw new Error(
      file.when === Number(created_at)
        ? `${path} was edited after this database had applied it. Nothing was changed. Restore the file, and put the change into a new migration (npm run db:generate).`
        : `This database has applied another migration in the place of ${path}. Nothing was changed. Generate that migration anew, so that it comes after those that are applied (npm run db:generate).`,
    );
  }
}

if (import.meta.main) {
  const { adopt } = parseArgs({ options: { adopt: { type: "boolean", default: false } } }).values;
  const url = process.env.DATABASE_URL;
  if (!url) {
    console.error("Set DATABASE_URL to the connection string of the database to migrate.");
    process.exit(1);
  }
  try {
    const result = await applyMigrations(url, { isAdoptionWanted: adopt });
    console.log(
      result === "newer"
        ? "The database's schema is newer than this release: it has migrations that drizzle/ does not know. Nothing was changed."
        : "The database is up to date.",
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
