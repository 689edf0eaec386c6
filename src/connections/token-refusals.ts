// Why a connection gives no token: from what is known of it before Zoom is asked, and from what went wrong then.

import type { TokenSource } from "../db/token-sources.ts";
import { ApiError, type ErrorCode } from "../errors.ts";
import { type TokenReason, type TokenReasonCode, tokenReasonOf } from "../model/token-reasons.ts";
import { appRefused } from "../zoom-errors.ts";
import { capabilityFor, type TokenKind } from "./tokens.ts";

/** What a failure means for the token. Of other failures the caller is told as of a whole request. */
const CODES: Partial<Record<ErrorCode, TokenReasonCode>> = {
  connection_disconnected: "disconnected",
  capability_not_supported: "capability_not_supported",
  missing_scopes: "capability_not_supported",
  meeting_not_available: "meeting_not_available",
  zoom_rate_limited: "zoom_rate_limited",
  zoom_unavailable: "zoom_unavailable",
  zoom_timeout: "zoom_unavailable",
  zoom_error: "zoom_unavailable",
  // The connection works again as soon as the app's secret is corrected.
  zoom_app_credentials_invalid: "zoom_unavailable",
};

/** Why this connection gives no such token whatever Zoom says; null: it may. */
export function findRefusal(source: TokenSource, kind: TokenKind): TokenReason | null {
  if (source.state === "disconnected") return tokenReasonOf("disconnected");
  const capability = capabilityFor(kind);
  return capability === null || source[capability]
    ? null
    : tokenReasonOf("capability_not_supported", {
        message: `The connection has ${capability} = false. Turn it on with PATCH.`,
      });
}

/** Why no refresh can give this connection an access token now; null: one can, or none is needed. */
export function findDelay(source: TokenSource, nowMs: number): TokenReason | null {
  const endsAt = source.access_token_expires_at;
  if (endsAt !== null && Date.parse(endsAt) > nowMs) return null;
  if (source.is_app_invalid) {
    return tokenReasonOf("zoom_unavailable", {
      message: appRefused(source.app_refusal).message,
    });
  }
  const seconds = source.wait_seconds ?? 0;
  return seconds > 0 ? tokenReasonOf("zoom_unavailable", { retryAfterSeconds: seconds }) : null;
}

/** The reason behind a failure to get a token; null: it is none of Zoom's, such as a database that is away. */
export function toTokenReason(error: unknown, absent: TokenReason): TokenReason | null {
  if (!(error instanceof ApiError)) return null;
  // Removed in between, or switched off at Zoom.
  if (error.code === "not_found") return absent;
  if (error.code === "user_not_active") return { ...absent, message: error.message };
  const code = CODES[error.code];
  if (code === undefined) return null;
  const seconds = Number(error.headers["Retry-After"]);
  return tokenReasonOf(code, {
    message: error.message,
    ...(seconds > 0 ? { retryAfterSeconds: seconds } : {}),
  });
}
