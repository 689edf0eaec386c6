// CPU time of workerd per request, beside a bare Hono handler that makes the same calls and gives the same answer.

import { askAll } from "./load.ts";
import type { Route } from "./routes.ts";
import type { Workerd } from "./workerd.ts";

const WARM_UP = 400;
/** Both Workers take turns, so that what disturbs the machine disturbs them alike. */
const BLOCKS = 8;
const BLOCK = 250;

export interface CpuFigure {
  requests: number;
  cpuMs: number;
  bareCpuMs: number;
  ratio: number;
}

/** What one request of the route costs, in milliseconds of CPU time, with so many under way at a time. */
export async function measureCpu(
  route: Route,
  worker: Workerd,
  bare: Workerd,
  concurrency: number,
): Promise<CpuFigure> {
  const load = async (subject: Workerd, count: number): Promise<number> => {
    const requests = [];
    for (let i = 0; i < count; i++) requests.push(await route.next());
    const before = subject.cpuMs();
    await askAll(subject.url, requests, concurrency);
    return subject.cpuMs() - before;
  };
  await load(worker, WARM_UP);
  await load(bare, WARM_UP);
  let [cpuMs, bareCpuMs] = [0, 0];
  for (let block = 0; block < BLOCKS; block++) {
    cpuMs += await load(worker, BLOCK);
    bareCpuMs += await load(bare, BLOCK);
  }
  const requests = BLOCKS * BLOCK;
  return { requests, cpuMs: cpuMs / requests, bareCpuMs: bareCpuMs / requests, ratio: cpuMs / bareCpuMs };
}
