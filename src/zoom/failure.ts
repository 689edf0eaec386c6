// Why a call to Zoom did not give what was asked for. The cause decides what happens next: only an
// explicit refusal says something about a grant, everything else says something about the moment.

export type ZoomFailureCause =
  /** No answer within the time-out. The request may have taken effect. */
  | "timeout"
  /** The connection failed or broke. The request may have taken effect. */
  | "unreachable"
  /** 429. */
  | "rate_limited"
  /** 5xx. */
  | "server_error"
  /** A 4xx with an error body of Zoom's. */
  | "refused"
  /** An answer that is not what Zoom promises: a status, a body or a type of its own. */
  | "unexpected";

/** What Zoom's error body said. The texts may repeat codes and secrets: decide by them, never show them. */
export interface ZoomRefusal {
  /** `error` of the OAuth endpoints (RFC 6749, 5.2). */
  error?: string | undefined;
  /** `reason` of the OAuth endpoints. */
  reason?: string | undefined;
  /** `code` of the REST API. */
  code?: number | undefined;
  /** `message` of the REST API. */
  message?: string | undefined;
}

export class ZoomFailure extends Error {
  override readonly name = "ZoomFailure";
  /** Why; not `cause`, which would invite the runtime to print a foreign error. */
  readonly why: ZoomFailureCause;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly refusal: ZoomRefusal;

  constructor(
    why: ZoomFailureCause,
    details: { status?: number; retryAfterSeconds?: number | undefined; refusal?: ZoomRefusal } = {},
  ) {
    super(`Zoom call failed: ${why}`);
    this.why = why;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.refusal = details.refusal ?? {};
  }

  /**
   * Whether Zoom refused only because another token call for the same user was under way: it says nothing
   * about the grant. Zoom's staff on the developer forum, "How to properly use the access token".
   */
  get isCollision(): boolean {
    return this.why === "refused" && /save access token/i.test(this.refusal.reason ?? "");
  }
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
