// Counts the round trips of the request or job at hand: what Server-Timing and the log line tell.
// Async context carries the counter, so that handles which serve a whole isolate can still count per request.

import { AsyncLocalStorage } from "node:async_hooks";

export type Peer = "db" | "zoom";

interface RoundTrips {
  count: number;
  /** Sum of their durations, in milliseconds. */
  durationMs: number;
}

export interface Trace extends Record<Peer, RoundTrips> {
  /** Whose API key it was, once a statement has found it. */
  caller?: { projectId: string; apiKeyId: string };
}

const current = new AsyncLocalStorage<Trace>();

/** Runs the work with counters of its own. */
export function runTraced<T>(trace: Trace, work: () => T): T {
  return current.run(trace, work);
}

/** Notes whose API key the request at hand came with. */
export function traceCaller(caller: { projectId: string; apiKeyId: string }): void {
  const trace = current.getStore();
  if (trace) trace.caller = caller;
}

export function createTrace(): Trace {
  return { db: { count: 0, durationMs: 0 }, zoom: { count: 0, durationMs: 0 } };
}

/** A `fetch` that counts its calls, up to the arrival of the answer's head, as round trips to the peer. */
export function countedFetch(peer: Peer): typeof fetch {
  return async (input: RequestInfo | URL, init?: RequestInit) => {
    const roundTrips = current.getStore()?.[peer];
    const start = performance.now();
    try {
      return await fetch(input, init);
    } finally {
      if (roundTrips) {
        roundTrips.count += 1;
        roundTrips.durationMs += performance.now() - start;
      }
    }
  };
}

/** The `Server-Timing` header: `db;dur=8.1;desc="2", zoom;dur=210.4;desc="2"`. */
export function toServerTiming(trace: Trace): string {
  return (["db", "zoom"] as const)
    .map((peer) => `${peer};dur=${trace[peer].durationMs.toFixed(1)};desc="${trace[peer].count}"`)
    .join(", ");
}
