// The limits on writes per API key and on tokens per project, counted by Cloudflare's rate limiting bindings (wrangler.toml
// sets the figures).

import { createMiddleware } from "hono/factory";
import { ApiError } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { AppEnv } from "./router.ts";

/** Refuses a write beyond the limit of its API key. */
export const limitWrites = createMiddleware<AppEnv>(async (c, next) => {
  await countWrite(c.get("scope"));
  await next();
});

/** Refuses a request for tokens beyond the limit of its project. */
export const limitTokens = createMiddleware<AppEnv>(async (c, next) => {
  await countTokens(c.get("scope"));
  await next();
});

async function countTokens({ caller, limits, authentications }: Scope): Promise<void> {
  if (caller.kind !== "project") return;
  const { apiKeySha256 } = caller;
  if (!(await limits.tokens(authentications.projects.get(apiKeySha256) ?? apiKeySha256)))
    throw new ApiError("rate_limited", {
      message:
        "Too many requests for tokens in this project. Wait a minute, and keep a token while it lives.",
    });
}

/** Counts a write of the caller's. Throws `rate_limited` where it is one too many. */
export async function countWrite({ caller, limits }: Scope): Promise<void> {
  if (caller.kind === "project" && !(await limits.writes(caller.apiKeySha256)))
    throw new ApiError("rate_limited", {
      message: "Too many write requests with this API key. Wait a minute.",
    });
}
