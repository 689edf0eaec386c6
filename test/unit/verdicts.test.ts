// What Zoom's refusals mean: each line of the table, and what must not be taken for another thing.

import { describe, expect, it } from "vitest";
import { parseRefusal } from "../../src/zoom/call.ts";
import { judge, RULES, SOURCES, type ZoomOperation, type ZoomVerdict } from "../../src/zoom/verdicts.ts";

type Case = [ZoomOperation, number, unknown, ZoomVerdict["kind"], Partial<Record<string, string>>?];

const XML = '<?xml version="1.0"?><error><code>124</code><message>Invalid access token.</message></error>';
const HTML = "<html><body>Invalid Token! invalid_grant</body></html>";

const OAUTH: Case[] = [
  ...(["exchange", "refresh", "client_credentials", "revoke"] as const).flatMap((operation): Case[] => [
    [operation, 400, { reason: "Save Access token into Database" }, "collision"],
    [operation, 400, { reason: "Save access token into database.", error: "invalid_request" }, "collision"],
    [operation, 400, { reason: "Save Access token into Database", error: "invalid_grant" }, "collision"],
    [operation, 400, { error: "invalid_client" }, "app_refused", { reason: "credentials" }],
    [
      operation,
      401,
      { reason: "Invalid client_id or client_secret", error: "invalid_client" },
      "app_refused",
    ],
    [operation, 400, { reason: "Invalid client_id or client_secret" }, "app_refused"],
    [operation, 400, { reason: "Invalid client_secret" }, "app_refused"],
    [operation, 401, { error: "unauthorized_client" }, "app_refused", { reason: "credentials" }],
    [operation, 400, { errorCode: 4702, errorMessage: "Invalid client_id: x" }, "app_refused"],
    [operation, 400, { code: "4704" }, "app_refused", { reason: "credentials" }],
    [operation, 400, { code: 4706 }, "app_refused", { reason: "credentials" }],
    [operation, 400, { code: 4717 }, "app_refused", { reason: "disabled" }],
    [operation, 400, { errorCode: "4717", error: "invalid_request" }, "app_refused", { reason: "disabled" }],
    [
      operation,
      400,
      { reason: "The app has been disabled by the developer" },
      "app_refused",
      { reason: "disabled" },
    ],
    [
      operation,
      401,
      { reason: "This app is disabled.", error: "invalid_request" },
      "app_refused",
      { reason: "disabled" },
    ],
    [operation, 400, HTML, "unknown"],
    [operation, 403, XML, "unknown"],
    [operation, 400, "", "unknown"],
    [operation, 401, "Unauthorized", "unknown"],
    [operation, 404, {}, "unknown"],
    [operation, 400, { error: { code: 4737 } }, "unknown"],
    [operation, 400, ["invalid_grant"], "unknown"],
    [operation, 400, { reason: "Something new" }, "unknown"],
  ]),
  ["exchange", 400, { reason: "Invalid authorization code" }, "code_rejected", { about: "code" }],
  ["exchange", 401, { reason: "Invalid authorization code abc_DEF" }, "code_rejected", { about: "code" }],
  ["exchange", 400, { reason: "Invalid authorization code x", error: "invalid_request" }, "code_rejected"],
  ["exchange", 400, { error: "invalid_grant" }, "code_rejected", { about: "code" }],
  ["exchange", 400, { code: 4733 }, "code_rejected", { about: "code" }],
  ["exchange", 400, { errorCode: "4734" }, "code_rejected", { about: "code" }],
  ["exchange", 400, { code: 4709, reason: "no words" }, "code_rejected", { about: "redirect_uri" }],
  [
    "exchange",
    400,
    { reason: "Redirect URI mismatch.", error: "invalid_request" },
    "code_rejected",
    { about: "redirect_uri" },
  ],
  [
    "exchange",
    400,
    { errorCode: 4700, errorMessage: "Invalid redirect url" },
    "code_rejected",
    { about: "redirect_uri" },
  ],
  ["exchange", 400, { reason: "Invalid code_verifier" }, "code_rejected", { about: "code_verifier" }],
  [
    "exchange",
    400,
    { reason: "code challenge does not match", error: "invalid_grant" },
    "code_rejected",
    { about: "code_verifier" },
  ],
  ["exchange", 400, { code: 4738 }, "code_rejected", { about: "account" }],
  [
    "exchange",
    400,
    { reason: "This app has been disabled by your account admin" },
    "code_rejected",
    { about: "account" },
  ],
  ["exchange", 400, { code: 4735 }, "user_not_active"],
  [
    "refresh",
    400,
    { reason: "Invalid Token!", error: "invalid_grant" },
    "grant_ended",
    { code: "grant_revoked" },
  ],
  [
    "refresh",
    400,
    { reason: "Invalid Token!", error: "invalid_request" },
    "grant_ended",
    { code: "grant_revoked" },
  ],
  ["refresh", 401, { reason: "Invalid Token!" }, "grant_ended", { code: "grant_revoked" }],
  ["refresh", 400, { reason: "Invalid Token!" }, "grant_ended", { code: "grant_revoked" }],
  ["refresh", 400, { message: "Invalid token" }, "grant_ended", { code: "grant_revoked" }],
  ["refresh", 400, { error: "invalid_grant" }, "grant_ended", { code: "grant_revoked" }],
  ["refresh", 400, { code: 4737 }, "grant_ended", { code: "grant_revoked" }],
  ["refresh", 400, { code: "4740" }, "grant_ended", { code: "grant_revoked" }],
  ["refresh", 400, { code: 4741, error: "invalid_grant" }, "grant_ended", { code: "superseded" }],
  ["refresh", 400, { errorCode: 4735, error: "invalid_grant" }, "grant_ended", { code: "user_deleted" }],
  ["refresh", 400, { code: 4738 }, "grant_ended", { code: "disabled_by_admin" }],
  ["refresh", 400, { code: null, errorCode: 4738 }, "grant_ended", { code: "disabled_by_admin" }],
  // Of one account's administrator: nothing that would mark the app for all accounts.
  [
    "refresh",
    400,
    { reason: "This app has been disabled by your account admin" },
    "grant_ended",
    { code: "disabled_by_admin" },
  ],
  [
    "refresh",
    401,
    { reason: "App disabled by the account administrator", error: "invalid_grant" },
    "grant_ended",
    { code: "disabled_by_admin" },
  ],
  ["refresh", 400, { reason: "Bad Request", error: "invalid_request" }, "unknown"],
  ["refresh", 400, { reason: "The token endpoint is having an invalid token day" }, "unknown"],
  ["refresh", 400, { reason: "unsupported grant type", error: "unsupported_grant_type" }, "unknown"],
  ["refresh", 403, { reason: "Forbidden" }, "unknown"],
];

