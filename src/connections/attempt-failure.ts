// Why an attempt to connect a user failed, as its connect session keeps it.

import { ApiError } from "../errors.ts";
import { ATTEMPT_FAILURES, type AttemptFailure, type AttemptFailureCode } from "../model/connect-session.ts";

/** Another Zoom user came back than the one whose connection was to be reconnected. Names neither. */
export class WrongZoomUserError extends ApiError {
  constructor() {
    super("authorization_code_rejected", {
      message:
        "Another Zoom user came back than the one that the connection belongs to. The user must sign in to Zoom with the account that was connected before.",
    });
  }
}

/** What a session keeps of an error that ended an attempt. */
export function toAttemptFailure(error: unknown): AttemptFailure {
  const { code, message, missingScopes } = error instanceof ApiError ? error : new ApiError("internal_error");
  if (error instanceof WrongZoomUserError) return { code: "wrong_zoom_user", message };
  const failure = { code: isAttemptFailure(code) ? code : "internal_error", message };
  return missingScopes ? { ...failure, missing_scopes: [...missingScopes] } : failure;
}

function isAttemptFailure(code: string): code is AttemptFailureCode {
  return (ATTEMPT_FAILURES as readonly string[]).includes(code);
}
