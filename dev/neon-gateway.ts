// Speaks Neon's SQL-over-HTTP protocol in front of any Postgres, so that the driver that ships runs unchanged on a
// developer's machine; is slow or fails on command. Knows the wire, as Neon's proxy (proxy/src/serverless) writes it,
// and no table of ours.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import pg from "pg";
import { waitUntil } from "./delay.ts";
import { refusalOf } from "./foreign-page.ts";
import { LOOPBACK, listen } from "./ports.ts";

const PATH = "/sql";
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MAX_REQUESTS_KEPT = 100_000;
const SESSIONS_PER_DATABASE = 20;

const ISOLATION_LEVELS: Record<string, string> = {
  ReadUncommitted: "read uncommitted",
  ReadCommitted: "read committed",
  RepeatableRead: "repeatable read",
  Serializable: "serializable",
};

const ERROR_FIELDS = (
  "code detail hint position internalPosition internalQuery severity where table column " +
  "schema dataType constraint file line routine"
).split(" ") as Array<keyof pg.DatabaseError>;

export type GatewayRequest = {
  /** `performance.now()` on arrival. */
  at: number;
  statements: string[];
  /** Of the body. */
  bytes: number;
};

export type GatewayFault = {
  /**
   * `drop`: the connection is cut before anything ran. `drop_after`: the statement runs and commits, then the
   * connection is cut without an answer. `error`: HTTP 500, nothing ran. `hang`: no answer until the client goes
   * away, nothing ran. `late`: the statement runs, and its answer comes `lateMs` after that.
   */
  kind: "drop" | "drop_after" | "error" | "hang" | "late";
  /** In milliseconds. */
  lateMs?: number;
  /** Which statements; one in a batch is enough. Default: every one. */
  matching?: (statement: string) => boolean;
  /** How many requests. Default: until cleared. */
  times?: number;
};

export type NeonGateway = {
  /** For `neonConfig.fetchEndpoint`. */
  url: string;
  port: number;
  /** Added before each request is worked on. */
  delayMs: number;
  /** How long each request takes at least, the work on it included: what a caller so far away sees. */
  callMs: number;
  requests: ReadonlyArray<GatewayRequest>;
  clearRequests(): void;
  setFault(fault: GatewayFault | null): void;
  /** Cuts every connection and ends every session, running statements included. */
  close(): Promise<void>;
};

type Upstream = { host: string; port: number };
type Statement = { query: string; params?: unknown[]; arrayMode?: boolean };
type Payload = { batch: boolean; statements: Statement[] };

class RequestFailure extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Listens on 127.0.0.1. Throws an Error with code `EADDRINUSE` where the port is taken. */
export async function startNeonGateway(options: { port?: number; upstream: Upstream }): Promise<NeonGateway> {
  const databases = connectDatabases(options.upstream);
  const faults = keepFault();
  const requests: GatewayRequest[] = [];
  let closed = false;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = performance.now();
    const refusal = refusalOf(request);
    if (refusal !== null) throw new RequestFailure(403, refusal);
    if (request.method !== "POST" || request.url !== PATH) throw new RequestFailure(404, "Not found");
    const text = await readBody(request);
    const payload = parsePayload(text);
    const statements = payload.statements.map((statement) => statement.query);
    if (requests.length === MAX_REQUESTS_KEPT) requests.splice(0, MAX_REQUESTS_KEPT / 10);
    requests.push({ at, statements, bytes: Buffer.byteLength(text) });

    const taken = faults.take(statements); // before the delay: the first to arrive is the one to fail
    const fault = taken === null || taken.kind === "late" ? null : taken.kind;
    await waitUntil(at + gateway.delayMs);
    if (closed || fault === "hang") return;
    if (fault === "error") throw new RequestFailure(500, "Control plane request failed");
    try {
      if (fault === "drop") return;
      const body = JSON.stringify(await databases.run(request.headers, payload));
      await waitUntil(Math.max(at + gateway.callMs, performance.now() + (taken?.lateMs ?? 0)));
      if (fault === null) answer(response, 200, body);
    } finally {
      if (fault !== null) request.socket.destroy();
    }
  };

  const server = createServer({ noDelay: true }, (request, response) => {
    serve(request, response).catch((error: unknown) => answerFailure(response, error));
  });
  // Idle connections are the client's to close: a request that met one just closing would fail by chance.
  server.keepAliveTimeout = 0;
  const port = await listen(server, options.port ?? 0);

  const gateway: NeonGateway = {
    url: `http://${LOOPBACK}:${port}${PATH}`,
    port,
    delayMs: 0,
    callMs: 0,
    requests,
    clearRequests: () => {
      requests.length = 0;
    },
    setFault: faults.set,
    close: async () => {
      if (closed) return;
      closed = true;
      const ended = once(server, "close");
      server.close();
      server.closeAllConnections();
      await Promise.all([ended, databases.close()]);
    },
  };
  return gateway;
}

function keepFault() {
  let current: GatewayFault | null = null;
  let left = 0;
  return {
    set(fault: GatewayFault | null): void {
      current = fault;
      left = fault?.times ?? Number.POSITIVE_INFINITY;
    },
    take(statements: string[]): GatewayFault | null {
      if (current === null || left <= 0) return null;
      const { matching } = current;
      if (matching !== undefined && !statements.some((statement) => matching(statement))) return null;
      left -= 1;
      return current;
    },
  };
}

