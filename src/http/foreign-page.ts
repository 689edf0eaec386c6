// Tells requests of foreign web pages to a service on a developer's machine. Any page that the developer has open can
// send requests to localhost, and can read the answers under a host name that it has pointed at 127.0.0.1 (DNS
// rebinding). The keys of the local stack are published, so they stop nobody.
// @see https://www.w3.org/TR/fetch-metadata/

import { LOOPBACK_HOST } from "../model/loopback.ts";

export interface PageRequest {
  method: string;
  header(name: string): string | undefined;
}

/** Why a request may be a foreign page's, in a sentence for a person; null: it is not. */
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
