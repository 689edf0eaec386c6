// The way to Postgres: Drizzle over Neon's SQL-over-HTTP driver, one round trip per statement or batch.
// Owns the time-out and what counts as "the database is away"; knows no table.

import { NeonDbError, neon, neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";

export type Database = NeonHttpDatabase;

/**
 * Longest wait for one round trip, in milliseconds: a database that sleeps needs some seconds to wake, and every
 * lease that guards a round trip is longer.
 */
const DATABASE_TIMEOUT_MS = 10_000;

/** SQLSTATE classes, or codes, after which the same statement may well succeed a moment later. */
const TRANSIENT_SQLSTATES = /^(08|53|57|58|28|3D|40001|40P01|55P03|25006)/;

interface DatabaseOptions {
  url: string;
  /** A local SQL-over-HTTP gateway in place of Neon's own endpoint. */
  fetchEndpoint?: string | undefined;
  fetch: typeof fetch;
}

/** A database handle. It holds no connection, so one serves all requests of an isolate. */
export function createDatabase({ url, fetchEndpoint, fetch }: DatabaseOptions): Database {
  if (fetchEndpoint !== undefined) neonConfig.fetchEndpoint = fetchEndpoint;
  neonConfig.fetchFunction = async (endpoint: string, init: RequestInit) => {
    const response = await fetch(endpoint, { ...init, signal: AbortSignal.timeout(DATABASE_TIMEOUT_MS) });
    // Read here, so that an answer that breaks off or is not JSON is a fault of the connection as well.
    const body = await response.text();
    const json = response.ok || response.status === 400 ? JSON.parse(body) : null;
    return { ok: response.ok, status: response.status, json: async () => json, text: async () => "" };
  };
  return drizzle(neon(url, { disableWarningInBrowsers: true }));
}

/** Throws where the database does not answer. */
export async function ping(db: Database): Promise<void> {
  await db.execute(sql`select 1`);
}

/** What Postgres said, where it was Postgres that refused: the SQLSTATE and the violated constraint. */
export function postgresError(error: unknown): { sqlstate: string; constraint: string | undefined } | null {
  const neonError = findNeonError(error);
  return neonError?.code ? { sqlstate: neonError.code, constraint: neonError.constraint } : null;
}

/** Whether the database could not be reached or could not work: try again, nothing is wrong with the query. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const neonError = findNeonError(error);
  return neonError !== null && (!neonError.code || TRANSIENT_SQLSTATES.test(neonError.code));
}

function findNeonError(error: unknown): NeonDbError | null {
  // Drizzle wraps the driver's error, and its own message repeats the parameters: never show that one.
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof NeonDbError) return current;
  }
  return null;
}
