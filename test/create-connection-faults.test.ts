// POST /api/v1/zoom_oauth_connections on a bad day: the database, Zoom and the queue fail at every step, and
// no grant that Zoom has given is lost.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  askForNewToken,
  countExchanges,
  createConnection,
  createUnsynced,
  eventTypes,
  waitFor,
} from "./support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "./support/stack.ts";

/** The statement after the exchange, by a name that only it has. */
const isStore = (statement: string) => statement.includes("insert into zoom_oauth_connections");
/** What the queue asks before it touches a grant. */
const isSettledQuestion = (statement: string) =>
  statement.trim().startsWith("select from used_authorization_codes");
const isClaim = (statement: string) => statement.includes("insert into used_authorization_codes as code");

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ isBare: true });
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());
afterEach(async () => {
  stack.gateway.setFault(null);
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

const outcome = ({ status, body }: Answer) => [status, body.code];

const refresh = async (id: string) => (await askForNewToken(stack, tenant, id)).status;

describe("the database before the exchange", () => {
  it.each(["drop", "error", "drop_after", "hang"] as const)(
    "%s: 503, and the code is not spent",
    async (kind) => {
      const code = await stack.authorize(tenant);
      stack.gateway.setFault({ kind });
      const answer = await createUnsynced(stack, tenant, code);
      expect(outcome(answer)).toEqual([503, "database_unavailable"]);
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect((await countExchanges(stack)).asked).toBe(0);
      stack.gateway.setFault(null);
      expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
    },
  );

  it("that made the claim and lost the answer leaves no claim in the way", async () => {
    const code = await stack.authorize(tenant);
    stack.gateway.setFault({ kind: "drop_after", matching: isClaim, times: 1 });
    expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
    expect((await countExchanges(stack)).granted).toBe(1);
  });
});

describe("the database after the exchange", () => {
  it.each(["drop", "error", "drop_after"] as const)("%s once: tried again, 201", async (kind) => {
    const code = await stack.authorize(tenant);
    stack.gateway.setFault({ kind, matching: isStore, times: 1 });
    const answer = await createUnsynced(stack, tenant, code);
    expect(answer.status).toBe(201);
    expect(await eventTypes(stack, answer.body.id)).toEqual(["created"]);
  });

  it.each(["drop", "error", "drop_after"] as const)(
    "%s for a while: 503, the queue stores the grant, and a retry finds the connection",
    async (kind) => {
      const code = await stack.authorize(tenant);
      stack.gateway.setFault({ kind, matching: isStore, times: 6 });
      const first = await createUnsynced(stack, tenant, code);
      expect(outcome(first)).toEqual([503, "database_unavailable"]);
      expect(first.headers.get("Retry-After")).toBe("5");
      const second = await createUnsynced(stack, tenant, code);
      expect(second.status).toBe(201);
      expect(await eventTypes(stack, second.body.id)).toEqual(["created"]);
      expect(await countExchanges(stack)).toEqual({ asked: 1, granted: 1 });
      const [row] = await stack.sql(
        "select count(*)::int as count from zoom_oauth_connections where user_id = $1",
        [second.body.user_id],
      );
      expect(row?.count).toBe(1);
    },
  );

  it("away altogether: the grant is stored once it is back, without anyone asking", async () => {
    const user = await stack.control("users", {});
    const code = await stack.authorize(tenant, { user_id: user.id });
    await stack.control("faults", { operation: "token.authorization_code", kind: "delay", delay_ms: 400 });
    const creating = createUnsynced(stack, tenant, code);
    await new Promise((done) => setTimeout(done, 200));
    stack.gateway.setFault({ kind: "error" });
    expect(outcome(await creating)).toEqual([503, "database_unavailable"]);
    await new Promise((done) => setTimeout(done, 2_000));
    stack.gateway.setFault(null);
    const stored = await waitFor(
      async () =>
        (await stack.sql("select state from zoom_oauth_connections where user_id = $1", [user.id]))[0],
      "the grant from the queue",
    );
    expect(stored.state).toBe("connected");
    expect(stack.logs().some((line) => line.includes("grant_handed_over"))).toBe(true);
  });

  it("does not let a late grant replace a later one of the same user", async () => {
    const user = await stack.control("users", {});
    const [late, later] = [
      await stack.authorize(tenant, { user_id: user.id }),
      await stack.authorize(tenant, { user_id: user.id }),
    ];
    stack.gateway.clearRequests();
    stack.gateway.setFault({ kind: "error", matching: isStore, times: 4 });
    expect((await createUnsynced(stack, tenant, late, { metadata: { grant: "late" } })).status).toBe(503);
    const hasQueueTried = async () =>
      stack.gateway.requests.filter(({ statements }) => statements.some(isStore)).length >= 4;
    await waitFor(hasQueueTried, "the queue's first try");
    const { body } = await createUnsynced(stack, tenant, later, { metadata: { grant: "later" } });
    expect(body.metadata).toEqual({ grant: "later" });
    // The late one's request still gets its answer: the user's one connection, as the later grant left it.
    const retry = await createUnsynced(stack, tenant, late);
    expect(retry.status).toBe(201);
    expect(retry.body).toEqual(body);
    expect(await eventTypes(stack, body.id)).not.toContain("reconnected");
  });
});

describe("Zoom at the exchange", () => {
  it.each([
    ["500", { kind: "status", status: 500 }, [503, "zoom_unavailable"]],
    ["502", { kind: "status", status: 502, body: "<html>Bad gateway</html>" }, [503, "zoom_unavailable"]],
    ["a reset before the exchange", { kind: "drop_before" }, [503, "zoom_unavailable"]],
    ["429", { kind: "rate_limit" }, [503, "zoom_rate_limited"]],
    [
      "a 4xx that is not Zoom's",
      { kind: "status", status: 403, body: "<html>Forbidden</html>" },
      [502, "zoom_error"],
    ],
    ["a redirect", { kind: "status", status: 302, body: "" }, [502, "zoom_error"]],
    [
      "two token calls at once",
      {
        kind: "status",
        status: 400,
        body: { reason: "Save Access token into Database", error: "invalid_request" },
      },
      [503, "zoom_unavailable"],
    ],
    [
      "unsupported_grant_type",
      {
        kind: "status",
        status: 400,
        body: { reason: "unsupported grant type", error: "unsupported_grant_type" },
      },
      [502, "zoom_error"],
    ],
  ])("%s: said as what it is, and the code works afterwards", async (_name, fault, expected) => {
    const code = await stack.authorize(tenant);
    await stack.control("faults", { operation: "token.authorization_code", ...fault });
    const answer = await createUnsynced(stack, tenant, code);
    expect(outcome(answer)).toEqual(expected);
    if (answer.status === 503) expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
  });

  it("honours Retry-After", async () => {
    const code = await stack.authorize(tenant);
    const fault = { operation: "token.authorization_code", kind: "rate_limit", retry_after: "17" };
    await stack.control("faults", fault);
    const answer = await createUnsynced(stack, tenant, code);
    expect(answer.headers.get("Retry-After")).toBe("17");
  });

  it("slower than 10 seconds: 504", async () => {
    const code = await stack.authorize(tenant);
    await stack.control("faults", { operation: "token.authorization_code", kind: "delay", delay_ms: 11_000 });
    const answer = await createUnsynced(stack, tenant, code);
    expect(outcome(answer)).toEqual([504, "zoom_timeout"]);
  });

  it.each([
    ["HTML with status 200", { kind: "malformed" }],
    [
      "a token set without a refresh token",
      { kind: "malformed", body: { access_token: "a", expires_in: 3599 } },
    ],
    [
      "a token set with an empty access token",
      { kind: "malformed", body: { access_token: "", refresh_token: "r", expires_in: 3599, scope: "" } },
    ],
  ])("%s: 502 zoom_error", async (_name, fault) => {
    const code = await stack.authorize(tenant);
    await stack.control("faults", { operation: "token.authorization_code", ...fault });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([502, "zoom_error"]);
  });

  it("with the app's secret changed: 502 zoom_app_credentials_invalid, and the code works once it is mended", async () => {
    const owner = await stack.createTenant();
    const code = await stack.authorize(owner);
    await stack.control("clients", { client_id: owner.clientId, client_secret: "changed" });
    expect(outcome(await createUnsynced(stack, owner, code))).toEqual([502, "zoom_app_credentials_invalid"]);
    await stack.control("clients", { client_id: owner.clientId, client_secret: owner.clientSecret });
    expect((await createUnsynced(stack, owner, code)).status).toBe(201);
  });

  it.each([
    ["an unknown code", "no-such-code", {}],
    ["a code of another redirect URI", undefined, { redirect_uri: "https://example.com/elsewhere" }],
  ])("rejecting %s: 400 authorization_code_rejected", async (_name, given, changes) => {
    const code = given ?? (await stack.authorize(tenant));
    const answer = await createUnsynced(stack, tenant, code, changes);
    expect(outcome(answer)).toEqual([400, "authorization_code_rejected"]);
    if ("redirect_uri" in changes) expect(answer.body.error).toMatch(/^redirect_uri:/);
  });
});

describe("Zoom at users/me", () => {
  it.each([
    ["500 once", { kind: "status", status: 500 }],
    ["a reset once", { kind: "drop_before" }],
    ["429 once", { kind: "rate_limit" }],
    ["HTML once", { kind: "malformed" }],
  ])("%s: tried again, 201", async (_name, fault) => {
    const code = await stack.authorize(tenant);
    await stack.control("faults", { operation: "users.me", ...fault });
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
  });

  it.each([
    ["500", { kind: "status", status: 500 }, [503, "zoom_unavailable"]],
    ["429", { kind: "rate_limit" }, [503, "zoom_rate_limited"]],
    ["a body without an id", { kind: "malformed", body: { status: "active" } }, [502, "zoom_error"]],
  ])(
    "%s for a while: said so, the queue finishes, and a retry finds the connection",
    async (_name, fault, expected) => {
      const code = await stack.authorize(tenant);
      await stack.control("faults", { operation: "users.me", ...fault, times: 4 });
      expect(outcome(await createUnsynced(stack, tenant, code))).toEqual(expected);
      const retry = await createUnsynced(stack, tenant, code);
      expect(retry.status).toBe(201);
      expect(await countExchanges(stack)).toEqual({ asked: 1, granted: 1 });
    },
  );

  it.each(["pending", "inactive"])("saying that the user is %s: 400 user_not_active", async (status) => {
    const user = await stack.control("users", { status });
    const code = await stack.authorize(tenant, { user_id: user.id });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "user_not_active"]);
    expect(await stack.sql("select 1 from zoom_oauth_connections where user_id = $1", [user.id])).toEqual([]);
  });

  it("refusing the new token for good: the retry hears that the user must authorize again", async () => {
    const code = await stack.authorize(tenant);
    const body = { code: 124, message: "Invalid access token." };
    const dead = { reason: "Invalid Token!", error: "invalid_grant" };
    await stack.control("faults", { operation: "users.me", kind: "status", status: 401, body, times: 0 });
    await stack.control("faults", {
      operation: "token.refresh_token",
      kind: "status",
      status: 400,
      body: dead,
    });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([502, "zoom_error"]);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "authorization_code_rejected"]);
    expect((await countExchanges(stack)).asked).toBe(1);
  });

  it("saying that the user does not exist: 400 user_not_active", async () => {
    const code = await stack.authorize(tenant);
    const body = { code: 1001, message: "User does not exist." };
    await stack.control("faults", { operation: "users.me", kind: "status", status: 404, body });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "user_not_active"]);
  });
});

