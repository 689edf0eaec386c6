// The page for a developer: what the simulator knows, and each control as a command to paste.

import { CONTROL_PREFIX, type ControlName } from "./control.ts";
import { CONTROL_GROUPS, CONTROL_TEXTS, nameRecords } from "./control-texts.ts";
import { escapeHtml } from "./http.ts";
import { renderPage } from "./page.ts";
import type { State } from "./state.ts";

const MAX_USERS = 20;
const MAX_MEETINGS = 3;

const STYLE = `
  main { max-width: 60rem; margin: 0 auto; padding: clamp(1rem, 4vw, 2rem); }
  h2 { margin: 2.25rem 0 .75rem; font-size: 1.15rem; }
  h3 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
  p { margin: .25rem 0; }
  .table { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; }
  table { width: 100%; border-collapse: collapse; }
  td code { white-space: nowrap; }
  th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
  thead th { border-top: 0; font-size: .875rem; color: var(--quiet); }
  pre { margin: .5rem 0 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
    background: light-dark(#f3f5f9, #14161c); font-size: .875rem; line-height: 1.45; user-select: all; }`;

/** `baseUrl` is the one under which the browser knows the simulator. */
export function renderControlPage(state: State, baseUrl: string): string {
  const groups = Object.entries(CONTROL_GROUPS).map(
    ([heading, names]) => `
  <h2>${heading}</h2>${names.map((name) => renderControl(state, baseUrl, name)).join("")}`,
  );
  const main = `
  <h1>Zoom, on this machine</h1>
  <p>Stands in for zoom.us (<code>/oauth/authorize</code>, <code>/oauth/token</code>, <code>/oauth/revoke</code>) and
  api.zoom.us (<code>/v2/…</code>). No real account is involved.</p>
  <p><a href="${escapeHtml(consentPath(state))}">Open the consent page</a> as a user of the first app sees it.</p>
  <h2>Users</h2>
  ${renderUsers(state)}
  <h2>Apps</h2>
  ${renderClients(state)}
${groups.join("\n")}`;
  return renderPage({ title: "Controls", style: STYLE, main });
}

/** The command as a shell takes it. Nothing in it needs escaping from a shell but the body's quotes. */
export function describeCommand(state: State, baseUrl: string, name: ControlName): string {
  const [method, path] = name.split(" ");
  const { query = "", body } = CONTROL_TEXTS[name];
  const url = `${baseUrl}${CONTROL_PREFIX}${path}${query}`;
  const target = query === "" ? url : `'${url}'`;
  if (body === undefined) return method === "GET" ? `curl ${target}` : `curl -X ${method} ${target}`;
  const json = JSON.stringify(body(nameRecords(state)), null, 2).replaceAll("'", "'\\''");
  return `curl ${target} -d '${json}'`;
}

function renderControl(state: State, baseUrl: string, name: ControlName): string {
  const [method, path] = name.split(" ");
  return `
  <h3><code>${method} ${CONTROL_PREFIX}${path}</code></h3>
  <p>${escapeHtml(CONTROL_TEXTS[name].does)}</p>
  <pre tabindex="0">${escapeHtml(describeCommand(state, baseUrl, name))}</pre>`;
}

function renderUsers(state: State): string {
  const users = [...state.users.values()];
  const rows = users.slice(0, MAX_USERS).map(({ id, display_name, email, status }) => {
    const meetings = state.meetingsOf(id);
    const shown = meetings
      .slice(0, MAX_MEETINGS)
      .map((meeting) => `${escapeHtml(meeting.topic)} <code>${meeting.id}</code>`);
    const rest = meetings.length - shown.length;
    if (rest > 0) shown.push(`and ${rest} more`);
    return [
      `${escapeHtml(display_name)}<br><span class="quiet">${escapeHtml(email)}${status === "active" ? "" : `, ${status}`}</span>`,
      `<code>${escapeHtml(id)}</code>`,
      shown.join("<br>") || "none",
    ];
  });
  const more = users.length > MAX_USERS ? `<p class="quiet">and ${users.length - MAX_USERS} more</p>` : "";
  return renderTable(["User", "Id", "Meetings"], rows) + more;
}

function renderClients(state: State): string {
  const rows = [...state.clients.values()]
    .slice(0, MAX_USERS)
    .map(({ name, client_id, webhook_url }) => [
      escapeHtml(name),
      `<code>${escapeHtml(client_id)}</code>`,
      webhook_url === null ? "none" : `<code>${escapeHtml(webhook_url)}</code>`,
    ]);
  return renderTable(["App", "Client id", "Webhook URL"], rows);
}

/** Cells are HTML. */
function renderTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("");
  return `<div class="table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function consentPath(state: State): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: nameRecords(state).client.client_id,
    redirect_uri: "http://localhost:3000/callback",
    state: "any-text",
  });
  return `/oauth/authorize?${query}`;
}
