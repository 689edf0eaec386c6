// The migrations in drizzle/, in the order in which they are applied.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const MIGRATIONS_FOLDER = fileURLToPath(new URL("../drizzle", import.meta.url));

export interface MigrationFile {
  /** Without its ending. */
  name: string;
  /** When it was generated, in milliseconds since 1970. A database records it as `created_at`. */
  when: number;
  statements: string[];
  /** Of the file, hex. A database records it as `hash`. */
  sha256: string;
}

export function readMigrations(folder: string = MIGRATIONS_FOLDER): MigrationFile[] {
  const journal: { entries: { tag: string; when: number }[] } = JSON.parse(
    readFileSync(join(folder, "meta/_journal.json"), "utf8"),
  );
  return journal.entries.map(({ tag, when }) => {
    const text = readFileSync(join(folder, `${tag}.sql`), "utf8");
    const sha256 = createHash("sha256").update(text).digest("hex");
    return { name: tag, when, statements: text.split("--> statement-breakpoint"), sha256 };
  });
}
