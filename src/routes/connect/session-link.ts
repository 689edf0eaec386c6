// What the routes of the hosted pages share: the link of a session, its cookie, and the way back to the product.

import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { sha256Hex } from "../../crypto/hash.ts";
import { createLinkSecret, isLinkSecret } from "../../crypto/ids.ts";
import type { LinkedSession } from "../../db/connect-sessions.ts";
import { toPublicUrl } from "../../http/public-origin.ts";
import type { AppEnv } from "../../http/router.ts";
import { chooseLanguage } from "../../pages/language.ts";
import type { Language } from "../../pages/texts.ts";

export const LINK_PATH = "/connect";
/** The redirect URI to register at Zoom. */
export const CALLBACK_PATH = "/oauth/zoom/callback";

/** As long as an attempt waits for Zoom's answer (src/db/connect-sessions.ts). */
const COOKIE_SECONDS = 3_600;
const COOKIE_NAME_HASH_LENGTH = 16;
const BROWSER_SECRET = /^[A-Za-z0-9]{40}\.([A-Za-z0-9]{40})$/;

/** The path of the session that a link's secret opens. */
export function sessionPath(secret: string): string {
  return `${LINK_PATH}/${secret}`;
}

/** The secret in the path; null where it cannot be one. */
export function readLinkSecret(c: Context<AppEnv>): string | null {
  const secret = c.req.param("secret") ?? "";
  return isLinkSecret(secret) ? secret : null;
}

export function languageOf(c: Context<AppEnv>): Language {
  return chooseLanguage(c.req.header("Accept-Language"));
}

export function redirectUriOf(c: Context<AppEnv>): string {
  return new URL(CALLBACK_PATH, toPublicUrl(c)).href;
}

/** Binds an attempt to the browser that it begins in. Returns the secret that only this browser has from now on. */
export async function bindBrowser(c: Context<AppEnv>, state: string, linkSecret: string): Promise<string> {
  // Made anew for each attempt, so that one that somebody planted is worth nothing. The link's secret rides along: it leads
  // from Zoom's answer, which knows the attempt alone, back to the session's page.
  const secret = `${createLinkSecret()}.${linkSecret}`;
  setCookie(c, await cookieName(state), secret, {
    prefix: "host",
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
    path: "/",
    maxAge: COOKIE_SECONDS,
  });
  return secret;
}

/** What {@link bindBrowser} gave this browser for the attempt; null: nothing, so it is another browser. */
export async function findBrowser(
  c: Context<AppEnv>,
  state: string,
): Promise<{ browserSecret: string; linkSecret: string } | null> {
  const browserSecret = getCookie(c, await cookieName(state), "host") ?? "";
  const linkSecret = BROWSER_SECRET.exec(browserSecret)?.[1];
  return linkSecret === undefined ? null : { browserSecret, linkSecret };
}

/** One cookie for each attempt, so that two tabs do not take each other's. */
async function cookieName(state: string): Promise<string> {
  return `connect-${(await sha256Hex(state)).slice(0, COOKIE_NAME_HASH_LENGTH)}`;
}

type EndedSession = Pick<LinkedSession, "id" | "return_url" | "state" | "failure">;

/** The product's return URL for a session that has ended, with how it ended behind the query that it has. */
export function returnUrlOf({ id, return_url, state, failure }: EndedSession): string {
  const url = new URL(return_url);
  const status = state === "completed" || state === "cancelled" ? state : "failed";
  const code = status === "failed" ? { code: state === "expired" ? "expired" : (failure?.code ?? "") } : {};
  const added = new URLSearchParams({ connect_session_id: id, status, ...code });
  url.search = url.search === "" ? `?${added}` : `${url.search}&${added}`;
  return url.href;
}
