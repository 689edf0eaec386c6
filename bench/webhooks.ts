// How long it takes from Zoom's app_deauthorized to the project's receiver: through the Worker, its queue and the
// database, on this machine.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWorker } from "../dev/build.ts";
import { LOCAL, LOCAL_ZOOM_CLIENT } from "../dev/local-values.ts";
import { applyMigrations } from "../dev/migrate.ts";
import { startNeonGateway } from "../dev/neon-gateway.ts";
import { freePort, listen } from "../dev/ports.ts";
import { startPostgres } from "../dev/postgres.ts";
import { seedLocalValues } from "../dev/seed.ts";
import { startBareWorker } from "../dev/workerd.ts";
import { startZoomSimulator } from "../dev/zoom-simulator/server.ts";
import { sendWebhook } from "../dev/zoom-simulator/webhooks.ts";

const RUNS = 100;
const REDIRECT_URI = "https://example.com/callback";

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
let arrived: (() => void) | undefined;
const receiver = createServer((request, response) => {
  request.resume();
  response.end("ok");
  arrived?.();
});
const url = `http://127.0.0.1:${await listen(receiver, 0)}/`;
await call("/api/v1/webhooks", { url, triggers: ["zoom_oauth_connection.state_change"] });

const durations: number[] = [];
for (let run = 0; run < RUNS; run++) durations.push(await deauthorize());
durations.sort((a, b) => a - b);
const p = (share: number) => Math.round(durations[Math.ceil(share * durations.length) - 1] as number);
console.table({
  "app_deauthorized to the receiver": { runs: RUNS, "p50 ms": p(0.5), "p95 ms": p(0.95), "bar, p50 ms": 500 },
});
receiver.close();
await worker.close();
await Promise.all([gateway.close(), simulator.close()]);
await postgres.stop();

/** Connects a user, lets Zoom end the grant, and returns the milliseconds until the receiver hears of it. */
async function deauthorize(): Promise<number> {
  const { id: user_id } = await control("users", {});
  const grant = { client_id: LOCAL.clientId, redirect_uri: REDIRECT_URI, user_id };
  const { code } = await control("authorization_codes", grant);
  const connection = { authorization_code: code, redirect_uri: REDIRECT_URI };
  const capabilities = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };
  await call("/api/v1/zoom_oauth_connections", { ...connection, ...capabilities });
  const payload = { account_id: "account", user_id, client_id: LOCAL.clientId };
  const hearing = new Promise<void>((done) => {
    arrived = done;
  });
  const start = performance.now();
  await sendWebhook({
    url: new URL(`/external_webhooks/zoom/oauth_apps/${LOCAL.zoomOAuthAppId}`, worker.url).href,
    secret: LOCAL.webhookSecret,
    body: JSON.stringify({ event: "app_deauthorized", event_ts: Date.now(), payload }),
    timestamp: Math.floor(Date.now() / 1000),
  });
  await hearing;
  return performance.now() - start;
}

async function call(path: string, body: unknown): Promise<void> {
  const response = await fetch(new URL(path, worker.url), {
    method: "POST",
    headers: { Authorization: `Token ${LOCAL.apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
}

async function control(path: string, body: unknown): Promise<{ id: string; code: string }> {
  const response = await fetch(`${simulator.url}/_simulator/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { id: string; code: string };
}
