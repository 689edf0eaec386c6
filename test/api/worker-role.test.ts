// The Worker's database role: it has each right that a statement needs, and no other. All tests of the API run under it.

import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { findStatements } from "../../dev/statements.ts";
import { findNeededRights, type Rights, VERBS } from "../../dev/worker-rights.ts";
import { grantWorkerRole, LOCAL_WORKER_ROLE } from "../../dev/worker-role.ts";
import { FUNCTION_SCHEMA } from "../../src/db/statement.ts";

const DATABASE = `roles_${randomUUID().replaceAll("-", "")}`;
const OWNER = `owner_${randomUUID().slice(0, 8)}`;
const ownerUrl = (database: string) => `${inject("ownerUrl")}/${database}`;

let owner: pg.Client;
let worker: pg.Client;
let rights: Rights;

beforeAll(async () => {
  const admin = new pg.Client({ connectionString: ownerUrl("postgres") });
  await admin.connect();
  await admin.query("select pg_advisory_lock(1)");
  await admin.query(`create database ${DATABASE} template ${inject("templateDatabase")}`);
  await admin.end();
  await grantWorkerRole(ownerUrl(DATABASE), { name: LOCAL_WORKER_ROLE, password: undefined });
  owner = new pg.Client({ connectionString: ownerUrl(DATABASE) });
  worker = new pg.Client({ connectionString: `${inject("workerUrl")}/${DATABASE}` });
  await Promise.all([owner.connect(), worker.connect()]);
  rights = await findNeededRights(owner);
});
afterAll(async () => await Promise.all([owner.end(), worker.end()]));

const explain = async (text: string) => await worker.query(`explain (generic_plan) ${text}`);
/** Whether Postgres refuses one of them for want of a right. */
async function isAnyDenied(texts: string[]): Promise<boolean> {
  for (const text of texts) {
    const code = await explain(text).catch((error: pg.DatabaseError) => error.code);
    if (code === "42501") return true;
  }
  return false;
}

const tablesOf = async () =>
  (await owner.query("select tablename from pg_tables where schemaname = 'public'")).rows.map(
    ({ tablename }) => tablename as string,
  );

describe("the Worker's role", () => {
  it("may run every statement", async () => {
    for (const { place, statement } of await findStatements()) {
      await expect(explain(statement.built.text), place).resolves.toBeDefined();
    }
  });

  it("has no right that no statement, trigger or function needs", async () => {
    const texts = (await findStatements()).map(({ statement }) => statement.built.text);
    const functions = await owner.query(
      "select string_agg(prosrc, ' ') as text from pg_proc where pronamespace = 'public'::regnamespace",
    );
    const needless: string[] = [];
    for (const [table, verbs] of rights) {
      // Everyone may read those: the migration says so.
      if (table === "schema_migrations") continue;
      for (const verb of verbs) {
        const right = verb === "lock" ? "update" : verb;
        await owner.query(`revoke ${right} on ${table} from ${LOCAL_WORKER_ROLE}`);
        const isNeeded = await isAnyDenied(texts.filter((text) => text.includes(table)));
        // What only a trigger needs, Postgres finds out when it fires: those are few, and named by its text.
        if (!isNeeded && !functions.rows[0].text.includes(table)) needless.push(`${verb} ${table}`);
      }
      await grantWorkerRole(ownerUrl(DATABASE), { name: LOCAL_WORKER_ROLE, password: undefined });
    }
    expect(needless).toEqual([]);
  });

  it("has just the rights that were found, on each table", async () => {
    for (const table of await tablesOf()) {
      const has = async (verb: string) =>
        (await owner.query(`select has_table_privilege($1, $2, $3) as has`, [LOCAL_WORKER_ROLE, table, verb]))
          .rows[0].has;
      const granted: string[] = [];
      for (const verb of VERBS) if (verb !== "lock" && (await has(verb))) granted.push(verb);
      const needed = VERBS.filter((verb) => verb !== "lock" && rights.get(table)?.has(verb));
      expect(granted, table).toEqual(needed);
    }
  });

  it.each([
    "update audit_events set actor_type = 'admin'",
    "insert into schema_migrations (hash, created_at) values ('', 0)",
    "delete from schema_migrations",
    "truncate projects",
    "create table more (id text)",
    "create schema more",
    "create temporary table more (id text)",
    "alter table projects add column more text",
    "drop table token_links",
    "create role more",
    "copy projects to program 'true'",
    "create function more() returns int language sql return 1",
    `create function ${FUNCTION_SCHEMA}.more() returns int language sql return 1`,
  ])("may not: %s", async (statement) => {
    await expect(worker.query(statement)).rejects.toMatchObject({ code: "42501" });
  });
});

describe("who makes the role", () => {
  let url: URL;

  beforeAll(async () => {
    // As at Neon: the owner of the database, who may make roles and is no superuser.
    await owner.query(`create role ${OWNER} login createrole password 'owner'`);
    await owner.query(`alter database ${DATABASE} owner to ${OWNER}`);
    for (const table of await tablesOf()) await owner.query(`alter table ${table} owner to ${OWNER}`);
    await owner.query(`alter schema ${FUNCTION_SCHEMA} owner to ${OWNER}`);
    const { rows } = await owner.query(
      `select oid::regprocedure::text as signature from pg_proc where pronamespace = '${FUNCTION_SCHEMA}'::regnamespace`,
    );
    for (const { signature } of rows) await owner.query(`alter function ${signature} owner to ${OWNER}`);
    url = new URL(ownerUrl(DATABASE));
    url.username = OWNER;
    url.password = "owner";
  });

  it("needs no superuser, and may do it again: without a password the old one stays", async () => {
    const name = `worker_${randomUUID().slice(0, 8)}`;
    const first = await grantWorkerRole(url.href, { name, password: "a first one" });
    await grantWorkerRole(url.href, { name, password: undefined });
    const client = new pg.Client({ connectionString: first });
    await client.connect();
    expect((await client.query("select count(*) from projects")).rowCount).toBe(1);
    await client.end();
  });

  it("is told where the role of that name is mighty", async () => {
    const name = `mighty_${randomUUID().slice(0, 8)}`;
    await owner.query(`create role ${name} createdb`);
    await expect(grantWorkerRole(url.href, { name, password: "x" })).rejects.toThrow("Choose another name");
  });
});
