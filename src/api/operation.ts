// What an operation of the API is: its path, the schemas that validate its input, what it answers. The routes
// implement these, the OpenAPI document describes them, the client calls them: one description for all.

import type * as z from "zod";
import type { ErrorCode } from "../errors.ts";

/** Who may call: a project, the administrator, or everyone. */
export type Security = "api_key" | "admin" | "none";

/** The resources that operations are grouped by. */
export const TAGS = {
  "Zoom OAuth connections": "Zoom users' grants to your apps: connect, read, change, remove.",
  Tokens: "Tokens of a connection: for calls to Zoom's API, and for bots in meetings.",
  Webhooks: "What your product hears of changes, and with which signatures.",
  "Zoom OAuth apps": "Your apps on the Zoom Marketplace, whose users connect.",
  Administration: "Projects and their API keys, for the operator of the deployment.",
  Zoom: "What Zoom calls.",
  Service: "What the service tells of itself.",
} as const;

export interface Operation<
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
  security: Security;
  /** Not counted among a key's writes, although it is no GET: bots ask for tokens by the thousand. */
  isRead?: boolean;
  params?: Params;
  query?: Query;
  body?: Body;
  /** The body is only described here: the handler reads it, byte for byte. */
  isRawBody?: boolean;
  status: 200 | 201 | 202;
  /** Null: an empty body. */
  answer: Answer;
  /** The codes of its own; those that every operation of its kind can give are added. */
  errors: readonly ErrorCode[];
}

/** Keeps the schemas' types, which a plain annotation would widen. */
export function defineOperation<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType | null,
>(operation: Operation<Params, Query, Body, Answer>): Operation<Params, Query, Body, Answer> {
  return operation;
}

/** Whether a body may be left out: every field of it may. */
export function isBodyOptional(body: z.ZodType): boolean {
  return body.safeParse({}).success;
}

/** Every code that the operation can answer with. */
export function errorCodesOf(operation: Operation): ErrorCode[] {
  const { security, query, params, body, isRawBody, errors } = operation;
  const codes = new Set<ErrorCode>(errors);
  codes.add("internal_error");
  if (isRawBody) return [...codes];
  if (query || body) codes.add("invalid_request");
  if (body)
    for (const code of ["invalid_json", "payload_too_large", "unsupported_media_type"] as const)
      codes.add(code);
  if (security !== "none") {
    codes.add("unauthenticated").add("rate_limited").add("database_unavailable");
    // Without an admin key the administration does not exist.
    if (security === "admin") codes.add("not_found");
  }
  if (params) codes.add("not_found");
  return [...codes];
}
