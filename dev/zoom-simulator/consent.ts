// zoom.us/oauth/authorize: the consent page, and where its answer leads.

import { type Answer, type Request, readForm } from "./http.ts";
import type { Client, State } from "./state.ts";

interface Authorization {
  client: Client;
  redirectUri: string;
  state: string | null;
  codeChallenge: string | null;
  codeChallengeMethod: "S256" | "plain";
}

/** Zoom's page-less errors ("OAuth error messages"): never a redirect to an address that is not the app's. */
const failure = (errorCode: number, errorMessage: string): Answer => ({
  status: 400,
  body: { status: false, errorCode, errorMessage, result: null },
});

/** GET shows the page, POST is its form. */
export function answerAuthorize(state: State, request: Request): Answer {
  const authorization = readAuthorization(state, request);
  if ("status" in authorization) return authorization;
  if (request.method === "GET") return { status: 200, body: page(state, authorization, request.query) };
  const { form } = readForm(request);
  if (form.get("decision") !== "allow") return redirect(authorization, { error: "access_denied" });
  const user = state.users.get(form.get("user_id") ?? "");
  if (!user) return failure(4700, "No such user");
  const code = state.issueCode({
    client_id: authorization.client.client_id,
    redirect_uri: authorization.redirectUri,
    user_id: user.id,
    scopes: authorization.client.scopes,
    code_challenge: authorization.codeChallenge,
    code_challenge_method: authorization.codeChallengeMethod,
  });
  return redirect(authorization, { code });
}

function readAuthorization(state: State, { query }: Request): Authorization | Answer {
  const clientId = query.get("client_id") ?? "";
  const client = state.clients.get(clientId);
  if (!client) return failure(4702, `Invalid client_id: ${clientId}`);
  const redirectUri = query.get("redirect_uri") ?? "";
  const isRegistered = client.redirect_uris?.includes(redirectUri) ?? true;
  if (!URL.canParse(redirectUri) || !isRegistered) return failure(4700, "Invalid redirect url");
  if (query.get("response_type") !== "code") return failure(4700, "Invalid response_type");
  const method = query.get("code_challenge_method") ?? "plain";
  if (method !== "plain" && method !== "S256") return failure(4700, "Invalid code_challenge_method");
  return {
    client,
    redirectUri,
    state: query.get("state"),
    codeChallenge: query.get("code_challenge"),
    codeChallengeMethod: method,
  };
}

function redirect({ redirectUri, state }: Authorization, parameters: Record<string, string>): Answer {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (state !== null) url.searchParams.set("state", state);
  return { status: 302, headers: { Location: url.href }, body: "" };
}

function page(state: State, { client, redirectUri }: Authorization, query: URLSearchParams): string {
  const users = [...state.users.values()].map(
    (user) =>
      `<option value="${escapeHtml(user.id)}">${escapeHtml(user.display_name)} (${escapeHtml(user.email)})</option>`,
  );
  const scopes = client.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allow ${escapeHtml(client.name)}? – Zoom simulator</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  main { max-width: 30rem; margin: 10vh auto; padding: 2rem; border: 1px solid #8885; border-radius: 12px; }
  h1 { font-size: 1.3rem; margin-top: 0; }
  select, button { font: inherit; padding: .6rem .9rem; border-radius: 8px; border: 1px solid #8888; width: 100%; }
  .actions { display: flex; gap: .75rem; margin-top: 1.5rem; }
  button[value=allow] { background: #0b5cff; border-color: #0b5cff; color: #fff; }
  small { overflow-wrap: anywhere; }
</style>
<main>
  <h1>${escapeHtml(client.name)} wants to use your Zoom account</h1>
  <form method="post" action="/oauth/authorize?${escapeHtml(query.toString())}">
    <label for="user_id">Sign in as</label>
    <select id="user_id" name="user_id">${users.join("")}</select>
    <p>It asks for:</p>
    <ul>${scopes.join("")}</ul>
    <div class="actions">
      <button name="decision" value="decline">Decline</button>
      <button name="decision" value="allow">Allow</button>
    </div>
  </form>
  <p><small>You will return to ${escapeHtml(redirectUri)}. This is a simulator: no real account is involved.</small></p>
</main>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
