// Counts the round trips of the request at hand: what Server-Timing and the log line tell.

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

export function createTrace(): Trace {
  return { db: { count: 0, durationMs: 0 }, zoom: { count: 0, durationMs: 0 } };
}

/** The same call, each counted as a round trip, up to the arrival of what it waits for. */
export function counted<Arguments extends unknown[], Answer>(
  roundTrips: RoundTrips,
  call: (...args: Arguments) => Promise<Answer>,
): (...args: Arguments) => Promise<Answer> {
  return async (...args) => {
    const start = performance.now();
    try {
      return await call(...args);
    } finally {
      roundTrips.count += 1;
      roundTrips.durationMs += performance.now() - start;
    }
  };
}

/** The `Server-Timing` header: `db;dur=8.1;desc="2", zoom;dur=210.4;desc="2"`. */
export function toServerTiming(trace: Trace): string {
  return (["db", "zoom"] as const)
    .map((peer) => `${peer};dur=${trace[peer].durationMs.toFixed(1)};desc="${trace[peer].count}"`)
    .join(", ");
}
