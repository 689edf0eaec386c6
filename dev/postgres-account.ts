// Root may not run Postgres. Here is who does instead, and how that account gets at what only root may enter.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, statSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Accounts that exist on a machine already: none is made for us. */
const ACCOUNTS = ["postgres", "nobody"];

export interface Account {
  uid: number;
  gid: number;
}

/** Undefined: Postgres runs as the user that we are. An existing data directory goes on under its owner. */
export function chooseAccount(dataDir: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = existsSync(dataDir) ? statSync(dataDir) : null;
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ACCOUNTS) {
    const uid = readId("-u", name);
    const gid = readId("-g", name);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new Error(
    `Root may not run Postgres, and this machine has no account ${ACCOUNTS.join(" or ")} to run it. ` +
      "Start as an ordinary user.",
  );
}

/**
 * How the account names its working directory. The system enters that one before the account changes, and no path
 * leads there that the account would have to be let through.
 */
export function nameWorkingDirectory(directory: string, account: Account | undefined): string {
  return account !== undefined && process.platform === "linux" ? "/proc/self/cwd" : directory;
}

/** Copies the binaries to a place that the account can enter and only root can change; null: it can enter them as they are. */
export async function copyWhereReachable(
  binaries: string,
  account: Account | undefined,
): Promise<string | null> {
  if (account === undefined || isReachable(join(binaries, "bin", "postgres"))) return null;
  const base = [tmpdir(), "/tmp", "/var/tmp"].find((folder) => existsSync(folder) && isReachable(folder));
  if (base === undefined)
    throw new Error("Postgres's account can enter none of the folders for temporary files.");
  const copy = mkdtempSync(join(base, "zoom-oauth-connections-postgres-"));
  await cp(binaries, copy, { recursive: true, verbatimSymlinks: true });
  execFileSync("chmod", ["-R", "u=rwX,go=rX", copy]);
  return copy;
}

/** Whether everybody may enter the path's folders, and read and enter or run what it leads to. */
function isReachable(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** NaN where there is no such account. */
function readId(flag: string, name: string): number {
  try {
    return Number(
      execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
  } catch {
    return Number.NaN;
  }
}