const MISSING = "Invalid access token, does not contain scopes:[user:read:user, user:read:user:admin].";

const API: Case[] = [
  ...(["user", "meetings", "local_recording_token", "onbehalf_token", "zak"] as const).flatMap(
    (operation): Case[] => [
      ...[400, 401, 403, 404].flatMap((status): Case[] => [
        [operation, status, { code: 4711, message: MISSING }, "missing_scopes"],
        [operation, status, { code: 4700, message: "Invalid access token." }, "missing_scopes"],
        [operation, status, { code: "104", message: "Invalid access token" }, "missing_scopes"],
        [operation, status, { message: MISSING }, "missing_scopes"],
        [operation, status, { code: 124, message: "Access token is expired." }, "token_refused"],
        [operation, status, { code: 1120, message: "The invitation has expired." }, "user_not_active"],
        [operation, status, { code: 1001, message: "User does not exist: x." }, "user_not_active"],
      ]),
      [operation, 401, XML, "token_refused"],
      [operation, 401, HTML, "token_refused"],
      [operation, 401, "Unauthorized", "token_refused"],
      [operation, 401, "", "token_refused"],
      [operation, 401, {}, "token_refused"],
      [operation, 403, XML, "unknown"],
      [operation, 400, "", "unknown"],
      [operation, 404, HTML, "unknown"],
      [operation, 400, { code: 2300, message: "This API endpoint is not recognized." }, "unknown"],
    ],
  ),
  ["user", 404, { code: 1010, message: "User does not belong to this account: x." }, "user_not_active"],
  ["zak", 400, { code: 1010 }, "user_not_active"],
  [
    "meetings",
    400,
    { code: 300, message: "The next page token is invalid or expired." },
    "page_token_refused",
  ],
  ["meetings", 400, { message: "Invalid next_page_token" }, "page_token_refused"],
  [
    "meetings",
    400,
    { message: "Validation Failed.", errors: [{ field: "next_page_token", message: "Invalid field." }] },
    "page_token_refused",
  ],
  ["meetings", 400, { code: 300, message: "Validation Failed." }, "page_token_refused"],
  ["meetings", 400, { message: "Validation Failed.", errors: [{ field: "from" }] }, "unknown"],
  ...(["local_recording_token", "onbehalf_token"] as const).flatMap((operation): Case[] => [
    [
      operation,
      400,
      { code: 200, message: "No permission." },
      "meeting_not_available",
      { sentence: "no permission" },
    ],
    [
      operation,
      403,
      { code: 200, message: "Only available for paid account." },
      "meeting_not_available",
      { sentence: "paid accounts" },
    ],
    [
      operation,
      403,
      { message: "Only available for Paid account: x" },
      "meeting_not_available",
      { sentence: "paid accounts" },
    ],
    [
      operation,
      400,
      { code: 3000, message: "Not allowed to start local recording." },
      "meeting_not_available",
      { sentence: "recording is switched off" },
    ],
    [
      operation,
      400,
      { code: 3000, message: "Cannot access webinar info." },
      "meeting_not_available",
      { sentence: "webinar" },
    ],
    [
      operation,
      404,
      { code: 3001, message: "Meeting does not exist: 1." },
      "meeting_not_available",
      { sentence: "does not exist" },
    ],
    [operation, 403, { code: 3001 }, "meeting_not_available"],
    [
      operation,
      400,
      { code: 3003, message: "You are not the meeting host." },
      "meeting_not_available",
      { sentence: "not the host" },
    ],
    [operation, 400, { code: "3038" }, "meeting_not_available", { sentence: "over" }],
    [operation, 400, { code: 3161 }, "meeting_not_available", { sentence: "may not host" }],
    [
      operation,
      404,
      { code: 1010, message: "User does not belong to this account" },
      "meeting_not_available",
      { sentence: "account" },
    ],
    [
      operation,
      400,
      { code: 300, message: "Invalid meeting id." },
      "meeting_not_available",
      { sentence: "not valid" },
    ],
    [operation, 404, { code: 300 }, "meeting_not_available"],
    [
      operation,
      403,
      { code: 403, message: "Authenticated user has not permitted access to the targeted resource." },
      "meeting_not_available",
    ],
  ]),
];

