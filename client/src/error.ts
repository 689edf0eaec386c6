// The one error of a call: what the service answered, or that no answer came.

import type { ErrorCode } from "./generated/types.ts";

/** What an error says beside its sentence. */
export interface ErrorDetails {
  status?: number | undefined;
  code?: ErrorCode | undefined;
  fields?: Record<string, string[]> | undefined;
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/** A call that failed. `code` says what to do; where it is undefined, the service itself did not answer. */
export class ZoomOAuthConnectionsError extends Error {
  override readonly name = "ZoomOAuthConnectionsError";
  /** The status of the HTTP answer. Undefined: no answer came, and `cause` says why. */
  readonly status: number | undefined;
  /** The service's own code. Undefined: there was no answer, or something in between gave it. */
  readonly code: ErrorCode | undefined;
  /** What is wrong, by field of the request. Empty unless `code` is `invalid_request`. */
  readonly fields: Record<string, string[]>;
  /** Quote it when you report a problem. */
  readonly requestId: string | undefined;
  /** Seconds to wait before the same request may be sent again. Answers 429 and 503 have it. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.status = details.status;
    this.code = details.code;
    this.fields = details.fields ?? {};
    this.requestId = details.requestId;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** What the service answers. */
interface Answer {
  error: string;
  code: ErrorCode;
  fields: Record<string, string[]>;
  request_id: string;
}

/** The error that an answer with a status of 300 or more stands for. `text` is its body. */
export function toError(response: Response, text: string): ZoomOAuthConnectionsError {
  const answer = parseJson(text) as Partial<Answer> | null | undefined;
  // What stands between may answer with a JSON of its own.
  const body = typeof answer?.code === "string" ? answer : {};
  return new ZoomOAuthConnectionsError(body.error ?? `The answer has status ${response.status}.`, {
    status: response.status,
    code: body.code,
    fields: body.fields,
    requestId: body.request_id ?? response.headers.get("X-Request-Id") ?? undefined,
    retryAfterSeconds: readRetryAfter(response.headers.get("Retry-After")),
  });
}

/** Undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds. The service sends a number; what stands in between may send a date (RFC 9110, section 10.2.3). */
function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}
