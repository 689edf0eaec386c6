// The Zoom endpoints that the service calls, as functions of our own words.

import * as z from "zod";
import { callZoom, type Fetch } from "./call.ts";
import { meetingNumber, zoomId } from "./identifiers.ts";
import { mayReadUserTokens } from "./scopes.ts";
import type { ZoomOperation } from "./verdicts.ts";

export interface AppCredentials {
  clientId: string;
  clientSecret: string;
}

/** What Zoom's token endpoint answers for a user's grant. */
export interface TokenSet {
  accessToken: string;
  refreshToken: string;
  /** Life of the access token from the moment of the answer, in seconds. */
  expiresInSeconds: number;
  scopes: string[];
  /** Where Zoom wants this user's API calls; unchecked, see `apiBaseUrl`. */
  apiUrl: string | null;
}

export interface ZoomUser {
  id: string;
  accountId: string;
  /** `active`, `inactive` or `pending`. */
  status: string;
  /** In digits; null where the user has none. */
  personalMeetingId: string | null;
}

/** A page of the meetings that a user hosts. */
export interface MeetingPage {
  /** In digits: of each meeting, and of the personal meeting room where it takes place there. */
  meetingIds: string[];
  /** Null: this is the last page. */
  nextPageToken: string | null;
}

/** What a call of the REST API needs of a token set. */
type ApiToken = Pick<TokenSet, "accessToken" | "apiUrl">;

/** A token for Zoom's Meeting SDK. */
export interface MeetingToken {
  token: string;
  expiresInSeconds: number;
}

/** The life that Zoom documents, in seconds; for an answer that does not tell it. */
const ACCESS_TOKEN_LIFE_SECONDS = 3_599;
/** Zoom never issues longer lifetimes. */
const MAX_LIFE_SECONDS = 86_400;

// Tokens are opaque, and an empty one is none. All else may be missing or odd: a set that has both tokens is never
// thrown away, since Zoom gives it once.
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.coerce.number().int().positive().max(MAX_LIFE_SECONDS).catch(ACCESS_TOKEN_LIFE_SECONDS),
  scope: z.string().nullish().catch(null),
  api_url: z.string().nullish().catch(null),
});
/** A refresh token that is not replaced stays (RFC 6749, 6). */
const refreshAnswer = tokenAnswer.extend({ refresh_token: z.string().min(1).optional() });

const clientCredentialsAnswer = z.object({ access_token: z.string().min(1) });

const revocationAnswer = z.object({ status: z.literal("success") });

const userAnswer = z.object({
  id: zoomId,
  account_id: zoomId,
  status: z.string().min(1),
  pmi: meetingNumber.nullish().catch(null),
});

/** Every field of a meeting is optional in Zoom's reference; one without an id cannot be looked up. */
const meetingsAnswer = z.object({
  meetings: z
    .array(z.object({ id: meetingNumber.nullish().catch(null), pmi: meetingNumber.nullish().catch(null) }))
    .nullish(),
  next_page_token: z.string().nullish(),
});
const MEETINGS_PAGE_SIZE = 300;

const localRecordingAnswer = z.object({
  token: z.string().min(1),
  expire_in: z.coerce.number().int().positive().max(MAX_LIFE_SECONDS),
});

const userTokenAnswer = z.object({ token: z.string().min(1) });

/** Asked for, and Zoom's default ("Get a user's token"). */
const USER_TOKEN_TTL_SECONDS = 7200;
/** Zoom's fixed life of a ZAK from its own endpoint ("Get a user's ZAK"). */
const ZAK_TTL_SECONDS = 300;

/** Zoom's endpoints, by way of one `fetch`. */
export class Zoom {
  readonly #oauthBaseUrl: string;
  readonly #apiBaseUrl: string;
  readonly #fetch: Fetch;

  constructor(options: { oauthBaseUrl: string; apiBaseUrl: string; fetch: Fetch }) {
    this.#oauthBaseUrl = options.oauthBaseUrl;
    this.#apiBaseUrl = options.apiBaseUrl;
    this.#fetch = options.fetch;
  }

