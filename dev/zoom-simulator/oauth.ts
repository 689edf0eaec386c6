// zoom.us/oauth: the token and the revocation endpoint. Bodies as "OAuth error messages" and reports of
// live answers have them.

import type { TokenPair } from "./grants.ts";
import { type Answer, type Request, readCredentials, readForm } from "./http.ts";
import { isVerified } from "./pkce.ts";
import type { Client } from "./records.ts";
import type { State } from "./state.ts";

/** A tick below the hour, as Zoom sends it. */
const EXPIRES_IN_SECONDS = 3599;
const APP_EXPIRES_IN_SECONDS = 3600;
const APP_SCOPES = ["marketplace:read:list_event_subscriptions", "marketplace:write:event_subscription"];

const refuse = (status: number, error: string, reason: string): Answer => ({
  status,
  body: { reason, error },
});

/** POST /oauth/token. `isOverlapping`: another token call for the same user is under way. */
export function answerToken(state: State, request: Request, baseUrl: string, isOverlapping: boolean): Answer {
  const client = authenticate(state, request);
  if (!client) return refuseClient(state);
  if (isOverlapping && state.settings.overlap === "save_access_token") {
    return refuse(400, "invalid_request", "Save Access token into Database");
  }
  const { form, get } = readForm(request);
  const answer = (body: Record<string, unknown>): Answer => {
    const { api_url = baseUrl } = state.settings;
    state.onChange();
    return { status: 200, body: { ...body, ...(api_url === null ? {} : { api_url }) } };
  };
  switch (get("grant_type")) {
    case "authorization_code":
      return exchangeCode(state, client, get, answer);
    case "refresh_token":
      // Tokens in the query have been refused since 2023 ("Access token change FAQ").
      return refresh(state, client, form.get("refresh_token") ?? "", answer);
    case "client_credentials":
      return answer({
        access_token: state.grants.issueAccessToken({ ...client, user_id: null }, APP_SCOPES),
        token_type: "bearer",
        expires_in: APP_EXPIRES_IN_SECONDS,
        scope: APP_SCOPES.join(" "),
      });
    default:
      return refuse(400, "unsupported_grant_type", "unsupported grant type");
  }
}

/** POST /oauth/revoke: ends access and refresh token. `onRevoked` hears whose they were. */
export function answerRevoke(
  state: State,
  request: Request,
  onRevoked: (grant: { client_id: string; user_id: string }) => void,
): Answer {
  const client = authenticate(state, request);
  if (!client) return refuseClient(state);
  const token = state.grants.findAccessToken(readForm(request).form.get("token") ?? "");
  const isGood = token && !token.revoked && token.client_id === client.client_id;
  if (!isGood || token.user_id === null) return refuse(400, "invalid_request", "Invalid Token!");
  const owner = { client_id: token.client_id, user_id: token.user_id };
  state.grants.revoke(owner);
  state.onChange();
  onRevoked(owner);
  return { status: 200, body: { status: "success" } };
}

function authenticate(state: State, request: Request): Client | null {
  const { clientId, clientSecret } = readCredentials(request);
  const client = state.clients.get(clientId);
  return client?.client_secret === clientSecret ? client : null;
}

function refuseClient({ settings }: State): Answer {
  return refuse(settings.bad_client_status, "invalid_client", "Invalid client_id or client_secret");
}

function exchangeCode(
  state: State,
  client: Client,
  get: (name: string) => string | null,
  answer: (body: Record<string, unknown>) => Answer,
): Answer {
  const text = get("code") ?? "";
  const verifier = get("code_verifier");
  if (verifier) state.keepSecret(verifier);
  const code = state.codes.get(text);
  const isGood = code && !code.used && code.client_id === client.client_id && code.expires_at > Date.now();
  if (!isGood) return refuseCode(state, text);
  if (code.redirect_uri !== get("redirect_uri")) {
    return refuse(400, "invalid_request", "Redirect URI mismatch.");
  }
  if (!isVerified(code, verifier)) {
    return refuse(400, "invalid_grant", `Invalid authorization code ${text}`);
  }
  code.used = true;
  return answer(describe(state.grants.authorize(code, code.scopes)));
}

function refuseCode({ settings }: State, code: string): Answer {
  const isCurrent = settings.bad_code === "invalid_grant";
  return refuse(400, settings.bad_code, `Invalid authorization code${isCurrent ? "" : ` ${code}`}`);
}

function refresh(
  state: State,
  client: Client,
  refreshToken: string,
  answer: (body: Record<string, unknown>) => Answer,
): Answer {
  const grant = state.grants.findLive(refreshToken);
  if (grant?.client_id !== client.client_id) return refuse(400, "invalid_grant", "Invalid Token!");
  const isOldOneDead = state.settings.old_access_token_after_refresh === "dead";
  return answer(describe(state.grants.refresh(grant, isOldOneDead)));
}

function describe({ grant, access_token }: TokenPair) {
  return {
    access_token,
    token_type: "bearer",
    refresh_token: grant.refresh_token,
    expires_in: EXPIRES_IN_SECONDS,
    scope: grant.scopes.join(" "),
  };
}
