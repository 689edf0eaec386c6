// What the routes of the console share: who may see a page, what stands around it, and what a form sends.

import type { Context, Handler, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { JSX } from "hono/jsx/jsx-runtime";
import { ApiError } from "../../errors.ts";
import { isSameOrigin } from "../../http/origins.ts";
import type { AppEnv } from "../../http/router.ts";
import type { KeyScope } from "../../model/key-scopes.ts";
import { CONSOLE_PATH, type PageView, type Shell } from "../../pages/console/layout.tsx";
import { showPage } from "../../pages/console/respond.tsx";
import { may } from "./ask.ts";
import { type AdminSession, type ProjectSession, readSession, type Session } from "./session.ts";

const MAX_FORM_BYTES = 64 * 1024;

export const SIGN_IN_PATH = `${CONSOLE_PATH}/sign_in`;

interface Place {
  path: string;
  text: string;
  /** What a key must be allowed to do. */
  scope: KeyScope;
}

const PLACES: readonly Place[] = [
  { path: CONSOLE_PATH, text: "Overview", scope: "connections:read" },
  { path: `${CONSOLE_PATH}/connections`, text: "Connections", scope: "connections:read" },
  { path: `${CONSOLE_PATH}/apps`, text: "Apps", scope: "apps:read" },
  { path: `${CONSOLE_PATH}/webhooks`, text: "Webhooks", scope: "webhooks:read" },
  { path: `${CONSOLE_PATH}/token_links`, text: "Token links", scope: "sessions:write" },
  { path: `${CONSOLE_PATH}/keys`, text: "API keys", scope: "keys:write" },
  { path: `${CONSOLE_PATH}/audit`, text: "Audit", scope: "audit:read" },
];
export const PROJECTS_PATH = `${CONSOLE_PATH}/projects`;

/**
 * How the ids of the console's requests begin. The audit has the id of the request behind each change, so it tells those that
 * were made here from those of programs with the same key.
 */
const REQUEST_PREFIX = "console-";

/** Marks the request as one of the console. */
export const markRequest: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set("requestId", `${REQUEST_PREFIX}${c.get("requestId")}`);
  await next();
};

/** Whether the request with this id was one of the console. */
export function isConsoleRequest(requestId: string | null): boolean {
  return requestId?.startsWith(REQUEST_PREFIX) ?? false;
}

/** The first page that the session may see. */
export function homeOf(session: Session): string {
  return shellOf(session).links[0]?.path ?? CONSOLE_PATH;
}

function shellOf(session: Session): Shell {
  if (session.kind === "admin")
    return { owner: "Operator", keyName: "Admin key", links: [{ path: PROJECTS_PATH, text: "Projects" }] };
  return {
    owner: session.projectName,
    keyName: session.keyName,
    links: PLACES.filter(({ scope }) => may(session, scope)),
  };
}

/** What has just been done, by the name that a redirect carries. */
const DONE: Record<string, string> = {
  synced: "The sync has begun. New meetings appear in a moment.",
  removed: "Removed.",
  created: "Created.",
  saved: "Saved.",
  sent: "Sent. The attempt appears in a moment.",
  on: "Switched on.",
  off: "Switched off.",
  disabled: "Disabled.",
  suspended: "The project is suspended.",
  resumed: "The project goes on.",
};

/** A page of the console for somebody who is signed in. */
export async function show(
  c: Context<AppEnv>,
  session: Session | null,
  view: Omit<PageView, "shell" | "done">,
  content: JSX.Element,
  status = 200,
): Promise<Response> {
  const shell = session && shellOf(session);
  const done = DONE[c.req.query("done") ?? ""];
  const response = await showPage({ ...view, shell, done }, content, status);
  for (const cookie of c.res.headers.getSetCookie()) response.headers.append("Set-Cookie", cookie);
  return response;
}

/** Back to a page, which says what was done. */
export function done(c: Context<AppEnv>, path: string, what: keyof typeof DONE & string): Response {
  return c.redirect(`${path}?done=${what}`, 303);
}

type Page<S extends Session> = (c: Context<AppEnv>, session: S) => Promise<Response> | Response;

/** Lets a project's session pass; others are sent to where they may go. */
export function forProject(page: Page<ProjectSession>): Handler<AppEnv> {
  return async (c) => await admit(c, "project", page);
}

/** The same for the operator. */
export function forAdmin(page: Page<AdminSession>): Handler<AppEnv> {
  return async (c) => await admit(c, "admin", page);
}

async function admit<S extends Session>(
  c: Context<AppEnv>,
  kind: S["kind"],
  page: Page<S>,
): Promise<Response> {
  if (c.req.method === "POST" && !isOwnPage(c)) return await showForeign(c);
  const session = await readSession(c);
  if (session === null) return await sendToSignIn(c);
  if (session.kind !== kind) return c.redirect(homeOf(session), 303);
  return await page(c, session as S);
}

/** Whether a page of ours has sent the form: by `Sec-Fetch-Site`, else by `Origin`. What sends neither is refused too. */
export function isOwnPage(c: Context<AppEnv>): boolean {
  const isTold = c.req.header("Sec-Fetch-Site") !== undefined || c.req.header("Origin") !== undefined;
  return isTold && isSameOrigin(c);
}

export async function showForeign(c: Context<AppEnv>): Promise<Response> {
  const content = (
    <>
      <h1>Nothing was changed</h1>
      <p>The form was not sent from a page of this console. Open the console and try again there.</p>
      <p>
        <a href={CONSOLE_PATH}>Open the console</a>
      </p>
    </>
  );
  return await show(c, null, { title: "Nothing was changed" }, content, 403);
}

/**
 * A link on another site, in a chat for example, brings no cookie that is `SameSite=Strict`: such a visitor may well be signed
 * in. A second request, which is our own page's, tells.
 */
async function sendToSignIn(c: Context<AppEnv>): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const isFromElsewhere = c.req.header("Sec-Fetch-Site") === "cross-site" && c.req.method === "GET";
  if (isFromElsewhere) {
    const response = await showPage({ title: "One moment", shell: null }, <p>One moment …</p>);
    response.headers.set("Refresh", `0; url=${pathname}${search}`);
    return response;
  }
  const next =
    c.req.method === "GET" && pathname !== CONSOLE_PATH
      ? `?next=${encodeURIComponent(pathname + search)}`
      : "";
  return c.redirect(`${SIGN_IN_PATH}${next}`, 303);
}

/** Bounds the body of a form. */
export const limitForm = bodyLimit({
  maxSize: MAX_FORM_BYTES,
  onError: () => {
    throw new ApiError("payload_too_large");
  },
});

/** What a form has sent. Without a field: an empty text. */
export interface Form {
  get(name: string): string;
  all(name: string): string[];
}

export async function readForm(c: Context<AppEnv>): Promise<Form> {
  const fields = new URLSearchParams(await c.req.text());
  return { get: (name) => fields.get(name)?.trim() ?? "", all: (name) => fields.getAll(name) };
}

/** The parts of a list's page in the query, and those filters that are not empty. */
export function readQuery(c: Context<AppEnv>, filters: readonly string[] = []): Record<string, string> {
  const query = c.req.query();
  const names = ["cursor", ...filters].filter((name) => query[name]?.trim());
  return Object.fromEntries(names.map((name) => [name, query[name]?.trim() as string]));
}
