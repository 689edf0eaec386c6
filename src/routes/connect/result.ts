// GET /connect/{secret}/result: what became of Zoom's answer, for a browser that waits for it. It changes nothing.

import type { Context } from "hono";
import { sha256Hex } from "../../crypto/hash.ts";
import { findConnectLink } from "../../db/connect-sessions.ts";
import type { AppEnv } from "../../http/router.ts";
import { showWaitingPage } from "../../pages/respond.tsx";
import { showLinkProblem, showUnknownLink } from "./problem.ts";
import { languageOf, readLinkSecret, returnUrlOf, sessionPath } from "./session-link.ts";

export async function showResult(c: Context<AppEnv>): Promise<Response> {
  const secret = readLinkSecret(c);
  if (secret === null) return await showLinkProblem(c, "link_unknown");
  const session = await findConnectLink(c.get("scope").db, await sha256Hex(secret));
  if (session === null) return await showUnknownLink(c);
  if (session.is_running) return await showWaitingPage(languageOf(c));
  if (session.state === "completed") return c.redirect(returnUrlOf(session), 303);
  return c.redirect(sessionPath(secret), 303);
}
