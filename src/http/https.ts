// Requests come over https, but for those of the machine itself: what comes over http, others may have read or changed.

import type { MiddlewareHandler } from "hono";
import { ApiError } from "../errors.ts";
import { LOOPBACK_HOST } from "../model/loopback.ts";
import type { AppEnv } from "./router.ts";

/** Two years, in seconds. Of other names of the domain we know nothing. @see https://www.rfc-editor.org/rfc/rfc6797#section-6.1 */
const STRICT_TRANSPORT_SECURITY = "max-age=63072000";

/** The host of a plain http URL, which the runtime has normalized. The rest may be long, and is not parsed. */
const PLAIN_HOST = /^http:\/\/([^/?#]*)/;

/** Refuses plain http from elsewhere than loopback. It is not redirected: a key that was sent is known already. */
export const requireHttps: MiddlewareHandler<AppEnv> = async (c, next) => {
  const host = PLAIN_HOST.exec(c.req.url)?.[1];
  if (host !== undefined && !LOOPBACK_HOST.test(host)) throw new ApiError("https_required");
  await next();
};

/** Tells browsers to come back over https. Over http the header would have no meaning. */
export function setTransportSecurity(headers: Headers, url: string): void {
  if (url.startsWith("https:")) headers.set("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY);
}
