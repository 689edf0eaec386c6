// How long a create takes beside what it cannot avoid: two database and two Zoom round trips, one after the
// other, each made slow on purpose. The built Worker in workerd, real PostgreSQL, the Zoom simulator.

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

const DATABASE_MS = 20;
const ZOOM_MS = 100;
const LIMIT_MS = 2 * DATABASE_MS + 2 * ZOOM_MS;
const WARM_UP = 20;
const RUNS = 200;
const REDIRECT_URI = "https://example.com/callback";

const postgres = await startPostgres({
  dataDir: join(tmpdir(), `zoom-oauth-connections-bench-${randomUUID()}`),
  port: await freePort(),
  persistent: false,
});
await postgres.createDatabase("bench");
await applyMigrations(postgres.url("bench"));
await seedLocalValues(postgres.url("bench"));
const gateway = await startNeonGateway({ upstream: { host: "127.0.0.1", port: postgres.port } });
const simulator = await startZoomSimulator({ port: 0, clients: [LOCAL_ZOOM_CLIENT] });
const worker = await startBareWorker(buildWorker(), {
  DATABASE_URL: postgres.url("bench"),
  DATABASE_FETCH_ENDPOINT: gateway.url,
  CREDENTIAL_ENCRYPTION_KEYS: LOCAL.encryptionKeys,
  ZOOM_OAUTH_BASE_URL: simulator.url,
  ZOOM_API_BASE_URL: `${simulator.url}/v2`,
});

gateway.delayMs = DATABASE_MS;
simulator.delayMs = ZOOM_MS;
const durations: number[] = [];
for (let run = 0; run < WARM_UP + RUNS; run++) {
  const duration = await create();
  if (run >= WARM_UP) durations.push(duration);
}
durations.sort((a, b) => a - b);
const p = (share: number) => durations[Math.ceil(share * durations.length) - 1] as number;
console.table({
  "POST /api/v1/zoom_oauth_connections": {
    runs: RUNS,
    "limit ms": LIMIT_MS,
    "p50 ms": p(0.5).toFixed(1),
    "p95 ms": p(0.95).toFixed(1),
    "p99 ms": p(0.99).toFixed(1),
    "p50 / limit": (p(0.5) / LIMIT_MS).toFixed(3),
  },
});
await worker.close();
await Promise.all([gateway.close(), simulator.close()]);
await postgres.stop();

async function create(): Promise<number> {
  const { id } = await control("users", {});
  const { code } = await control("authorization_codes", {
    client_id: LOCAL.clientId,
    redirect_uri: REDIRECT_URI,
    user_id: id,
  });
  const start = performance.now();
  const response = await fetch(new URL("/api/v1/zoom_oauth_connections", worker.url), {
    method: "POST",
    headers: { Authorization: `Token ${LOCAL.apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ authorization_code: code, redirect_uri: REDIRECT_URI }),
  });
  const text = await response.text();
  const duration = performance.now() - start;
  if (response.status !== 201) throw new Error(`${response.status} ${text}`);
  return duration;
}

async function control(path: string, body: unknown): Promise<{ id: string; code: string }> {
  const response = await fetch(`${simulator.url}/_simulator/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { id: string; code: string };
}
