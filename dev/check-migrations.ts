// Checks that the migrations are sound and that they say the same as src/db/schema.ts.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

run("check");
// drizzle-kit has no dry run: let it generate into a copy, and see whether it had something to add.
const copy = mkdtempSync(".migrations-check-");
try {
  cpSync("drizzle", copy, { recursive: true });
  run("generate", "--dialect", "postgresql", "--schema", "./src/db/schema.ts", "--out", copy);
  if (countMigrations(copy) !== countMigrations("drizzle")) {
    console.error("src/db/schema.ts and drizzle/ disagree. Run: npm run db:generate");
    process.exitCode = 1;
  } else {
    console.log("Migrations: sound, and in step with the schema.");
  }
} finally {
  rmSync(copy, { recursive: true });
}

function run(...args: string[]): void {
  const result = spawnSync("drizzle-kit", args, { encoding: "utf8" });
  if (result.status === 0) return;
  console.error(result.stdout, result.stderr);
  throw new Error(`drizzle-kit ${args[0]} failed`);
}

function countMigrations(folder: string): number {
  return readdirSync(join(folder)).filter((file) => file.endsWith(".sql")).length;
}
