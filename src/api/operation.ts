// What an operation of the API is: its path, the schemas that check its input, what it answers, and the function that
// does it. http/ puts operations on a router, the OpenAPI document describes them: one description for both.

import type * as z from "zod";
import { describeErrorCode, type ErrorCode } from "../errors.ts";
import type { KeyScope } from "../model/key-scopes.ts";
import type { AdminScope, ProjectScope, ServiceScope } from "../scope.ts";

/** Who may call: a project, the administrator, or everyone. */
export type Security = "api_key" | "admin" | "none";

/** The scope that a handler of such an operation gets. */
export type ScopeOf<S extends Security> = S extends "api_key"
  ? ProjectScope
  : S extends "admin"
    ? AdminScope
    : ServiceScope;

/** The resources that operations are grouped by. */
export const TAGS = {
  "Zoom OAuth connections":
    "A connection is one Zoom user's grant to one of your Zoom OAuth apps. The service keeps its tokens fresh.",
  "Connect sessions":
    "A connect session is one attempt to connect a Zoom user through the hosted pages: send your user to its link, and get a connection back.",
  Tokens: "Get tokens from a connection: access tokens for Zoom's API, and tokens for bots in meetings.",
  "Token links":
    "A token link is a URL that a bot vendor calls to get a Zoom token, so that you need not host such an endpoint.",
  Webhooks: "Webhooks tell your product about changes, with signed events.",
  "Zoom OAuth apps": "Your apps from the Zoom Marketplace. Zoom users connect through them.",
  Statistics: "What happened in the project, by day.",
  "API keys": "API keys of the project, each with its scopes.",
  Audit: "Who changed what in the project.",
  Administration:
    "Manage projects and their API keys. Only for the operator of the service, with the admin key.",
  Zoom: "Called by Zoom, not by you.",
  Service: "Check the service and read this document.",
} as const;

/** What a handler may ask of the HTTP request beside its checked input. */
export interface IncomingRequest {
  /** `X-Request-Id` of the answer. */
  id: string;
  /** The URL as the service makes links from it. */
  url: URL;
  header(name: string): string | undefined;
  /** Reads the body, byte for byte, up to 1 MiB. Throws `payload_too_large`. */
  rawBody(): Promise<ArrayBuffer>;
  /**
   * Whether the sender's address is over its limit of failed authentications, as far as the isolate knows. `at`: of those at
   * something that counts by itself.
   */
  isShutOut(at?: string): Promise<boolean>;
  /** Counts a failed authentication of the sender's address; false: it is one too many. */
  isFailureAllowed(at?: string): Promise<boolean>;
}

export interface Input<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
  request: IncomingRequest;
}

/** An error that an operation can answer with: by its code, and with the status where it is not the code's own. */
export type DeclaredError = ErrorCode | { code: ErrorCode; status: number };

type AnswerOf<Answer extends z.ZodType | null> = Answer extends z.ZodType ? z.input<Answer> : undefined;

/** What the OpenAPI document and the checks before the handler need to know. */
export interface OperationDescription<
  S extends Security = Security,
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType | null = z.ZodType | null,
> {
  method: "get" | "post" | "patch" | "delete";
  /** As in OpenAPI: `/api/v1/zoom_oauth_connections/{id}`. */
  path: string;
  operationId: string;
  tag: keyof typeof TAGS;
  summary: string;
  description?: string;
  security: S;
  /** What an API key needs for it; every operation for API keys names its scope, and no other has one. */
  scope?: KeyScope | undefined;
  /**
   * It is about tokens, of which bots ask for thousands, or asks Zoom for the project: it counts to the limit of the project's tokens
   * and not, as a write, to that of the key.
   */
  isRead?: boolean;
  /**
   * Whether a repeat of the same request does no harm, so that a caller who lost the answer may send it again.
   * Where it is left out, every method but POST is idempotent.
   */
  isIdempotent?: boolean;
  params?: Params;
  query?: Query;
  body?: Body;
  /** The body is only described here: the handler reads it, byte for byte, when it has checked what comes before. */
  isRawBody?: boolean;
  status: 200 | 201 | 202;
  /** Null: an empty body. */
  answer: Answer;
  /** Error codes specific to this operation. Those that every operation of its kind can give are added. */
  errors: readonly DeclaredError[];
}

export interface Operation<
  S extends Security = Security,
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType | null = z.ZodType | null,
> extends OperationDescription<S, Params, Query, Body, Answer> {
  /** Does the work. Its result is the answer's body. Throws `ApiError`. */
  handle(scope: ScopeOf<S>, input: Input<Params, Query, Body>): Promise<AnswerOf<Answer>> | AnswerOf<Answer>;
}

/** An operation as the router and the document see it, whatever its schemas are. */
// biome-ignore lint/suspicious/noExplicitAny: handlers differ in what they take, and each is called with its own input.
export type AnyOperation = Operation<any, any, any, any, any>;

/** Of operations that ask Zoom. */
const ZOOM_ERRORS = [
  "zoom_error",
  "zoom_rate_limited",
  "zoom_unavailable",
  "zoom_timeout",
] as const satisfies readonly DeclaredError[];

/** Of operations that ask Zoom with the stored credentials of an app. */
export const ZOOM_CALL_ERRORS = [
  "zoom_app_credentials_invalid",
  ...ZOOM_ERRORS,
] as const satisfies readonly DeclaredError[];

/** Of operations that ask Zoom about credentials which the request brings. */
export const ZOOM_CHECK_ERRORS = [
  { code: "zoom_app_credentials_invalid", status: 400 },
  ...ZOOM_ERRORS,
] as const satisfies readonly DeclaredError[];

/** What {@link OperationDescription.scope} must be. */
export type ScopeNamed<S extends Security> = S extends "api_key"
  ? { scope: KeyScope }
  : { scope?: undefined };

/** Keeps the schemas' types, which a plain annotation would widen. */
export function defineOperation<
  S extends Security,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType | null,
>(
  operation: Operation<S, Params, Query, Body, Answer> & ScopeNamed<S>,
): Operation<S, Params, Query, Body, Answer> & ScopeNamed<S> {
  return operation;
}

/** Whether the same request may be sent again by a caller who does not know what became of the first. */
export function isIdempotent({ method, isIdempotent = method !== "post" }: OperationDescription): boolean {
  return isIdempotent;
}

/** Whether a body may be left out: every field of it may. */
export function isBodyOptional(body: z.ZodType): boolean {
  return body.safeParse({}).success;
}

/** Every error that the operation can answer with. */
export function errorsOf(operation: OperationDescription): { code: ErrorCode; status: number }[] {
  const { security, params, body, isRawBody } = operation;
  const errors = new Map<ErrorCode, number>();
  const add = (...added: readonly DeclaredError[]) => {
    for (const error of added) {
      const { code, status } =
        typeof error === "string" ? { code: error, status: describeErrorCode(error).status } : error;
      if (!errors.has(code)) errors.set(code, status);
    }
  };
  add(...operation.errors, "https_required", "internal_error", "configuration_error");
  if (!isRawBody) {
    // More query parameters than anybody needs are refused everywhere.
    add("invalid_request");
    if (body) add("invalid_json", "payload_too_large", "unsupported_media_type");
    if (security !== "none")
      add("unauthenticated", "rate_limited", "database_unavailable", "schema_mismatch");
    if (security === "api_key") add("insufficient_scope", "project_suspended");
    // Without an admin key the administration does not exist.
    if (params || security === "admin") add("not_found");
  }
  return [...errors].map(([code, status]) => ({ code, status }));
}
