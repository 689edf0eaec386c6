// GET /connect/{secret}: what the link shows. It changes nothing, so that scanners and link previews use nothing up.

import type { Context } from "hono";
import { sha256Hex } from "../../crypto/hash.ts";
import { findConnectLink, type LinkedSession } from "../../db/connect-sessions.ts";
import type { AppEnv } from "../../http/router.ts";
import { showConnectPage, showProblemPage } from "../../pages/respond.tsx";
import type { LinkProblem } from "../../pages/texts.ts";
import { showLinkProblem, showUnknownLink } from "./problem.ts";
import { languageOf, readLinkSecret, returnUrlOf, sessionPath } from "./session-link.ts";

export async function openLink(c: Context<AppEnv>): Promise<Response> {
  const secret = readLinkSecret(c);
  if (secret === null) return await showLinkProblem(c, "link_unknown");
  const session = await findConnectLink(c.get("scope").db, await sha256Hex(secret));
  if (session === null) return await showUnknownLink(c);
  if (session.is_suspended) return await showLinkProblem(c, "link_paused");
  const path = sessionPath(secret);
  if (session.is_running) return c.redirect(`${path}/result`, 303);
  return isUsable(session) ? await showOpen(c, session, path) : await showEnded(c, session);
}

/** A reconnect whose connection was deleted has nothing left to do. */
function isUsable({ state, reconnect_user_id, zoom_oauth_connection_id }: LinkedSession): boolean {
  return state === "open" && (reconnect_user_id === null || zoom_oauth_connection_id !== null);
}

async function showOpen(c: Context<AppEnv>, session: LinkedSession, path: string): Promise<Response> {
  const { failure, project_name: product, reconnect_user_id, return_url } = session;
  const language = languageOf(c);
  const formTargets = [...c.get("scope").zoom.consentSources, new URL(return_url).origin];
  if (failure !== null) {
    const { code: problem, missing_scopes: missingScopes } = failure;
    return await showProblemPage({ language, problem, missingScopes, product, path }, { formTargets });
  }
  const isReconnect = reconnect_user_id !== null;
  return await showConnectPage(
    { language, product, capabilities: session, isReconnect, path },
    { formTargets },
  );
}

async function showEnded(c: Context<AppEnv>, session: LinkedSession): Promise<Response> {
  const { project_name: product, return_url, state } = session;
  const language = languageOf(c);
  // One that is open, and has nothing left to do, has no end to tell of.
  const returnUrl = state === "open" ? return_url : returnUrlOf(session);
  return await showProblemPage(
    { language, problem: problemOf(session), product, returnUrl },
    { status: 410 },
  );
}

function problemOf({ state }: LinkedSession): LinkProblem {
  if (state === "completed") return "link_used";
  return state === "expired" ? "link_expired" : "link_ended";
}
