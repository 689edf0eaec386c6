// GET /oauth/zoom/callback: Zoom's answer. Whatever becomes of it, the browser is sent on at once, so that neither the code
// nor the state stays in an address of ours.

import type { Context } from "hono";
import * as z from "zod";
import { type AttemptOutcome, connectInSession } from "../../connections/connect.ts";
import { sha256Hex } from "../../crypto/hash.ts";
import { createCodeVerifier } from "../../crypto/pkce.ts";
import { isDatabaseUnavailable } from "../../db/client.ts";
import { type AttemptKey, failConnectAttempt } from "../../db/connect-sessions.ts";
import { addressOf, countFailure, isFailureAllowed, originOf, refuseShutOut } from "../../http/callers.ts";
import type { AppEnv } from "../../http/router.ts";
import type { AttemptFailure } from "../../model/connect-session.ts";
import { problemPath } from "./problem.ts";
import { findBrowser, redirectUriOf, returnUrlOf, sessionPath } from "./session-link.ts";

const text = z.string().min(1).max(4096);
/** Zoom may add what it likes. */
const answerSchema = z.union([z.object({ state: text, code: text }), z.object({ state: text, error: text })]);

/** Made-up answers are counted by address, apart from guesses of links. */
function forgerOf(c: Context<AppEnv>): string {
  return `answer ${addressOf(c)}`;
}

const DECLINED: AttemptFailure = {
  code: "access_denied",
  message: "The user declined on Zoom's consent page.",
};
const REFUSED: AttemptFailure = {
  code: "zoom_error",
  message: "Zoom's consent page ended with an error instead of a code. Try again later.",
};

export async function receiveAnswer(c: Context<AppEnv>): Promise<Response> {
  // Asks what a GET would answer, and must not do it. Nothing that Zoom sends a browser to is asked for by HEAD.
  if (c.req.method === "HEAD") return c.body(null, 200);
  const answer = answerSchema.safeParse(c.req.query());
  if (!answer.success) return c.redirect(problemPath("link_unknown"), 303);
  const { state } = answer.data;
  const browser = await findBrowser(c, state);
  // Nothing is done, and the state stays good for the browser that has its cookie.
  if (browser === null) return c.redirect(problemPath("other_browser"), 303);
  const { browserSecret, linkSecret } = browser;
  const link = `connect link ${await sha256Hex(linkSecret)}`;
  await refuseShutOut(c, link);
  await refuseShutOut(c, forgerOf(c));
  const key = { stateSha256: await sha256Hex(state), browserSha256: await sha256Hex(browserSecret) };
  try {
    if ("error" in answer.data) return await fail(c, key, answer.data.error, { link, linkSecret });
    const verifier = await createCodeVerifier(browserSecret, state);
    const outcome = await connect(c, key, { code: answer.data.code, verifier });
    return await answerTo(c, outcome, { link, linkSecret });
  } catch (error) {
    // The page there says so, and tries again by itself.
    if (isDatabaseUnavailable(error)) return c.redirect(`${sessionPath(linkSecret)}/result`, 303);
    throw error;
  }
}

async function connect(
  c: Context<AppEnv>,
  key: AttemptKey,
  { code, verifier }: { code: string; verifier: string },
): Promise<AttemptOutcome> {
  const scope = c.get("scope");
  const connecting = connectInSession(scope, {
    ...key,
    authorization_code: code,
    redirect_uri: redirectUriOf(c),
    code_verifier: verifier,
    origin: originOf(c),
  });
  // A browser that goes away must not stop us between Zoom's answer and our write.
  scope.waitUntil(connecting.catch(() => {}));
  return await connecting;
}

async function answerTo(
  c: Context<AppEnv>,
  outcome: AttemptOutcome,
  { link, linkSecret }: { link: string; linkSecret: string },
): Promise<Response> {
  switch (outcome.kind) {
    case "unknown":
      await countFailure(c, forgerOf(c));
      return c.redirect(problemPath("other_browser"), 303);
    case "completed":
      return c.redirect(returnUrlOf({ ...outcome.session, state: "completed", failure: null }), 303);
    case "running":
      return c.redirect(`${sessionPath(linkSecret)}/result`, 303);
    case "not_connected":
      // Codes that were made up would use up what Zoom allows the app: no link may bring many of them.
      await isFailureAllowed(c, link);
      return c.redirect(sessionPath(linkSecret), 303);
  }
}

async function fail(
  c: Context<AppEnv>,
  key: AttemptKey,
  error: string,
  { link, linkSecret }: { link: string; linkSecret: string },
): Promise<Response> {
  const failure = error === "access_denied" ? DECLINED : REFUSED;
  const session = await failConnectAttempt(c.get("scope").db, key, null, failure);
  if (session === null) await countFailure(c, forgerOf(c));
  else await isFailureAllowed(c, link);
  return c.redirect(session === null ? problemPath("other_browser") : sessionPath(linkSecret), 303);
}
