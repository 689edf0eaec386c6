// The migrations: what they make, which databases they refuse and how, and what a Worker says that meets a database
// of another release.

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { FORMER_FIRST } from "../../dev/adopt-database.ts";
import { readCatalog } from "../../dev/catalog.ts";
import { findProblems, recordMigrations } from "../../dev/check-migrations.ts";
import { applyMigrations } from "../../dev/migrate.ts";
import { type MigrationFile, readMigrations } from "../../dev/migration-files.ts";
import { CONNECTIONS, createConnection } from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

const POSTGRES = inject("ownerUrl");
const NEWER = "The database's schema is newer than this release of the service.";
const OLDER = "The database's schema is older than this release of the service.";

interface JournalEntry {
  tag: string;
  when: number;
}

/** Those that replaced the former ones, without any later one. */
const FIRST_TWO = copyMigrations();
while (readMigrations(FIRST_TWO).length > 2) removeNewest(FIRST_TWO);

let admin: pg.Client;

beforeAll(async () => {
  admin = await open(`${POSTGRES}/postgres`);
});
afterAll(async () => {
  await admin.end();
  rmSync(FIRST_TWO, { recursive: true });
});

/** Its URL, and a client of its own. Test files copy side by side, and Postgres copies a template for one at a time. */
async function createDatabase(template: string): Promise<[string, pg.Client]> {
  const name = `migration_${randomUUID().replaceAll("-", "")}`;
  await admin.query("select pg_advisory_lock(1)");
  await admin.query(`create database ${name} template ${template}`);
  await admin.query("select pg_advisory_unlock(1)");
  return [`${POSTGRES}/${name}`, await open(`${POSTGRES}/${name}`)];
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

describe("a database", () => {
  let url: string;
  let database: pg.Client;

  /** What it is a copy of. */
  let template = "template1";

  beforeEach(async () => {
    [url, database] = await createDatabase(template);
    return async () => await database.end();
  });

  const rowsOf = async (statement: string) => (await database.query(statement)).rows;
  const describeDatabase = async () => ({
    catalog: await readCatalog(database),
    schemas: await rowsOf("select nspname from pg_namespace where nspname not like 'pg\\_%' order by 1"),
    records: await rowsOf("select to_regclass('public.schema_migrations')::text as name"),
  });

  it("that is empty gets tables, triggers, storage and planner figures; a second run changes nothing", async () => {
    expect(await applyMigrations(url, { folder: FIRST_TWO })).toBe("current");
    const made = await describeDatabase();
    const applied = await rowsOf("select * from schema_migrations");
    expect(await applyMigrations(url, { folder: FIRST_TWO })).toBe("current");
    expect(await describeDatabase()).toEqual(made);
    expect(await rowsOf("select * from schema_migrations")).toEqual(applied);
    expect(made.catalog.filter((line) => /^relation \w+: kind r/.test(line))).toHaveLength(12);
    expect(made.catalog.filter((line) => line.startsWith("trigger "))).toHaveLength(4);
    expect(await rowsOf("select reloptions from pg_class where relname = 'zoom_oauth_connections'")).toEqual([
      { reloptions: ["fillfactor=85"] },
    ]);
    expect(
      await rowsOf(`select attname, attoptions, attstorage from pg_attribute
        where attrelid in ('zoom_oauth_connections'::regclass, 'connection_events'::regclass)
          and (attoptions is not null or attstorage = 'e') order by attname`),
    ).toEqual([
      { attname: "credentials", attoptions: null, attstorage: "e" },
      { attname: "project_id", attoptions: ["n_distinct=2"], attstorage: "x" },
      { attname: "zoom_oauth_connection_id", attoptions: ["n_distinct=-0.005"], attstorage: "x" },
    ]);
  });

  describe("of the former migrations", () => {
    /** The former migrations made this very schema, and drizzle recorded them in a schema of its own. */
    beforeAll(async () => {
      const [formerUrl, former] = await createDatabase(template);
      await applyMigrations(formerUrl, { folder: FIRST_TWO });
      await former.query(`
        drop table schema_migrations;
        create schema drizzle;
        create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
        insert into drizzle.__drizzle_migrations (hash, created_at) values
          ('${FORMER_FIRST}', 1795485369644), ('${"0".repeat(64)}', 1795604587572);
        insert into projects (id, name) values ('p', 'kept')`);
      template = former.database as string;
      await former.end();
      return () => {
        template = "template1";
      };
    });

    it("is refused with what to do, and stays as it was", async () => {
      const before = await describeDatabase();
      const refusal = await applyMigrations(url).catch((error: Error) => error.message);
      expect(refusal).toContain("Nothing was changed.");
      expect(refusal).toContain("npm run dev -- --fresh");
      expect(refusal).toContain("npm run db:migrate -- --adopt");
      expect(await describeDatabase()).toEqual(before);
      expect(await rowsOf("select hash from drizzle.__drizzle_migrations")).toHaveLength(2);
    });

    it("ends the command with exit code 1 and the message alone", async () => {
      const env = { ...process.env, DATABASE_URL: url };
      const run = promisify(execFile)(process.execPath, ["dev/migrate.ts"], { env });
      const { code, stderr } = await run.catch((error) => error);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^This database was made by the 17 former migrations/);
      expect(stderr).not.toContain("    at ");
    });

    it("is adopted where its schema is the same, with its data", async () => {
      const before = await readCatalog(database);
      expect(await applyMigrations(url, { folder: FIRST_TWO, isAdoptionWanted: true })).toBe("current");
      expect(await readCatalog(database)).toEqual(before);
      expect(await rowsOf("select name from projects")).toEqual([{ name: "kept" }]);
      expect(await rowsOf("select hash from schema_migrations order by id")).toEqual(
        readMigrations(FIRST_TWO).map(({ sha256 }) => ({ hash: sha256 })),
      );
      expect(
        await rowsOf("select has_table_privilege('public', 'schema_migrations', 'select') as can"),
      ).toEqual([{ can: true }]);
      expect(await applyMigrations(url)).toBe("current");
    });

    it.each([
      ["drop trigger zoom_oauth_connections_count_trigger on zoom_oauth_connections", "missing: trigger"],
      ["drop index webhooks_project_id_index", "missing: index"],
      ["alter table projects add column colour text", "unexpected: column projects.colour"],
      ["alter table webhooks drop constraint webhooks_pause_check", "missing: constraint"],
      ["alter table zoom_oauth_connections reset (fillfactor)", "missing: relation zoom_oauth_connections"],
      ["alter table zoom_oauth_connections alter project_id reset (n_distinct)", "missing: column"],
      [
        "alter table zoom_oauth_connections disable trigger zoom_oauth_connections_schedule_trigger",
        "missing: trigger",
      ],
      [
        "create or replace function count_zoom_oauth_connection() returns trigger language plpgsql as $$ begin return null; end $$",
        "missing: function count_zoom_oauth_connection()",
      ],
    ])("is not adopted after: %s", async (change, difference) => {
      await database.query(change);
      const before = await describeDatabase();
      const refusal = await applyMigrations(url, { isAdoptionWanted: true }).catch(
        (error: Error) => error.message,
      );
      expect(refusal).toContain("Nothing was changed.");
      expect(refusal).toContain(`- ${difference}`);
      expect(await describeDatabase()).toEqual(before);
      expect(await rowsOf("select hash from drizzle.__drizzle_migrations")).toHaveLength(2);
    });
  });

  describe("that meets other files", () => {
    let folder: string;

    beforeEach(() => {
      folder = copyMigrations();
      return () => rmSync(folder, { recursive: true });
    });

    it("refuses one that was edited after it was applied", async () => {
      await applyMigrations(url);
      appendFileSync(join(folder, "0001_triggers.sql"), "-- edited\n");
      addMigration(folder, "9999_colour", "alter table projects add column colour text");
      const before = await describeDatabase();
      await expect(applyMigrations(url, { folder })).rejects.toThrow(
        "drizzle/0001_triggers.sql was edited after",
      );
      expect(await describeDatabase()).toEqual(before);
    });

    it("refuses one that was generated before another that is applied", async () => {
      addMigration(folder, "9999_colour", "alter table projects add column colour text", 2);
      await applyMigrations(url, { folder });
      const other = copyMigrations();
      addMigration(other, "9998_size", "alter table projects add column size text", 1);
      addMigration(other, "9999_colour", "alter table projects add column colour text", 2);
      await expect(applyMigrations(url, { folder: other })).rejects.toThrow(
        "in the place of drizzle/9998_size.sql",
      );
      rmSync(other, { recursive: true });
    });

    it("changes nothing where it has more migrations than the release", async () => {
      addMigration(folder, "9999_colour", "alter table projects add column colour text");
      expect(await applyMigrations(url, { folder })).toBe("current");
      const before = await describeDatabase();
      expect(await applyMigrations(url)).toBe("newer");
      expect(await describeDatabase()).toEqual(before);
    });

    it("has nothing of a migration that fails in its middle, and all of it once it is mended", async () => {
      await applyMigrations(url);
      const before = await describeDatabase();
      addMigration(
        folder,
        "9999_colour",
        "alter table projects add column colour text;--> statement-breakpoint\nselect 1/0",
      );
      await expect(applyMigrations(url, { folder })).rejects.toThrow();
      expect(await describeDatabase()).toEqual(before);
      writeFileSync(join(folder, "9999_colour.sql"), "alter table projects add column colour text");
      await applyMigrations(url, { folder });
      expect(await rowsOf("select colour from projects")).toEqual([]);
    });
  });
});

