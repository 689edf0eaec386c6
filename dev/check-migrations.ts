// `npm run check:migrations`: the migrations are sound, say the same as src/db/schema.ts, and those that have landed are
// as they were. With `-- --record` new ones are added to the list of the landed.

import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type MigrationFile, readMigrations } from "./migration-files.ts";

/** One line for each landed migration, in order, as sha256sum writes it: hash, two blanks, file. */
const LANDED = "landed.sha256";

const RECORD = "Run: npm run check:migrations -- --record";

const WHY_NEVER_EDITED =
  "A landed migration is never edited: the databases that have applied it would not get the change. Restore it, and put the change into a new migration (npm run db:generate).";

/** What is wrong with the files themselves; nothing of it is looked up in src/db/schema.ts. */
export function findProblems(folder: string): string[] {
  const migrations = readMigrations(folder);
  const landed = readLanded(folder);
  const problems = landed.flatMap(({ file, sha256 }, index) => {
    const migration = migrations[index];
    if (migration === undefined || fileOf(migration) !== file) {
      return [`${file} is missing from its place in meta/_journal.json. ${WHY_NEVER_EDITED}`];
    }
    return migration.sha256 === sha256 ? [] : [`${file} was edited. ${WHY_NEVER_EDITED}`];
  });
  for (const migration of migrations.slice(landed.length)) {
    problems.push(`${fileOf(migration)} is not in ${LANDED}. ${RECORD}`);
  }
  for (const [index, migration] of migrations.entries()) {
    const before = migrations[index - 1];
    if (before && migration.when <= before.when) {
      problems.push(
        `${fileOf(migration)} is not later than ${fileOf(before)} by its time in meta/_journal.json, so databases would skip it. Generate it anew (npm run db:generate).`,
      );
    }
  }
  const known = new Set(migrations.map(fileOf));
  for (const file of sqlFilesIn(folder)) {
    if (!known.has(file))
      problems.push(`${file} is not in meta/_journal.json, so no database would apply it.`);
  }
  for (const file of formerSnapshotsIn(folder)) {
    problems.push(`meta/${file} is not needed: drizzle-kit reads the newest snapshot alone. ${RECORD}`);
  }
  return problems;
}

/** Adds the new migrations to the list of the landed, whose lines it never changes, and removes the former snapshots. */
export function recordMigrations(folder: string): void {
  for (const migration of readMigrations(folder).slice(readLanded(folder).length)) {
    appendFileSync(join(folder, LANDED), `${migration.sha256}  ${fileOf(migration)}\n`);
  }
  for (const file of formerSnapshotsIn(folder)) rmSync(join(folder, "meta", file));
}

function readLanded(folder: string): { sha256: string; file: string }[] {
  const list = join(folder, LANDED);
  if (!existsSync(list)) return [];
  const lines = readFileSync(list, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [sha256 = "", file = ""] = line.split("  ");
    return { sha256, file };
  });
}

function fileOf({ name }: MigrationFile): string {
  return `${name}.sql`;
}

function sqlFilesIn(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith(".sql"));
}

function formerSnapshotsIn(folder: string): string[] {
  const snapshots = readdirSync(join(folder, "meta")).filter((file) => file.endsWith("_snapshot.json"));
  return snapshots.sort().slice(0, -1);
}

/** drizzle-kit has no dry run: it generates into a copy, which shows whether it had something to add. */
function isInStepWithSchema(folder: string): boolean {
  runDrizzleKit("check");
  const copy = mkdtempSync(".migrations-check-");
  try {
    cpSync(folder, copy, { recursive: true });
    runDrizzleKit("generate", "--dialect", "postgresql", "--schema", "./src/db/schema.ts", "--out", copy);
    return sqlFilesIn(copy).length === sqlFilesIn(folder).length;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function runDrizzleKit(...args: string[]): void {
  const result = spawnSync("drizzle-kit", args, { encoding: "utf8" });
  if (result.status === 0) return;
  console.error(result.stdout, result.stderr);
  throw new Error(`drizzle-kit ${args[0]} failed`);
}

if (import.meta.main) {
  const folder = "drizzle";
  const { record } = parseArgs({ options: { record: { type: "boolean", default: false } } }).values;
  if (record) recordMigrations(folder);
  const problems = findProblems(folder).map((problem) => `${folder}/${problem}`);
  if (!isInStepWithSchema(folder)) {
    problems.push(`src/db/schema.ts and ${folder}/ disagree. Run: npm run db:generate`);
  }
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log("Migrations: sound, as they landed, and in step with the schema.");
}
