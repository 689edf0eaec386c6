// The page on which a user of the simulated Zoom allows an app, or declines.

import { escapeHtml } from "./http.ts";
import { renderPage } from "./page.ts";
import type { Client, User } from "./records.ts";

const STYLE = `
  body { display: grid; place-items: center; }
  main { width: min(100%, 30rem); }
  h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
  label { display: block; margin-bottom: .35rem; font-weight: 600; }
  ul { margin: 0; padding: .75rem 1rem .75rem 2rem; border: 1px solid var(--line); border-radius: 10px; }
  .quiet { margin: 1.5rem 0 0; }
  select, button { width: 100%; padding: .65rem .9rem; font: inherit; border: 1px solid var(--line);
    border-radius: 10px; }
  button { cursor: pointer; font-weight: 600; background: transparent; color: inherit; }
  button[value=allow] { border-color: var(--blue); background: var(--blue); color: #fff; }
  .actions { display: flex; gap: .75rem; margin-top: 1.5rem; }`;

/** `query` is that of the authorization request; the form sends it back as it came. */
export function renderConsentPage(client: Client, users: readonly User[], query: URLSearchParams): string {
  const options = users.map(
    ({ id, display_name, email }) =>
      `<option value="${escapeHtml(id)}">${escapeHtml(display_name)} (${escapeHtml(email)})</option>`,
  );
  const scopes = client.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`);
  const main = `
  <h1>${escapeHtml(client.name)} wants to use your Zoom account</h1>
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
  <p class="quiet">You will return to ${escapeHtml(query.get("redirect_uri") ?? "")}. No real account is involved.</p>`;
  return renderPage({ title: `Allow ${client.name}?`, style: STYLE, main });
}
