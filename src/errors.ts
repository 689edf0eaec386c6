// The errors that end a request: one table from code to status and sentence, one class, one JSON shape.
// Depends on nothing that can fail, and never carries what a caller or Zoom sent beyond field names.

const ERRORS = {
  invalid_json: [400, "The request body is not valid JSON."],
  invalid_request: [400, "The request is not valid."],
  authorization_code_rejected: [
    400,
    "Zoom rejected the authorization code: it is wrong, has expired, was used before, or belongs to another app or redirect_uri. Send the user through Zoom's consent page again.",
  ],
  missing_scopes: [400, "The grant lacks scopes that the requested capabilities need."],
  user_not_active: [
    400,
    "The Zoom user is not active. Ask the user or their Zoom admin to activate the account, then connect again.",
  ],
  zoom_oauth_app_not_found: [400, "zoom_oauth_app_id: no such Zoom OAuth app in this project."],
  zoom_oauth_app_required: [400, "zoom_oauth_app_id is required."],
  meeting_not_available: [400, "Zoom does not give a token for this meeting."],
  unauthenticated: [
    401,
    "Authentication failed. Send a valid API key in the header 'Authorization: Token <api key>'.",
  ],
  not_found: [404, "No such object."],
  method_not_allowed: [405, "This path does not support the request method."],
  conflict: [409, "The request conflicts with the current state of the object."],
  connection_disconnected: [
    409,
    "The connection is disconnected. Send the user through Zoom's consent page again to reconnect it.",
  ],
  capability_not_supported: [
    409,
    "The connection does not support this kind of token. Turn the capability on with PATCH.",
  ],
  payload_too_large: [
    413,
    "The request body is too large: at most 64 KiB, and 1 MiB for the events of Zoom's.",
  ],
  unsupported_media_type: [
    415,
    "Send the request body as JSON with the header 'Content-Type: application/json'.",
  ],
  rate_limited: [429, "Too many requests. Wait before you send more."],
  internal_error: [500, "Something went wrong on our side. Quote the request_id when you report it."],
  zoom_error: [502, "Zoom answered something that it should not. Try again later."],
  zoom_app_credentials_invalid: [
    502,
    "Zoom does not accept the client id and client secret of the Zoom OAuth app. Check them on the Zoom Marketplace.",
  ],
  database_unavailable: [503, "The database cannot be reached at the moment. Try again."],
  zoom_rate_limited: [503, "Zoom limits the rate of requests at the moment. Try again later."],
  zoom_unavailable: [503, "Zoom cannot be reached at the moment. Try again."],
  zoom_timeout: [504, "Zoom did not answer in time. Try again."],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];
export type FieldErrors = Record<string, string[]>;

/** Seconds a caller should wait before a retry where nobody said a better figure. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

export interface ErrorBody {
  error: string;
  code: ErrorCode;
  fields?: FieldErrors;
  request_id: string;
}

interface ApiErrorOptions {
  /** A sentence for a person, in place of the table's. Never with a secret in it. */
  message?: string;
  fields?: FieldErrors;
  /** Seconds; only for 429 and 503 answers, which always carry Retry-After. */
  retryAfterSeconds?: number;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An error that ends a request with a stable code. Its message is shown to the caller. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly fields: FieldErrors | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    const [status, sentence] = ERRORS[code];
    super(options.message ?? sentence, { cause: options.cause });
    this.code = code;
    this.status = status;
    this.fields = options.fields;
    this.headers = { ...options.headers };
    if (status === 429 || status === 503) {
      this.headers["Retry-After"] = String(options.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS);
    }
  }
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
