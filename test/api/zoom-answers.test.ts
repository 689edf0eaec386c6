// What follows from Zoom's answers, as callers of the API see it. The answers are those of public bug reports and of
// Zoom's references; the table that judges them has tests of its own (test/unit/verdicts.test.ts).

import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  allowLocalRecording,
  CONNECTIONS,
  createConnection,
  createUnsynced,
  expireAccessToken,
  waitFor,
} from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());
afterEach(async () => {
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

interface Connection {
  id: string;
  user_id: string;
}

/** A status of Zoom's, and its body: JSON, or text of a type. */
interface Refusal {
  status: number;
  body?: unknown;
  content_type?: string;
}

const XML: Refusal = {
  status: 401,
  body: '<?xml version="1.0" encoding="UTF-8"?><error><code>124</code></error>',
  content_type: "application/xml",
};
const HTML: Refusal = { status: 401, body: "<html><body>401 Authorization Required</body></html>" };
const TEXT: Refusal = { status: 401, body: "Unauthorized", content_type: "text/plain" };
const NOTHING: Refusal = { status: 401, body: "", content_type: "text/plain" };

const json = (status: number, body: unknown): Refusal => ({ status, body });
const api = (status: number, code: number | string, message: string) => json(status, { code, message });

async function refuse(operation: string, refusal: Refusal, times = 1): Promise<void> {
  await stack.control("faults", { operation, kind: "status", times, ...refusal });
}

async function connected(of: Tenant = tenant): Promise<Connection> {
  const answer = await createUnsynced(stack, of, await stack.authorize(of));
  expect(answer.status).toBe(201);
  await allowLocalRecording(stack, answer.body.id);
  await stack.control("requests", undefined, "DELETE");
  return answer.body;
}

const post = async (path: string, body: unknown = {}, of: Tenant = tenant): Promise<Answer> =>
  await stack.request(`${CONNECTIONS}/${path}`, { method: "POST", apiKey: of.apiKey, body });
const read = async (id: string, of: Tenant = tenant) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: of.apiKey })).body;
const row = async (id: string) =>
  (await stack.sql("select * from zoom_oauth_connections where id = $1", [id]))[0] as Record<string, unknown>;
const outcome = ({ status, body }: Answer) => [status, body.code];
const calls = async (operation: string) =>
  (await stack.control(`requests?operation=${operation}`)).requests as { outcome: string; t: number }[];
const MEETING = { meeting_id: "85746065432" };

describe("an exchange", () => {
  it.each<[string, Refusal, RegExp]>([
    ["without error", json(400, { reason: "Invalid authorization code" }), /authorization code/],
    ["with 401, without error", json(401, { reason: "Invalid authorization code" }), /authorization code/],
    [
      "of the older form",
      json(400, { reason: "Invalid authorization code {{code}}", error: "invalid_request" }),
      /authorization code/,
    ],
    ["without a reason", json(400, { error: "invalid_grant" }), /authorization code/],
    ["in numbers", json(400, { errorCode: 4733, errorMessage: "no words" }), /authorization code/],
    ["in numbers as text", json(400, { code: "4734" }), /authorization code/],
    ["about the redirect URI, in words", json(400, { reason: "Redirect URI mismatch." }), /redirect_uri/],
    ["about the redirect URI, in numbers", json(400, { code: 4709 }), /redirect_uri/],
    [
      "about the verifier",
      json(400, { reason: "Invalid code_verifier", error: "invalid_grant" }),
      /code_verifier/,
    ],
    ["by the account's administrator", json(400, { code: 4738 }), /administrator/],
    [
      "by the account's administrator, in words",
      json(400, { reason: "This app has been disabled by your account admin" }),
      /administrator/,
    ],
  ])("refused %s: authorization_code_rejected", async (_name, refusal, sentence) => {
    await refuse("token.authorization_code", refusal);
    const answer = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    expect(outcome(answer)).toEqual([400, "authorization_code_rejected"]);
    expect(answer.body.error).toMatch(sentence);
    const app = await stack.request(`/api/v1/zoom_oauth_apps/${tenant.appId}`, { apiKey: tenant.apiKey });
    expect(app.body.credentials_invalid_at).toBeNull();
  });

  it.each<[string, Refusal]>([
    ["with HTML", json(400, "<html>Bad Request</html>")],
    ["with nothing", { ...NOTHING, status: 403 }],
    ["in words that nobody knows", json(400, { reason: "Something new" })],
  ])("refused %s: told as unknown, and the same code works later", async (_name, refusal) => {
    const code = await stack.authorize(tenant);
    await refuse("token.authorization_code", refusal);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([502, "zoom_error"]);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
  });

  it("hands the PKCE verifier on", async () => {
    const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const code_challenge = createHash("sha256").update(verifier).digest("base64url");
    const challenge = { code_challenge, code_challenge_method: "S256" };
    const code = await stack.authorize(tenant, challenge);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "authorization_code_rejected"]);
    const wrong = { code_verifier: "a".repeat(43) };
    expect(outcome(await createUnsynced(stack, tenant, code, wrong))).toEqual([
      400,
      "authorization_code_rejected",
    ]);
    expect((await createUnsynced(stack, tenant, code, { code_verifier: verifier })).status).toBe(201);
  });

  it.each([["a".repeat(42)], ["a".repeat(129)], [`${"a".repeat(43)} `], [`${"a".repeat(43)}/`], [1], [""]])(
    "refuses the verifier %j",
    async (code_verifier) => {
      const answer = await createUnsynced(stack, tenant, "code", { code_verifier });
      expect(outcome(answer)).toEqual([400, "invalid_request"]);
      expect(Object.keys(answer.body.fields)).toEqual(["code_verifier"]);
    },
  );
});

