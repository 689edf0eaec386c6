// The passwords of the local database: random for each data folder, and for its owner's eyes only.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface DatabasePasswords {
  owner: string;
  worker: string;
}

/** Reads them, or makes them where the folder has no database yet. */
export function databasePasswords(dataDir: string): DatabasePasswords {
  const file = join(dataDir, "database-passwords.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  if (existsSync(join(dataDir, "postgres"))) {
    throw new Error(
      `${dataDir} has a database whose password is not known. Start with an empty one: npm run dev -- --fresh`,
    );
  }
  const passwords = { owner: randomText(), worker: randomText() };
  writeFileSync(file, JSON.stringify(passwords), { mode: 0o600 });
  return passwords;
}

function randomText(): string {
  return randomBytes(24).toString("base64url");
}
