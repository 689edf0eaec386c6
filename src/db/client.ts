// The way to Postgres: Neon's SQL-over-HTTP driver, one round trip per statement. Owns the time-out and what counts as
// "the database is away"; knows no table.

import { NeonDbError, neon, neonConfig, types } from "@neondatabase/serverless";
import type { RawRow } from "./columns.ts";

/** What a statement's parameter may hold. */
export type Value = string | number | boolean | null;

export interface Result {
  fields: readonly { name: string }[];
  rows: RawRow[];
  rowCount: number;
}

export interface Database {
  /** Runs one statement in one round trip. Throws what {@link isDatabaseUnavailable} and {@link postgresError} judge. */
  query(sent: Sent, values: readonly Value[]): Promise<Result>;
  /** Hears whose API key a statement has found. */
  noteCaller: NoteCaller;
}

/**
 * How a statement goes over the wire. The call does the same as the text by the statement's function, which Postgres has planned
 * already; a database without that function gets the text. One of both is there at least.
 */
export interface Sent {
  /** Undefined: it is kept elsewhere, by the call. */
  text?: string | undefined;
  call?: string | undefined;
}

/** The key and its project, as the row of a statement has them. */
export type NoteCaller = (
  apiKeySha256: string,
  caller: { caller_api_key_id: string; caller_project_id: string },
) => void;

/**
 * Longest wait for one round trip, in milliseconds: a database that sleeps needs some seconds to wake, and every
 * lease that guards a round trip is longer.
 */
export const DATABASE_TIMEOUT_MS = 10_000;

/** SQLSTATE classes, or codes, after which the same statement may well succeed a moment later. */
const TRANSIENT_SQLSTATES = /^(08|53|57|58|28|3D|40001|40P01|55P03|25006)/;

/** No such function; no such schema; neither may be used. Nothing was done then, or Postgres has undone it. */
const MISSING_FUNCTION_SQLSTATES = ["42883", "3F000", "42501"];

/** After a function was missing, how long its statement goes by its text before the function is tried again, in milliseconds. */
const TEXTS_MS = 60_000;

interface DatabaseOptions {
  url: string;
  /** A local SQL-over-HTTP gateway in place of Neon's own endpoint. */
  fetchEndpoint?: string | undefined;
  /** Send every statement by its text. */
  isByText?: boolean;
  /** Finds the text of a statement that comes without it. */
  findText(call: string): Promise<string>;
  /** Is told once that the database lacks a function, and its SQLSTATE. */
  onMissingFunction(sqlstate: string): void;
}

/** Sends one statement to Neon. */
type Send = (text: string, values: readonly Value[]) => Promise<Result>;

/** What a request or a job wants to hear of its own statements. */
interface Listener {
  /** Sends as it is told to, and may count. */
  listen(send: Send): Send;
  noteCaller: NoteCaller;
}

/** Makes database handles. They hold no connection, and share what is known of the database. */
export function createDatabase(options: DatabaseOptions): (listener: Listener) => Database {
  const { url, fetchEndpoint, isByText = false } = options;
  if (fetchEndpoint !== undefined) neonConfig.fetchEndpoint = fetchEndpoint;
  neonConfig.fetchFunction = async (endpoint: string, init: RequestInit) => {
    const response = await fetch(endpoint, { ...init, signal: AbortSignal.timeout(DATABASE_TIMEOUT_MS) });
    // Read here, so that an answer that breaks off or is not JSON is a fault of the connection as well.
    const body = await response.text();
    const json = response.ok || response.status === 400 ? JSON.parse(body) : null;
    return { ok: response.ok, status: response.status, json: async () => json, text: async () => "" };
  };
  // Times stay as Postgres writes them: a Date would drop their microseconds.
  types.setTypeParser(types.builtins.TIMESTAMPTZ as number, (text) => text);
  const client = neon(url, { disableWarningInBrowsers: true, fullResults: true, arrayMode: true });
  /** When the function of a call is tried again, in milliseconds since 1970. */
  const missing = new Map<string, number>();
  return ({ listen, noteCaller }) => {
    const send = listen(async (text, values) => await client.query(text, values as Value[]));
    return {
      noteCaller,
      query: async ({ text, call = "" }, values) => {
        const sendText = async () => await send(text ?? (await options.findText(call)), values);
        if (call === "" || isByText || (missing.get(call) ?? 0) > Date.now()) return await sendText();
        try {
          return await send(call, values);
        } catch (error) {
          const sqlstate = postgresError(error)?.sqlstate ?? "";
          if (!MISSING_FUNCTION_SQLSTATES.includes(sqlstate)) throw error;
          if (missing.size === 0) options.onMissingFunction(sqlstate);
          missing.set(call, Date.now() + TEXTS_MS);
          return await sendText();
        }
      },
    };
  };
}

/** What Postgres said, where it was Postgres that refused: the SQLSTATE and the violated constraint. */
export function postgresError(error: unknown): { sqlstate: string; constraint: string | undefined } | null {
  return error instanceof NeonDbError && error.code
    ? { sqlstate: error.code, constraint: error.constraint }
    : null;
}

/** Whether the database could not be reached or could not work: try again, nothing is wrong with the query. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return error instanceof NeonDbError && (!error.code || TRANSIENT_SQLSTATES.test(error.code));
}

const FOREIGN_KEY_VIOLATION = "23503";
/** The constraints that fail where the project, the app or the connection of a job is not there. */
const OWNERS = [
  "zoom_oauth_connections_zoom_oauth_app_fk",
  "used_authorization_codes_zoom_oauth_app_fk",
  "used_authorization_codes_zoom_oauth_connection_fk",
  "connection_events_project_id_projects_id_fk",
  "zoom_events_zoom_oauth_app_fk",
];

/** Whether the project, the app or the connection that the work is for is not there: it was removed, or is not restored yet. */
export function isOwnerMissing(error: unknown): boolean {
  const { sqlstate, constraint = "" } = postgresError(error) ?? {};
  return sqlstate === FOREIGN_KEY_VIOLATION && OWNERS.includes(constraint);
}