/** One pool per connection string, that is per database and login: a wrong password fails here as it does at Neon. */
function connectDatabases(upstream: Upstream) {
  const pools = new Map<string, pg.Pool>();
  const busy = new Set<pg.PoolClient>();

  const poolFor = (connectionString: string): pg.Pool => {
    const known = pools.get(connectionString);
    if (known !== undefined) return known;
    const pool = createPool(connectionString, upstream);
    pools.set(connectionString, pool);
    return pool;
  };

  return {
    async run(headers: IncomingHttpHeaders, payload: Payload): Promise<unknown> {
      const begin = payload.batch ? beginStatement(headers) : "";
      const arrayMode = headers["neon-array-mode"] === "true";
      const client = await checkOut(poolFor(readHeader(headers, "neon-connection-string")));
      busy.add(client);
      try {
        if (payload.batch) return await runBatch(client, begin, payload.statements, arrayMode);
        return await runStatement(client, payload.statements[0] as Statement, arrayMode);
      } finally {
        busy.delete(client);
        // A lone `begin` must not reach the next request.
        client.release(client.getTransactionStatus() !== "I");
      }
    },
    async close(): Promise<void> {
      // `pool.end` waits for what is checked out; `client.end` cuts off a statement that runs.
      for (const client of busy) void (client as unknown as pg.Client).end();
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

function createPool(connectionString: string, upstream: Upstream): pg.Pool {
  const url = parseConnectionString(connectionString);
  const pool = new pg.Pool({
    ...upstream,
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    application_name: url.searchParams.get("application_name") ?? "neon-gateway",
    options: "-c timezone=UTC",
    ssl: false,
    max: SESSIONS_PER_DATABASE,
    // The driver parses; what Postgres wrote goes out as it is (Neon-Raw-Text-Output).
    types: { getTypeParser: () => (text: string) => text },
  });
  // A session that Postgres ends, idle or between two statements, is no error of the gateway's: the pool drops it.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

function parseConnectionString(connectionString: string): URL {
  const url = URL.canParse(connectionString) ? new URL(connectionString) : null;
  if (
    url === null ||
    !/^postgres(ql)?:$/.test(url.protocol) ||
    url.username === "" ||
    url.pathname.length < 2
  ) {
    throw new RequestFailure(400, "Invalid Neon-Connection-String header");
  }
  return url;
}

async function checkOut(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    // A refused login (28) and an unknown database (3D) are the caller's mistake; the rest is not his to see.
    if (error instanceof pg.DatabaseError && /^(28|3D)/.test(error.code ?? "")) throw error;
    throw new RequestFailure(500, "Control plane request failed: the database cannot be reached");
  }
}

async function runStatement(client: pg.PoolClient, statement: Statement, defaultArrayMode: boolean) {
  const arrayMode = statement.arrayMode ?? defaultArrayMode;
  // Parameters need no care of ours: pg writes JSON arrays as array literals and objects as JSON text, like Neon.
  const config = {
    text: statement.query,
    values: statement.params ?? [],
    queryMode: "extended", // with or without parameters: Neon refuses two statements in one
    ...(arrayMode ? { rowMode: "array" } : {}),
  };
  const { command, rowCount, fields, rows } = await client.query(config);
  return { command: command ?? "", rowCount, rowAsArray: arrayMode, fields, rows };
}

async function runBatch(
  client: pg.PoolClient,
  begin: string,
  statements: Statement[],
  defaultArrayMode: boolean,
) {
  try {
    await client.query(begin);
    const results = [];
    for (const statement of statements) results.push(await runStatement(client, statement, defaultArrayMode));
    await client.query("commit");
    return { results };
  } catch (error) {
    await client.query("rollback").catch(() => {}); // the session is gone, and the transaction with it
    throw error;
  }
}

function beginStatement(headers: IncomingHttpHeaders): string {
  let begin = "begin";
  if (headers["neon-batch-isolation-level"] !== undefined) {
    const level = ISOLATION_LEVELS[readHeader(headers, "neon-batch-isolation-level")];
    if (level === undefined) throw new RequestFailure(400, "invalid isolation level");
    begin += ` isolation level ${level}`;
  }
  if (headers["neon-batch-read-only"] === "true") begin += " read only";
  if (headers["neon-batch-deferrable"] === "true") begin += " deferrable";
  return begin;
}

function readHeader(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value !== "string") throw new RequestFailure(400, `Missing header ${name}`);
  return value;
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(new RequestFailure(413, "Request body too large"));
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString()));
    request.on("error", reject);
  });
}

function parsePayload(text: string): Payload {
  const body = parseJson(text);
  const batch = typeof body === "object" && body !== null && "queries" in body;
  const statements: unknown = batch ? body.queries : [body];
  if (!Array.isArray(statements) || !statements.every(isStatement)) {
    throw new RequestFailure(400, "Request body is neither a query nor a list of queries");
  }
  return { batch, statements };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestFailure(400, "Request body is not JSON");
  }
}

function isStatement(value: unknown): value is Statement {
  if (typeof value !== "object" || value === null || !("query" in value)) return false;
  return typeof value.query === "string" && (!("params" in value) || Array.isArray(value.params));
}

function answerFailure(response: ServerResponse, error: unknown): void {
  if (error instanceof pg.DatabaseError) {
    const fields = ERROR_FIELDS.map((field) => [field, error[field] ?? null]);
    answer(response, 400, JSON.stringify({ message: error.message, ...Object.fromEntries(fields) }));
  } else {
    const message = error instanceof Error ? error.message : "Unknown failure"; // pg's carry no credentials
    answer(response, error instanceof RequestFailure ? error.status : 500, JSON.stringify({ message }));
  }
}

function answer(response: ServerResponse, status: number, json: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.end(json);
}
