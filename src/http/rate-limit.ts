// The service's own limits, counted by Cloudflare's rate limiting bindings (wrangler.toml sets the figures):
// writes per API key, and failed authentications per IP address.

import { createMiddleware } from "hono/factory";
import { ApiError } from "../errors.ts";
import { apiKeySha256Of } from "./authentication.ts";
import type { AppEnv } from "./router.ts";

/** Both limits count by the minute, and the binding does not tell when the minute ends. */
const RETRY_AFTER_SECONDS = 60;

/** Refuses a write beyond the limit of its API key. */
export const limitWrites = createMiddleware<AppEnv>(async (c, next) => {
  const isAllowed = await c.get("deps").limits.writes(apiKeySha256Of(c));
  if (!isAllowed) throw rateLimited("Too many write requests with this API key. Wait a minute.");
  await next();
});

/**
 * Counts failed authentications and, beyond the limit, answers 429 in place of 401: guessing keys gets nowhere,
 * and a caller with a valid key is never in the way of one without.
 */
export const limitFailedAuthentications = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!(c.error instanceof ApiError) || c.error.code !== "unauthenticated") return;
  // Cloudflare sets the header and overwrites what a client sends.
  const isAllowed = await c
    .get("deps")
    .limits.failedAuthentications(c.req.header("CF-Connecting-IP") ?? "unknown");
  if (!isAllowed) throw rateLimited("Too many failed authentications from this address. Wait a minute.");
});

function rateLimited(message: string): ApiError {
  return new ApiError("rate_limited", { message, retryAfterSeconds: RETRY_AFTER_SECONDS });
}
