// Where the service is found from outside.

import type { Context } from "hono";
import type { AppEnv } from "./router.ts";

/** The request's URL as others can use it: behind a proxy, or under a foreign `Host`, its own origin may lead nowhere. */
export function toPublicUrl(c: Context<AppEnv>): URL {
  const url = new URL(c.req.url);
  const { publicBaseUrl } = c.get("scope");
  return publicBaseUrl === undefined ? url : new URL(`${publicBaseUrl}${url.pathname}${url.search}`);
}
