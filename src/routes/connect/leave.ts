// POST /connect/{secret}/back: the user gives up after a failure, and returns to the product.

import type { Context } from "hono";
import { sha256Hex } from "../../crypto/hash.ts";
import { leaveConnectSession } from "../../db/connect-sessions.ts";
import { isSameOrigin } from "../../http/origins.ts";
import type { AppEnv } from "../../http/router.ts";
import { announce } from "../../queue.ts";
import { showLinkProblem, showUnknownLink } from "./problem.ts";
import { readLinkSecret, returnUrlOf, sessionPath } from "./session-link.ts";

export async function leaveSession(c: Context<AppEnv>): Promise<Response> {
  if (!isSameOrigin(c)) return await showLinkProblem(c, "other_site");
  const secret = readLinkSecret(c);
  if (secret === null) return await showLinkProblem(c, "link_unknown");
  const scope = c.get("scope");
  const left = await leaveConnectSession(scope.db, await sha256Hex(secret));
  if (left === null) return await showUnknownLink(c);
  scope.waitUntil(announce(scope, left.deliveryIds));
  // Nothing has failed yet, or a grant is on its way: there is nothing to tell the product.
  if (left.session.state === "open") return c.redirect(sessionPath(secret), 303);
  return c.redirect(returnUrlOf(left.session), 303);
}
