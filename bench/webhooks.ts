// How long it takes from Zoom's app_deauthorized to the project's receiver: through the Worker, its queue and the
// database, on this machine.

import { createServer } from "node:http";
import { buildWorker } from "../dev/build.ts";
import { LOCAL } from "../dev/local-values.ts";
import { listen } from "../dev/ports.ts";
import { startBareWorker } from "../dev/workerd.ts";
import { sendWebhook } from "../dev/zoom-simulator/webhooks.ts";
import { MAX_EVENT_MS } from "./bars.ts";
import { ask, percentile } from "./load.ts";
import { CONNECTIONS } from "./routes.ts";
import { REDIRECT_URI, startBenchStack } from "./stack.ts";

const RUNS = 100;

const stack = await startBenchStack();
// With a queue that delivers, unlike the Workers whose own cost is measured.
const worker = await startBareWorker(buildWorker().dir, stack.environment.texts);
const create = async (path: string, body: unknown) =>
  await ask(worker.url.href, { method: "POST", path, body });
let arrived: (() => void) | undefined;
const receiver = createServer((request, response) => {
  request.resume();
  response.end("ok");
  arrived?.();
});
const url = `http://127.0.0.1:${await listen(receiver, 0)}/`;
await create("/api/v1/webhooks", { url, triggers: ["zoom_oauth_connection.state_change"] });

const durations: number[] = [];
for (let run = 0; run < RUNS; run++) durations.push(await deauthorize());
const p = (share: number) => Math.round(percentile(durations, share));
console.table({
  "app_deauthorized to the receiver": {
    runs: RUNS,
    "p50 ms": p(0.5),
    "p95 ms": p(0.95),
    "bar, p50 ms": MAX_EVENT_MS,
  },
});
receiver.close();
await worker.close();
await stack.close();

/** Connects a user, lets Zoom end the grant, and returns the milliseconds until the receiver hears of it. */
async function deauthorize(): Promise<number> {
  const { userId: user_id, code } = await stack.authorize();
  const connection = { authorization_code: code, redirect_uri: REDIRECT_URI };
  const capabilities = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };
  await create(CONNECTIONS, { ...connection, ...capabilities });
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
