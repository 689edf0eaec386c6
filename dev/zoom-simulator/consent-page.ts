// The consent page as HTML, whole in itself. Everything that came from outside is escaped.

import { escapeHtml } from "./http.ts";
import type { Client, User } from "./records.ts";

const STYLE = `
  :root { color-scheme: light dark; --line: #8886; --quiet: light-dark(#5b6070, #a5abba); --blue: #0b5cff; }
  * { box-sizing: border-box; }
  body { margin: 0; padding: 1.5rem; min-height: 100vh; display: grid; place-items: center;
    font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f3f5f9, #14161c); }
  main { width: min(100%, 30rem); padding: 2rem; border: 1px solid var(--line); border-radius: 16px;
    background: light-dark(#fff, #1d2029); box-shadow: 0 8px 30px #0002; }
  .mark { margin: 0; font-weight: 700; color: light-dark(var(--blue), #7fa8ff); }
  h1 { margin: .25rem 0 1.25rem; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }
  h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
  label { display: block; margin-bottom: .35rem; font-weight: 600; }
  ul { margin: 0; padding: .75rem 1rem .75rem 2rem; border: 1px solid var(--line); border-radius: 10px; }
  code, .quiet { font-size: .875rem; overflow-wrap: anywhere; }
  .quiet { margin: 1.5rem 0 0; color: var(--quiet); }
  select, button { width: 100%; padding: .65rem .9rem; font: inherit; border: 1px solid var(--line);
    border-radius: 10px; }
  button { cursor: pointer; font-weight: 600; background: transparent; color: inherit; }
  button[value=allow] { border-color: var(--blue); background: var(--blue); color: #fff; }
  :focus-visible { outline: 3px solid #7fa8ff; outline-offset: 2px; }
  .actions { display: flex; gap: .75rem; margin-top: 1.5rem; }`;

/** `query` is that of the authorization request; the form sends it back as it came. */
export function renderConsentPage(client: Client, users: readonly User[], query: URLSearchParams): string {
  const name = escapeHtml(client.name);
  const options = users.map(
    ({ id, display_name, email }) =>
      `<option value="${escapeHtml(id)}">${escapeHtml(display_name)} (${escapeHtml(email)})</option>`,
  );
  const scopes = client.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allow ${name}? – Zoom simulator</title>
<style>${STYLE}
</style>
</head>
<body>
<main>
  <p class="mark">Zoom simulator</p>
  <h1>${name} wants to use your Zoom account</h1>
  <form method="post" action="/oauth/authorize?${escapeHtml(query.toString())}">
    <label for="user_id">Sign in as</label>
    <select id="user_id" name="user_id">${options.join("")}</select>
    <h2 id="scopes">It asks for</h2>
    <ul aria-labelledby="scopes">${scopes.join("")}</ul>
    <div class="actions">
      <button name="decision" value="decline">Decline</button>
      <button name="decision" value="allow">Allow</button>
    </div>
  </form>
  <p class="quiet">You will return to ${escapeHtml(query.get("redirect_uri") ?? "")}. No real account is involved.</p>
</main>
</body>
</html>`;
}
