// Puts an operation of the API on a router: authentication, limits, validation, and the handler with what
// they found. The order is the same for every route.

import type { Context, Hono, MiddlewareHandler } from "hono";
import type * as z from "zod";
import { isBodyOptional, type Operation } from "../api/operation.ts";
import { requireAdmin, requireApiKey } from "./authentication.ts";
import { limitRawBody, readJsonBody, readOptionalJsonBody } from "./body.ts";
import { limitWrites } from "./rate-limit.ts";
import type { AppEnv } from "./router.ts";
import { validate } from "./validation.ts";

interface Input<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
}

type Result<Answer extends z.ZodType | null> = Answer extends z.ZodType ? z.input<Answer> : undefined;

/** Implements the operation. The handler's result is the answer's body, as the operation's schema has it. */
export function implement<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType | null,
>(
  router: Hono<AppEnv>,
  operation: Operation<Params, Query, Body, Answer>,
  handler: (
    c: Context<AppEnv>,
    input: Input<Params, Query, Body>,
  ) => Promise<Result<Answer>> | Result<Answer>,
): void {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, ":$1");
  router.on(operation.method.toUpperCase(), [path], ...checksOf(operation), async (c) => {
    const valid = (target: "param" | "query" | "json") => c.req.valid(target as never);
    const input = { params: valid("param"), query: valid("query"), body: valid("json") };
    const result = await handler(c as Context<AppEnv>, input);
    return result === undefined ? c.body(null, operation.status) : c.json(result as object, operation.status);
  });
}

function checksOf(operation: Operation): MiddlewareHandler<AppEnv>[] {
  const { security, method, isRead, params, query, body, isRawBody } = operation;
  if (isRawBody) return [limitRawBody];
  const checks: MiddlewareHandler<AppEnv>[] = [];
  if (security === "api_key") checks.push(requireApiKey);
  if (security === "admin") checks.push(requireAdmin);
  if (security === "api_key" && method !== "get" && !isRead) checks.push(limitWrites);
  if (params) checks.push(validate("param", params));
  if (query) checks.push(validate("query", query));
  if (body) checks.push(isBodyOptional(body) ? readOptionalJsonBody : readJsonBody, validate("json", body));
  return checks;
}
