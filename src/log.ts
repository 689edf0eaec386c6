// One structured line per request, job or incident, and the round trips that it tells of. Fields come from the list below and
// nothing else, so that no token, code, secret, body or address can slip in by a spread object.

interface LogFields {
  request_id?: string;
  method?: string;
  /** The pattern of the route, never the path: paths hold what callers typed. */
  route?: string;
  /** Whose API key the request came with. */
  project_id?: string;
  api_key_id?: string;
  /** What the request was about: the last ID of its path, or what it has made. Never another text of the path. */
  object_id?: string;
  status?: number;
  code?: string;
  duration_ms?: number;
  db_count?: number;
  db_ms?: number;
  zoom_count?: number;
  zoom_ms?: number;
  job?: string;
  attempts?: number;
  zoom_oauth_app_id?: string;
  zoom_oauth_connection_id?: string;
  token_link_id?: string;
  webhook_id?: string;
  webhook_delivery_id?: string;
  /** Which variable or part is at fault, in our own words. */
  reason?: string;
  error_name?: string;
  /** Frames only: the message of a foreign error may repeat what it was given. */
  error_frames?: string[];
  sqlstate?: string;
  constraint?: string | undefined;
  zoom_failure?: string;
  zoom_status?: number;
  count?: number;
}

type Level = "info" | "warn" | "error";

const MAX_FRAMES = 8;

/** Writes one line of JSON. */
export function log(level: Level, event: string, fields: LogFields = {}): void {
  console[level](JSON.stringify({ level, event, ...fields }));
}

/** What may be told of an error that is not ours: its class and where it came from. */
export function describeError(error: unknown): Pick<LogFields, "error_name" | "error_frames"> {
  if (!(error instanceof Error)) return { error_name: typeof error };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { error_name: error.name, error_frames: frames.slice(0, MAX_FRAMES).map((line) => line.trim()) };
}

export type Peer = "db" | "zoom";

interface RoundTrips {
  count: number;
  /** Sum of their durations, in milliseconds. */
  durationMs: number;
}

/** What is counted of the request at hand. */
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
