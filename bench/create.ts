// How long a create takes beside what it cannot avoid: two database and two Zoom round trips, one after the
// other, each made slow on purpose. The built Worker in workerd, real PostgreSQL, the Zoom simulator.

import { REDIRECT_URI, startBenchStack } from "./stack.ts";

const DATABASE_MS = 20;
const ZOOM_MS = 100;
const LIMIT_MS = 2 * DATABASE_MS + 2 * ZOOM_MS;
const WARM_UP = 20;
const RUNS = 200;

const stack = await startBenchStack();
stack.gateway.delayMs = DATABASE_MS;
stack.simulator.delayMs = ZOOM_MS;
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
await stack.close();

async function create(): Promise<number> {
  const { code } = await stack.authorize();
  const start = performance.now();
  await stack.create("/api/v1/zoom_oauth_connections", {
    authorization_code: code,
    redirect_uri: REDIRECT_URI,
  });
  return performance.now() - start;
}
