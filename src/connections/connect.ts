// From an authorization code to a stored connection. The order is the point: claim the code, exchange it,
// and from the moment Zoom has answered, let nothing but a refusal keep the grant from being stored.

import { markApp } from "../apps/mark.ts";
import { openClientSecret, toCredentials } from "../credentials.ts";
import { sha256Hex } from "../crypto/hash.ts";
import { isId } from "../crypto/ids.ts";
import type { ClaimedApp } from "../db/authorization-codes.ts";
import { type AttemptKey, failConnectAttempt, type SessionClaim } from "../db/connect-sessions.ts";
import type { ShownConnection } from "../db/zoom-oauth-connections.ts";
import { ApiError } from "../errors.ts";
import { toActorText } from "../model/actor.ts";
import type { ChosenFields } from "../model/connection.ts";
import { withRetries } from "../retries.ts";
import type { ProjectScope, Scope } from "../scope.ts";
import type { AppCredentials, TokenSet } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { toApiError } from "../zoom-errors.ts";
import { toAttemptFailure } from "./attempt-failure.ts";
import {
  type Claimed,
  claimInSession,
  claimOrFind,
  isStillRunning,
  releaseClaim,
  stillRunning,
} from "./claim.ts";
import { finishOrHandOver } from "./finish.ts";
import type { PendingGrant } from "./pending-grant.ts";

/** What a grant is made from, and what its connection shall be. */
export interface ConnectRequest extends ChosenFields {
  authorization_code: string;
  /** The same that the consent page got, byte for byte. */
  redirect_uri: string;
  /** Where the consent page got a `code_challenge` (RFC 7636). */
  code_verifier?: string | undefined;
  /** Undefined: the project's only app. */
  zoom_oauth_app_id?: string | undefined;
}

/** No app has it: stands for a text that cannot be an id. */
const NO_SUCH_ID = "";
/** How long an error's answer waits for the claim to be given up, in milliseconds. */
const RELEASE_WAIT_MS = 500;
/** Pauses before each try to tell a session that its attempt failed, in milliseconds. */
const FAIL_PAUSES_MS = [0, 200, 1_000];

/**
 * Connects the Zoom user behind an authorization code, or finds the connection that the same request led
 * to before. Two database and two Zoom round trips. Throws `ApiError`; on a 503 or 504 the same request
 * may be sent again and finds what this one left.
 */
export async function connect(scope: ProjectScope, request: ConnectRequest): Promise<ShownConnection> {
  const { authorization_code, redirect_uri, code_verifier: _, zoom_oauth_app_id = null, ...chosen } = request;
  const codeSha256 = await sha256Hex(authorization_code);
  const redirectUriSha256 = await sha256Hex(redirect_uri);
  const claimant = crypto.randomUUID();
  const claim = await claimOrFind(scope, {
    zoomOAuthAppId: appIdOf(zoom_oauth_app_id),
    codeSha256,
    redirectUriSha256,
    claimant,
  });
  if (claim.kind === "connected") return claim.connection;
  const code = { zoomOAuthAppId: claim.app.id, codeSha256, redirectUriSha256 };
  const by = { acting: scope.caller.acting, origin: scope.caller.origin };
  const ask = askForCode(scope, request);
  return await connectClaimed(scope, claim, { ask, code, claimant, chosen, onlyUserId: null, ...by });
}

/** What an imported grant is, and what its connection shall be. */
export interface ImportRequest extends ChosenFields {
  refresh_token: string;
  /** Undefined: the project's only app. */
  zoom_oauth_app_id?: string | undefined;
}

/** Stands for the redirect URI where a refresh token takes the place of a code. */
const NO_REDIRECT_URI = "import";

/**
 * Takes a grant over from another system, by its newest refresh token, or finds the connection that the same request led to
 * before. Zoom is asked once: where its answer is lost, the caller decides whether to send the request again. From that
 * answer on the tokens are kept whatever Zoom says of scopes and user. Two database and two Zoom round trips. Throws
 * `ApiError`.
 */
