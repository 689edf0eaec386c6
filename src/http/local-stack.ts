// Closes the local stack to foreign web pages.

import type { MiddlewareHandler } from "hono";
import { LOOPBACK_HOST } from "../model/loopback.ts";
import { describeForeignPage } from "./foreign-page.ts";
import type { AppEnv } from "./router.ts";

/** Refuses what may come from a foreign page. On Cloudflare it lets everything pass. */
export const refuseForeignPages: MiddlewareHandler<AppEnv> = async (c, next) => {
  const request = { method: c.req.method, header: (name: string) => c.req.header(name) };
  const reason = isLocalStack(c.env) ? describeForeignPage(request) : null;
  return reason === null ? await next() : c.text(`${reason}\n`, 403);
};

/** Whether the database is behind a gateway on the Worker's own machine, which a Worker on Cloudflare cannot reach. */
function isLocalStack({ DATABASE_FETCH_ENDPOINT: endpoint }: AppEnv["Bindings"]): boolean {
  return Boolean(endpoint) && LOOPBACK_HOST.test(new URL(endpoint as string).host);
}