describe("a refresh", () => {
  const refreshed = async (id: string, of: Tenant = tenant) => {
    await expireAccessToken(stack, id);
    return await post(`${id}/access_token`, {}, of);
  };

  it.each<[string, Refusal, string, string]>([
    ["400 without error", json(400, { reason: "Invalid Token!" }), "grant_revoked", "reconnect"],
    ["401 without error", json(401, { reason: "Invalid Token!" }), "grant_revoked", "reconnect"],
    [
      "of the older form",
      json(401, { reason: "Invalid Token!", error: "invalid_request" }),
      "grant_revoked",
      "reconnect",
    ],
    ["without a reason", json(400, { error: "invalid_grant" }), "grant_revoked", "reconnect"],
    ["in numbers", json(400, { errorCode: 4737 }), "grant_revoked", "reconnect"],
    ["4741", json(400, { code: "4741", error: "invalid_grant" }), "superseded", "reconnect"],
    ["4735", json(400, { code: 4735 }), "user_deleted", "none"],
    ["4738", json(400, { code: 4738 }), "disabled_by_admin", "ask_admin"],
    [
      "by the account's administrator, in words",
      json(400, { reason: "This app has been disabled by your account admin" }),
      "disabled_by_admin",
      "ask_admin",
    ],
  ])(
    "refused with %s: 409, and the connection says why and what helps",
    async (_name, refusal, code, action) => {
      const { id } = await connected();
      await refuse("token.refresh_token", refusal);
      expect(outcome(await refreshed(id))).toEqual([409, "connection_disconnected"]);
      expect((await read(id)).connection_failure_data).toMatchObject({ code, recommended_action: action });
      const list = await stack.request(`${CONNECTIONS}?failure_code=${code}`, { apiKey: tenant.apiKey });
      expect(list.body.results[0].id).toBe(id);
      expect(
        new Set(list.body.results.map((one: Answer["body"]) => one.connection_failure_data.code)),
      ).toEqual(new Set([code]));
    },
  );

  it.each<[string, Refusal, RegExp]>([
    ["in words", json(400, { reason: "The app has been disabled by the developer" }), /disabled/],
    [
      "in words, with 401 and an error",
      json(401, { reason: "This app is disabled.", error: "invalid_grant" }),
      /disabled/,
    ],
    ["in numbers", json(400, { code: 4717 }), /disabled/],
    ["as a wrong client", json(400, { error: "invalid_client" }), /client secret/i],
    [
      "as a wrong client, without error",
      json(400, { reason: "Invalid client_id or client_secret" }),
      /client secret/i,
    ],
  ])("that refuses the app %s marks the app, and its connections stay", async (_name, refusal, sentence) => {
    const own = await stack.createTenant();
    const { id } = await connected(own);
    await refuse("token.refresh_token", refusal);
    const answer = await refreshed(id, own);
    expect(outcome(answer)).toEqual([502, "zoom_app_credentials_invalid"]);
    expect(answer.body.error).toMatch(sentence);
    // While the mark stands Zoom is not asked, and the sentence is the same.
    expect((await refreshed(id, own)).body.error).toBe(answer.body.error);
    const app = await stack.request(`/api/v1/zoom_oauth_apps/${own.appId}`, { apiKey: own.apiKey });
    expect(app.body.credentials_invalid_at).toEqual(expect.any(String));
    expect((await read(id, own)).state).toBe("connected");
  });

  it("and an exchange of an app that is disabled says so, and marks it", async () => {
    const own = await stack.createTenant();
    await refuse(
      "token.authorization_code",
      json(400, { reason: "The app has been disabled by the developer" }),
    );
    const answer = await createUnsynced(stack, own, await stack.authorize(own));
    expect(outcome(answer)).toEqual([502, "zoom_app_credentials_invalid"]);
    expect(answer.body.error).toMatch(/disabled/);
    expect(answer.body.error).not.toMatch(/client secret/i);
  });

  it.each<[string, Refusal]>([
    ["with XML", XML],
    ["with HTML that speaks of invalid_grant", json(400, "<html>invalid_grant: Invalid Token!</html>")],
    ["with nothing", NOTHING],
    ["in words that nobody knows", json(400, { reason: "Something new", error: "invalid_request" })],
    ["with 403", json(403, { reason: "Forbidden" })],
    ["with 404", json(404, {})],
  ])("refused %s: never taken for a revocation, and not asked without end", async (_name, refusal) => {
    const { id } = await connected();
    await refuse("token.refresh_token", refusal, 0);
    const first = await refreshed(id);
    expect(outcome(first)).toEqual([502, "zoom_error"]);
    for (let count = 0; count < 9; count++) {
      expect((await post(`${id}/access_token`)).status).toBe(503);
    }
    expect((await calls("token.refresh_token")).length).toBeLessThanOrEqual(2);
    expect((await read(id)).state).toBe("connected");
  });
});

