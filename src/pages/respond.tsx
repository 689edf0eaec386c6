// Pages as answers: the HTML with the headers that keep it safe.

import type { JSX } from "hono/jsx/jsx-runtime";
import { sha256Base64 } from "../crypto/hash.ts";
import { ConnectPage, type ConnectView } from "./connect-page.tsx";
import { ProblemPage, type ProblemView } from "./problem-page.tsx";
import { STYLE } from "./style.ts";
import type { Language } from "./texts.ts";
import { WaitingPage } from "./waiting-page.tsx";

/** How soon a page that waits looks again, in seconds. */
const WAITING_SECONDS = 2;
const RETRY_SECONDS = 5;

export interface PageOptions {
  status?: 200 | 403 | 404 | 410 | 429 | 500 | 503;
  /** Where forms, and the redirects behind them, may lead beside the service itself. */
  formTargets?: readonly string[];
  headers?: Record<string, string>;
}

export async function showConnectPage(view: ConnectView, options: PageOptions): Promise<Response> {
  return await respond(<ConnectPage {...view} />, view.language, options);
}

export async function showProblemPage(view: ProblemView, options: PageOptions): Promise<Response> {
  return await respond(<ProblemPage {...view} />, view.language, options);
}

/** Looks again by itself. */
export async function showWaitingPage(language: Language): Promise<Response> {
  return await respond(<WaitingPage language={language} />, language, {
    headers: { Refresh: String(WAITING_SECONDS) },
  });
}

/** For a page that was asked for with GET while something was away: tries again by itself. */
export const RETRY_HEADERS = { Refresh: String(RETRY_SECONDS), "Retry-After": String(RETRY_SECONDS) };

async function respond(page: JSX.Element, language: Language, options: PageOptions): Promise<Response> {
  const { status = 200, formTargets = [], headers = {} } = options;
  return new Response(`<!doctype html>${await page.toString()}`, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Language": language,
      "Content-Security-Policy": [
        "default-src 'none'",
        `style-src '${await styleHash()}'`,
        // The empty icon.
        "img-src data:",
        // Browsers hold it against each redirect that follows a form, too (CSP Level 3, form-action).
        `form-action ${["'self'", ...formTargets].join(" ")}`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
      "X-Frame-Options": "DENY",
      // Under `no-referrer` browsers would send `Origin: null` with the forms.
      "Referrer-Policy": "same-origin",
      "X-Robots-Tag": "noindex",
      Vary: "Accept-Language",
      ...headers,
    },
  });
}

let hash: string | undefined;

/** The stylesheet as a policy names it. */
async function styleHash(): Promise<string> {
  hash ??= `sha256-${await sha256Base64(STYLE)}`;
  return hash;
}
