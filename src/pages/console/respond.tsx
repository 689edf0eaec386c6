// Pages of the console as answers: the HTML with the headers that keep it safe.

import type { JSX } from "hono/jsx/jsx-runtime";
import { ConsoleLayout, type PageView } from "./layout.tsx";

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  // The empty icon.
  "img-src data:",
  // For the search as you type, and the page of one connection, which looks again by itself.
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export async function showPage(view: PageView, content: JSX.Element, status = 200): Promise<Response> {
  const page = <ConsoleLayout {...view}>{content}</ConsoleLayout>;
  return new Response(`<!doctype html>${await page.toString()}`, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Language": "en",
      "Content-Security-Policy": POLICY,
      "Cross-Origin-Opener-Policy": "same-origin",
      "X-Frame-Options": "DENY",
      "Referrer-Policy": "same-origin",
      "X-Robots-Tag": "noindex",
    },
  });
}
