// What figures are taken from: the built Worker in workerd, real PostgreSQL, and the Zoom simulator, with the fixed
// local values in an empty database.

import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWorker } from "../dev/build.ts";
import { LOCAL, LOCAL_ZOOM_CLIENT } from "../dev/local-values.ts";
import { applyMigrations } from "../dev/migrate.ts";
import { startNeonGateway } from "../dev/neon-gateway.ts";
import { freePort } from "../dev/ports.ts";
import { startPostgres } from "../dev/postgres.ts";
import { seedLocalValues } from "../dev/seed.ts";
import { startBareWorker } from "../dev/workerd.ts";
import { startZoomSimulator } from "../dev/zoom-simulator/server.ts";

export const REDIRECT_URI = "https://example.com/callback";

export async function startBenchStack() {
  const postgres = await startPostgres({
    dataDir: join(tmpdir(), `zoom-oauth-connections-bench-${randomUUID()}`),
    port: await freePort(),
    persistent: false,
  });
  await postgres.createDatabase("bench");
  const databaseUrl = postgres.url("bench");
  await applyMigrations(databaseUrl);
  await seedLocalValues(databaseUrl);
  const gateway = await startNeonGateway({ upstream: { host: "127.0.0.1", port: postgres.port } });
  const simulator = await startZoomSimulator({ port: 0, clients: [LOCAL_ZOOM_CLIENT] });
  const worker = await startBareWorker(buildWorker(), {
    DATABASE_URL: databaseUrl,
    DATABASE_FETCH_ENDPOINT: gateway.url,
    CREDENTIAL_ENCRYPTION_KEYS: LOCAL.encryptionKeys,
    ZOOM_OAUTH_BASE_URL: simulator.url,
    ZOOM_API_BASE_URL: `${simulator.url}/v2`,
    ALLOW_INSECURE_WEBHOOK_URLS: "true",
  });

  async function post(url: URL, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }
  /** The simulator's control API. */
  async function control(path: string, body: unknown): Promise<{ id: string; code: string }> {
    const response = await post(new URL(`/_simulator/${path}`, simulator.url), body);
    return (await response.json()) as { id: string; code: string };
  }

  return {
    gateway,
    simulator,
    worker,
    /** Creates an object with the local key. Throws where the answer is not 201. */
    async create(path: string, body: unknown): Promise<void> {
      const headers = { Authorization: `Token ${LOCAL.apiKey}` };
      const response = await post(new URL(path, worker.url), body, headers);
      const text = await response.text();
      if (response.status !== 201) throw new Error(`${response.status} ${text}`);
    },
    /** A code of Zoom's, for a new user. */
    async authorize(): Promise<{ userId: string; code: string }> {
      const { id: userId } = await control("users", {});
      const grant = { client_id: LOCAL.clientId, redirect_uri: REDIRECT_URI, user_id: userId };
      return { userId, code: (await control("authorization_codes", grant)).code };
    },
    async close(): Promise<void> {
      await worker.close();
      await Promise.all([gateway.close(), simulator.close()]);
      await postgres.stop();
    },
  };
}
