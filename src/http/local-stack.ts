// Closes the local stack to foreign web pages.

import type { MiddlewareHandler } from "hono";
import { describeForeignPage } from "./foreign-page.ts";
import type { AppEnv } from "./router.ts";

/** Refuses what may come from a foreign page. On Cloudflare it lets everything pass. */
export const refuseForeignPages: MiddlewareHandler<AppEnv> = async (c, next) => {
  const request = { method: c.req.method, header: (name: string) => c.req.header(name) };
  const reason = c.get("scope").isLocalStack ? describeForeignPage(request) : null;
  return reason === null ? await next() : c.text(`${reason}\n`, 403);
};
