// How long a caller waits, beside what cannot be avoided: the calls that must follow each other, each made slow on purpose,
// and what a bare handler takes that makes the same calls.

import { ask, percentile } from "./load.ts";
import type { RoundTrips } from "./peers.ts";
import type { Route } from "./routes.ts";

const WARM_UP = 10;
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
  bareP50Ms: number;
  /** Of the median to the limit. */
  overLimit: number;
  /** Of the median to the bare handler's. */
  overBare: number;
}

/** Sends requests of the route, one after the other, to a Worker and to a bare handler whose peers are so slow. */
export async function measureWall(
  route: Route,
  urls: { worker: string; bare: string },
  delays: RoundTrips,
): Promise<WallFigure> {
  const limitMs = route.calls.db * delays.db + route.calls.zoom * delays.zoom;
  const block = Math.min(Math.round(BUDGET_MS / limitMs), MAX_RUNS) / BLOCKS;
  const askTimes = async (url: string, count: number): Promise<number[]> => {
    const durations: number[] = [];
    for (let run = 0; run < count; run++) durations.push((await ask(url, await route.next())).durationMs);
    return durations;
  };
  await askTimes(urls.worker, WARM_UP);
  await askTimes(urls.bare, WARM_UP);
  const own: number[] = [];
  const bare: number[] = [];
  for (let turn = 0; turn < BLOCKS; turn++) {
    own.push(...(await askTimes(urls.worker, block)));
    bare.push(...(await askTimes(urls.bare, block)));
  }
  const [p50Ms, bareP50Ms] = [percentile(own, 0.5), percentile(bare, 0.5)];
  return {
    runs: own.length,
    limitMs,
    p50Ms,
    p95Ms: percentile(own, 0.95),
    bareP50Ms,
    overLimit: p50Ms / limitMs,
    overBare: p50Ms / bareP50Ms,
  };
}
