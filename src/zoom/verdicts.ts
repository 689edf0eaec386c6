// What a failure at Zoom means. Zoom refuses with and without `error`, in numbers or in words, as JSON, XML, HTML or
// nothing: a refusal is known by its line in the tables below, each with its source. What has no line is `unknown`: it is
// tried again and told, and never taken for the end of a grant.

import type { AppRefusal } from "../model/app-refusal.ts";
import type { ConnectionFailureCode } from "../model/connection-failure.ts";
import { RECORDING_REFUSAL_SENTENCES, type RecordingRefusal } from "../model/token-reasons.ts";

/** The calls that the service makes. */
export type ZoomOperation =
  | "exchange"
  | "refresh"
  | "client_credentials"
  | "revoke"
  | "user"
  | "meetings"
  | "local_recording_token"
  | "onbehalf_token"
  | "zak";

/** What came back. */
export type Answer =
  /** No answer within the time-out. The call may have taken effect. */
  | { kind: "timeout" }
  /** The connection failed or broke. The call may have taken effect. */
  | { kind: "unreachable" }
  /** 429. */
  | { kind: "rate_limited" }
  /** 5xx. The call may have taken effect. */
  | { kind: "server_error" }
  /** A 4xx, with what its body says, if anything. */
  | { kind: "refused"; refusal: ZoomRefusal }
  /** A 2xx or 3xx that is not what Zoom promises. The call may have taken effect. */
  | { kind: "unexpected" };

/** What Zoom's error body said. The texts may repeat codes and secrets: decide by them, never show them. */
export interface ZoomRefusal {
  status: number;
  /** `error` of the OAuth endpoints (RFC 6749, 5.2). */
  error?: string | undefined;
  /** `reason` of the OAuth endpoints, `message` of the REST API. */
  text?: string | undefined;
  /** `code` of the REST API, `errorCode` of some OAuth answers. */
  code?: number | undefined;
  /** The fields that `errors` of the REST API names. */
  fields?: readonly string[] | undefined;
}

export type ZoomVerdict =
  /** Says something about the moment only. */
  | { kind: "passing"; why: "timeout" | "unreachable" | "rate_limited" | "server_error" | "unexpected" }
  /** Another token call for the same user was under way. Says nothing about the grant. */
  | { kind: "collision" }
  /** Says something about the app, not about the grant. */
  | { kind: "app_refused"; reason: AppRefusal }
  /** The grant behind a refresh token has ended. */
  | { kind: "grant_ended"; code: ConnectionFailureCode }
  /** The authorization code, or what came with it, is not good; or the user's Zoom account does not allow the app. */
  | { kind: "code_rejected"; about: "code" | "redirect_uri" | "code_verifier" | "account" }
  /** The access token is not accepted; a refresh may help. */
  | { kind: "token_refused" }
  | { kind: "missing_scopes" }
  | { kind: "user_not_active" }
  /** An answer about the meeting or its host's settings, in our own words. */
  | { kind: "meeting_not_available"; sentence: string; setting?: RecordingRefusal }
  /** The list of meetings changed or the page token expired: read it from the start. */
  | { kind: "page_token_refused" }
  /** No line of the tables fits. */
  | { kind: "unknown" };

/** Where each rule comes from. */
export const SOURCES = {
  /** @see https://developers.zoom.us/docs/integrations/oauth-error-messages/ */
  oauthErrors: "OAuth error messages, developers.zoom.us",
  /** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
  oauth: "RFC 6749, 5.2",
  /** @see https://www.rfc-editor.org/rfc/rfc7636#section-4.6 */
  pkce: "RFC 7636, 4.6",
  /** @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
  bearer: "RFC 6750, 3.1",
  /** @see https://devforum.zoom.us/t/how-to-properly-use-the-access-token/77706 */
  collisions: "How to properly use the access token, devforum.zoom.us",
  /** Answers of the live service, with and without `error`, in public bug reports: raycast/extensions #10896 for one. */
  seen: "answers of the live service in public bug reports",
  /** @see https://developers.zoom.us/docs/api/errors/ */
  apiErrors: "Error codes, developers.zoom.us",
  /** @see https://developers.zoom.us/docs/api/users/ */
  users: "Users API reference, developers.zoom.us",
  /** @see https://developers.zoom.us/docs/api/meetings/ */
  meetings: "Meetings API reference, developers.zoom.us",
  /** @see https://developers.zoom.us/docs/api/pagination/ */
  pagination: "Pagination, developers.zoom.us",
} as const;