  /** Where API calls go for a user whose token answer had this `api_url`: in Zoom's own form, without the version. */
  apiOriginFor(apiUrl: string | null): string {
    return apiBaseUrl(apiUrl, this.#apiBaseUrl).replace(/\/v2$/, "");
  }

  /** Zoom's consent page for an attempt with PKCE (RFC 6749, 4.1.1; RFC 7636, 4.3). `codeChallenge`: S256. */
  consentUrl(attempt: {
    clientId: string;
    redirectUri: string;
    state: string;
    codeChallenge: string;
  }): string {
    // No `scope`: an app asks for those of its page on the Marketplace, and Zoom refuses others.
    const query = new URLSearchParams({
      response_type: "code",
      client_id: attempt.clientId,
      redirect_uri: attempt.redirectUri,
      state: attempt.state,
      code_challenge: attempt.codeChallenge,
      code_challenge_method: "S256",
    });
    return `${this.#oauthBaseUrl}/oauth/authorize?${query}`;
  }

  /** Where the consent page may lead on its way, as sources of a Content-Security-Policy. */
  get consentSources(): readonly string[] {
    return sourcesOf(new URL(this.#oauthBaseUrl));
  }

  /** Exchanges an authorization code (RFC 6749, 4.1.3). Throws `ZoomFailure`. */
  async exchangeAuthorizationCode(
    app: AppCredentials,
    grant: { code: string; redirectUri: string; codeVerifier?: string | undefined },
  ): Promise<TokenSet> {
    const { code, redirectUri, codeVerifier } = grant;
    const parameters = {
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      ...(codeVerifier === undefined ? {} : { code_verifier: codeVerifier }),
    };
    return toTokenSet(await this.#requestToken("exchange", app, parameters, tokenAnswer));
  }

  /** A new token set for a refresh token, which stops working with this use (RFC 6749, 6). Throws `ZoomFailure`. */
  async refreshTokens(app: AppCredentials, refreshToken: string): Promise<TokenSet> {
    const parameters = { grant_type: "refresh_token", refresh_token: refreshToken };
    const answer = await this.#requestToken("refresh", app, parameters, refreshAnswer);
    return toTokenSet({ ...answer, refresh_token: answer.refresh_token ?? refreshToken });
  }

  /** Checks a pair of client id and secret without a user (RFC 6749, 4.4). Throws `ZoomFailure`. */
  async checkAppCredentials(app: AppCredentials): Promise<void> {
    const parameters = { grant_type: "client_credentials" };
    await this.#requestToken("client_credentials", app, parameters, clientCredentialsAnswer);
  }

  /** Revokes a grant by one of its tokens ("Revoke an access token"). Throws `ZoomFailure`. */
  async revokeToken(app: AppCredentials, token: string): Promise<void> {
    const init = { method: "POST", headers: basicAuthorization(app), body: new URLSearchParams({ token }) };
    await callZoom(this.#fetch, "revoke", `${this.#oauthBaseUrl}/oauth/revoke`, init, revocationAnswer);
  }

  /** Who the access token belongs to ("Get a user", users/me). Throws `ZoomFailure`. */
  async getCurrentUser(token: ApiToken): Promise<ZoomUser> {
    const user = await this.#getFromApi("user", token, "/users/me", userAnswer);
    const { id, account_id, status, pmi } = user;
    return { id, accountId: account_id, status, personalMeetingId: pmi ?? null };
  }

  /** The meetings that the user hosts ("List meetings"), as many at once as Zoom gives. Throws `ZoomFailure`. */
  async listMeetings(token: ApiToken, pageToken: string | null): Promise<MeetingPage> {
    const query = new URLSearchParams({ page_size: String(MEETINGS_PAGE_SIZE) });
    if (pageToken !== null) query.set("next_page_token", pageToken);
    const answer = await this.#getFromApi("meetings", token, `/users/me/meetings?${query}`, meetingsAnswer);
    const numbers = (answer.meetings ?? []).flatMap(({ id, pmi }) => [id, pmi]);
    return {
      meetingIds: numbers.filter((number) => typeof number === "string"),
      nextPageToken: answer.next_page_token || null,
    };
  }

  /** A token that lets a bot record ("Get a meeting's join token for local recording"). Throws `ZoomFailure`. */
  async getLocalRecordingToken(
    token: ApiToken,
    { meetingId, bypassWaitingRoom }: { meetingId: string; bypassWaitingRoom: boolean },
  ): Promise<MeetingToken> {
    const path = `/meetings/${meetingId}/jointoken/local_recording?bypass_waiting_room=${bypassWaitingRoom}`;
    const answer = await this.#getFromApi("local_recording_token", token, path, localRecordingAnswer);
    return { token: answer.token, expiresInSeconds: answer.expire_in };
  }

  /** A token to join a meeting on behalf of the user ("Get a user's token", onbehalf). Throws `ZoomFailure`. */
  async getOnbehalfToken(token: ApiToken, meetingId: string): Promise<MeetingToken> {
    return await this.#getUserToken("onbehalf_token", token, { type: "onbehalf", meeting_id: meetingId });
  }

  /** A Zoom access key of the user, the longest-lived that the scopes allow. Throws `ZoomFailure`. */
  async getZak(token: ApiToken, scopes: readonly string[]): Promise<MeetingToken> {
    if (mayReadUserTokens(scopes)) return await this.#getUserToken("zak", token, { type: "zak" });
    const answer = await this.#getFromApi("zak", token, "/users/me/zak", userTokenAnswer);
    return { token: answer.token, expiresInSeconds: ZAK_TTL_SECONDS };
  }

  async #requestToken<T extends z.ZodType>(
    operation: ZoomOperation,
    app: AppCredentials,
    parameters: Record<string, string>,
    answer: T,
  ) {
    const init = { method: "POST", headers: basicAuthorization(app), body: new URLSearchParams(parameters) };
    return await callZoom(this.#fetch, operation, `${this.#oauthBaseUrl}/oauth/token`, init, answer);
  }

  async #getFromApi<T extends z.ZodType>(
    operation: ZoomOperation,
    { accessToken, apiUrl }: ApiToken,
    path: string,
    answer: T,
  ) {
    const url = `${apiBaseUrl(apiUrl, this.#apiBaseUrl)}${path}`;
    const init = { headers: { Authorization: `Bearer ${accessToken}` } };
    return await callZoom(this.#fetch, operation, url, init, answer);
  }

  async #getUserToken(
    operation: ZoomOperation,
    token: ApiToken,
    query: Record<string, string>,
  ): Promise<MeetingToken> {
    const parameters = new URLSearchParams({ ...query, ttl: String(USER_TOKEN_TTL_SECONDS) });
    const answer = await this.#getFromApi(operation, token, `/users/me/token?${parameters}`, userTokenAnswer);
    return { token: answer.token, expiresInSeconds: USER_TOKEN_TTL_SECONDS };
  }
}

/** Zoom sends users on to hosts under its own, such as us02web.zoom.us or that of their company. */
function sourcesOf({ origin, protocol, host }: URL): string[] {
  return protocol === "https:" ? [origin, `https://*.${host}`] : [origin];
}

/** Client credentials in the header, as Zoom documents it ("Request an access token"). */
function basicAuthorization({ clientId, clientSecret }: AppCredentials): Record<string, string> {
  return { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };
}

function toTokenSet(answer: z.output<typeof tokenAnswer>): TokenSet {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresInSeconds: answer.expires_in,
    scopes: (answer.scope ?? "").split(/\s+/).filter(Boolean),
    apiUrl: answer.api_url ?? null,
  };
}

/**
 * The base URL for API calls: the `api_url` of a token answer where it is https under zoom.us, or of the
 * configured base's origin; else the configured base. Never ends with a slash.
 * Source: Zoom's changelog, "api_url in the access token response".
 */
export function apiBaseUrl(apiUrl: string | null, configuredBaseUrl: string): string {
  // The usual case, which needs no look at what the URL consists of.
  if (apiUrl === null || configuredBaseUrl.startsWith(`${apiUrl}/`)) return configuredBaseUrl;
  if (!URL.canParse(apiUrl)) return configuredBaseUrl;
  const url = new URL(apiUrl);
  if (url.origin === new URL(configuredBaseUrl).origin) return configuredBaseUrl;
  const isZoom = url.hostname === "zoom.us" || url.hostname.endsWith(".zoom.us");
  const isPlain = url.protocol === "https:" && url.port === "" && url.username === "" && url.password === "";
  return isZoom && isPlain ? `${url.origin}/v2` : configuredBaseUrl;
}
