// What a request costs while 16 are under way: processor time of each process, the Worker's beside that of a bare Hono
// handler which makes the same calls and gives the same answer; and how many requests there are in a second.

import { askAll } from "./load.ts";
import { cpuMsOf, databaseCpuMs } from "./processor-time.ts";
import { type Route, takeRequests, warmUp } from "./routes.ts";
import type { BenchStack } from "./stack.ts";
import type { Workerd } from "./workerd.ts";

export const CONCURRENCY = 16;
/** Both Workers take turns, so that what disturbs the machine disturbs them alike. */
const BLOCKS = 4;
const BLOCK = 250;

export interface BusyFigure {
  /** The caller and all that answers share the machine, so this is a floor. */
  "requests a second": number;
  /** Of one request, in milliseconds of processor time. */
  "Worker ms": number;
  "bare handler ms": number;
  "Worker over bare": number;
  "Postgres ms": number;
  "gateway ms": number;
}

export async function measureBusy(
  stack: BenchStack,
  route: Route,
  worker: Workerd,
  bare: Workerd,
): Promise<BusyFigure> {
  const load = async (subject: Workerd, count: number) => {
    const requests = await takeRequests(route, count);
    const look = async () => [subject.cpuMs(), await databaseCpuMs(stack), cpuMsOf(stack.peers.gatewayPid)];
    const before = await look();
    const durationMs = await askAll(subject.url, requests, CONCURRENCY);
    return [durationMs, ...(await look()).map((ms, index) => ms - (before[index] ?? 0))];
  };
  for (const subject of [worker, bare]) {
    await warmUp(subject.url, route, CONCURRENCY);
    await load(subject, BLOCK);
  }
  const own = [0, 0, 0, 0];
  let bareCpu = 0;
  for (let block = 0; block < BLOCKS; block++) {
    for (const [index, ms] of (await load(worker, BLOCK)).entries()) own[index] = (own[index] ?? 0) + ms;
    bareCpu += (await load(bare, BLOCK))[1] ?? 0;
  }
  const requests = BLOCKS * BLOCK;
  const [duration = 0, cpu = 0, database = 0, gateway = 0] = own;
  return {
    "requests a second": (requests / duration) * 1000,
    "Worker ms": cpu / requests,
    "bare handler ms": bareCpu / requests,
    "Worker over bare": cpu / bareCpu,
    "Postgres ms": database / requests,
    "gateway ms": gateway / requests,
  };
}
