// Whether memory stays after many requests.

import { askAll, type BenchRequest } from "./load.ts";
import { type Route, takeRequests } from "./routes.ts";
import type { Workerd } from "./workerd.ts";

const CONCURRENCY = 64;
const REQUESTS = 100_000;
const SAMPLES = 10;
/** Of each sample's requests; a create is as heavy as several of the others. */
const CREATES_SHARE = 0.02;

/**
 * Resident memory at the start and after each tenth of the requests, of all routes in turn. `growth`: how many times
 * the mean of the last three samples is that of samples 3 to 5, when caches and code are warm.
 */
export async function measureMemory(routes: readonly Route[], worker: Workerd) {
  const rssMiB: Record<string, number> = { 0: worker.rssMiB() };
  const samples: number[] = [];
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const count = REQUESTS / SAMPLES;
    const mixed: BenchRequest[] = [];
    const [create, ...others] = routes;
    if (create) mixed.push(...(await takeRequests(create, count * CREATES_SHARE)));
    const share = (count - mixed.length) / others.length;
    for (const route of others) mixed.push(...(await takeRequests(route, share)));
    await askAll(worker.url, mixed, CONCURRENCY);
    samples.push(worker.rssMiB());
    rssMiB[count * sample] = worker.rssMiB();
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { rssMiB, growth: mean(samples.slice(-3)) / mean(samples.slice(2, 5)) };
}
