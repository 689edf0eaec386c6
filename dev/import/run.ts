// Sends the grants of a source to the service, some at a time, and writes down what became of each.

import { setTimeout as sleep } from "node:timers/promises";
import { type createClient, ZoomOAuthConnectionsError } from "../../client/src/index.ts";
import { pauseBeforeRetry } from "../../client/src/retries.ts";
import {
  type Grant,
  type GrantFields,
  type NoGrant,
  type Source,
  StopRun,
  UnreadableGrant,
} from "./grant.ts";
import type { Journal, JournalLine, Outcome } from "./journal.ts";

const AT_ONCE = 10;
const MAX_ATTEMPTS = 12;
/** Longer than the service ever asks for, in milliseconds. */
const MAX_WAIT_MS = 3_600_000;
/** Refusals of this one grant. Every other refusal would meet all of them. */
const REFUSALS = [
  "refresh_token_rejected",
  "missing_scopes",
  "user_not_active",
  "invalid_request",
  "conflict",
];
/** Failures of this one grant that a later run may not meet. */
const FAILURES = [
  ...["zoom_error", "zoom_timeout", "zoom_unavailable", "zoom_rate_limited"],
  ...["internal_error", "request_in_progress"],
];
/** Asks the whole command for patience, not this grant only. */
const LIMITS = ["rate_limited", "zoom_rate_limited"];

export interface RunOptions {
  client: ReturnType<typeof createClient>;
  appId: string;
  source: Source;
  journal: Journal;
  /** For grants whose source does not say. */
  defaults: GrantFields;
  /** Reads and checks everything, and sends nothing. */
  isDry: boolean;
  /** Ends the run when what is under way is written down. */
  signal: AbortSignal;
  onOutcome: (outcome: Outcome) => void;
}

/** Imports what no earlier run has stored. Throws {@link StopRun} where to go on makes no sense. */
export async function runImport(options: RunOptions): Promise<void> {
  const { source, journal, signal, onOutcome } = options;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const gate = { openAt: 0 };
  // One iterator for all: each takes the next grant when it has done one, so that no more are in memory.
  const items = source.read()[Symbol.asyncIterator]();
  const work = async () => {
    while (!ended.aborted) {
      const { value: item, done } = await items.next();
      if (done) return;
      const stored = item.kind === "grant" ? journal.find(item.ref, item.fingerprint) : null;
      const line = stored === null ? await process(item, options, gate, ended) : null;
      if (line) journal.add(line);
      const outcome = stored ?? line?.outcome;
      if (outcome) onOutcome(outcome);
    }
  };
  const workers = Array.from({ length: AT_ONCE }, async () => {
    try {
      await work();
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(workers);
  await items.return?.();
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** Null: the run ended before it was known, and the next one asks again. */
async function process(
  item: Grant | NoGrant,
  options: RunOptions,
  gate: { openAt: number },
  ended: AbortSignal,
): Promise<JournalLine | null> {
  if (item.kind !== "grant") return toLine(item.ref, null, item.kind, { reason: item.reason });
  const { ref, fingerprint } = item;
  try {
    const refreshToken = await readToken(item, options);
    if (refreshToken === null) return toLine(ref, fingerprint, "ready");
    return await importOne(item, refreshToken, options, gate, ended);
  } catch (error) {
    if (!(error instanceof UnreadableGrant)) throw error;
    return toLine(ref, fingerprint, "invalid", { reason: error.message });
  }
}

/** Null in a dry run, which reads a token only where that changes nothing. */
async function readToken(item: Grant, { isDry, source }: RunOptions): Promise<string | null> {
  if (isDry && source.isReadingRenewing) return null;
  const token = await item.readRefreshToken();
  return isDry ? null : token;
}

async function importOne(
  { ref, fingerprint, fields }: Grant,
  refresh_token: string,
  { client, appId, defaults }: RunOptions,
  gate: { openAt: number },
  ended: AbortSignal,
): Promise<JournalLine | null> {
  const input = { ...defaults, ...fields, refresh_token, zoom_oauth_app_id: appId };
  for (let retryCount = 0; ; retryCount++) {
    try {
      await waitFor(gate, ended);
      if (ended.aborted) return null;
      // Not ended by the signal: the answer of what Zoom has rotated is worth to wait for.
      const connection = await client.importZoomOAuthConnection(input, { maxRetries: 0 });
      const { code, error } = connection.connection_failure_data ?? {};
      return toLine(ref, fingerprint, connection.state === "connected" ? "connected" : "disconnected", {
        zoom_oauth_connection_id: connection.id,
        user_id: connection.user_id,
        code: code ?? null,
        reason: error ?? null,
      });
    } catch (error) {
      if (!(error instanceof ZoomOAuthConnectionsError)) throw error;
      const pauseMs = pauseBeforeRetry({ error, isIdempotent: true, retryCount }, MAX_WAIT_MS);
      if (pauseMs === null || retryCount + 1 >= MAX_ATTEMPTS) return judge(ref, fingerprint, error);
      if (LIMITS.includes(error.code ?? "")) gate.openAt = Math.max(gate.openAt, Date.now() + pauseMs);
      else await sleep(pauseMs, undefined, { signal: ended }).catch(() => {});
    }
  }
}

function judge(ref: string, fingerprint: string | null, error: ZoomOAuthConnectionsError): JournalLine {
  const { code = null, message, requestId } = error;
  const details = { code, reason: message, request_id: requestId ?? null };
  if (code !== null && REFUSALS.includes(code)) return toLine(ref, fingerprint, "refused", details);
  if (code !== null && FAILURES.includes(code)) return toLine(ref, fingerprint, "failed", details);
  throw new StopRun(`${ref}: ${code ?? "no answer"}: ${message}`);
}

async function waitFor(gate: { openAt: number }, ended: AbortSignal): Promise<void> {
  while (gate.openAt > Date.now() && !ended.aborted) {
    await sleep(gate.openAt - Date.now(), undefined, { signal: ended }).catch(() => {});
  }
}

function toLine(
  ref: string,
  fingerprint: string | null,
  outcome: Outcome,
  details: Partial<JournalLine> = {},
): JournalLine {
  const nothing = {
    code: null,
    reason: null,
    zoom_oauth_connection_id: null,
    user_id: null,
    request_id: null,
  };
  return { ref, fingerprint, outcome, ...nothing, ...details, at: new Date().toISOString() };
}
