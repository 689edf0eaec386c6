// What a caller is told when Zoom fails. Zoom's own texts may repeat codes and secrets: none is shown but those
// about a meeting, without long words.

import { ApiError, type ErrorCode } from "./errors.ts";
import type { AppRefusal } from "./model/app-refusal.ts";
import { ZoomFailure } from "./zoom/failure.ts";
import type { ZoomVerdict } from "./zoom/verdicts.ts";

const PASSING: Record<Extract<ZoomVerdict, { kind: "passing" }>["why"], ErrorCode> = {
  timeout: "zoom_timeout",
  unreachable: "zoom_unavailable",
  server_error: "zoom_unavailable",
  rate_limited: "zoom_rate_limited",
  unexpected: "zoom_error",
};

const REJECTIONS = {
  redirect_uri:
    "redirect_uri: Zoom says that it is not the one that the authorization code was issued for. Send the very same URL.",
  code_verifier:
    "code_verifier: Zoom says that it does not belong to the code_challenge of the consent page. Send the verifier of the same attempt.",
  account:
    "An administrator of the user's Zoom account has switched the app off. Ask the administrator to allow it, then send the user through Zoom's consent page again.",
  code: undefined,
};

/** Whether the call failed with this verdict. */
export function isVerdict<Kind extends ZoomVerdict["kind"]>(
  error: unknown,
  kind: Kind,
): error is ZoomFailure & { verdict: Extract<ZoomVerdict, { kind: Kind }> } {
  return error instanceof ZoomFailure && error.verdict.kind === kind;
}

/** Whether Zoom asked for more patience than a caller has; a limit per second passes while it waits. */
export function isLongWait(error: unknown): boolean {
  return error instanceof ZoomFailure && (error.retryAfterSeconds ?? 0) > 1;
}

/** What the caller hears of a failure at Zoom. Any other error stays as it is. */
export function toCallerError(error: unknown): unknown {
  return error instanceof ZoomFailure ? toApiError(error) : error;
}

/** The error that tells a caller what Zoom's verdict means. */
export function toApiError(failure: ZoomFailure): ApiError {
  const { verdict, retryAfterSeconds } = failure;
  const because = { cause: failure };
  const later = retryAfterSeconds === undefined ? because : { ...because, retryAfterSeconds };
  switch (verdict.kind) {
    case "passing":
      return new ApiError(PASSING[verdict.why], later);
    case "collision":
    case "page_token_refused":
      return new ApiError("zoom_unavailable", later);
    case "token_refused":
      return new ApiError("zoom_unavailable", {
        ...later,
        message: "Zoom does not accept a new access token of this connection at the moment. Try again later.",
      });
    case "app_refused":
      return appRefused(verdict.reason, { cause: failure as AppFailure });
    case "grant_ended":
      return new ApiError("connection_disconnected", because);
    case "code_rejected": {
      const message = REJECTIONS[verdict.about];
      return new ApiError("authorization_code_rejected", message ? { ...because, message } : because);
    }
    case "missing_scopes":
      return missingScopes(["the scope of this call"]);
    case "user_not_active":
      return new ApiError("user_not_active", because);
    case "meeting_not_available":
      return new ApiError("meeting_not_available", {
        ...because,
        message: failure.saidOfMeeting
          ? `${verdict.sentence} Zoom says: ${failure.saidOfMeeting}`
          : verdict.sentence,
      });
    case "unknown":
      return new ApiError("zoom_error", because);
  }
}

/** Zoom's refusal of an app. */
export type AppFailure = ZoomFailure & { verdict: Extract<ZoomVerdict, { kind: "app_refused" }> };

/**
 * The error that tells a caller why Zoom refuses an app, or refused it before; null: a release that did not remember why has marked it.
 * `status`: in place of the code's own.
 */
export function appRefused(
  reason: AppRefusal | null,
  options: { status?: number; cause?: AppFailure } = {},
): ApiError {
  const message = "Zoom says that the Zoom OAuth app is disabled. Enable it on the Zoom Marketplace.";
  return new ApiError("zoom_app_credentials_invalid", {
    ...options,
    ...(reason === "disabled" ? { message } : {}),
  });
}

/** The refusal that lists what a grant lacks. */
export function missingScopes(missing: readonly string[]): ApiError {
  return new ApiError("missing_scopes", {
    message: `The grant lacks scopes that the requested capabilities need: ${missing.join(", ")}. Add them to the app on the Zoom Marketplace and send the user through Zoom's consent page again.`,
    missingScopes: missing,
  });
}