describe("a call of the API", () => {
  it.each([
    ["XML", XML],
    ["HTML", HTML],
    ["text", TEXT],
    ["nothing", NOTHING],
    ["JSON without a code", json(401, { message: "Unauthorized" })],
    ["code 124", api(401, 124, "Invalid access token.")],
    ["code 124 and 400", api(400, "124", "Access token is expired.")],
  ])("refused with 401 and %s is tried again with a new access token", async (_name, refusal) => {
    const { id } = await connected();
    for (const [kind, operation, body] of [
      ["local_recording_token", "meetings.local_recording", MEETING],
      ["onbehalf_token", "users.me.token", MEETING],
      ["zak_token", "users.me.token", {}],
    ] as const) {
      await refuse(operation, refusal);
      const before = (await calls("token.refresh_token")).length;
      const answer = await post(`${id}/${kind}`, body);
      // The meeting is nobody's: what counts is that Zoom was asked again.
      expect([200, 400]).toContain(answer.status);
      expect(answer.body.code).not.toBe("zoom_error");
      expect((await calls("token.refresh_token")).length - before).toBe(1);
    }
  });

  it.each([
    ["124", api(401, 124, "Invalid access token.")],
    ["XML", XML],
  ])("refused with 401 and %s for good: ten calls cost one refresh, and back off", async (_name, refusal) => {
    const { id } = await connected();
    await refuse("api", refusal, 0);
    const answers: Answer[] = [];
    for (let count = 0; count < 10; count++) answers.push(await post(`${id}/onbehalf_token`, MEETING));
    expect(new Set(answers.map((answer) => outcome(answer).join(" ")))).toEqual(
      new Set(["503 zoom_unavailable"]),
    );
    for (const { headers } of answers) expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await calls("token.refresh_token")).toHaveLength(1);
    expect((await read(id)).state).toBe("connected");
  });

  it("refused before the token's time, while no refresh succeeds: the token is handed out no more, until one does", async () => {
    const { id } = await connected();
    await refuse("api", api(401, 124, "Invalid access token."), 1);
    await refuse("token.refresh_token", json(500, {}), 0);
    expect((await post(`${id}/onbehalf_token`, MEETING)).status).toBe(503);
    expect(outcome(await post(`${id}/access_token`))).toEqual([503, "zoom_unavailable"]);
    await stack.control("faults", undefined, "DELETE");
    await stack.sql("update zoom_oauth_connections set refresh_not_before = now() where id = $1", [id]);
    expect((await post(`${id}/access_token`)).status).toBe(200);
    expect((await read(id)).state).toBe("connected");
  });

  const MISSING = "Invalid access token, does not contain scopes:[meeting:read:local_recording_token].";
  it.each([
    ...[400, 401, 403].flatMap((status) => [
      [status, 4711, MISSING] as const,
      [status, 4700, "Invalid access token."] as const,
      [status, 104, "Invalid access token."] as const,
      [status, "4700", MISSING] as const,
    ]),
  ])(
    "refused with %i and code %s for its scopes: missing_scopes, and no refresh",
    async (status, code, message) => {
      const { id } = await shared();
      await refuse("meetings.local_recording", api(status, code, message));
      const answer = await post(`${id}/local_recording_token`, MEETING);
      expect(outcome(answer)).toEqual([400, "missing_scopes"]);
      expect(answer.body.error).toContain("meeting:read:local_recording_token");
      await refuse("users.me.token", api(status, code, message));
      expect(outcome(await post(`${id}/onbehalf_token`, MEETING))).toEqual([400, "missing_scopes"]);
      expect(await calls("token.refresh_token")).toEqual([]);
    },
  );

  it.each<[number, number | string | null, string, RegExp]>([
    [400, 200, "No permission.", /permission/],
    [403, 200, "Only available for paid account.", /paid/],
    [400, 200, "Only available for Paid account: x", /paid/],
    [403, null, "Only available for paid account.", /paid/],
    [400, 3000, "Not allowed to start local recording. Local recording is disabled.", /recording/],
    [400, 3000, "Cannot access webinar info.", /webinar/],
    [404, 3001, "Meeting does not exist: 1.", /does not exist/],
    [403, 3001, "Meeting is not yours.", /another user/],
    [400, 3003, "You are not the meeting host.", /not the host/],
    [400, "3038", "Meeting is over, you can not remove it.", /over/],
    [400, 3161, "Your user account is not allowed meeting hosting and scheduling capabilities.", /host/],
    [404, 1010, "User does not belong to this account.", /account/],
    [400, 300, "Invalid meeting id.", /not valid/],
    [404, 300, "The meeting ID is not valid.", /not valid/],
    [403, 403, "Authenticated user has not permitted access to the targeted resource.", /may not/],
  ])("refused with %i and %s %s is about the meeting", async (status, code, message, sentence) => {
    const { id } = await shared();
    const refusal = json(status, {
      ...(code === null ? {} : { code }),
      message: `${message} {{access_token}}`,
    });
    await refuse("meetings.local_recording", refusal);
    await refuse("users.me.token", refusal);
    for (const kind of ["local_recording_token", "onbehalf_token"]) {
      const answer = await post(`${id}/${kind}`, MEETING);
      expect(outcome(answer)).toEqual([400, "meeting_not_available"]);
      expect(answer.body.error).toMatch(sentence);
    }
    expect((await read(id)).state).toBe("connected");
  });

  it.each([
    ["403 and HTML", { ...HTML, status: 403 }],
    ["404 and nothing", { ...NOTHING, status: 404 }],
    ["400 and a code that nobody knows", api(400, 99_999, "Something new")],
  ])("refused with %s is told as unknown", async (_name, refusal) => {
    const { id } = await shared();
    await refuse("meetings.local_recording", refusal);
    expect(outcome(await post(`${id}/local_recording_token`, MEETING))).toEqual([502, "zoom_error"]);
    expect((await calls("meetings.local_recording")).length).toBe(1);
    expect((await read(id)).state).toBe("connected");
  });

  let one: Promise<Connection> | undefined;
  /** Nothing here ends or refreshes it. */
  const shared = async (): Promise<Connection> => {
    one ??= connected();
    return await one;
  };
});

