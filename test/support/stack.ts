// The whole service for one test file: the built Worker in workerd, a database of its own on real Postgres
// behind the gateway, and the Zoom simulator. Tests enter by the front door.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";
import { inject } from "vitest";
import { createTestHarness } from "wrangler";
import { type NeonGateway, startNeonGateway } from "../../dev/neon-gateway.ts";
import { type BareWorker, type RateLimitFigure, startBareWorker } from "../../dev/workerd.ts";
import type { Settings } from "../../dev/zoom-simulator/records.ts";
import { startZoomSimulator, type ZoomSimulator } from "../../dev/zoom-simulator/server.ts";
import { findDiscrepancies } from "./bookkeeping.ts";
import { createDatabaseFaults, type DatabaseFaults } from "./database-faults.ts";
import { createAnswerCheck } from "./openapi.ts";
import { findSecrets } from "./secret-search.ts";
import { ADMIN_API_KEY, createService, type Service } from "./service.ts";

export {
  ADMIN,
  ADMIN_API_KEY,
  type Answer,
  REDIRECT_URI,
  type RequestOptions,
  type Tenant,
} from "./service.ts";

export const MASTER_KEYS = `test:${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;

export interface Stack extends DatabaseFaults, Service {
  url: URL;
  /** The name of its database, for a second service on the same one. */
  database: string;
  gateway: NeonGateway;
  simulator: ZoomSimulator;
  /** Runs statements in a transaction that stays open while the work runs. */
  holding(statements: [string, unknown[]][], work: () => Promise<void>): Promise<void>;
  /** Puts a message on a queue of the Worker's. Not with the harness. */
  enqueue(queue: string, body: unknown): Promise<void>;
  runCron(): Promise<void>;
  /** The bucket of the token journal. Only with `isJournaled`. */
  journal: BareWorker["journal"];
  /** Whether the queue takes messages. Only with `canQueueFail`. */
  setQueueAway: BareWorker["setQueueAway"];
  /** Every line that the Worker logged so far. */
  logs(): string[];
  /** Ends the Worker's process as a crash would. Not with the harness. */
  kill(): void;
  close(): Promise<void>;
}

export interface StackOptions {
  vars?: Record<string, string>;
  secrets?: Record<string, string>;
  /** Another stack's database, instead of one of its own. */
  database?: string;
  /** How the simulated Zoom differs from what is documented. */
  zoom?: Partial<Settings>;
  /**
   * Wrangler's test harness around it, with the assets and limits of wrangler.toml. It takes three times as long, and
   * broken connections are not real: its requests go out by Node's network.
   */
  isHarnessed?: boolean;
  /** How often a key may write in a minute without the harness. Default: without end. */
  writeLimit?: RateLimitFigure;
  /** With the static assets. The harness has them anyhow. */
  hasAssets?: boolean;
  /** With the bucket of the token journal, which is wrangler.toml's with the harness. */
  isJournaled?: boolean;
  /** Whether `setQueueAway` works. Not with the harness. */
  canQueueFail?: boolean;
  /** How often a minute a rate limiting binding allows a key. Without the harness, a Worker else has no limits. */
  rateLimits?: Record<string, RateLimitFigure>;
}

/** One for all files of a test process: to compile the document's schemas takes seconds. */
let checkAnswer: ReturnType<typeof createAnswerCheck> | undefined;

/**
 * Starts everything, on free ports. `close` fails where a secret was found in the clear, in the log, an error answer or
 * the database, and where a connection is not scheduled or counted as it should be.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const database = options.database ?? `test_${randomUUID().replaceAll("-", "")}`;
  const postgresUrl = (name: string) => `${inject("ownerUrl")}/${name}`;
  if (options.database === undefined) await createDatabase(postgresUrl("postgres"), database);
  const pool = new pg.Pool({ connectionString: postgresUrl(database), max: 2 });
  const gateway = await startNeonGateway({ upstream: { host: "127.0.0.1", port: inject("postgresPort") } });
  const simulator = await startZoomSimulator({ port: 0 });
  Object.assign(simulator.state.settings, options.zoom);
  const vars = {
    ZOOM_OAUTH_BASE_URL: simulator.url,
    ZOOM_API_BASE_URL: `${simulator.url}/v2`,
    DATABASE_FETCH_ENDPOINT: gateway.url,
    DATABASE_STATEMENTS: process.env.STATEMENTS ?? "functions",
    ...options.vars,
  };
  const secrets = {
    DATABASE_URL: `${inject("workerUrl")}/${database}`,
    CREDENTIAL_ENCRYPTION_KEYS: MASTER_KEYS,
    ADMIN_API_KEY,
    ...options.secrets,
  };
  const { isJournaled, hasAssets, canQueueFail, rateLimits, writeLimit } = options;
  const worker = options.isHarnessed
    ? await startHarnessed(vars, secrets)
    : await startBareWorker(
        inject("workerDir"),
        { ...vars, ...secrets },
        {
          isJournaled,
          hasAssets,
          canQueueFail,
          rateLimits,
          writeLimit,
        },
      );
  const { url } = worker;
  const issued: string[] = [ADMIN_API_KEY, MASTER_KEYS.split(":")[1] as string];
  const refusals: string[] = [];
  checkAnswer ??= createAnswerCheck(JSON.parse(readFileSync("assets/openapi.json", "utf8")));
  const check = checkAnswer;
  const service = createService({
    origin: url.origin,
    simulator,
    sql: async (statement, params) => (await pool.query(statement, params)).rows,
    onAnswer: ({ path, method, body }, { status, headers, body: answered, text }) => {
      const [, linkSecret] = /"url":"[^"]*\/(?:connect|t)\/(\w+)"/.exec(text) ?? [];
      const signing = (body as { verification_secret?: unknown } | undefined)?.verification_secret;
      issued.push(
        ...[linkSecret, answered?.key, status < 300 && signing].filter(
          (secret) => typeof secret === "string",
        ),
      );
      if (status >= 400) refusals.push(text);
      check({ method, path: path.split("?")[0] as string, status, headers, text });
    },
  });

  return {
    url,
    database,
    gateway,
    ...createDatabaseFaults(gateway),
    ...service,
    simulator,
    holding: async (statements, work) => {
      const client = await pool.connect();
      try {
        await client.query("begin");
        for (const [statement, params] of statements) await client.query(statement, params);
        await work();
        await client.query("commit");
      } finally {
        client.release();
      }
    },
    runCron: async () => {
      await worker.runCron();
    },
    journal: worker.journal,
    setQueueAway: worker.setQueueAway,
    enqueue: worker.enqueue,
    logs: worker.logs,
    kill: worker.kill,
    close: async () => {
      issued.push(...(await service.control("secrets")).secrets);
      const places = {
        log: worker.logs().join("\n"),
        "error answers": refusals.join("\n"),
        database: await dump(pool),
      };
      await worker.close();
      const discrepancies = await findDiscrepancies(pool);
      await Promise.all([gateway.close(), simulator.close(), pool.end()]);
      for (const [place, text] of Object.entries(places)) {
        const leaked = findSecrets(issued, text);
        if (leaked.length > 0) throw new Error(`${leaked.length} secrets were found in the clear: ${place}`);
      }
      if (Object.values(discrepancies).some((rows) => rows.length > 0)) {
        throw new Error(`connections and what is kept of them differ: ${JSON.stringify(discrepancies)}`);
      }
    },
  };
}

const TABLES = [
  ...["projects", "api_keys", "zoom_oauth_apps", "zoom_oauth_connections", "used_authorization_codes"],
  ...["connection_events", "zoom_events", "webhooks", "webhook_deliveries"],
  ...["connect_sessions", "connect_attempts", "token_links"],
];

/** What the database holds where a secret could stand. */
async function dump(pool: pg.Pool): Promise<string> {
  const rows = await Promise.all(
    TABLES.map(async (name) => (await pool.query(`select row::text as text from ${name} row`)).rows),
  );
  return rows
    .flat()
    .map(({ text }) => text)
    .join("\n");
}

async function startHarnessed(
  vars: Record<string, string>,
  secrets: Record<string, string>,
): Promise<BareWorker> {
  const harness = createTestHarness({
    workers: [{ configPath: "wrangler.toml", prebuiltWorkerDir: inject("workerDir"), vars, secrets }],
  });
  const { url } = await harness.listen();
  return {
    url,
    logs: () => harness.getLogs().map((entry) => entry.message),
    enqueue: async () => {
      throw new Error("the harness offers no producer");
    },
    kill: () => {
      throw new Error("the harness does not tell the process of its Worker");
    },
    journal: async () => {
      throw new Error("the harness does not tell its buckets");
    },
    setQueueAway: async () => {
      throw new Error("the harness has a queue that does not fail");
    },
    close: async () => await harness.close(),
    runCron: async () => {
      const result = await harness.getWorker().scheduled({ cron: "* * * * *" });
      if (result.outcome !== "ok") throw new Error(`the cron run ended with ${result.outcome}`);
    },
  };
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    // Test files start side by side, and Postgres copies a template for one at a time.
    await client.query("select pg_advisory_lock(1)");
    await client.query(`create database ${name} template ${inject("templateDatabase")}`);
  } finally {
    await client.end();
  }
}
