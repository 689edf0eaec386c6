// Whether a form was sent from a page of ours.

import type { Context } from "hono";
import { toPublicUrl } from "./public-origin.ts";
import type { AppEnv } from "./router.ts";

/**
 * False where the browser says that another site sent the request, by `Sec-Fetch-Site` or else by `Origin`. What sends
 * neither is no browser, and has no cookies or sign-in of anybody's to misuse.
 */
export function isSameOrigin(c: Context<AppEnv>): boolean {
  const site = c.req.header("Sec-Fetch-Site");
  if (site !== undefined) return site === "same-origin";
  const origin = c.req.header("Origin");
  return origin === undefined || origin === toPublicUrl(c).origin;
}
