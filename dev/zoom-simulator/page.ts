// What the simulator's pages share: their headers and their look. Everything that came from outside is escaped.

import { escapeHtml } from "./http.ts";

/** Everything is inline, and there is no script. No `form-action`: browsers hold it against the redirect that follows the form, too. */
export const PAGE_HEADERS = {
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "Referrer-Policy": "same-origin",
};

const STYLE = `
  :root { color-scheme: light dark; --line: #8886; --quiet: light-dark(#5b6070, #a5abba); --blue: #0b5cff;
    --link: light-dark(#0b5cff, #7fa8ff); }
  * { box-sizing: border-box; }
  body { margin: 0; padding: 1.5rem; min-height: 100vh; font: 16px/1.5 system-ui, sans-serif;
    background: light-dark(#f3f5f9, #14161c); }
  main { padding: 2rem; border: 1px solid var(--line); border-radius: 16px; background: light-dark(#fff, #1d2029);
    box-shadow: 0 8px 30px #0002; }
  .mark { margin: 0; font-weight: 700; color: var(--link); }
  h1 { margin: .25rem 0 1.25rem; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }
  a { color: var(--link); }
  code, .quiet { font-size: .875rem; overflow-wrap: anywhere; }
  .quiet { color: var(--quiet); }
  :focus-visible { outline: 3px solid #7fa8ff; outline-offset: 2px; }`;

/** `main` is HTML, `title` is not. */
export function renderPage({ title, style, main }: { title: string; style: string; main: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Zoom simulator</title>
<style>${STYLE}${style}
</style>
</head>
<body>
<main>
  <p class="mark">Zoom simulator</p>
${main}
</main>
</body>
</html>`;
}
