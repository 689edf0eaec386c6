// Whether reads stay as fast as the data grows: the statements of src/db, sent to real PostgreSQL, on a project with
// 1,000, 100,000 and 1,000,000 connections. Fails where one becomes slower than the bar, or scans a whole table.

import { randomInt, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { applyMigrations } from "../dev/migrate.ts";
import { freePort } from "../dev/ports.ts";
import { startPostgres } from "../dev/postgres.ts";
import { claimAuthorizationCode } from "../src/db/authorization-codes.ts";
import type { Database } from "../src/db/client.ts";
import { listConnectionEvents } from "../src/db/connection-events.ts";
import type { PageRequest } from "../src/db/pages.ts";
import { storeTokenSet, useOrLease } from "../src/db/refreshes.ts";
import { type DueWork, leaseSync, takeDue } from "../src/db/syncs.ts";
import { endGrant } from "../src/db/zoom-events.ts";
import { findZoomOAuthApp, listZoomOAuthApps } from "../src/db/zoom-oauth-apps.ts";
import { type ConnectionFilters, findConnection, listConnections } from "../src/db/zoom-oauth-connections.ts";
import {
  ACCESS_TOKEN_HOURS,
  APPS,
  apiKeySha256,
  appId,
  CODE_EVERY,
  codeSha256,
  connectionId,
  DUE,
  EVENTFUL_EVERY,
  isConnected,
  LARGE_PROJECT,
  loadProjects,
  REDIRECT_URI_SHA256,
} from "./scale-data.ts";

const SIZES = [1_000, 100_000, 1_000_000] as const;
const MAX_RATIO = 1.5;
const WARM_UP = 100;
const RUNS = 400;
/** A slow statement is measured less often; its ratio is beyond doubt. */
const PATIENCE_MS = 10_000;
const PLANS_PER_QUERY = 20;
/** How long one run of the clock may take to pick what is due. */
const MAX_DUE_MS = 50;
const BIG_TABLES = ["zoom_oauth_connections", "connection_events", "used_authorization_codes"];
const KEY = apiKeySha256(LARGE_PROJECT);
const FIRST_PAGE: PageRequest = { size: 25, direction: "older", from: null };

interface Statement {
  text: string;
  values: unknown[];
}

/** One database of one size, with the statements that went to it last. */
interface Subject {
  size: number;
  client: pg.Client;
  db: Database;
  last: Statement;
}

interface Sample {
  number: number;
  id: string;
  user_id: string;
  account_id: string;
  created_at: string;
}

interface Query {
  name: string;
  /** Runs the statement, and says how many rows of the table it found: a page that is empty would prove nothing. */
  run: (db: Database, sample: Sample) => Promise<number>;
  /** The same number at every size. */
  rows: number;
  /** Which connections the parameters come from. Default: any. */
  sample?: (size: number) => number;
  /** Writes: rolled back after each run. */
  isWrite?: boolean;
  /** How often it is measured, where it is not {@link RUNS}. */
  runs?: number;
  /** A bar of its own at the largest size, in milliseconds. */
  maxMs?: number;
  /** Counts what grows, so it is shown without a bar. */
  isCounting?: boolean;
}

const page = (
  name: string,
  filters: (sample: Sample) => ConnectionFilters,
  { rows = 26, size = 25 } = {},
): Query => ({
  name,
  rows,
  run: async (db, sample) =>
    (await listConnections(db, KEY, filters(sample), { ...FIRST_PAGE, size }))?.length ?? -1,
});

const middlePage = (name: string, size: number, direction: PageRequest["direction"]): Query => ({
  name,
  rows: size + 1,
  sample: (connections) => Math.floor(connections * 0.4) + randomInt(connections * 0.2),
  run: async (db, { created_at, id }) => {
    const from = { createdAt: created_at, id };
    return (await listConnections(db, KEY, {}, { size, direction, from }))?.length ?? -1;
  },
});

const claim = (name: string, code: (sample: Sample) => string, kind: "claimed" | "connected"): Query => ({
  name,
  rows: 1,
  isWrite: true,
  sample: (connections) => CODE_EVERY * randomInt(connections / CODE_EVERY),
  run: async (db, sample) => {
    const outcome = await claimAuthorizationCode(db, {
      apiKeySha256: KEY,
      zoomOAuthAppId: appId(LARGE_PROJECT, sample.number % APPS),
      codeSha256: code(sample),
      redirectUriSha256: REDIRECT_URI_SHA256,
      claimant: randomUUID(),
      leaseMs: 90_000,
    });
    return outcome.kind === kind ? 1 : 0;
  },
});

const connectedSample = (connections: number): number => {
  const number = randomInt(connections);
  return isConnected(number) ? number : connectedSample(connections);
};

const lease = (name: string, minTtlMs: number, kind: "usable" | "leased"): Query => ({
  name,
  rows: 1,
  isWrite: true,
  sample: connectedSample,
  run: async (db, { id }) => {
    const outcome = await useOrLease(db, {
      apiKeySha256: KEY,
      id,
      minTtlMs,
      refusedVersion: null,
      owner: randomUUID(),
      leaseMs: 150_000,
      issued: { eventId: randomUUID(), token: "access_token" },
    });
    return outcome.kind === kind ? 1 : 0;
  },
});

/** All that one run of the clock takes: fewer than its batch, so that one statement will do. */
const due = (name: string, work: DueWork): Query => ({
  name,
  rows: DUE,
  isWrite: true,
  runs: 20,
  maxMs: MAX_DUE_MS,
  run: async (db) => {
    return (await takeDue(db, work)).length;
  },
});

const QUERIES: Query[] = [
  {
    name: "one connection, by id",
    rows: 1,
    run: async (db, { id }) =>
      typeof (await findConnection(db, { apiKeySha256: KEY, id })) === "object" ? 1 : 0,
  },
  page("first page (25)", () => ({})),
  middlePage("page from the middle (25)", 25, "older"),
  middlePage("page before the middle (25)", 25, "newer"),
  middlePage("page from the middle (100)", 100, "older"),
  page("state=disconnected", () => ({ state: "disconnected" }), { rows: 20, size: 19 }),
  page("state=connected", () => ({ state: "connected" })),
  page("user_id", ({ user_id }) => ({ user_id }), { rows: 1 }),
  page("account_id", ({ account_id }) => ({ account_id }), { rows: 10 }),
  page("zoom_oauth_app_id", ({ number }) => ({ zoom_oauth_app_id: appId(LARGE_PROJECT, number % APPS) })),
  page("metadata, a unique key", ({ number }) => ({ metadata: { tenant_id: `tenant-${number}` } }), {
    rows: 1,
  }),
  page("metadata, a shared key", () => ({ metadata: { plan: "pro" } })),
  page(
    "metadata, both keys",
    ({ number }) => ({ metadata: { tenant_id: `tenant-${number}`, plan: "pro" } }),
    { rows: 1 },
  ),
  page("metadata, no match", () => ({ metadata: { tenant_id: randomUUID() } }), { rows: 0 }),
  {
    name: "events of a connection",
    rows: 26,
    sample: (connections) => EVENTFUL_EVERY * randomInt(connections / EVENTFUL_EVERY),
    run: async (db, { id }) => (await listConnectionEvents(db, { apiKeySha256: KEY, id }, FIRST_PAGE)).length,
  },
  claim("claim of a new code", () => randomUUID(), "claimed"),
  claim("claim of a used code", ({ id }) => codeSha256(id), "connected"),
  lease("use of an access token", 300_000, "usable"),
  lease("lease of a refresh", 2 * ACCESS_TOKEN_HOURS * 3_600_000, "leased"),
  {
    name: "store of a token set",
    rows: 1,
    isWrite: true,
    run: async (db, { id }) => {
      const accessTokenExpiresAt = new Date().toISOString();
      const set = { id, version: 1, credentials: "v1.k.sealed", accessTokenExpiresAt, issued: null };
      return (await storeTokenSet(db, { ...set, eventId: randomUUID() })) ? 1 : 0;
    },
  },
  {
    name: "lease of a sync",
    rows: 1,
    isWrite: true,
    sample: connectedSample,
    run: async (db, { id }) =>
      (await leaseSync(db, { connectionId: id, owner: randomUUID() })).kind === "leased" ? 1 : 0,
  },
  {
    name: "an event of Zoom's",
    rows: 1,
    isWrite: true,
    sample: connectedSample,
    run: async (db, { user_id, number }) => {
      const key = { zoomOAuthAppId: appId(LARGE_PROJECT, number % APPS), eventKeys: [randomUUID()] };
      const end = { userId: user_id, occurredAt: new Date().toISOString(), eventId: randomUUID(), error: "" };
      const how = { eventType: "disconnected", code: "user_deleted", isErased: true } as const;
      return (await endGrant(db, key, { ...end, ...how })).kind === "ended" ? 1 : 0;
    },
  },
  due("due refreshes, a run of 500", "refresh"),
  due("due syncs, a run of 500", "sync"),
  {
    name: "one app, with its counts",
    rows: 1,
    isCounting: true,
    run: async (db, { number }) => {
      const id = appId(LARGE_PROJECT, number % APPS);
      return typeof (await findZoomOAuthApp(db, { apiKeySha256: KEY, id })) === "object" ? 1 : 0;
    },
  },
  {
    name: "apps, with their counts",
    rows: APPS,
    isCounting: true,
    run: async (db) => (await listZoomOAuthApps(db, KEY, FIRST_PAGE))?.length ?? -1,
  },
];

const startedAt = performance.now();
const postgres = await startPostgres({
  dataDir: join(tmpdir(), `zoom-oauth-connections-scale-${randomUUID()}`),
  port: await freePort(),
  persistent: false,
});
try {
  const subjects: Subject[] = [];
  for (const size of SIZES) subjects.push(await prepare(size));
  const failures: string[] = [];
  const figures: Record<string, Record<string, string>> = {};
  const plans: string[] = [];
  for (const query of QUERIES) {
    // The sizes take turns within each round, so that what disturbs the machine disturbs them alike.
    const medians = await measure(subjects, query);
    const ratio = (medians.at(-1) as number) / (medians[0] as number);
    const isTooSlow = ratio > MAX_RATIO;
    figures[query.name] = {
      ...Object.fromEntries(SIZES.map((size, i) => [label(size), (medians[i] as number).toFixed(2)])),
      ratio: `${ratio.toFixed(2)}${query.isCounting ? " (no bar)" : isTooSlow ? " FAILED" : ""}`,
    };
    const largest = medians.at(-1) as number;
    if (query.maxMs !== undefined && largest > query.maxMs) failures.push(`${query.name}: ${largest} ms`);
    if (isTooSlow && !query.isCounting) failures.push(`${query.name}: ${ratio.toFixed(2)} times as slow`);
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
  const last: Statement = { text: "", values: [] };
  // Drizzle's driver for pg answers `execute` as the one for Neon does: rows as objects, timestamps as text, JSON
  // parsed. Neither names its statements, so Postgres plans each with its values.
  const logger = {
    logQuery: (text: string, values: unknown[]) => void Object.assign(last, { text, values }),
  };
  return { size, client, db: drizzle(client, { logger }) as unknown as Database, last };
}

/** The median of each subject, in milliseconds. */
async function measure(subjects: Subject[], query: Query): Promise<number[]> {
  const warmUp = query.runs === undefined ? WARM_UP : 2;
  const runs = warmUp + (query.runs ?? RUNS);
  const samples: Sample[][] = [];
  for (const subject of subjects) samples.push(await drawSamples(subject, query, runs));
  const durations: number[][] = subjects.map(() => []);
  const start = performance.now();
  for (let run = 0; run < runs && performance.now() - start < PATIENCE_MS; run++) {
    for (const [i, subject] of subjects.entries()) {
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

async function time({ client, db, size }: Subject, query: Query, sample: Sample): Promise<number> {
  if (query.isWrite) await client.query("begin");
  const start = performance.now();
  const rows = await query.run(db, sample);
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
    const { rows } = await subject.client.query(`explain (format json) ${text}`, values);
    plans.add([...new Set(scans(rows[0]["QUERY PLAN"][0].Plan))].join("; "));
  }
  return plans;
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}

function scans(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(scans);
  const { "Node Type": type, "Relation Name": table, "Index Name": index } = node;
  if (type === "Bitmap Index Scan") return [`${type} ${index}`];
  if (table === undefined || !BIG_TABLES.includes(table)) return below;
  return [`${type} ${index ?? table}`, ...below];
}

function label(size: number): string {
  return size.toLocaleString("en");
}
