// Problems that belong to no session that we could name. GET /connect shows those that an answer of Zoom's ended with.

import type { Context } from "hono";
import * as z from "zod";
import type { ApiError } from "../../errors.ts";
import { addressOf, countFailure } from "../../http/callers.ts";
import type { AppEnv } from "../../http/router.ts";
import { RETRY_HEADERS, showProblemPage } from "../../pages/respond.tsx";
import type { LinkProblem } from "../../pages/texts.ts";
import { CALLBACK_PATH, LINK_PATH, languageOf } from "./session-link.ts";

const SHOWN_PROBLEMS = [
  "other_browser",
  "link_unknown",
  "too_many",
  "database_unavailable",
  "internal_error",
] as const;
type ShownProblem = (typeof SHOWN_PROBLEMS)[number];

const query = z.object({ problem: z.enum(SHOWN_PROBLEMS).catch("link_unknown") });

/** The path of the page that shows the problem. */
export function problemPath(problem: ShownProblem): string {
  return `${LINK_PATH}?problem=${problem}`;
}

export async function showProblem(c: Context<AppEnv>): Promise<Response> {
  const { problem } = query.parse(c.req.query());
  return await showProblemPage({ language: languageOf(c), problem }, { status: STATUS[problem] });
}

const STATUS = {
  link_unknown: 404,
  link_paused: 403,
  other_browser: 403,
  other_site: 403,
  too_many: 429,
  database_unavailable: 503,
  internal_error: 500,
} as const;

/** The page for a link that leads nowhere, or a request of another site. */
export async function showLinkProblem(
  c: Context<AppEnv>,
  problem: Extract<LinkProblem, "link_unknown" | "link_paused" | "other_site">,
): Promise<Response> {
  return await showProblemPage({ language: languageOf(c), problem }, { status: STATUS[problem] });
}

/** Guesses of links are counted by address, apart from wrong API keys, so that those keep nobody from these pages. */
export function guesserOf(c: Context<AppEnv>): string {
  return `link ${addressOf(c)}`;
}

/** The same for a link that nobody has made: a guess. Throws `rate_limited` where it is one too many. */
export async function showUnknownLink(c: Context<AppEnv>): Promise<Response> {
  await countFailure(c, guesserOf(c));
  return await showLinkProblem(c, "link_unknown");
}

/** Whether the path is one of the hosted pages. */
export function isConnectPage(path: string): boolean {
  return path === LINK_PATH || path.startsWith(`${LINK_PATH}/`) || path === CALLBACK_PATH;
}

/** The page for an error that ended a request for one of the pages. */
export async function showError(c: Context<AppEnv>, { status }: ApiError): Promise<Response> {
  const problem = status === 503 ? "database_unavailable" : status === 429 ? "too_many" : "internal_error";
  if (c.req.path === CALLBACK_PATH) return c.redirect(problemPath(problem), 303);
  const headers = problem === "database_unavailable" && c.req.method === "GET" ? RETRY_HEADERS : {};
  return await showProblemPage({ language: languageOf(c), problem }, { status: STATUS[problem], headers });
}