describe("a user who is connected already", () => {
  it("stays connected where a second grant is refused for its scopes, with the tokens that still work", async () => {
    const user = await stack.control("users", {});
    const first = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: user.id }));
    const code = await stack.authorize(tenant, { user_id: user.id, scopes: ["user:read:user"] });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "missing_scopes"]);
    expect(await refresh(first.body.id)).toBe(200);
    expect(await eventTypes(stack, first.body.id)).not.toContain("reconnected");
  });

  it.each([
    ["for a moment", 1, [400, "missing_scopes"]],
    ["for a while", 4, [503, "zoom_unavailable"]],
  ])("and where Zoom fails %s at such a second grant", async (_how, times, expected) => {
    const user = await stack.control("users", {});
    const first = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: user.id }));
    const code = await stack.authorize(tenant, { user_id: user.id, scopes: ["user:read:user"] });
    await stack.control("faults", { operation: "users.me", kind: "status", status: 500, times });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual(expected);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "missing_scopes"]);
    expect(await refresh(first.body.id)).toBe(200);
  });

  it("has the tokens of the exchange that Zoom answered last, whichever code was claimed first", async () => {
    const user = await stack.control("users", {});
    const [slow, fast] = [
      await stack.authorize(tenant, { user_id: user.id }),
      await stack.authorize(tenant, { user_id: user.id }),
    ];
    await stack.control("faults", { operation: "token.authorization_code", kind: "delay", delay_ms: 1_500 });
    const slowly = createUnsynced(stack, tenant, slow);
    await new Promise((done) => setTimeout(done, 300));
    expect((await createUnsynced(stack, tenant, fast)).status).toBe(201);
    const { status, body } = await slowly;
    expect([status, await refresh(body.id)]).toEqual([201, 200]);
  });
});

