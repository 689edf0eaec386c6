// Why a call to Zoom did not give what was asked for, and what that means.

import { type Answer, judge, type ZoomOperation, type ZoomVerdict } from "./verdicts.ts";

/** A call to Zoom failed. The verdict says what follows. Zoom's own texts may repeat codes and secrets: never show them. */
export class ZoomFailure extends Error {
  override readonly name = "ZoomFailure";
  readonly operation: ZoomOperation;
  readonly verdict: ZoomVerdict;
  /** HTTP status; undefined: there was no answer. */
  readonly status: number | undefined;
  /** Seconds that Zoom asked to wait. */
  readonly retryAfterSeconds: number | undefined;
  /** What Zoom said about a meeting, without anything that could be a secret; undefined: nothing, or not about a meeting. */
  readonly saidOfMeeting: string | undefined;

  constructor(
    operation: ZoomOperation,
    answer: Answer,
    { status, retryAfterSeconds }: { status?: number; retryAfterSeconds?: number | undefined } = {},
  ) {
    const verdict = judge(operation, answer);
    super(`Zoom call failed: ${operation}, ${verdict.kind}`);
    this.operation = operation;
    this.verdict = verdict;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    if (verdict.kind === "meeting_not_available" && answer.kind === "refused" && answer.refusal.text) {
      this.saidOfMeeting = redact(answer.refusal.text);
    }
  }
}

const MAX_SHOWN_LENGTH = 200;

/** Without long words: tokens are long, and words about meetings are not. */
function redact(text: string): string {
  return text.replaceAll(/\S{20,}/g, "…").slice(0, MAX_SHOWN_LENGTH);
}

/** What a log line may tell of a failure: the verdict, and for one that passes, why. */
export function describeFailure({ verdict }: ZoomFailure): string {
  return verdict.kind === "passing" ? verdict.why : verdict.kind;
}

const MAX_RETRY_AFTER_SECONDS = 86_400;
/** How either kind of date begins; Date.parse alone takes "-5" for a year. */
const DATE = /^(\d{4}-\d\d-|[A-Z][a-z]{2}, )/;

/**
 * Seconds to wait, from whole seconds or an HTTP date (RFC 9110, 10.2.3), or from the ISO date-time that
 * Zoom sends with its daily limits ("Rate limits" on Zoom's developer pages). Undefined where unreadable.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (!header) return undefined;
  const seconds = /^\d{1,9}$/.test(header)
    ? Number(header)
    : Math.ceil((Date.parse(DATE.test(header) ? header : "") - nowMs) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_SECONDS);
}
