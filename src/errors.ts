// The errors that end a request: one table from code to status and sentence, one class, one JSON shape.
// Depends on nothing that can fail, and never carries what a caller or Zoom sent beyond field names.

import type { KeyScope } from "./model/key-scopes.ts";

const ERRORS = {
  invalid_json: [400, "The request body is not valid JSON."],
  invalid_request: [400, "The request is not valid."],
  authorization_code_rejected: [
    400,
    "Zoom rejected the authorization code: it is wrong, has expired, was used before, or was issued for another app or redirect_uri. Send the user through Zoom's consent page again.",
  ],
  refresh_token_rejected: [
    400,
    "Zoom rejected the refresh token: it was used before, has expired, was revoked, or was issued for another app. Only the newest one of a grant works. Import that, or send the user through Zoom's consent page.",
  ],
  missing_scopes: [
    400,
    "The user has not granted every scope that is needed. Add the scopes to the app on the Zoom Marketplace, then send the user through Zoom's consent page again.",
  ],
  user_not_active: [
    400,
    "The Zoom user is not active. Ask the user or their Zoom admin to activate the account, then connect again.",
  ],
  zoom_oauth_app_not_found: [400, "zoom_oauth_app_id: The project has no Zoom OAuth app with this ID."],
  zoom_oauth_app_required: [
    400,
    "zoom_oauth_app_id: Required, because the project does not have exactly one Zoom OAuth app.",
  ],
  meeting_not_available: [400, "Zoom does not issue a token for this meeting."],
  unauthenticated: [
    401,
    "Authentication failed. Send a valid API key in the header 'Authorization: Token <api key>'.",
  ],
  insufficient_scope: [403, "The API key lacks the scope that this operation needs."],
  project_suspended: [
    403,
    "The operator of the service has suspended the project. Its connections are kept. Ask the operator to lift the suspension.",
  ],
  not_found: [404, "The object does not exist."],
  method_not_allowed: [
    405,
    "This path does not support the request method. The Allow header lists the methods that it supports.",
  ],
  conflict: [409, "The request conflicts with the current state of the object."],
  connection_disconnected: [
    409,
    "The connection is disconnected, and its connection_failure_data says why. Where that recommends to reconnect, create a connect session with its zoom_oauth_connection_id (POST /api/v1/connect_sessions), and send the user to the session's url.",
  ],
  capability_not_supported: [
    409,
    "The connection does not have the capability that this needs. Turn the capability on with PATCH.",
  ],
  payload_too_large: [
    413,
    "The request body is too large. The limit is 64 KiB, and 1 MiB for events from Zoom.",
  ],
  unsupported_media_type: [
    415,
    "Send the request body as JSON with the header 'Content-Type: application/json'.",
  ],
  rate_limited: [429, "Too many requests. Wait for as many seconds as the Retry-After header says."],
  https_required: [
    403,
    "Send requests over https. Replace a key that was sent over http: others may have read it.",
  ],
  internal_error: [500, "Something went wrong on our side. Quote the request_id when you report it."],
  configuration_error: [
    500,
    "The service is not configured correctly. Its operator must correct the variable that is named.",
  ],
  zoom_error: [502, "Zoom gave an unexpected answer. Try again later."],
  zoom_app_credentials_invalid: [
    502,
    "Zoom does not accept the client ID and client secret of the Zoom OAuth app. Compare them with the Zoom Marketplace.",
  ],
  database_unavailable: [503, "The database cannot be reached right now. Try again."],
  event_rate_limited: [503, "Too many events at the moment. Zoom sends this one again after a few minutes."],
  request_in_progress: [
    503,
    "An earlier request for the same thing has not finished, or its result is not stored yet. Send the same request again.",
  ],
  schema_mismatch: [
    503,
    "The database's schema does not fit this release of the service. Its operator must apply the migrations or deploy the matching release. Try again later.",
  ],
  zoom_rate_limited: [503, "Zoom is limiting requests right now. Try again later."],
  zoom_unavailable: [503, "Zoom cannot be reached right now. Try again."],
  zoom_timeout: [504, "Zoom did not answer in time. Try again."],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];