export async function importGrant(scope: ProjectScope, request: ImportRequest): Promise<ShownConnection> {
  const { refresh_token: refreshToken, zoom_oauth_app_id = null, ...chosen } = request;
  const codeSha256 = await sha256Hex(refreshToken);
  const redirectUriSha256 = await sha256Hex(NO_REDIRECT_URI);
  const claimant = crypto.randomUUID();
  const claim = await claimOrFind(scope, {
    zoomOAuthAppId: appIdOf(zoom_oauth_app_id),
    codeSha256,
    redirectUriSha256,
    claimant,
  });
  if (claim.kind === "connected") return claim.connection;
  return await connectClaimed(scope, claim, {
    ask: async (app) => await scope.zoom.refreshTokens(app, refreshToken),
    rejection: "refresh_token_rejected",
    code: { zoomOAuthAppId: claim.app.id, codeSha256, redirectUriSha256 },
    claimant,
    chosen,
    onlyUserId: null,
    acting: scope.caller.acting,
    origin: scope.caller.origin,
    isImport: true,
  });
}

/** What Zoom's answer to an attempt of a connect session holds, and in whose browser it came. */
export interface AttemptAnswer extends AttemptKey {
  authorization_code: string;
  redirect_uri: string;
  code_verifier: string;
  /** Where the request came from, as `originOf` makes it. */
  origin: string;
}

/** What became of Zoom's answer to an attempt of a session. */
export type AttemptOutcome =
  /** Not known, too old, or of another browser. Nothing was changed. */
  | { kind: "unknown" }
  | { kind: "completed"; session: FinishedSession }
  /** Somebody else is at it, or the queue has the grant. */
  | { kind: "running" }
  /** The session says why; it may be open for another attempt. */
  | { kind: "not_connected" };

type FinishedSession = Pick<SessionClaim["session"], "id" | "return_url">;

/**
 * The same for the code that Zoom sent to the hosted pages: its session says for which project and app it is, and hears of
 * the end in the statement that makes it. Two database and two Zoom round trips. Throws where the database is away
 * before anything was done.
 */
export async function connectInSession(scope: Scope, answer: AttemptAnswer): Promise<AttemptOutcome> {
  const codeSha256 = await sha256Hex(answer.authorization_code);
  const redirectUriSha256 = await sha256Hex(answer.redirect_uri);
  const claimant = crypto.randomUUID();
  const { stateSha256, browserSha256 } = answer;
  const key = { stateSha256, browserSha256 };
  const claim = await claimInSession(scope, { ...key, codeSha256, redirectUriSha256, claimant });
  if (claim === null) return { kind: "unknown" };
  const { session, chosen, outcome } = claim;
  if (session.state === "completed") return { kind: "completed", session };
  if (outcome?.kind === "busy") return { kind: "running" };
  if (outcome?.kind !== "claimed") return { kind: "not_connected" };
  const code = { zoomOAuthAppId: outcome.app.id, codeSha256, redirectUriSha256 };
  const { reconnect_user_id: onlyUserId } = session;
  let isExchanged = false;
  try {
    await connectClaimed(scope, outcome, {
      ask: askForCode(scope, answer),
      code,
      claimant,
      chosen,
      onlyUserId,
      acting: toActorText({ type: "connect_session", id: session.id }),
      origin: answer.origin,
      isToRemember: true,
      onExchanged: () => {
        isExchanged = true;
      },
    });
    return { kind: "completed", session };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // From there on the session hears of the end from whoever finishes the grant.
    if (isExchanged || isStillRunning(error)) return { kind: "running" };
    const failure = toAttemptFailure(error);
    await withRetries(
      FAIL_PAUSES_MS,
      async () => await failConnectAttempt(scope.db, key, codeSha256, failure),
    );
    return { kind: "not_connected" };
  }
}