describe("a refusal", () => {
  it.each([...OAUTH, ...API].map((one) => [one[0], one[1], JSON.stringify(one[2]), one] as const))(
    "of %s: %i %s",
    (_operation, _status, _body, [operation, status, body, kind, facts = {}]) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const verdict = judge(operation, { kind: "refused", refusal: parseRefusal(status, text) });
      expect(verdict.kind).toBe(kind);
      for (const [name, fact] of Object.entries(facts)) {
        expect((verdict as unknown as Record<string, string>)[name]?.toLowerCase()).toContain(fact);
      }
    },
  );

  it("is never the end of a grant but at a refresh", () => {
    const ends = Object.entries(RULES).filter(([, rules]) =>
      rules.some(({ verdict }) => verdict.kind === "grant_ended"),
    );
    expect(ends.map(([operation]) => operation)).toEqual(["refresh"]);
  });
});

it.each(["timeout", "unreachable", "rate_limited", "server_error", "unexpected"] as const)(
  "%s passes, whatever the call",
  (kind) => {
    for (const operation of Object.keys(RULES) as ZoomOperation[]) {
      expect(judge(operation, { kind })).toEqual({ kind: "passing", why: kind });
    }
  },
);

it("every rule names a source, and every source has a rule", () => {
  const named = new Set(Object.values(RULES).flatMap((rules) => rules.map(({ see }) => see)));
  expect([...named].sort()).toEqual(Object.keys(SOURCES).sort());
});