/** A folder like drizzle/, to be changed. */
function copyMigrations(): string {
  const folder = mkdtempSync(join(tmpdir(), "migrations-"));
  cpSync("drizzle", folder, { recursive: true });
  return folder;
}

function changeJournal(folder: string, change: (entries: JournalEntry[]) => JournalEntry[]): void {
  const path = join(folder, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...journal, entries: change(journal.entries) }));
}

/** Adds a migration that was generated so many milliseconds after the newest. */
function addMigration(folder: string, tag: string, text: string, laterByMs = 1): void {
  changeJournal(folder, (entries) => [
    ...entries,
    { ...(entries.at(-1) as JournalEntry), tag, when: (entries.at(-1) as JournalEntry).when + laterByMs },
  ]);
  writeFileSync(join(folder, `${tag}.sql`), text);
}

/** Returns its name. */
function removeNewest(folder: string): string {
  const { name } = readMigrations(folder).at(-1) as MigrationFile;
  changeJournal(folder, (entries) => entries.slice(0, -1));
  rmSync(join(folder, `${name}.sql`));
  return name;
}

describe("the check of the files", () => {
  let folder: string;

  beforeEach(() => {
    folder = copyMigrations();
    return () => rmSync(folder, { recursive: true });
  });

  it("finds nothing in those of today, and one newest snapshot", () => {
    expect(findProblems("drizzle")).toEqual([]);
  });

  it.each(["0000_tables.sql", "0001_triggers.sql"])(
    "refuses an edit of %s, and recording does not help",
    (file) => {
      appendFileSync(join(folder, file), "\n");
      const problem = `${file} was edited. A landed migration is never edited: `;
      expect(findProblems(folder)).toEqual([expect.stringContaining(problem)]);
      recordMigrations(folder);
      expect(findProblems(folder)).toEqual([expect.stringContaining(problem)]);
    },
  );

  it("refuses the removal of one that has landed", () => {
    const file = `${removeNewest(folder)}.sql`;
    expect(findProblems(folder)).toEqual([expect.stringContaining(`${file} is missing from its place`)]);
  });

  it("wants a new one to be recorded, and takes it then", () => {
    addMigration(folder, "9999_colour", "alter table projects add column colour text");
    expect(findProblems(folder)).toEqual([
      expect.stringContaining("9999_colour.sql is not in landed.sha256"),
    ]);
    recordMigrations(folder);
    expect(findProblems(folder)).toEqual([]);
    appendFileSync(join(folder, "9999_colour.sql"), ";");
    expect(findProblems(folder)).toEqual([expect.stringContaining("9999_colour.sql was edited")]);
  });

  it("refuses one whose time is not later than that of the one before", () => {
    addMigration(folder, "9999_colour", "alter table projects add column colour text", 0);
    recordMigrations(folder);
    expect(findProblems(folder)).toEqual([expect.stringContaining("9999_colour.sql is not later than")]);
  });

  it("refuses a file that no database would apply", () => {
    writeFileSync(join(folder, "9999_colour.sql"), "select 1");
    expect(findProblems(folder)).toEqual([
      expect.stringContaining("9999_colour.sql is not in meta/_journal.json"),
    ]);
  });

  it("refuses former snapshots, which recording removes", () => {
    writeFileSync(join(folder, "meta/0000_snapshot.json"), "{}");
    expect(findProblems(folder)).toEqual([expect.stringContaining("meta/0000_snapshot.json is not needed")]);
    recordMigrations(folder);
    expect(findProblems(folder)).toEqual([]);
  });
});