type CodeRequest = Pick<ConnectRequest, "authorization_code" | "redirect_uri" | "code_verifier">;

interface Connecting {
  /** Asks Zoom for the grant's tokens. */
  ask(app: AppCredentials): Promise<TokenSet>;
  /** What the answer is called where Zoom refuses the code for good. Default: `authorization_code_rejected`. */
  rejection?: "refresh_token_rejected";
  code: PendingGrant["code"];
  claimant: string;
  chosen: ChosenFields;
  /** The only Zoom user whose grant it may be; null: anybody's. */
  onlyUserId: string | null;
  /** Who connects the user, as `acting` of a caller says, and from where. */
  acting: string | null;
  origin: string | null;
  /** It is no code: what Zoom says against the grant keeps its tokens. */
  isImport?: boolean;
  /** A refusal is remembered before it is thrown. */
  isToRemember?: boolean;
  /** Called when Zoom has given the grant. */
  onExchanged?(): void;
}

/** From a claimed code to its connection. */
async function connectClaimed(
  scope: Scope,
  claim: Claimed,
  {
    ask,
    rejection,
    code,
    claimant,
    isToRemember = false,
    onExchanged,
    isImport = false,
    ...wanted
  }: Connecting,
): Promise<ShownConnection> {
  const tokens = await exchange(scope, claim.app, ask, rejection).catch(async (error: unknown) => {
    const isSpent =
      error instanceof ApiError &&
      (error.code === "authorization_code_rejected" || error.code === "refresh_token_rejected");
    // The claim was another request's before: that one may have spent the code, and its result may be on
    // its way through the queue. Hold the claim once more, so that a rejection now is not the last word.
    if (isSpent && claim.claims === 2) throw stillRunning();
    await release(scope, { codeSha256: code.codeSha256, claimant });
    throw error;
  });
  onExchanged?.();
  const grant = {
    code,
    projectId: claim.app.project_id,
    // Of two exchanges for one user the one that Zoom answered last has the live tokens.
    authorizedAt: new Date(scope.databaseClock.now()).toISOString(),
    credentials: toCredentials(tokens, Date.now()),
    user: null,
    isImport,
    keptFor: null,
    ...wanted,
  };
  return await finishOrHandOver(scope, grant, { isToRemember });
}

function appIdOf(appId: string | null): string | null {
  return appId === null || isId("zoa", appId) ? appId : NO_SUCH_ID;
}

function askForCode({ zoom }: Scope, request: CodeRequest): Connecting["ask"] {
  const { authorization_code: code, redirect_uri: redirectUri, code_verifier: codeVerifier } = request;
  return async (app) => await zoom.exchangeAuthorizationCode(app, { code, redirectUri, codeVerifier });
}

async function exchange(
  scope: Scope,
  app: ClaimedApp,
  ask: Connecting["ask"],
  rejection: Connecting["rejection"],
): Promise<TokenSet> {
  const clientSecret = await openClientSecret(scope.keyring, app.id, app.client_secret);
  try {
    return await ask({ clientId: app.client_id, clientSecret });
  } catch (error) {
    if (!(error instanceof ZoomFailure)) throw error;
    if (error.verdict.kind === "app_refused") {
      const refusal = error.verdict.reason;
      await markApp(scope, { id: app.id, clientSecret: app.client_secret, refusal });
    }
    // Zoom's word that a grant has ended is about the refresh token that was sent.
    if (rejection && error.verdict.kind === "grant_ended") throw new ApiError(rejection, { cause: error });
    throw toApiError(error);
  }
}

/** Gives the claim up; the caller waits for the first try only, so that an immediate retry finds it gone. */
async function release(scope: Scope, claim: { codeSha256: string; claimant: string }): Promise<void> {
  const releasing = releaseClaim(scope, claim);
  scope.waitUntil(releasing);
  await Promise.race([releasing, scheduler.wait(RELEASE_WAIT_MS)]);
}
