// The file where the deployment keeps what it made up, for the operator's eyes only. It is written before a secret goes
// anywhere, so that a deployment that was interrupted goes on with the same ones.

import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

const HEAD = `# Made by npm run deploy. Keep these in a safe place, where the database backups are not, and delete this file.
# Without the encryption key every connection is lost.
`;

const MAKERS = {
  CREDENTIAL_ENCRYPTION_KEYS: () => `k1:${randomBytes(32).toString("base64")}`,
  ADMIN_API_KEY: () => randomBytes(32).toString("hex"),
};

export type MadeSecret = keyof typeof MAKERS;
export const MADE_SECRETS = Object.keys(MAKERS) as MadeSecret[];

/** The secrets that the file has. */
export function readKeptSecrets(file: string): Partial<Record<MadeSecret, string>> {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8").split("\n");
  const entries = lines.flatMap((line) => {
    const [, name, value] = /^(\w+)=(\S+)$/.exec(line.trim()) ?? [];
    return name !== undefined && name in MAKERS ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}

/** The named secrets: those of the file, and new ones in place of what it lacks, which it then has too. */
export function keepSecrets(file: string, names: readonly MadeSecret[]): Partial<Record<MadeSecret, string>> {
  const kept = readKeptSecrets(file);
  for (const name of names) kept[name] ??= MAKERS[name]();
  const text = Object.entries(kept).map(([name, value]) => `${name}=${value}\n`);
  const draft = `${file}.new`;
  const handle = openSync(draft, "w", 0o600);
  writeSync(handle, HEAD + text.join(""));
  fsyncSync(handle);
  closeSync(handle);
  renameSync(draft, file);
  return Object.fromEntries(names.map((name) => [name, kept[name]]));
}
