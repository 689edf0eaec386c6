// Puts an operation of the API on a router: authentication, limits, validation, and the handler with what they found.
// The order is the same for every route.

import type { Context, Hono, MiddlewareHandler } from "hono";
import { type AnyOperation, type IncomingRequest, isBodyOptional, type Security } from "../api/operation.ts";
import type { Caller } from "../model/caller.ts";
import type { Scope } from "../scope.ts";
import {
  addressOf,
  isFailureAllowed,
  isShutOut,
  limitTokens,
  limitWrites,
  requireAdmin,
  requireApiKey,
} from "./callers.ts";
import { limitQuery, readJsonBody, readOptionalJsonBody, readRawBody, validate } from "./input.ts";
import { toPublicUrl } from "./public-origin.ts";
import type { AppEnv } from "./router.ts";

const CALLERS: Record<Security, Caller["kind"]> = { api_key: "project", admin: "admin", none: "service" };

/** Puts the operation on the router. The handler's result is the body of the answer. */
export function implement(router: Hono<AppEnv>, operation: AnyOperation): void {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, ":$1");
  router.on(operation.method.toUpperCase(), [path], ...checksOf(operation), async (c) => {
    const valid = (target: "param" | "query" | "json") => c.req.valid(target as never);
    const result = await operation.handle(scopeFor(c, operation), {
      params: valid("param"),
      query: valid("query"),
      body: valid("json"),
      request: toIncomingRequest(c),
    });
    if (operation.status === 201) c.set("madeId", (result as { id?: string } | undefined)?.id);
    return result === undefined ? c.body(null, operation.status) : c.json(result as object, operation.status);
  });
}

/** The scope of the request. A caller of another kind than the operation is for is a defect of ours. */
function scopeFor(c: Context<AppEnv>, { security }: AnyOperation): Scope<never> {
  const scope = c.get("scope");
  if (scope.caller.kind !== CALLERS[security as Security])
    throw new Error("the caller was not authenticated");
  return scope as Scope<never>;
}

/** What a handler may ask of the request. */
export function toIncomingRequest(c: Context<AppEnv>): IncomingRequest {
  return {
    id: c.get("requestId"),
    get url() {
      return toPublicUrl(c);
    },
    header: (name) => c.req.header(name),
    rawBody: async () => await readRawBody(c),
    isShutOut: async (at) => await isShutOut(c, senderAt(c, at)),
    isFailureAllowed: async (at) => await isFailureAllowed(c, senderAt(c, at)),
  };
}

function senderAt(c: Context<AppEnv>, at: string | undefined): string {
  return at === undefined ? addressOf(c) : `${at} ${addressOf(c)}`;
}

function checksOf(operation: AnyOperation): MiddlewareHandler<AppEnv>[] {
  const { security, method, isRead, params, query, body, isRawBody } = operation;
  if (isRawBody) return params ? [validate("param", params)] : [];
  const checks: MiddlewareHandler<AppEnv>[] = [];
  if (operation.scope !== undefined) checks.push(requireApiKey(operation.scope));
  if (security === "admin") checks.push(requireAdmin);
  if (isRead) checks.push(limitTokens);
  else if (security === "api_key" && method !== "get") checks.push(limitWrites);
  checks.push(limitQuery);
  if (params) checks.push(validate("param", params));
  if (query) checks.push(validate("query", query));
  if (body) checks.push(isBodyOptional(body) ? readOptionalJsonBody : readJsonBody, validate("json", body));
  return checks;
}
