// How long a caller waits, beside what cannot be avoided: the calls that must follow each other, each made slow on
// purpose.

import { ask, percentile } from "./load.ts";
import type { Delays } from "./peers.ts";
import type { Route } from "./routes.ts";

const WARM_UP = 10;
const RUNS = 100;

export interface WallFigure {
  runs: number;
  limitMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Of the median to the limit. */
  ratio: number;
}

/** Sends requests of the route, one after the other, to a Worker whose peers are so slow. */
export async function measureWall(route: Route, url: string, delays: Delays): Promise<WallFigure> {
  const durations: number[] = [];
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const { durationMs } = await ask(url, await route.next());
    if (run >= WARM_UP) durations.push(durationMs);
  }
  const limitMs = route.calls.db * delays.db + route.calls.zoom * delays.zoom;
  const p50Ms = percentile(durations, 0.5);
  return {
    runs: RUNS,
    limitMs,
    p50Ms,
    p95Ms: percentile(durations, 0.95),
    p99Ms: percentile(durations, 0.99),
    ratio: p50Ms / limitMs,
  };
}
