// Where the service is found from outside.

import type { Context } from "hono";
import type { AppEnv } from "./router.ts";

/** The request's URL as others can use it: behind a proxy, or under a foreign `Host`, its own origin may lead nowhere. */
export function toPublicUrl(c: Context<AppEnv>): URL {
  const { pathname, search, origin } = new URL(c.req.url);
  return new URL(`${c.get("scope").publicBaseUrl ?? origin}${pathname}${search}`);
}