describe("a Worker, whose database role may not change the schema,", () => {
  let stack: Stack;
  let tenant: Tenant;

  beforeAll(async () => {
    const [, owner] = await createDatabase(inject("templateDatabase"));
    await owner.end();
    stack = await startStack({ database: owner.database as string });
    tenant = await stack.createTenant();
  });
  afterAll(async () => await stack.close());

  const NEWER_RECORD = [
    "insert into schema_migrations (hash, created_at) select 'newer', max(created_at) + 1 from schema_migrations",
    "delete from schema_migrations where hash = 'newer'",
  ] as const;
  const OLDER_RECORD = [
    "update schema_migrations set created_at = created_at - 1000000",
    "update schema_migrations set created_at = created_at + 1000000",
  ] as const;
  const NO_RECORD = [
    "alter table schema_migrations rename to hidden",
    "alter table hidden rename to schema_migrations",
  ] as const;
  const OTHER_COLUMN = [
    "alter table zoom_oauth_connections rename column account_id to hidden",
    "alter table zoom_oauth_connections rename column hidden to account_id",
  ] as const;
  const OTHER_TABLE = [
    "alter table zoom_meetings rename to hidden",
    "alter table hidden rename to zoom_meetings",
  ] as const;

  /** Runs the work while the database is another release's. */
  async function whileChanged(
    changes: (readonly [change: string, undo: string])[],
    work: () => Promise<void>,
  ): Promise<void> {
    for (const [change] of changes) await stack.sql(change);
    try {
      await work();
    } finally {
      for (const [, undo] of changes.toReversed()) await stack.sql(undo);
    }
  }

  const list = async () => await stack.request(CONNECTIONS, { apiKey: tenant.apiKey });
  const isReady = async () => {
    // The Worker keeps an answer for a second.
    await delay(1_100);
    return await stack.request("/readyz");
  };
  const roundTripsOf = ({ headers }: Answer) =>
    /db;dur=[\d.]+;desc="(\d+)"/.exec(headers.get("Server-Timing") ?? "")?.[1];

  /** Waits for a line of the Worker's log, from this one on, that has all of these. */
  const expectLogged = async (start: number, fields: Record<string, unknown>) =>
    await vi.waitFor(() => {
      const lines = stack.logs().slice(start);
      const events = lines.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
      expect(events).toContainEqual(expect.objectContaining(fields));
    }, 10_000);

  it("is ready with a database of its own release, in one round trip", async () => {
    const answer = await isReady();
    expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
    expect(roundTripsOf(answer)).toBe("1");
  });

  it("goes on with a newer schema, and says so", async () => {
    await whileChanged([NEWER_RECORD], async () => {
      const start = stack.logs().length;
      const answer = await isReady();
      expect([answer.status, answer.body]).toEqual([200, { status: "ok", schema: "newer" }]);
      expect(roundTripsOf(answer)).toBe("1");
      const reason = expect.stringContaining(NEWER);
      const request_id = answer.headers.get("X-Request-Id");
      await expectLogged(start, { level: "warn", event: "schema_mismatch", request_id, reason });
      const connections = await list();
      expect([connections.status, roundTripsOf(connections)]).toEqual([200, "1"]);
    });
  });

  it("says in the log of the cron run that the schema is newer", async () => {
    await whileChanged([NEWER_RECORD], async () => {
      const start = stack.logs().length;
      await stack.runCron();
      const reason = expect.stringContaining(NEWER);
      await expectLogged(start, { level: "warn", event: "schema_mismatch", reason });
    });
  });

  it.each([
    ["newer", NEWER_RECORD, NEWER],
    ["older", OLDER_RECORD, OLDER],
  ])(
    "answers schema_mismatch to a request that fails for a schema that is %s",
    async (_, record, sentence) => {
      await whileChanged([OTHER_COLUMN, record], async () => {
        const start = stack.logs().length;
        const answer = await list();
        expect([answer.status, answer.body.code]).toEqual([503, "schema_mismatch"]);
        expect(answer.body.error).toContain(sentence);
        expect(answer.headers.get("Retry-After")).toBe("5");
        const reason = expect.stringContaining(sentence);
        const { request_id } = answer.body;
        await expectLogged(start, { event: "schema_mismatch", request_id, sqlstate: "42703", reason });
      });
      expect((await list()).status).toBe(200);
    },
  );

  it.each([
    ["an older schema", OLDER_RECORD],
    ["no record of migrations", NO_RECORD],
  ])("is not ready with %s, and says so", async (_, record) => {
    await whileChanged([record], async () => {
      const start = stack.logs().length;
      const answer = await isReady();
      expect([answer.status, answer.body.code]).toEqual([503, "schema_mismatch"]);
      expect(answer.body.error).toContain(OLDER);
      expect(answer.body.error).toContain("npm run db:migrate");
      expect(answer.headers.get("Retry-After")).toBe("5");
      await expectLogged(start, { event: "schema_mismatch", reason: answer.body.error });
      expect((await list()).status).toBe(200);
    });
    expect((await isReady()).status).toBe(200);
  });

  it("does not blame the schema for a failure where it is of the same release", async () => {
    await whileChanged([OTHER_COLUMN], async () => {
      const answer = await list();
      expect([answer.status, answer.body.code]).toEqual([500, "internal_error"]);
    });
  });

  it("says in the log of a failed job that the schema is newer, and does the job later", async () => {
    const { body: connection } = await createConnection(stack, tenant, await stack.authorize(tenant));
    const synced = "select last_successful_sync_at as at from zoom_oauth_connections where id = $1";
    await vi.waitFor(
      async () => expect((await stack.sql(synced, [connection.id]))[0]?.at).not.toBeNull(),
      10_000,
    );
    const [before] = await stack.sql(synced, [connection.id]);
    await whileChanged([OTHER_TABLE, NEWER_RECORD], async () => {
      const start = stack.logs().length;
      await stack.request(`${CONNECTIONS}/${connection.id}/sync`, { method: "POST", apiKey: tenant.apiKey });
      const reason = expect.stringContaining(NEWER);
      await expectLogged(start, { event: "job_failed", job: "sync", sqlstate: "42P01", reason });
    });
    await vi.waitFor(
      async () => expect((await stack.sql(synced, [connection.id]))[0]?.at).not.toEqual(before?.at),
      20_000,
    );
  });
});
