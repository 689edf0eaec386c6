// Who may exchange an authorization code. Zoom takes a code once, so of all requests with one code, on
// whatever isolate, one holds the claim; the others wait for what it finds and answer the same.

import {
  type ClaimOutcome,
  type ClaimRequest,
  type CodeClaim,
  claimAuthorizationCode,
  releaseAuthorizationCode,
} from "../db/authorization-codes.ts";
import { isDatabaseUnavailable } from "../db/client.ts";
import { type AttemptKey, claimCodeInSession, type SessionClaim } from "../db/connect-sessions.ts";
import type { ProjectKey } from "../db/project-key.ts";
import { CONNECTION_REMOVED, type ShownConnection } from "../db/zoom-oauth-connections.ts";
import { ApiError, type ErrorCode } from "../errors.ts";
import type { ProjectScope, Scope } from "../scope.ts";

/**
 * How long a claim holds, in milliseconds: longer than the longest way from claim to stored connection
 * (one exchange, three user look-ups, three writes and a hand-over, each with its time-out).
 */
const CLAIM_LEASE_MS = 120_000;
/** How long a request waits for another one that holds the claim, in milliseconds. */
const WAIT_MS = 20_000;
/** The same for a person, whose page then goes on by itself. */
const SESSION_WAIT_MS = 3_000;
const FIRST_PAUSE_MS = 40;
const MAX_PAUSE_MS = 1_000;
/** Pauses before each try to give a claim up, in milliseconds: the database may be away for a moment. */
const RELEASE_PAUSES_MS = [0, 500, 2_000, 6_000];

export type Claimed = Extract<ClaimOutcome, { kind: "claimed" }>;

/**
 * Claims the code, or finds what an earlier request with it led to, waiting for one that is under way.
 * Throws what such a request was refused for, `unauthenticated`, `zoom_oauth_app_*`, or 503.
 */
export async function claimOrFind(
  scope: ProjectScope,
  request: Omit<ClaimRequest, "leaseMs" | keyof ProjectKey>,
): Promise<Claimed | { kind: "connected"; connection: ShownConnection }> {
  const claim = { ...scope.caller, ...request, leaseMs: CLAIM_LEASE_MS };
  const outcome = await repeatWhileBusy(scope, request, WAIT_MS, {
    claim: async () => await claimAuthorizationCode(scope.db, claim),
    isBusy: ({ kind }) => kind === "busy",
    claimedAt: (outcome) => (outcome.kind === "claimed" ? outcome.claimedAt : null),
  });
  if (outcome.kind === "claimed" || outcome.kind === "connected") return outcome;
  if (outcome.kind === "busy") throw stillRunning();
  throw toApiError(outcome, request.zoomOAuthAppId === null);
}

/**
 * Claims the code that came to an attempt of a connect session, or finds what became of it; `busy` after a wait: an earlier
 * request with it is still at work. Null: the attempt is not known, too old, or of another browser.
 */
export async function claimInSession(
  scope: Scope,
  request: Omit<CodeClaim, "leaseMs"> & AttemptKey,
): Promise<SessionClaim | null> {
  return await repeatWhileBusy(scope, request, SESSION_WAIT_MS, {
    claim: async () => await claimCodeInSession(scope.db, { ...request, leaseMs: CLAIM_LEASE_MS }),
    isBusy: (claim) => claim?.outcome?.kind === "busy",
    claimedAt: (claim) => (claim?.outcome?.kind === "claimed" ? claim.outcome.claimedAt : null),
  });
}

/** Claims again, with growing pauses, while somebody else holds the claim, for at most `waitMs` milliseconds. */
async function repeatWhileBusy<Outcome>(
  scope: Scope,
  request: Pick<CodeClaim, "codeSha256" | "claimant">,
  waitMs: number,
  {
    claim,
    isBusy,
    claimedAt,
  }: {
    claim: () => Promise<Outcome>;
    isBusy: (outcome: Outcome) => boolean;
    /** What the database's clock showed; null: the outcome does not tell. */
    claimedAt: (outcome: Outcome) => string | null;
  },
): Promise<Outcome> {
  const deadline = Date.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const askedMs = Date.now();
    const outcome = await claim().catch((error) => {
      // The answer may be lost and the claim made all the same: nobody should have to wait for its end.
      if (isDatabaseUnavailable(error)) scope.waitUntil(releaseClaim(scope, request));
      throw error;
    });
    const shown = claimedAt(outcome);
    if (shown !== null) scope.databaseClock.note(Date.parse(shown), askedMs);
    if (!isBusy(outcome) || Date.now() >= deadline) return outcome;
    // Jitter, so that many who wait for one code do not ask in step.
    await scheduler.wait(pauseMs * (0.5 + Math.random()));
  }
}

/** Gives a claim up after a failure that left the code unused, in the background, for some seconds. */
export async function releaseClaim(
  scope: Scope,
  claim: Pick<ClaimRequest, "codeSha256" | "claimant">,
): Promise<void> {
  for (const pauseMs of RELEASE_PAUSES_MS) {
    await scheduler.wait(pauseMs);
    try {
      return await releaseAuthorizationCode(scope.db, claim);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
    }
  }
}

/** The answer while an earlier request with the same code has neither a result nor given up. */
export function stillRunning(): ApiError {
  return new ApiError("request_in_progress", {
    message:
      "An earlier request with this authorization_code is not finished yet. Send the same request again.",
  });
}

/** Whether it is that answer. */
export function isStillRunning(error: ApiError): boolean {
  return error.code === "request_in_progress";
}

function toApiError(
  outcome: Exclude<ClaimOutcome, { kind: "claimed" | "connected" | "busy" }>,
  isAppImplied: boolean,
): ApiError {
  switch (outcome.kind) {
    case "no_app":
      return isAppImplied
        ? new ApiError("zoom_oauth_app_required", {
            message: "The project has no Zoom OAuth app yet. Create one with POST /api/v1/zoom_oauth_apps.",
          })
        : new ApiError("zoom_oauth_app_not_found");
    case "several_apps":
      return new ApiError("zoom_oauth_app_required", {
        message: "zoom_oauth_app_id is required: the project has several Zoom OAuth apps.",
      });
    case "other_redirect_uri":
      return new ApiError("authorization_code_rejected", {
        message: "The authorization_code was already sent with a different redirect_uri.",
      });
    case "refused": {
      const { code, message } = outcome.refusal;
      const isOwn = code === "wrong_zoom_user" || code === CONNECTION_REMOVED.code;
      const errorCode = isOwn ? "authorization_code_rejected" : (code as ErrorCode);
      return new ApiError(errorCode, { message });
    }
  }
}
