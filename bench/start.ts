// How long workerd takes from its start to a Worker's first answer.

import { ask, percentile } from "./load.ts";
import { type Environment, startWorkerd } from "./workerd.ts";

const RUNS = 15;

/** Medians, in milliseconds; what the bare handler takes is workerd's own part. */
export async function measureStart(file: string, bareFile: string, environment: Environment) {
  const plan = { calls: [], answer: { status: 200, contentType: "application/json", body: "{}" } };
  const own: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    own.push(await startOnce(file, environment));
    bare.push(await startOnce(bareFile, { texts: { PLAN: JSON.stringify(plan) } }));
  }
  const startMs = percentile(own, 0.5);
  const bareStartMs = percentile(bare, 0.5);
  return { startMs, bareStartMs, ownPartMs: startMs - bareStartMs };
}

async function startOnce(file: string, environment: Environment): Promise<number> {
  const start = performance.now();
  const worker = await startWorkerd(file, environment);
  await ask(worker.url, { method: "GET", path: "/healthz" });
  const durationMs = performance.now() - start;
  await worker.close();
  return durationMs;
}