export type FieldErrors = Record<string, string[]>;

/** Seconds a caller should wait before a retry where nobody said a better figure. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;
/** The same of our own limits: they count by the minute, and the bindings do not tell when the minute ends. */
const LIMIT_RETRY_AFTER_SECONDS = 60;
const LIMITS: readonly ErrorCode[] = ["rate_limited", "event_rate_limited"];

export interface ErrorBody {
  error: string;
  code: ErrorCode;
  fields?: FieldErrors;
  request_id: string;
}

interface ApiErrorOptions {
  /** In place of the table's, where the request itself brought what is wrong. The operation's errors must name it. */
  status?: number;
  /** A sentence for a person, in place of the table's. Never with a secret in it. */
  message?: string;
  fields?: FieldErrors;
  /** Seconds; only for 429 and 503 answers, which always carry Retry-After. */
  retryAfterSeconds?: number;
  headers?: Record<string, string>;
  /** Of `missing_scopes`, for pages that name them in a person's words. */
  missingScopes?: readonly string[];
  cause?: unknown;
}

/** An error that ends a request with a stable code. Its message is shown to the caller. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly fields: FieldErrors | undefined;
  readonly headers: Record<string, string>;
  readonly missingScopes: readonly string[] | undefined;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    const [status, sentence] = ERRORS[code];
    super(options.message ?? sentence, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? status;
    this.fields = options.fields;
    this.headers = { ...options.headers };
    this.missingScopes = options.missingScopes;
    if (this.status === 429 || this.status === 503) {
      const seconds = LIMITS.includes(code) ? LIMIT_RETRY_AFTER_SECONDS : DEFAULT_RETRY_AFTER_SECONDS;
      this.headers["Retry-After"] = String(options.retryAfterSeconds ?? seconds);
    }
  }
}

/** 401 with the scheme to use, as RFC 9110, 11.6.1 wants it. @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 */
export function unauthenticated(scheme: "Token" | "Bearer" = "Token"): ApiError {
  return new ApiError("unauthenticated", {
    ...(scheme === "Bearer" ? { message: ADMIN_SENTENCE } : {}),
    headers: { "WWW-Authenticate": scheme },
  });
}

/** 403 that names the scope. */
export function insufficientScope(scope: KeyScope): ApiError {
  return new ApiError("insufficient_scope", {
    message: `The API key lacks the scope ${scope}, which this operation needs. Use a key that has it.`,
  });
}

const ADMIN_SENTENCE =
  "Authentication failed. Send the admin key in the header 'Authorization: Bearer <admin key>'.";

/** What answers call the objects that a request may name. */
export type Noun =
  | "project"
  | "API key"
  | "Zoom OAuth app"
  | "Zoom OAuth connection"
  | "webhook"
  | "delivery"
  | "connect session"
  | "token link"
  | "token journal"
  | "dead letter";

/** 404 for an object that does not exist, or is another project's. */
export function notFound(noun: Noun): ApiError {
  return new ApiError("not_found", { message: `The ${noun} does not exist.` });
}

/** The status and the sentence that a code stands for. */
export function describeErrorCode(code: ErrorCode): { status: number; sentence: string } {
  const [status, sentence] = ERRORS[code];
  return { status, sentence };
}

/** The one JSON shape of every error answer. */
export function toErrorResponse(error: ApiError, requestId: string): Response {
  const body: ErrorBody = {
    error: error.message,
    code: error.code,
    ...(error.fields ? { fields: error.fields } : {}),
    request_id: requestId,
  };
  return Response.json(body, { status: error.status, headers: error.headers });
}

/** An `invalid_request` whose sentence is made of its fields: `redirect_uri: Required.` */
export function invalidRequest(fields: FieldErrors): ApiError {
  const message = Object.entries(fields)
    .map(([field, problems]) => `${field}: ${problems.join(" ")}`)
    .join(" ");
  return new ApiError("invalid_request", { message, fields });
}