it("a grant whose access token expires while it waits in the queue is refreshed there", async () => {
  const code = await stack.authorize(tenant);
  await stack.control("faults", { operation: "users.me", kind: "status", status: 500, times: 0 });
  expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
  await stack.control("access_tokens/expire", { client_id: tenant.clientId });
  await stack.control("faults", undefined, "DELETE");
  const retry = await createUnsynced(stack, tenant, code);
  expect(retry.status).toBe(201);
  expect((await countExchanges(stack)).granted).toBe(1);
});

describe("a grant that its own request finished, and that the queue has as well", () => {
  /** The request hands the grant over after five seconds and ends after six; the queue's own try is put off. */
  async function createSlowly(code: string, expected: (string | number | undefined)[]): Promise<Answer> {
    stack.gateway.clearRequests();
    await stack.control("faults", { operation: "users.me", kind: "delay", delay_ms: 6_000, times: 1 });
    await stack.control("faults", { operation: "users.me", kind: "rate_limit", retry_after: "3", times: 1 });
    const answer = await createUnsynced(stack, tenant, code);
    expect(outcome(answer)).toEqual(expected);
    await stack.control("access_tokens/expire", { client_id: tenant.clientId });
    const questions = () =>
      stack.gateway.requests.filter(({ statements }) => statements.some(isSettledQuestion));
    await waitFor(async () => questions().length >= 2, "the queue's second try");
    await new Promise((done) => setTimeout(done, 500));
    expect((await stack.control("requests?operation=token.refresh_token")).requests).toEqual([]);
    return answer;
  }

  it("is not refreshed by the queue, where it was stored", async () => {
    const { body } = await createSlowly(await stack.authorize(tenant), [201, undefined]);
    expect(await refresh(body.id)).toBe(200);
  });

  it("is not refreshed by the queue, where it was refused and another connection has its tokens", async () => {
    const user = await stack.control("users", {});
    const first = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: user.id }));
    const code = await stack.authorize(tenant, { user_id: user.id, scopes: ["user:read:user"] });
    await createSlowly(code, [400, "missing_scopes"]);
    expect(await refresh(first.body.id)).toBe(200);
  });
});

