// What figures are taken from, but for the Worker: real PostgreSQL with the fixed local values in an empty database,
// and the processes that the Worker calls.

import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { LOCAL } from "../dev/local-values.ts";
import { applyMigrations } from "../dev/migrate.ts";
import { freePort } from "../dev/ports.ts";
import { startPostgres } from "../dev/postgres.ts";
import { seedLocalValues } from "../dev/seed.ts";
import { grantWorkerRole, LOCAL_WORKER_ROLE } from "../dev/worker-role.ts";
import { ADMIN_API_KEY } from "../test/support/service.ts";
import { type Peers, startPeers } from "./peers.ts";
import type { Environment } from "./workerd.ts";

export const REDIRECT_URI = "https://example.com/callback";

export interface BenchStack {
  peers: Peers;
  /** The Worker's. */
  environment: Environment;
  /** Asks the database, as its owner. */
  sql(statement: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** The simulator's control API. */
  control(path: string, body: unknown): Promise<Record<string, string>>;
  /** A code of Zoom's, for a new user. */
  authorize(): Promise<{ userId: string; code: string }>;
  /** Lets every stored access token be one that must be refreshed. */
  expireAccessTokens(): Promise<void>;
  /** Whether changes are noted for the token journal, as they are where a Worker has one. */
  setJournal(isOn: boolean): Promise<void>;
  /** As autovacuum does from time to time. */
  analyze(): Promise<void>;
  /** The process ids of Postgres's sessions and of what works for them. */
  databaseProcesses(): Promise<number[]>;
  close(): Promise<void>;
}

export async function startBenchStack(): Promise<BenchStack> {
  const postgres = await startPostgres({
    dataDir: join(tmpdir(), `zoom-oauth-connections-bench-${randomUUID()}`),
    port: await freePort(),
    persistent: false,
  });
  await postgres.createDatabase("bench");
  const databaseUrl = postgres.url("bench");
  await applyMigrations(databaseUrl);
  await seedLocalValues(databaseUrl);
  const workerUrl = await grantWorkerRole(databaseUrl, { name: LOCAL_WORKER_ROLE, password: randomUUID() });
  const peers = await startPeers(postgres.port);
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();

  async function control(path: string, body: unknown): Promise<Record<string, string>> {
    const response = await fetch(new URL(`/_simulator/${path}`, peers.simulatorUrl), {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, string>;
  }

  return {
    peers,
    environment: {
      texts: {
        DATABASE_URL: workerUrl,
        DATABASE_FETCH_ENDPOINT: peers.gatewayUrl,
        CREDENTIAL_ENCRYPTION_KEYS: LOCAL.encryptionKeys,
        ADMIN_API_KEY: ADMIN_API_KEY,
        ZOOM_OAUTH_BASE_URL: peers.simulatorUrl,
        ZOOM_API_BASE_URL: `${peers.simulatorUrl}/v2`,
        ALLOW_INSECURE_WEBHOOK_URLS: "true",
      },
      queueUrl: peers.queueUrl,
    },
    sql: async (statement, values) => (await database.query(statement, values)).rows,
    control,
    async authorize() {
      const { id: userId = "" } = await control("users", {});
      const grant = { client_id: LOCAL.clientId, redirect_uri: REDIRECT_URI, user_id: userId };
      const { code = "" } = await control("authorization_codes", grant);
      return { userId, code };
    },
    async expireAccessTokens() {
      await database.query("update zoom_oauth_connections set access_token_expires_at = now()");
    },
    async setJournal(isOn) {
      await database.query("delete from token_journal");
      const [keyId] = LOCAL.encryptionKeys.split(":");
      if (isOn) await database.query("insert into token_journal (master_key_id) values ($1)", [keyId]);
    },
    async analyze() {
      await database.query("vacuum analyze");
    },
    async databaseProcesses() {
      const { rows } = await database.query("select pid from pg_stat_activity where pid <> pg_backend_pid()");
      return rows.map(({ pid }) => pid);
    },
    async close() {
      await database.end();
      await peers.close();
      await postgres.stop();
    },
  };
}
