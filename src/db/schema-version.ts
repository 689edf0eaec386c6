// Whether the database has the migrations that this build was made with. Migrations expand first (drizzle/README.md), so a
// newer database still serves this build. An older one does not.

import { sql } from "drizzle-orm";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };
import { type Database, postgresError } from "./client.ts";
import { field } from "./columns.ts";
import { statement } from "./statement.ts";

/** How the database's schema compares with the one that this build was made for. */
export type SchemaAge = "older" | "same" | "newer";

/** What the operator is told where the two differ. */
export const SCHEMA_MISMATCH = {
  older:
    "The database's schema is older than this release of the service. Its operator must apply the migrations (npm run db:migrate).",
  newer:
    "The database's schema is newer than this release of the service. Its operator should deploy the release that it was migrated for.",
} as const satisfies Record<Exclude<SchemaAge, "same">, string>;

/** The newest migration of this build, by its time in drizzle's journal. The migrator records that time when it applies one. */
const BUILT_WITH = Math.max(...journal.entries.map(({ when }) => when));

const UNDEFINED_TABLE = "42P01";

/**
 * The SQLSTATEs of a statement that the schema does not fit: of class 42 (tables, columns, functions) all but missing
 * privileges, and not-null and check constraints that the statement does not know.
 */
const SCHEMA_SQLSTATES = /^(42(?!501)|23502|23514)/;

/** One round trip. Throws where the database does not answer. A database without our tables is older. */
export async function compareSchema(db: Database): Promise<SchemaAge> {
  const applied = await readNewestMigration(db);
  if (applied === BUILT_WITH) return "same";
  return applied < BUILT_WITH ? "older" : "newer";
}

/**
 * Explains why a statement failed: the sentence where the schemas differ, null where they do not or the error has another
 * cause. Costs a round trip only after an error that a schema can cause, and never throws.
 */
export async function explainBySchema(db: Database, error: unknown): Promise<string | null> {
  if (!SCHEMA_SQLSTATES.test(postgresError(error)?.sqlstate ?? "")) return null;
  const age = await compareSchema(db).catch(() => "same" as const);
  return age === "same" ? null : SCHEMA_MISMATCH[age];
}

export const findNewestMigration = statement({
  name: "find_newest_migration",
  row: { newest: field<string>(sql`max(created_at)`) },
  text: (_: object, columns) => sql`select ${columns} from public.schema_migrations`,
});

async function readNewestMigration(db: Database): Promise<number> {
  try {
    return Number((await findNewestMigration.first(db, {}))?.newest);
  } catch (error) {
    if (postgresError(error)?.sqlstate === UNDEFINED_TABLE) return 0;
    throw error;
  }
}
