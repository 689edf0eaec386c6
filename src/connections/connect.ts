// From an authorization code to a stored connection. The order is the point: claim the code, exchange it,
// and from the moment Zoom has answered, let nothing but a refusal keep the grant from being stored.

import { sha256Hex } from "../crypto/hash.ts";
import { isId } from "../crypto/ids.ts";
import type { ClaimedApp } from "../db/authorization-codes.ts";
import type { ShownConnection } from "../db/zoom-oauth-connections.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError } from "../errors.ts";
import type { TokenSet } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { openClientSecret } from "./app-credentials.ts";
import { claimOrFind, releaseClaim, stillRunning } from "./claim.ts";
import { toCredentials } from "./credentials.ts";
import { finishOrHandOver } from "./finish-connecting.ts";
import { markApp } from "./mark-app.ts";
import { isInvalidClient, toApiError } from "./zoom-failure.ts";

export interface ConnectRequest {
  apiKeySha256: string;
  /** Null: the project's only app. */
  zoomOAuthAppId: string | null;
  authorizationCode: string;
  redirectUri: string;
  isLocalRecordingTokenSupported: boolean;
  isOnbehalfTokenSupported: boolean;
  metadata: Record<string, string> | null;
}

/** No app has it: stands for a text that cannot be an id. */
const NO_SUCH_ID = "";
/** How long an error's answer waits for the claim to be given up, in milliseconds. */
const RELEASE_WAIT_MS = 500;

/**
 * Connects the Zoom user behind an authorization code, or finds the connection that the same request led
 * to before. Two database and two Zoom round trips. Throws `ApiError`; on a 503 or 504 the same request
 * may be sent again and finds what this one left.
 */
export async function connect(
  deps: Deps,
  waitUntil: WaitUntil,
  request: ConnectRequest,
): Promise<ShownConnection> {
  const codeSha256 = await sha256Hex(request.authorizationCode);
  const redirectUriSha256 = await sha256Hex(request.redirectUri);
  const claimant = crypto.randomUUID();
  const claim = await claimOrFind(deps, waitUntil, {
    apiKeySha256: request.apiKeySha256,
    zoomOAuthAppId: appIdOf(request),
    codeSha256,
    redirectUriSha256,
    claimant,
  });
  if (claim.kind === "connected") return claim.connection;

  const code = { zoomOAuthAppId: claim.app.id, codeSha256, redirectUriSha256 };
  const start = Date.now();
  const tokens = await exchange(deps, claim.app, request).catch(async (error: unknown) => {
    const isSpent = error instanceof ApiError && error.code === "authorization_code_rejected";
    // The claim was another request's before: that one may have spent the code, and its result may be on
    // its way through the queue. Hold the claim once more, so that a rejection now is not the last word.
    if (isSpent && claim.claims === 2) throw stillRunning();
    await release(deps, waitUntil, { codeSha256, claimant });
    throw error;
  });
  return await finishOrHandOver(deps, waitUntil, {
    code,
    projectId: claim.app.projectId,
    // Of two exchanges for one user the one that Zoom answered last has the live tokens.
    authorizedAt: new Date(Date.parse(claim.claimedAt) + Date.now() - start).toISOString(),
    credentials: toCredentials(tokens, Date.now()),
    user: null,
    isLocalRecordingTokenSupported: request.isLocalRecordingTokenSupported,
    isOnbehalfTokenSupported: request.isOnbehalfTokenSupported,
    metadata: request.metadata,
  });
}

function appIdOf({ zoomOAuthAppId }: ConnectRequest): string | null {
  return zoomOAuthAppId === null || isId("zoa", zoomOAuthAppId) ? zoomOAuthAppId : NO_SUCH_ID;
}

async function exchange(deps: Deps, app: ClaimedApp, request: ConnectRequest): Promise<TokenSet> {
  const clientSecret = await openClientSecret(deps.keyring, app.id, app.clientSecret);
  try {
    return await deps.zoom.exchangeAuthorizationCode(
      { clientId: app.clientId, clientSecret },
      { code: request.authorizationCode, redirectUri: request.redirectUri },
    );
  } catch (error) {
    if (!(error instanceof ZoomFailure)) throw error;
    if (isInvalidClient(error)) await markApp(deps, app);
    throw error.why === "refused" && !isInvalidClient(error) ? toRejection(error) : toApiError(error);
  }
}

/** What a refused exchange says about the code or the redirect URI ("OAuth error messages" at Zoom). */
function toRejection(failure: ZoomFailure): ApiError {
  const { error, reason = "" } = failure.refusal;
  if (failure.isCollision) return new ApiError("zoom_unavailable", { cause: failure });
  if (/redirect/i.test(reason)) {
    return new ApiError("authorization_code_rejected", {
      message:
        "redirect_uri: Zoom says that it is not the one that the authorization code was issued for. Send the very same URL.",
      cause: failure,
    });
  }
  const isAboutCode = error === "invalid_grant" || error === "invalid_request";
  return isAboutCode ? new ApiError("authorization_code_rejected", { cause: failure }) : toApiError(failure);
}

/** Gives the claim up; the caller waits for the first try only, so that an immediate retry finds it gone. */
async function release(
  deps: Deps,
  waitUntil: WaitUntil,
  claim: { codeSha256: string; claimant: string },
): Promise<void> {
  const releasing = releaseClaim(deps, claim);
  waitUntil(releasing);
  await Promise.race([releasing, scheduler.wait(RELEASE_WAIT_MS)]);
}
