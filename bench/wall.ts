// How long a caller waits, beside what cannot be avoided: the calls that must follow each other, each made slow on purpose,
// and what another Worker takes that makes the same calls.

import { ask, percentile } from "./load.ts";
import type { RoundTrips } from "./peers.ts";
import { type Route, warmUp } from "./routes.ts";

/** Many, since most of the time is their peers'. */
const WARM_UP_CONCURRENCY = 100;
/** Of a route whose requests must follow each other. */
const ONE_BY_ONE_WARM_UP = 200;
/** One after the other, as they are measured. */
const LAST_WARM_UP = 10;
/** Both Workers take turns, so that what disturbs the machine disturbs them alike. */
const BLOCKS = 4;
/** How long one of the two is measured, in milliseconds of what cannot be avoided. */
const BUDGET_MS = 10_000;
const MAX_RUNS = 200;

export interface WallFigure {
  runs: number;
  limitMs: number;
  p50Ms: number;
  p95Ms: number;
  otherP50Ms: number;
  /** Of the median to the limit. */
  overLimit: number;
  /** Of the median to the other Worker's. */
  overOther: number;
}

export interface Asked {
  url: string;
  /** Called before its turns. */
  prepare?(): Promise<void>;
}

/** Sends requests of the route, one after the other, to two Workers whose peers are so slow. */
export async function measureWall(
  route: Route,
  { worker, other }: { worker: Asked; other: Asked },
  delays: RoundTrips,
): Promise<WallFigure> {
  const limitMs = route.calls.db * delays.db + route.calls.zoom * delays.zoom;
  const block = Math.min(Math.round(BUDGET_MS / limitMs), MAX_RUNS) / BLOCKS;
  const askTimes = async ({ url, prepare }: Asked, count: number): Promise<number[]> => {
    await prepare?.();
    const durations: number[] = [];
    for (let run = 0; run < count; run++) durations.push((await ask(url, await route.next())).durationMs);
    return durations;
  };
  for (const asked of [worker, other]) {
    await asked.prepare?.();
    if (route.isOneByOne) await askTimes(asked, ONE_BY_ONE_WARM_UP);
    else await warmUp(asked.url, route, WARM_UP_CONCURRENCY);
    await askTimes(asked, LAST_WARM_UP);
  }
  const own: number[] = [];
  const others: number[] = [];
  for (let turn = 0; turn < BLOCKS; turn++) {
    own.push(...(await askTimes(worker, block)));
    others.push(...(await askTimes(other, block)));
  }
  const [p50Ms, otherP50Ms] = [percentile(own, 0.5), percentile(others, 0.5)];
  return {
    runs: own.length,
    limitMs,
    p50Ms,
    p95Ms: percentile(own, 0.95),
    otherP50Ms,
    overLimit: p50Ms / limitMs,
    overOther: p50Ms / otherP50Ms,
  };
}