describe("the user at a create", () => {
  it.each<[string, Refusal, string]>([
    ["400 and code 1010", api(400, 1010, "User does not belong to this account."), "user_not_active"],
    ["404 and code 1010", api(404, "1010", "User does not belong to this account."), "user_not_active"],
    ["404 and code 1001", api(404, 1001, "User does not exist: x."), "user_not_active"],
    ["400 and code 1120", api(400, 1120, "The invitation has expired."), "user_not_active"],
    ["400 and code 4700", api(400, 4700, "Invalid access token."), "missing_scopes"],
    ["401 and code 4700", api(401, 4700, "Invalid access token."), "missing_scopes"],
    ["401 and code 104", api(401, 104, "Invalid access token."), "missing_scopes"],
    ["400 and code 104", api(400, "104", "Invalid access token."), "missing_scopes"],
    [
      "403 and code 4711",
      api(403, 4711, "Invalid access token, does not contain scopes:[user:read:user]."),
      "missing_scopes",
    ],
  ])("is refused with %s: 400 at once, and again for the same code", async (_name, refusal, code) => {
    await refuse("users.me", refusal, 0);
    const authorizationCode = await stack.authorize(tenant);
    expect(outcome(await createUnsynced(stack, tenant, authorizationCode))).toEqual([400, code]);
    expect(await calls("users.me")).toHaveLength(1);
    await waitFor(
      async () => (await createUnsynced(stack, tenant, authorizationCode)).status === 400,
      "the remembered refusal",
    );
    expect(outcome(await createUnsynced(stack, tenant, authorizationCode))).toEqual([400, code]);
    expect(await calls("token.authorization_code")).toHaveLength(1);
  });
});

