// The whole service for one test file: the built Worker in workerd, a database of its own on real Postgres
// behind the gateway, and the Zoom simulator. Tests enter by the front door.

import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { createTestHarness } from "wrangler";
import { type NeonGateway, startNeonGateway } from "../../dev/neon-gateway.ts";
import { type BareWorker, startBareWorker } from "../../dev/workerd.ts";
import { startZoomSimulator, type ZoomSimulator } from "../../dev/zoom-simulator/server.ts";
import { findDiscrepancies } from "./bookkeeping.ts";
import { type CheckAnswer, createAnswerCheck } from "./openapi.ts";

export const ADMIN_API_KEY = "test-admin-key-0d1f9c6f5b";
export const REDIRECT_URI = "https://example.com/oauth/callback?from=zoom&x=%2F";
const MASTER_KEYS = `test:${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
  text: string;
}

export interface RequestOptions {
  method?: string;
  /** Sent as JSON, unless it is a string. */
  body?: unknown;
  apiKey?: string | null;
  headers?: Record<string, string>;
}

export interface Tenant {
  projectId: string;
  apiKey: string;
  appId: string;
  clientId: string;
  clientSecret: string;
}

export interface Stack {
  url: URL;
  /** The name of its database, for a second service on the same one. */
  database: string;
  gateway: NeonGateway;
  simulator: ZoomSimulator;
  /** The database behind the service, for looking at what it wrote. */
  sql(statement: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs statements in a transaction that stays open while the work runs. */
  holding(statements: [string, unknown[]][], work: () => Promise<void>): Promise<void>;
  request(path: string, options?: RequestOptions): Promise<Answer>;
  /** The simulator's control API. */
  control(path: string, body?: unknown, method?: string): Promise<Json>;
  createProject(): Promise<{ projectId: string; apiKey: string }>;
  createApp(
    apiKey: string,
    scopes?: string[],
  ): Promise<{ appId: string; clientId: string; clientSecret: string }>;
  createTenant(scopes?: string[]): Promise<Tenant>;
  /** A code of Zoom's, for a user who is made on the spot where none is named. */
  authorize(tenant: Pick<Tenant, "clientId">, input?: Record<string, unknown>): Promise<string>;
  runCron(): Promise<void>;
  /** Every line that the Worker logged so far. */
  logs(): string[];
  /** Ends a bare Worker's process as a crash would. */
  kill(): void;
  close(): Promise<void>;
}

export interface StackOptions {
  vars?: Record<string, string>;
  secrets?: Record<string, string>;
  /** Another stack's database, instead of one of its own. */
  database?: string;
  /** workerd's own network instead of the harness's: broken connections and redirects are real. No cron. */
  isBare?: boolean;
}

/**
 * Starts everything, on free ports. `close` fails where a secret was found in the clear, in the log, an error answer or
 * the database, and where a connection is not scheduled or counted as it should be.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const database = options.database ?? `test_${randomUUID().replaceAll("-", "")}`;
  const postgresUrl = (name: string) =>
    `postgresql://postgres:postgres@127.0.0.1:${inject("postgresPort")}/${name}`;
  if (options.database === undefined) await createDatabase(postgresUrl("postgres"), database);
  const pool = new pg.Pool({ connectionString: postgresUrl(database), max: 2 });
  const gateway = await startNeonGateway({ upstream: { host: "127.0.0.1", port: inject("postgresPort") } });
  const simulator = await startZoomSimulator({ port: 0 });
  const vars = {
    ZOOM_OAUTH_BASE_URL: simulator.url,
    ZOOM_API_BASE_URL: `${simulator.url}/v2`,
    DATABASE_FETCH_ENDPOINT: gateway.url,
    ...options.vars,
  };
  const secrets = {
    DATABASE_URL: postgresUrl(database),
    CREDENTIAL_ENCRYPTION_KEYS: MASTER_KEYS,
    ADMIN_API_KEY,
    ...options.secrets,
  };
  const worker = options.isBare
    ? await startBare({ ...vars, ...secrets })
    : await startHarnessed(vars, secrets);
  const { url } = worker;
  const apiKeys: string[] = [];
  const refusals: string[] = [];
  const checkAnswer = await readAnswerCheck(url);

  const request: Stack["request"] = async (path, { method = "GET", body, apiKey, headers = {} } = {}) => {
    const response = await fetch(`${url.origin}${path}`, {
      method,
      headers: {
        // From an address of its own, so that no test meets the limit on failed authentications by chance.
        "CF-Connecting-IP": randomUUID(),
        ...(apiKey ? { Authorization: `Token ${apiKey}` } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    const { status, headers: answered } = response;
    if (status >= 400) refusals.push(text);
    checkAnswer?.({ method, path: path.split("?")[0] as string, status, headers: answered, text });
    return { status, headers: answered, body: parseJson(text), text };
  };
  const admin = { Authorization: `Bearer ${ADMIN_API_KEY}` };

  const control: Stack["control"] = async (path, body, method = body === undefined ? "GET" : "POST") => {
    const response = await fetch(`${simulator.url}/_simulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`_simulator/${path}: ${response.status} ${await response.text()}`);
    return parseJson(await response.text());
  };

  const createProject: Stack["createProject"] = async () => {
    const project = await request("/api/v1/projects", {
      method: "POST",
      headers: admin,
      body: { name: "Test" },
    });
    const path = `/api/v1/projects/${project.body.id}/api_keys`;
    const key = await request(path, { method: "POST", headers: admin, body: { name: "Test key" } });
    apiKeys.push(key.body.key);
    return { projectId: project.body.id, apiKey: key.body.key };
  };

  const createApp: Stack["createApp"] = async (apiKey, scopes) => {
    const clientId = `client-${randomUUID()}`;
    const clientSecret = `secret-${randomUUID()}`;
    const client = { client_id: clientId, client_secret: clientSecret, ...(scopes ? { scopes } : {}) };
    await control("clients", client);
    const app = await request("/api/v1/zoom_oauth_apps", {
      method: "POST",
      apiKey,
      body: { client_id: clientId, client_secret: clientSecret, webhook_secret: `hook-${randomUUID()}` },
    });
    if (app.status !== 201) throw new Error(`creating an app: ${app.status} ${app.text}`);
    return { appId: app.body.id, clientId, clientSecret };
  };

  return {
    url,
    database,
    gateway,
    simulator,
    sql: async (statement, params) => (await pool.query(statement, params)).rows,
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
    request,
    control,
    createProject,
    createApp,
    createTenant: async (scopes) => {
      const project = await createProject();
      return { ...project, ...(await createApp(project.apiKey, scopes)) };
    },
    authorize: async ({ clientId }, input = {}) => {
      const user_id = input.user_id ?? (await control("users", {})).id;
      const body = { client_id: clientId, redirect_uri: REDIRECT_URI, ...input, user_id };
      return (await control("authorization_codes", body)).code;
    },
    runCron: async () => {
      await worker.runCron();
    },
    logs: worker.logs,
    kill: worker.kill,
    close: async () => {
      const { secrets } = await control("secrets");
      const issued = [...secrets, ...apiKeys, ADMIN_API_KEY, MASTER_KEYS.split(":")[1] as string];
      const places = {
        log: worker.logs().join("\n"),
        "error answers": refusals.join("\n"),
        database: await dump(pool),
      };
      await worker.close();
      const discrepancies = await findDiscrepancies(pool);
      await Promise.all([gateway.close(), simulator.close(), pool.end()]);
      for (const [place, text] of Object.entries(places)) {
        const leaked = issued.filter((secret: string) => text.includes(secret));
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

/** None where the Worker cannot start at all: a test of just that. */
async function readAnswerCheck(url: URL): Promise<CheckAnswer | undefined> {
  const response = await fetch(new URL("/openapi.json", url));
  return response.ok ? createAnswerCheck(await response.json()) : undefined;
}

interface RunningWorker extends BareWorker {
  runCron(): Promise<void>;
}

async function startBare(bindings: Record<string, string>): Promise<RunningWorker> {
  const worker = await startBareWorker(inject("workerDir"), bindings);
  return { ...worker, runCron: async () => Promise.reject(new Error("a bare Worker has no cron")) };
}

async function startHarnessed(
  vars: Record<string, string>,
  secrets: Record<string, string>,
): Promise<RunningWorker> {
  const harness = createTestHarness({
    workers: [{ configPath: "wrangler.toml", prebuiltWorkerDir: inject("workerDir"), vars, secrets }],
  });
  const { url } = await harness.listen();
  return {
    url,
    logs: () => harness.getLogs().map((entry) => entry.message),
    kill: () => {
      throw new Error("only a bare Worker has a process of its own");
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