interface Rule {
  /** Each part that is given must fit. */
  status?: number;
  error?: string;
  codes?: readonly number[];
  text?: RegExp;
  /** A field that Zoom says is not valid. */
  field?: string;
  verdict: ZoomVerdict;
  see: keyof typeof SOURCES;
}

const CREDENTIALS_REFUSED: ZoomVerdict = { kind: "app_refused", reason: "credentials" };
const APP_DISABLED: ZoomVerdict = { kind: "app_refused", reason: "disabled" };
const TOKEN_REFUSED: ZoomVerdict = { kind: "token_refused" };
const MISSING_SCOPES: ZoomVerdict = { kind: "missing_scopes" };
const USER_NOT_ACTIVE: ZoomVerdict = { kind: "user_not_active" };
const PAGE_TOKEN_REFUSED: ZoomVerdict = { kind: "page_token_refused" };
const ended = (code: ConnectionFailureCode): ZoomVerdict => ({ kind: "grant_ended", code });
const rejected = (what: Extract<ZoomVerdict, { kind: "code_rejected" }>["about"]): ZoomVerdict => ({
  kind: "code_rejected",
  about: what,
});

/** An administrator of one account has switched the app off for that account: says nothing about the app. */
const BY_ADMIN = {
  text: /\bdisabled by (the |your |an )?(account('s)? )?admin/i,
  see: "oauthErrors",
} as const;
const BY_ADMIN_CODE = { codes: [4738], see: "oauthErrors" } as const;

/** zoom.us/oauth: for each call. */
const ANY_OAUTH: readonly Rule[] = [
  { text: /save access token/i, verdict: { kind: "collision" }, see: "collisions" },
  { codes: [4717], verdict: APP_DISABLED, see: "oauthErrors" },
  // "The app has been disabled by the developer".
  { text: /\bapp .{0,20}\bdisabled\b/i, verdict: APP_DISABLED, see: "seen" },
  { error: "invalid_client", verdict: CREDENTIALS_REFUSED, see: "oauth" },
  { error: "unauthorized_client", verdict: CREDENTIALS_REFUSED, see: "oauth" },
  { codes: [4702, 4704, 4706], verdict: CREDENTIALS_REFUSED, see: "oauthErrors" },
  { text: /invalid client_?(id|secret)/i, verdict: CREDENTIALS_REFUSED, see: "seen" },
];

const EXCHANGE: readonly Rule[] = [
  { ...BY_ADMIN_CODE, verdict: rejected("account") },
  { ...BY_ADMIN, verdict: rejected("account") },
  ...ANY_OAUTH,
  { codes: [4709], verdict: rejected("redirect_uri"), see: "oauthErrors" },
  { text: /redirect/i, verdict: rejected("redirect_uri"), see: "oauthErrors" },
  { text: /code.?verifier|code.?challenge/i, verdict: rejected("code_verifier"), see: "pkce" },
  { codes: [4735], verdict: USER_NOT_ACTIVE, see: "oauthErrors" },
  { codes: [4733, 4734], verdict: rejected("code"), see: "oauthErrors" },
  { error: "invalid_grant", verdict: rejected("code"), see: "oauth" },
  // Zoom's older form.
  { error: "invalid_request", verdict: rejected("code"), see: "seen" },
  { text: /\bauthorization code\b/i, verdict: rejected("code"), see: "seen" },
];

const REFRESH: readonly Rule[] = [
  { ...BY_ADMIN_CODE, verdict: ended("disabled_by_admin") },
  { ...BY_ADMIN, verdict: ended("disabled_by_admin") },
  ...ANY_OAUTH,
  { codes: [4735], verdict: ended("user_deleted"), see: "oauthErrors" },
  { codes: [4741], verdict: ended("superseded"), see: "oauthErrors" },
  { codes: [4737, 4740], verdict: ended("grant_revoked"), see: "oauthErrors" },
  { error: "invalid_grant", verdict: ended("grant_revoked"), see: "oauth" },
  // With `invalid_request`, and with no error at all.
  { text: /^invalid token\b/i, verdict: ended("grant_revoked"), see: "seen" },
];

/** api.zoom.us: for each call. */
const ANY_API: readonly Rule[] = [
  { codes: [4711, 4700, 104], verdict: MISSING_SCOPES, see: "seen" },
  { text: /does not contain scopes/i, verdict: MISSING_SCOPES, see: "seen" },
  { codes: [124], verdict: TOKEN_REFUSED, see: "apiErrors" },
];

/** Whatever the body is. */
const UNAUTHORIZED: Rule = { status: 401, verdict: TOKEN_REFUSED, see: "bearer" };

const USER: readonly Rule[] = [
  ...ANY_API,
  // 1001 does not exist, 1010 is not on this account, 1120 never accepted the invitation.
  { codes: [1001, 1010, 1120], verdict: USER_NOT_ACTIVE, see: "users" },
  UNAUTHORIZED,
];

const MEETINGS: readonly Rule[] = [
  ...ANY_API,
  { codes: [1001, 1010, 1120], verdict: USER_NOT_ACTIVE, see: "users" },
  { text: /next.?page.?token/i, verdict: PAGE_TOKEN_REFUSED, see: "pagination" },
  { field: "next_page_token", verdict: PAGE_TOKEN_REFUSED, see: "pagination" },
  // Nothing else in the request could be invalid.
  { codes: [300], verdict: PAGE_TOKEN_REFUSED, see: "apiErrors" },
  UNAUTHORIZED,
];

const about = (sentence: string): ZoomVerdict => ({ kind: "meeting_not_available", sentence });
const aboutRecording = (setting: RecordingRefusal): ZoomVerdict => ({
  kind: "meeting_not_available",
  sentence: RECORDING_REFUSAL_SENTENCES[setting],
  setting,
});

const MEETING_TOKEN: readonly Rule[] = [
  ...ANY_API,
  { codes: [1001, 1120], verdict: USER_NOT_ACTIVE, see: "users" },
  {
    codes: [1010],
    verdict: about("The meeting's host is not in the account of the connection's user."),
    see: "users",
  },
  {
    codes: [3000],
    text: /recording/i,
    verdict: aboutRecording("recording_off"),
    see: "meetings",
  },
  { codes: [3000], verdict: aboutRecording("no_recording"), see: "meetings" },
  {
    codes: [3001],
    verdict: about("The meeting does not exist, has ended for good, or belongs to another user."),
    see: "meetings",
  },
  {
    codes: [3003],
    verdict: about("The connection's user is not the host of this meeting."),
    see: "meetings",
  },
  { codes: [3038], verdict: about("The meeting is over."), see: "meetings" },
  { codes: [3161], verdict: about("The connection's user may not host meetings."), see: "meetings" },
  {
    codes: [300],
    verdict: about("The meeting id is not valid, or the meeting does not exist."),
    see: "meetings",
  },
  { codes: [403], verdict: about("The connection's user may not use this meeting."), see: "apiErrors" },
  { text: /paid account/i, verdict: about("Zoom gives this token to paid accounts only."), see: "users" },
  {
    codes: [200],
    verdict: about("The connection's user has no permission for this in the Zoom account."),
    see: "users",
  },
  UNAUTHORIZED,
];

export const RULES: Record<ZoomOperation, readonly Rule[]> = {
  exchange: EXCHANGE,
  refresh: REFRESH,
  client_credentials: ANY_OAUTH,
  revoke: ANY_OAUTH,
  user: USER,
  meetings: MEETINGS,
  local_recording_token: MEETING_TOKEN,
  onbehalf_token: MEETING_TOKEN,
  zak: USER,
};

/** What the answer to a call means. */
export function judge(operation: ZoomOperation, answer: Answer): ZoomVerdict {
  if (answer.kind !== "refused") return { kind: "passing", why: answer.kind };
  return RULES[operation].find((rule) => fits(rule, answer.refusal))?.verdict ?? { kind: "unknown" };
}

function fits({ status, error, codes, text, field }: Rule, refusal: ZoomRefusal): boolean {
  return (
    (status === undefined || status === refusal.status) &&
    (error === undefined || error === refusal.error) &&
    (codes === undefined || (refusal.code !== undefined && codes.includes(refusal.code))) &&
    (text === undefined || text.test(refusal.text ?? "")) &&
    (field === undefined || (refusal.fields?.includes(field) ?? false))
  );
}

/** Whether the call may have taken effect at Zoom although it failed here. */
export function mayHaveTakenEffect(verdict: ZoomVerdict): boolean {
  return verdict.kind === "passing" && verdict.why !== "rate_limited";
}