describe("the list of meetings", () => {
  const askForSync = async (id: string) => expect((await post(`${id}/sync`)).status).toBe(202);
  const syncedAfter = async (id: string, earlier: string) =>
    await waitFor(async () => (await read(id)).last_successful_sync_at !== earlier, "the sync", 60_000);
  it.each([
    ["A, A", ["A", "A"]],
    ["A, B, A, B", ["A", "B"]],
    ["A, B, C, B, C", ["A", "B", "C", "B", "C"]],
  ])("whose pages lead in a circle %s ends, and is told", async (_name, tokens) => {
    const { id } = await connected();
    const before = (await read(id)).last_successful_sync_at;
    for (let count = 0; count < 20; count++) {
      const body = { meetings: [{ id: 700_000_001 }], next_page_token: tokens[count % tokens.length] };
      await stack.control("faults", { operation: "users.me.meetings", kind: "malformed", body });
    }
    await askForSync(id);
    const told = () =>
      stack.logs().filter((line) => line.includes("meeting_pages_endless") && line.includes(id)).length;
    await waitFor(async () => told() === 1 && (await row(id)).sync_lease_owner === null, "the end");
    expect((await calls("users.me.meetings")).length).toBeLessThan(8);
    expect(told()).toBe(1);
    // What was read is kept, it is no success, and it is tried again the next day.
    expect((await read(id)).last_successful_sync_at).toBe(before);
    const [due] = await stack.sql(
      `select extract(epoch from due_at - now())::float8 / 3600 as hours from zoom_oauth_connection_schedules
       where zoom_oauth_connection_id = $1 and work = 'sync'`,
      [id],
    );
    expect(due?.hours).toBeCloseTo(24, 0);
    const mapped =
      "select meeting_id from zoom_meetings where zoom_oauth_connection_id = $1 and meeting_id = 700000001";
    expect(await stack.sql(mapped, [id])).toHaveLength(1);
  });

  it.each<[string, Refusal]>([
    ["401 and XML", XML],
    ["401 and 124", api(401, 124, "Invalid access token.")],
  ])("refused with %s is read with a new access token", async (_name, refusal) => {
    const { id } = await connected();
    const before = (await read(id)).last_successful_sync_at;
    await refuse("users.me.meetings", refusal);
    await askForSync(id);
    await syncedAfter(id, before);
    expect(await calls("token.refresh_token")).toHaveLength(1);
  });
});

it("of a disconnected connection the list finds the reason, and no other", async () => {
  const { id } = await connected();
  await refuse("token.refresh_token", json(400, { code: 4735 }));
  await expireAccessToken(stack, id);
  await post(`${id}/access_token`);
  const list = async (query: string) =>
    (await stack.request(`${CONNECTIONS}?${query}`, { apiKey: tenant.apiKey })).body;
  expect((await list("failure_code=user_deleted")).results.map((one: Connection) => one.id)).toContain(id);
  expect((await list("failure_code=grant_revoked")).results.map((one: Connection) => one.id)).not.toContain(
    id,
  );
  expect((await list(`failure_code=user_deleted&state=connected`)).results).toEqual([]);
  expect((await list("failure_code=nonsense")).code).toBe("invalid_request");
  // A user who connects again has no reason any more.
  const again = await createConnection(
    stack,
    tenant,
    await stack.authorize(tenant, { user_id: (await row(id)).user_id }),
  );
  expect(again.body.connection_failure_data).toBeNull();
  expect((await list("failure_code=user_deleted")).results.map((one: Connection) => one.id)).not.toContain(
    id,
  );
});
