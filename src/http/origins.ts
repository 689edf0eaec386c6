// What a request may come over and from. It comes over https, but for those of the machine itself: what comes over http, others may
// have read or changed. The local stack answers no foreign web page: any page that the developer has open can send requests to
// localhost, and can read the answers under a host name that it has pointed at 127.0.0.1 (DNS rebinding). The keys of the local
// stack are published, so they stop nobody.

import type { Context, MiddlewareHandler } from "hono";
import { ApiError } from "../errors.ts";
import { LOOPBACK_HOST } from "../model/loopback.ts";
import { toPublicUrl } from "./public-origin.ts";
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

export interface PageRequest {
  method: string;
  header(name: string): string | undefined;
}

/**
 * Why a request may be a foreign page's, in a sentence for a person; null: it is not.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function describeForeignPage({ method, header }: PageRequest): string | null {
  const host = header("host") ?? "";
  if (!LOOPBACK_HOST.test(host)) return "The local stack answers to localhost, 127.0.0.1 and [::1] only.";
  const site = header("sec-fetch-site");
  // A program, which needs no leave of a browser's, or a browser older than Sec-Fetch-Site.
  const isOwn =
    site === undefined
      ? [undefined, `http://${host}`].includes(header("origin"))
      : site === "same-origin" || site === "none";
  // A link or a redirect, as from a product to the consent page: the page that sent it sees nothing of the answer.
  const isNavigation =
    (method === "GET" || method === "HEAD") &&
    header("sec-fetch-mode") === "navigate" &&
    header("sec-fetch-dest") === "document";
  return isOwn || isNavigation ? null : "The local stack takes no requests of other pages.";
}

/** Closes the local stack to foreign pages. On Cloudflare it lets everything pass. */
export const refuseForeignPages: MiddlewareHandler<AppEnv> = async (c, next) => {
  const request = { method: c.req.method, header: (name: string) => c.req.header(name) };
  const reason = c.get("scope").isLocalStack ? describeForeignPage(request) : null;
  return reason === null ? await next() : c.text(`${reason}\n`, 403);
};

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
