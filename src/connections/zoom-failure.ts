// What a failure of Zoom means to a caller. Zoom's own texts stay inside: they may repeat codes and secrets.

import { ApiError } from "../errors.ts";
import { ZoomFailure } from "../zoom/failure.ts";

/** Zoom's code for an access token that it does not take, whatever the status ("Error codes"). */
const INVALID_ACCESS_TOKEN_CODE = 124;
/** Zoom's code for a token without the scope of a call, which some answers give with 401. */
export const MISSING_SCOPES_CODE = 4711;
/** Zoom's codes for a user that is not there or never accepted the invitation ("Get a user"). */
export const USER_NOT_ACTIVE_CODES = [1001, 1120];

/** Whether Zoom's API refused the access token itself. */
export function isAccessTokenRefused(error: unknown): boolean {
  if (!(error instanceof ZoomFailure) || error.why !== "refused") return false;
  const { status, refusal } = error;
  return (
    (status === 401 && refusal.code !== MISSING_SCOPES_CODE) || refusal.code === INVALID_ACCESS_TOKEN_CODE
  );
}

/** Whether Zoom asked for more patience than a caller has; a limit per second passes while it waits. */
export function isLongWait(error: unknown): boolean {
  return error instanceof ZoomFailure && (error.retryAfterSeconds ?? 0) > 1;
}

/** RFC 6749, 5.2; Zoom's code for it is 4702. */
export function isInvalidClient(failure: ZoomFailure): boolean {
  return failure.why === "refused" && failure.refusal.error === "invalid_client";
}

/** RFC 6749, 5.2; Zoom's older form names `invalid_request` with the same reason ("Refresh an access token"). */
export function isInvalidGrant({ why, refusal, isCollision }: ZoomFailure): boolean {
  if (why !== "refused" || isCollision) return false;
  return (
    refusal.error === "invalid_grant" ||
    (refusal.error === "invalid_request" && /invalid token/i.test(refusal.reason ?? ""))
  );
}

/** The error for a failure that says nothing about the grant: Zoom's moment, or the app's credentials. */
export function toApiError(failure: ZoomFailure): ApiError {
  const { retryAfterSeconds } = failure;
  const options = { cause: failure, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  if (isInvalidClient(failure)) return new ApiError("zoom_app_credentials_invalid", { cause: failure });
  switch (failure.why) {
    case "timeout":
      return new ApiError("zoom_timeout", options);
    case "unreachable":
    case "server_error":
      return new ApiError("zoom_unavailable", options);
    case "rate_limited":
      return new ApiError("zoom_rate_limited", options);
    case "refused":
    case "unexpected":
      return new ApiError("zoom_error", { cause: failure });
  }
}
