// zoom.us/oauth: the token and the revocation endpoint. Bodies as "OAuth error messages" and reports of
// live answers have them.

import { createHash } from "node:crypto";
import { type Answer, type Request, readForm } from "./http.ts";
import { type AccessToken, type Client, type Code, type Grant, grantKey, type State } from "./state.ts";

/** A tick below the hour, as Zoom sends it. */
const EXPIRES_IN_SECONDS = 3599;
const APP_SCOPES = "marketplace:read:list_event_subscriptions marketplace:write:event_subscription";

const refuse = (status: number, error: string, reason: string): Answer => ({
  status,
  body: { reason, error },
});
const invalidToken = () => refuse(400, "invalid_grant", "Invalid Token!");

/** The client whose credentials came, in the Basic header or in the body. */
export function authenticateClient(state: State, request: Request): Client | null {
  const { clientId, clientSecret } = readCredentials(request);
  const client = state.clients.get(clientId);
  return client?.client_secret === clientSecret ? client : null;
}

export function readCredentials(request: Request): { clientId: string; clientSecret: string } {
  const [, basic] = /^basic (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (basic !== undefined) {
    const [clientId = "", ...secret] = Buffer.from(basic, "base64").toString().split(":");
    return { clientId, clientSecret: secret.join(":") };
  }
  const { form } = readForm(request);
  return { clientId: form.get("client_id") ?? "", clientSecret: form.get("client_secret") ?? "" };
}

/** POST /oauth/token. `isOverlapping`: another token call for the same user is under way. */
export function answerToken(state: State, request: Request, baseUrl: string, isOverlapping: boolean): Answer {
  const client = authenticateClient(state, request);
  if (!client) {
    return refuse(state.settings.bad_client_status, "invalid_client", "Invalid client_id or client_secret");
  }
  const { form, get } = readForm(request);
  if (isOverlapping && state.settings.overlap === "save_access_token") {
    return refuse(400, "invalid_request", "Save Access token into Database");
  }
  switch (get("grant_type")) {
    case "authorization_code":
      return exchangeCode(state, client, get, baseUrl);
    case "refresh_token":
      // Tokens in the query have been refused since 2023 ("Access token change FAQ").
      return refresh(state, client, form.get("refresh_token"), baseUrl);
    case "client_credentials": {
      const token = state.issueAccessToken(client.client_id, null, APP_SCOPES.split(" "));
      return ok(state, baseUrl, {
        access_token: token,
        scope: APP_SCOPES,
        expires_in: EXPIRES_IN_SECONDS + 1,
      });
    }
    default:
      return refuse(400, "unsupported_grant_type", "unsupported grant type");
  }
}

function exchangeCode(
  state: State,
  client: Client,
  get: (name: string) => string | null,
  baseUrl: string,
): Answer {
  const text = get("code") ?? "";
  const code = state.codes.get(text);
  const isGood = code && !code.used && code.client_id === client.client_id && code.expires_at > Date.now();
  if (!isGood) return badCode(state, text);
  if (code.redirect_uri !== get("redirect_uri"))
    return refuse(400, "invalid_request", "Redirect URI mismatch.");
  if (!isVerified(code, get("code_verifier"))) {
    return refuse(400, "invalid_grant", `Invalid authorization code ${text}`);
  }
  code.used = true;
  const { grant, accessToken } = state.authorize(client.client_id, code.user_id, code.scopes);
  return ok(state, baseUrl, tokenPair(grant, accessToken));
}

function badCode(state: State, code: string): Answer {
  const { bad_code } = state.settings;
  const reason =
    bad_code === "invalid_grant" ? "Invalid authorization code" : `Invalid authorization code ${code}`;
  return refuse(400, bad_code, reason);
}

/** PKCE (RFC 7636, 4.6). */
function isVerified(code: Code, verifier: string | null): boolean {
  if (code.code_challenge === null) return true;
  if (verifier === null || !/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) return false;
  const transformed =
    code.code_challenge_method === "S256"
      ? createHash("sha256").update(verifier).digest("base64url")
      : verifier;
  return transformed === code.code_challenge;
}

function refresh(state: State, client: Client, refreshToken: string | null, baseUrl: string): Answer {
  const grant = refreshToken ? state.findGrant(refreshToken) : undefined;
  const isGood =
    grant && grant.client_id === client.client_id && !grant.revoked && grant.refresh_expires_at > Date.now();
  if (!isGood) return invalidToken();
  const accessToken = state.rotate(grant);
  return ok(state, baseUrl, tokenPair(grant, accessToken));
}

function tokenPair(grant: Grant, accessToken: string) {
  return {
    access_token: accessToken,
    refresh_token: grant.refresh_token,
    expires_in: EXPIRES_IN_SECONDS,
    scope: grant.scopes.join(" "),
  };
}

function ok(state: State, baseUrl: string, body: Record<string, unknown>): Answer {
  const { api_url = baseUrl } = state.settings;
  return { status: 200, body: { token_type: "bearer", ...body, ...(api_url === null ? {} : { api_url }) } };
}

/** POST /oauth/revoke: ends access and refresh token. Tells whose grant it was, for the webhook. */
export function answerRevoke(state: State, request: Request): { answer: Answer; grant: Grant | null } {
  const client = authenticateClient(state, request);
  if (!client) {
    const { bad_client_status } = state.settings;
    return {
      answer: refuse(bad_client_status, "invalid_client", "Invalid client_id or client_secret"),
      grant: null,
    };
  }
  const token: AccessToken | undefined = state.accessTokens.get(readForm(request).form.get("token") ?? "");
  if (!token || token.revoked || token.user_id === null || token.client_id !== client.client_id) {
    return { answer: refuse(400, "invalid_request", "Invalid Token!"), grant: null };
  }
  state.revoke(client.client_id, token.user_id);
  const grant = state.grants.get(grantKey(client.client_id, token.user_id)) ?? null;
  return { answer: { status: 200, body: { status: "success" } }, grant };
}
