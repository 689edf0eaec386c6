// zoom.us/oauth/authorize: who asks for what, and where the user's answer leads.

import { renderConsentPage } from "./consent-page.ts";
import { type Answer, type Request, readForm } from "./http.ts";
import { PAGE_HEADERS } from "./page.ts";
import { isChallenge } from "./pkce.ts";
import type { Client, Code } from "./records.ts";
import type { State } from "./state.ts";

interface Authorization {
  client: Client;
  redirect_uri: string;
  code_challenge: string | null;
  code_challenge_method: Code["code_challenge_method"];
}

/** Errors of Zoom's without a page ("OAuth error messages"): never a redirect to an address that is not the app's. */
const failure = (errorCode: number, errorMessage: string): Answer => ({
  status: 400,
  body: { status: false, errorCode, errorMessage, result: null },
});

/** GET shows the page, POST is its form. */
export function answerAuthorize(state: State, request: Request): Answer {
  const authorization = readAuthorization(state, request.query);
  if ("status" in authorization) return authorization;
  const { client, redirect_uri } = authorization;
  const echo = request.query.get("state");
  if (echo) state.keepSecret(echo);
  if (request.method === "GET") {
    const users = [...state.users.values()];
    return { status: 200, headers: PAGE_HEADERS, body: renderConsentPage(client, users, request.query) };
  }
  if (request.method !== "POST") return { ...failure(4700, "Method not allowed"), status: 405 };
  const { form } = readForm(request);
  if (form.get("decision") !== "allow") return redirect(redirect_uri, { error: "access_denied" }, echo);
  const user = state.users.get(form.get("user_id") ?? "");
  if (!user) return failure(4700, "No such user");
  const code = state.issueCode({
    client_id: client.client_id,
    redirect_uri,
    user_id: user.id,
    scopes: client.scopes,
    code_challenge: authorization.code_challenge,
    code_challenge_method: authorization.code_challenge_method,
  });
  return redirect(redirect_uri, { code }, echo);
}

function readAuthorization(state: State, query: URLSearchParams): Authorization | Answer {
  const clientId = query.get("client_id") ?? "";
  const client = state.clients.get(clientId);
  if (!client) return failure(4702, `Invalid client_id: ${clientId}`);
  const redirect_uri = query.get("redirect_uri") ?? "";
  const isRegistered = client.redirect_uris?.includes(redirect_uri) ?? true;
  // A fragment is not allowed in it (RFC 6749, 3.1.2).
  if (!isRegistered || !URL.canParse(redirect_uri) || redirect_uri.includes("#")) {
    return failure(4700, "Invalid redirect url");
  }
  if (query.get("response_type") !== "code") return failure(4700, "Invalid response_type");
  const scopes = (query.get("scope") ?? "").split(" ").filter(Boolean);
  if (!scopes.every((scope) => client.scopes.includes(scope))) return failure(4700, "Invalid scope(s)");
  const method = query.get("code_challenge_method") ?? "plain";
  if (method !== "plain" && method !== "S256") return failure(4700, "Invalid code_challenge_method");
  const code_challenge = query.get("code_challenge");
  if (code_challenge !== null && !isChallenge(code_challenge, method)) {
    return failure(4700, "Invalid code_challenge");
  }
  return { client, redirect_uri, code_challenge, code_challenge_method: method };
}

/** The app's address byte for byte, with what is new behind it; `state` only where it was sent. */
function redirect(redirectUri: string, parameters: Record<string, string>, state: string | null): Answer {
  const added = new URLSearchParams({ ...parameters, ...(state === null ? {} : { state }) });
  // What a header cannot carry as it is.
  const address = redirectUri.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent);
  const Location = `${address}${address.includes("?") ? "&" : "?"}${added}`;
  return { status: 302, headers: { Location }, body: "" };
}
