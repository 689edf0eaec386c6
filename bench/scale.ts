// Whether queries stay as fast as the data grows: the statements of src/db, sent to real PostgreSQL, on a project with
// 1,000, 100,000 and 1,000,000 connections. Fails where one becomes slower than the bar, or scans a whole table.
//
// node bench/scale.ts [part of a query's name …]. Default: all queries.

import { execFileSync } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { applyMigrations } from "../dev/migrate.ts";
import { freePort } from "../dev/ports.ts";
import { startPostgres } from "../dev/postgres.ts";
import type { Database } from "../src/db/client.ts";
import { ROW_COUNT } from "../src/db/statement.ts";
import { MAX_SCALE_RATIO as MAX_RATIO } from "./bars.ts";
import { connectionId, LARGE_PROJECT, loadProjects } from "./scale-data.ts";
import { QUERIES, type Query, type Sample } from "./scale-queries.ts";

const SIZES = [1_000, 100_000, 1_000_000] as const;
const parts = process.argv.slice(2);
const wanted = QUERIES.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
if (wanted.length === 0) throw new Error(`no query's name has ${parts.join(" or ")} in it`);
/** How often a query over the bar is measured again. */
const MAX_REPEATS = 4;
const WARM_UP = 100;
const RUNS = 400;
/** A slow statement is measured less often; its ratio is beyond doubt. */
const PATIENCE_MS = 10_000;
const PLANS_PER_QUERY = 20;
/** The largest share of the memory that PostgreSQL's manual (19.4.1, shared_buffers) finds of use: all data fit in at each size. */
const SHARED_BUFFERS_MB = Math.floor(
  (Math.min(totalmem(), process.constrainedMemory() || Infinity) * 0.4) / 2 ** 20,
);
const BIG_TABLES = [
  ...["zoom_oauth_connections", "connection_events", "used_authorization_codes", "zoom_meetings"],
  ...["webhook_deliveries", "zoom_events", "zoom_oauth_connection_schedules", "connect_sessions"],
];

const TEXT_TIMES = {
  getTypeParser: (oid: number) =>
    oid === pg.types.builtins.TIMESTAMPTZ ? (text: string) => text : pg.types.getTypeParser(oid, "text"),
} as pg.CustomTypesConfig;

interface Statement {
  text: string;
  values: unknown[];
  /** How many rows Postgres says that it touched. */
  rowCount: number;
}

/** One database of one size, with the statement that went to it last. */
interface Subject {
  size: number;
  client: pg.Client;
  db: Database;
  last: Statement;
}

