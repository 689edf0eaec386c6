// Who is asking. An API key is only hashed here: the statement that does a request's work verifies it on
// the way, which saves a round trip; a request that is refused before that is verified by refuseInput.

import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { secretsEqual, sha256Hex } from "../crypto/hash.ts";
import { findProjectId } from "../db/authenticated.ts";
import { ApiError } from "../errors.ts";
import type { AppEnv } from "./router.ts";

/** The scheme and its token (RFC 9110, 11.6.2), which an operator may have chosen by hand. */
const AUTHORIZATION = /^(token|bearer) +([\x21-\x7e]+)$/i;

/** 401 as RFC 9110, 11.6.1 wants it: with the scheme to use. */
function unauthenticated(scheme: "Token" | "Bearer" = "Token"): ApiError {
  return new ApiError("unauthenticated", { headers: { "WWW-Authenticate": scheme } });
}

/** Requires an API key in `Authorization: Token …` (or `Bearer …`) and hashes it. */
export const requireApiKey = createMiddleware<AppEnv>(async (c, next) => {
  const [, , apiKey] = AUTHORIZATION.exec(c.req.header("Authorization") ?? "") ?? [];
  if (!apiKey) throw unauthenticated();
  c.set("apiKeySha256", await sha256Hex(apiKey));
  await next();
});

/** The hash that {@link requireApiKey} left; a route without it is a defect. */
export function apiKeySha256Of(c: Context<AppEnv>): string {
  const hash = c.get("apiKeySha256");
  if (hash === undefined) throw new Error("the route does not require an API key");
  return hash;
}

/** The project of the API key, at the cost of a round trip. Throws 401. */
export async function requireProjectId(c: Context<AppEnv>): Promise<string> {
  const projectId = await findProjectId(c.get("deps").db, apiKeySha256Of(c));
  if (projectId === null) throw unauthenticated();
  return projectId;
}

/**
 * What a query for a project's key found. Throws 401 for an unknown or disabled key (null where a list was asked
 * for) and 404 where the project has no such object.
 */
export function found<T>(outcome: T | "unauthenticated" | "not_found" | null, noun: string): T {
  if (outcome === null || outcome === "unauthenticated") throw unauthenticated();
  if (outcome === "not_found") throw new ApiError("not_found", { message: `No such ${noun}.` });
  return outcome;
}

/** Refuses a request for its input, but tells only those what is wrong who have a valid key. */
export async function refuseInput(c: Context<AppEnv>, error: ApiError): Promise<never> {
  if (c.get("apiKeySha256") !== undefined) await requireProjectId(c);
  throw error;
}

/** Requires `Authorization: Bearer <ADMIN_API_KEY>`; where none is configured the route does not exist. */
export const requireAdmin = createMiddleware<AppEnv>(async (c, next) => {
  const { adminApiKey } = c.get("deps");
  if (adminApiKey === undefined) throw new ApiError("not_found");
  const [, scheme, token] = AUTHORIZATION.exec(c.req.header("Authorization") ?? "") ?? [];
  const isAdmin = scheme?.toLowerCase() === "bearer" && token && (await secretsEqual(token, adminApiKey));
  if (!isAdmin) {
    throw new ApiError("unauthenticated", {
      message: "Authentication failed. Send the admin key in the header 'Authorization: Bearer <admin key>'.",
      headers: { "WWW-Authenticate": "Bearer" },
    });
  }
  await next();
});
