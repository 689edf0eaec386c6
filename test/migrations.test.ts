// Migrations that keep books beside the connections: right for what was there, for what is being written when one begins,
// and for what comes after.

import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { findDiscrepancies } from "./support/bookkeeping.ts";

const POSTGRES = `postgresql://postgres:postgres@127.0.0.1:${inject("postgresPort")}`;
const FILES = readdirSync("drizzle")
  .filter((file) => file.endsWith(".sql"))
  .sort();

let admin: pg.Client;
let database: string;
let migrator: pg.Client;
let writer: pg.Client;

beforeAll(async () => {
  admin = await open("postgres");
});
afterAll(async () => await admin.end());
beforeEach(async () => {
  database = `migration_${randomUUID().replaceAll("-", "")}`;
  await admin.query(`create database ${database}`);
  [migrator, writer] = [await open(database), await open(database)];
  return async () => {
    await migrator.end();
    await writer.end();
  };
});

async function open(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: `${POSTGRES}/${name}` });
  await client.connect();
  return client;
}

async function run(files: readonly string[]): Promise<void> {
  for (const file of files) {
    for (const statement of readFileSync(`drizzle/${file}`, "utf8").split("--> statement-breakpoint"))
      await migrator.query(statement);
  }
}

/** A connection of the app `a`, with the user's id as its own. */
async function insert(client: pg.Client, user: string, state = "connected", masterKey = "k"): Promise<void> {
  await client.query(
    `insert into zoom_oauth_connections (id, project_id, zoom_oauth_app_id, user_id, account_id, state, credentials,
       is_local_recording_token_supported, is_onbehalf_token_supported, authorized_at)
     values ($1, 'p', 'a', $1, 'account', $2, $3, $4, true, now())`,
    [user, state, `v1.${masterKey}.sealed`, !user.includes("unsynced")],
  );
}

const isWaiting = async () => {
  const { rowCount } = await admin.query(
    "select from pg_locks join pg_database on database = pg_database.oid where datname = $1 and not granted",
    [database],
  );
  return rowCount === 1;
};

/** Runs the migrations before this one, and makes the app. */
async function migrateUpTo(file: string): Promise<void> {
  await migrator.query("begin");
  await run(FILES.filter((name) => name < file));
  await migrator.query("commit");
  await migrator.query(`
    insert into projects (id, name) values ('p', 'p');
    insert into zoom_oauth_apps (id, project_id, client_id, client_secret) values ('a', 'p', 'a', 'sealed')`);
}

const from = (file: string) => FILES.filter((name) => name >= file);

/** Runs the migrations from this one on, between connections that are there and writes that meet them. */
async function migrateFrom(file: string): Promise<void> {
  await migrateUpTo(file);
  await insert(migrator, "before");
  await insert(migrator, "before, unsynced");
  await insert(migrator, "before, ended", "disconnected");
  await insert(migrator, "before, with an older key", "connected", "older");
  await writer.query("begin");
  await insert(writer, "under way");
  await writer.query("update zoom_oauth_connections set state = 'disconnected' where id = 'before'");
  await migrator.query("begin");
  const migrating = run(from(file));
  while (!(await isWaiting())) await new Promise((done) => setTimeout(done, 20));
  await writer.query("commit");
  await migrating;
  const late = insert(writer, "meanwhile");
  await migrator.query("commit");
  await late;
}

it.each(["0008_app_connection_counts.sql", "0015_schedules.sql", "0016_counts_by_master_key.sql"])(
  "%s and those after it keep exact books",
  async (file) => {
    await migrateFrom(file);
    expect(await findDiscrepancies(migrator)).toEqual({ schedules: [], counts: [] });
    const { rows } = await migrator.query(
      "select sum(connected)::int as connected, sum(disconnected)::int as disconnected from zoom_oauth_app_connection_counts",
    );
    expect(rows).toEqual([{ connected: 4, disconnected: 2 }]);
  },
);

it("0015_schedules.sql keeps the times that the connections had", async () => {
  const file = "0015_schedules.sql";
  await migrateUpTo(file);
  await insert(migrator, "a");
  await insert(migrator, "b");
  const times = async (statement: string) => (await migrator.query(statement)).rows;
  const before = await times(`
    select id, 'refresh' as work, next_refresh_at as due_at from zoom_oauth_connections
    union all select id, 'sync', next_sync_at from zoom_oauth_connections order by id, work`);
  await migrator.query("begin");
  await run(from(file));
  await migrator.query("commit");
  const after = await times(`
    select zoom_oauth_connection_id as id, work, due_at from zoom_oauth_connection_schedules order by id, work`);
  expect(after).toHaveLength(4);
  expect(after).toEqual(before);
});