it("the code of a grant that is on the queue is not sent to Zoom again, however long it waits", async () => {
  const code = await stack.authorize(tenant);
  await stack.control("faults", { operation: "users.me", kind: "rate_limit", retry_after: "600", times: 0 });
  expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([503, "zoom_rate_limited"]);
  const [held] = await stack.sql(
    `select claim_expires_at > now() + interval '23 hours' as is_held from used_authorization_codes
     where zoom_oauth_connection_id is null order by created_at desc limit 1`,
  );
  expect(held?.is_held).toBe(true);
});

describe("scopes", () => {
  it("that the grant lacks are listed", async () => {
    const code = await stack.authorize(tenant, { scopes: ["user:read:user", "meeting:read:list_meetings"] });
    const answer = await createConnection(stack, tenant, code);
    expect(outcome(answer)).toEqual([400, "missing_scopes"]);
    expect(answer.body.error).toContain("user:read:zak, meeting:read:local_recording_token");
    expect(answer.body.error).not.toContain("user:read:user,");
  });

  it("of classic apps are enough", async () => {
    const scopes = ["user:read", "user_zak:read", "meeting:read", "meeting_token:read:local_recording"];
    const code = await stack.authorize(tenant, { scopes });
    expect((await createConnection(stack, tenant, code)).status).toBe(201);
  });
});

describe("secrets", () => {
  it("that Zoom sends back inside an error body reach neither answer nor log", async () => {
    const echo = "{{client_secret}} {{code}} {{refresh_token}} {{access_token}}";
    const answers: string[] = [];
    for (const [operation, body] of [
      ["token.authorization_code", { reason: echo, error: "invalid_grant" }],
      ["token.authorization_code", { reason: `redirect ${echo}`, error: "invalid_request" }],
      ["token.authorization_code", { reason: echo, error: echo }],
      ["users.me", { code: 124, message: echo }],
      ["users.me", { code: 4711, message: echo }],
    ] as const) {
      const code = await stack.authorize(tenant);
      await stack.control("faults", { operation, kind: "status", status: 400, body, times: 3 });
      answers.push((await createUnsynced(stack, tenant, code)).text);
      await stack.control("faults", undefined, "DELETE");
    }
    const { secrets } = await stack.control("secrets");
    for (const secret of secrets) expect(answers.join("\n")).not.toContain(secret);
    // The log is searched for the same secrets when the stack closes.
  });
});