const startedAt = performance.now();
const postgres = await startPostgres({
  dataDir: join(tmpdir(), `zoom-oauth-connections-scale-${randomUUID()}`),
  port: await freePort(),
  persistent: false,
  sharedBuffersMb: SHARED_BUFFERS_MB,
});
try {
  const subjects: Subject[] = [];
  for (const size of SIZES) subjects.push(await prepare(size));
  await shareProcessor(subjects);
  const failures: string[] = [];
  const figures: Record<string, Record<string, string>> = {};
  const plans: string[] = [];
  for (const query of wanted) {
    // The sizes take turns within each round, so that what disturbs the machine disturbs them alike.
    let medians = await measure(subjects, query);
    // What disturbs a machine only ever adds time: a query that grows is slower each time.
    for (let again = 0; again < MAX_REPEATS && (isTooSlow(medians) || isTooLong(query, medians)); again++) {
      const repeated = await measure(subjects, query);
      medians = medians.map((median, i) => Math.min(median, repeated[i] as number));
    }
    const ratio = ratioOf(medians).toFixed(2);
    const mark = isTooSlow(medians) ? " FAILED" : "";
    figures[query.name] = {
      ...Object.fromEntries(SIZES.map((size, i) => [label(size), (medians[i] as number).toFixed(2)])),
      ratio: `${ratio}${mark}`,
    };
    if (isTooLong(query, medians)) failures.push(`${query.name}: ${medians.at(-1)} ms`);
    if (isTooSlow(medians)) failures.push(`${query.name}: ${ratio} times as slow`);
    for (const subject of [subjects[0] as Subject, subjects.at(-1) as Subject]) {
      for (const plan of await explain(subject, query)) {
        const isScan = subject.size === SIZES.at(-1) && plan.includes("Seq Scan");
        if (isScan) failures.push(`${query.name}: ${plan}`);
        plans.push(
          `${query.name.padEnd(27)} ${label(subject.size).padStart(9)}  ${plan}${isScan ? " FAILED" : ""}`,
        );
      }
    }
  }
  console.log(
    `p50 in ms of ${RUNS} runs each; bar: ${label(SIZES.at(-1) as number)} / ${label(SIZES[0])} <= ${MAX_RATIO}`,
  );
  console.table(figures);
  console.log(
    `Plans of ${PLANS_PER_QUERY} parameter sets each, on the tables that grow\n${plans.join("\n")}`,
  );
  for (const failure of failures) console.error(`FAILED ${failure}`);
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s in all`);
  if (failures.length > 0) process.exitCode = 1;
  for (const { client } of subjects) await client.end();
} finally {
  await postgres.stop();
}

async function prepare(size: number): Promise<Subject> {
  const start = performance.now();
  const name = `scale_${size}`;
  await postgres.createDatabase(name);
  await applyMigrations(postgres.url(name));
  const loader = new pg.Client({ connectionString: postgres.url(name) });
  await loader.connect();
  await loadProjects(loader, size);
  await loader.query("alter system set autovacuum = off");
  await loader.query("select pg_reload_conf()");
  const { rows } = await loader.query("select pg_size_pretty(pg_database_size(current_database())) as bytes");
  await loader.end();
  console.log(
    `${label(size)} connections: ${rows[0].bytes}, ${((performance.now() - start) / 1000).toFixed(0)} s to load`,
  );

  const client = new pg.Client({ connectionString: postgres.url(name) });
  // Cut when the server stops after a failure, which is told by itself.
  client.on("error", () => {});
  await client.connect();
  await touchEveryPage(client);
  const last: Statement = { text: "", values: [], rowCount: 0 };
  // Answers as the driver for Neon does: timestamps as text, JSON parsed, and statements without a name of the protocol's.
  // What has a function goes by it, as from the Worker; BY_TEXT=1 sends all as texts, which Postgres plans each time.
  const db: Database = {
    noteCaller: () => {},
    query: async ({ text = "", call = text }, values) => {
      const answer = await client.query({
        text: process.env.BY_TEXT ? text : call,
        values: [...values],
        types: TEXT_TIMES,
        rowMode: "array",
      });
      const { fields, rows } = answer;
      const rowCount = (fields[0]?.name === ROW_COUNT ? rows[0]?.[0] : answer.rowCount) ?? 0;
      Object.assign(last, { text, values, rowCount });
      return { fields, rows, rowCount };
    },
  };
  return { size, client, db, last };
}

/** Lets the session have seen all of the data once, as one of a pooler's has after a while. */
async function touchEveryPage(client: pg.Client): Promise<void> {
  await client.query("create extension pgstattuple");
  await client.query(
    `select count(pgstattuple(class.oid::regclass)) from pg_class class
     left join pg_am method on method.oid = class.relam
     where class.relnamespace in ('public'::regnamespace, 'pg_toast'::regnamespace)
       and (class.relkind in ('r', 't') or class.relkind = 'i' and method.amname = 'btree')`,
  );
}

/**
 * Keeps us and the sessions on one processor: whether two processes that wait for each other sit on one or on two tells
 * more, on statements of 0.3 ms, than the size of the data.
 */
async function shareProcessor(subjects: Subject[]): Promise<void> {
  const pids = [process.pid];
  for (const { client } of subjects) {
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    pids.push(...rows.map(({ pid }) => pid));
  }
  for (const pid of pids) execFileSync("taskset", ["--all-tasks", "--pid", "--cpu-list", "0", String(pid)]);
}

/** Whether the largest size takes too many times as long as the smallest. */
function isTooSlow(medians: readonly number[]): boolean {
  return ratioOf(medians) > MAX_RATIO;
}

/** Whether the largest size takes longer than the query may at any. */
function isTooLong({ maxMs }: Query, medians: readonly number[]): boolean {
  return maxMs !== undefined && (medians.at(-1) as number) > maxMs;
}

function ratioOf(medians: readonly number[]): number {
  return (medians.at(-1) as number) / (medians[0] as number);
}

/** The median of each subject, in milliseconds. */
async function measure(subjects: Subject[], query: Query): Promise<number[]> {
  const warmUp = query.runs === undefined ? WARM_UP : 2;
  const runs = warmUp + (query.runs ?? RUNS);
  // What was rolled back stays in tables and indexes until a clean-up, as at any server.
  if (query.isWrite) for (const { client } of subjects) await client.query("vacuum");
  const samples: Sample[][] = [];
  for (const subject of subjects) samples.push(await drawSamples(subject, query, runs));
  const durations: number[][] = subjects.map(() => []);
  const start = performance.now();
  for (let run = 0; run < runs && performance.now() - start < PATIENCE_MS; run++) {
    // None is always the first of a round, or the last: on statements of 0.1 ms that alone can be told.
    for (let place = 0; place < subjects.length; place++) {
      const i = (run + place) % subjects.length;
      const subject = subjects[i] as Subject;
      const sample = samples[i]?.[run] as Sample;
      const duration = await time(subject, query, sample);
      if (run >= warmUp || run === 0) durations[i]?.push(duration);
    }
  }
  return durations.map((values) => {
    if (values.length > 1) values.shift();
    values.sort((a, b) => a - b);
    return values[Math.ceil(values.length / 2) - 1] as number;
  });
}

async function time({ client, db, size, last }: Subject, query: Query, sample: Sample): Promise<number> {
  if (query.isWrite) await client.query("begin");
  await query.prepare?.(db, sample);
  const start = performance.now();
  const rows = (await query.run(db, sample)) ?? last.rowCount;
  const duration = performance.now() - start;
  if (query.isWrite) await client.query("rollback");
  if (rows !== query.rows)
    throw new Error(`${query.name} at ${label(size)}: ${rows} rows, not ${query.rows}`);
  return duration;
}

async function drawSamples({ client, size }: Subject, query: Query, count: number): Promise<Sample[]> {
  const draw = query.sample ?? ((connections) => randomInt(connections));
  const numbers = Array.from({ length: count }, () => draw(size));
  const { rows } = await client.query<Omit<Sample, "number">>(
    `select id, user_id, account_id,
       to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
     from unnest($1::text[]) with ordinality drawn (id, place) join zoom_oauth_connections using (id)
     order by place`,
    [numbers.map((number) => connectionId(LARGE_PROJECT, number))],
  );
  return rows.map((row, i) => ({ ...row, number: numbers[i] as number }));
}

/** The different ways in which Postgres reads the tables that grow, for some parameters of the query. */
async function explain(subject: Subject, query: Query): Promise<Set<string>> {
  const plans = new Set<string>();
  for (const sample of await drawSamples(subject, query, PLANS_PER_QUERY)) {
    await time(subject, query, sample);
    const { text, values } = subject.last;
    await subject.client.query("begin");
    await query.prepare?.(subject.db, sample);
    const { rows } = await subject.client.query(`explain (analyze, timing off, format json) ${text}`, values);
    await subject.client.query("rollback");
    plans.add([...new Set(scans(rows[0]["QUERY PLAN"][0].Plan))].join("; "));
  }
  return plans;
}

interface PlanNode {
  "Node Type": string;
  /** 0: a part of the plan that was not needed. */
  "Actual Loops": number;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}

function scans(node: PlanNode): string[] {
  if (node["Actual Loops"] === 0) return [];
  const below = (node.Plans ?? []).flatMap(scans);
  const { "Node Type": type, "Relation Name": table, "Index Name": index } = node;
  if (type === "Bitmap Index Scan") return [`${type} ${index}`];
  if (table === undefined || !BIG_TABLES.includes(table)) return below;
  return [`${type} ${index ?? table}`, ...below];
}

function label(size: number): string {
  return size.toLocaleString("en");
}
