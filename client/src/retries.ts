// When a failed call is sent again, and after how long.

import type { ZoomOAuthConnectionsError } from "./error.ts";

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 8_000;

export interface FailedAttempt {
  error: ZoomOAuthConnectionsError;
  /** Whether a repeat does no harm where this attempt had an effect after all. */
  isIdempotent: boolean;
  /** Attempts before this one. */
  retryCount: number;
}

/**
 * Milliseconds to wait before the next attempt, or null where there should be none. Never less than `Retry-After`
 * asks for: where that is more than `maxWaitMs`, the caller decides. `random` is from 0 up to 1, and spreads callers
 * who failed together.
 */
export function pauseBeforeRetry(
  { error, isIdempotent, retryCount }: FailedAttempt,
  maxWaitMs: number,
  random = Math.random(),
): number | null {
  if (!isPassing(error)) return null;
  // Only 429 says that nothing was done.
  if (!isIdempotent && error.status !== 429) return null;
  const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
  if (askedMs > maxWaitMs) return null;
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** retryCount, MAX_PAUSE_MS, maxWaitMs);
  return Math.max(askedMs, pauseMs / 2) + (random * pauseMs) / 2;
}

/** Whether the same request may succeed a moment later. */
function isPassing({ status, code }: ZoomOAuthConnectionsError): boolean {
  if (status === undefined || status === 429 || status === 503 || status === 504) return true;
  // Without a code it is the answer of a proxy, which could not reach the service.
  return code === undefined && (status === 408 || status >= 500);
}
