// POST /api/v1/zoom_oauth_connections while Zoom fails, at every step: no grant that Zoom has given is lost, and each
// failure is told as what it is. Faults are bound to the app of their test, so that the tests run side by side.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  askForNewToken,
  countExchanges,
  createConnection,
  createUnsynced,
  eventTypes,
  waitFor,
} from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());

const outcome = ({ status, body }: Answer) => [status, body.code];

/** A tenant of the test's own, whose calls of Zoom meet these faults. */
async function createTenant(...faults: Record<string, unknown>[]): Promise<Tenant> {
  const tenant = await stack.createTenant();
  for (const fault of faults) await stack.control("faults", { client_id: tenant.clientId, ...fault });
  return tenant;
}

const refresh = async (tenant: Tenant, id: string) => (await askForNewToken(stack, tenant, id)).status;

describe.concurrent("Zoom at the exchange", () => {
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
  ])("answers %s: told as what it is, and the code works afterwards", async (_name, fault, expected) => {
    const tenant = await createTenant({ operation: "token.authorization_code", ...fault });
    const code = await stack.authorize(tenant);
    const answer = await createUnsynced(stack, tenant, code);
    expect(outcome(answer)).toEqual(expected);
    if (answer.status === 503) expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
  });

  it("says how long to wait, and so does the answer: Retry-After is passed on", async () => {
    const fault = { operation: "token.authorization_code", kind: "rate_limit", retry_after: "17" };
    const tenant = await createTenant(fault);
    const answer = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    expect(answer.headers.get("Retry-After")).toBe("17");
  });

  it("takes longer than 10 seconds: 504", async () => {
    const fault = { operation: "token.authorization_code", kind: "delay", delay_ms: 11_000 };
    const tenant = await createTenant(fault);
    const answer = await createUnsynced(stack, tenant, await stack.authorize(tenant));
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
  ])("answers %s: 502 zoom_error", async (_name, fault) => {
    const tenant = await createTenant({ operation: "token.authorization_code", ...fault });
    const answer = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    expect(outcome(answer)).toEqual([502, "zoom_error"]);
  });

  it("refuses the app's changed secret: 502, and the code works once the secret is mended", async () => {
    const tenant = await createTenant();
    const code = await stack.authorize(tenant);
    await stack.control("clients", { client_id: tenant.clientId, client_secret: "changed" });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([502, "zoom_app_credentials_invalid"]);
    await stack.control("clients", { client_id: tenant.clientId, client_secret: tenant.clientSecret });
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
  });

  it.each([
    ["an unknown code", "no-such-code", {}],
    ["a code of another redirect URI", undefined, { redirect_uri: "https://example.com/elsewhere" }],
  ])("rejects %s: 400 authorization_code_rejected", async (_name, given, changes) => {
    const tenant = await createTenant();
    const code = given ?? (await stack.authorize(tenant));
    const answer = await createUnsynced(stack, tenant, code, changes);
    expect(outcome(answer)).toEqual([400, "authorization_code_rejected"]);
    if ("redirect_uri" in changes) expect(answer.body.error).toMatch(/^redirect_uri:/);
  });
});

describe.concurrent("Zoom, asked who the user is,", () => {
  it.each([
    ["answers 500", { kind: "status", status: 500 }],
    ["resets the connection", { kind: "drop_before" }],
    ["answers 429", { kind: "rate_limit" }],
    ["answers HTML", { kind: "malformed" }],
  ])("%s once: tried again, 201", async (_name, fault) => {
    const tenant = await createTenant({ operation: "users.me", ...fault });
    expect((await createUnsynced(stack, tenant, await stack.authorize(tenant))).status).toBe(201);
  });

  it.each([
    ["500", { kind: "status", status: 500 }, [503, "zoom_unavailable"]],
    ["429", { kind: "rate_limit" }, [503, "zoom_rate_limited"]],
    ["a body without an id", { kind: "malformed", body: { status: "active" } }, [502, "zoom_error"]],
  ])(
    "answers %s for a while: the queue finishes, and a retry finds the connection",
    async (_name, fault, expected) => {
      const tenant = await createTenant({ operation: "users.me", ...fault, times: 4 });
      const code = await stack.authorize(tenant);
      expect(outcome(await createUnsynced(stack, tenant, code))).toEqual(expected);
      const retry = await createUnsynced(stack, tenant, code);
      expect(retry.status).toBe(201);
      expect(await countExchanges(stack, tenant)).toEqual({ asked: 1, granted: 1 });
    },
  );

  it.each(["pending", "inactive"])("says that the user is %s: 400 user_not_active", async (status) => {
    const tenant = await createTenant();
    const user = await stack.control("users", { status });
    const code = await stack.authorize(tenant, { user_id: user.id });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "user_not_active"]);
    expect(await stack.sql("select 1 from zoom_oauth_connections where user_id = $1", [user.id])).toEqual([]);
  });

  it("refuses the new token for good: a retry hears that the user must authorize again", async () => {
    const body = { code: 124, message: "Invalid access token." };
    const dead = { reason: "Invalid Token!", error: "invalid_grant" };
    const tenant = await createTenant(
      { operation: "users.me", kind: "status", status: 401, body, times: 0 },
      { operation: "token.refresh_token", kind: "status", status: 400, body: dead },
    );
    const code = await stack.authorize(tenant);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([503, "zoom_unavailable"]);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "authorization_code_rejected"]);
    expect((await countExchanges(stack, tenant)).asked).toBe(1);
  });

  it("says that the user does not exist: 400 user_not_active", async () => {
    const body = { code: 1001, message: "User does not exist." };
    const tenant = await createTenant({ operation: "users.me", kind: "status", status: 404, body });
    const code = await stack.authorize(tenant);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "user_not_active"]);
  });
});

describe.concurrent("a user who is connected already", () => {
  it("stays connected where a second grant lacks scopes, with the tokens that still work", async () => {
    const tenant = await createTenant();
    const user = await stack.control("users", {});
    const first = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: user.id }));
    const code = await stack.authorize(tenant, { user_id: user.id, scopes: ["user:read:user"] });
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "missing_scopes"]);
    expect(await refresh(tenant, first.body.id)).toBe(200);
    expect(await eventTypes(stack, first.body.id)).not.toContain("reconnected");
  });

  it.each([
    ["for a moment", 1, [400, "missing_scopes"]],
    ["for a while", 4, [503, "zoom_unavailable"]],
  ])("stays connected where Zoom fails %s at such a second grant", async (_how, times, expected) => {
    const tenant = await createTenant();
    const user = await stack.control("users", {});
    const first = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: user.id }));
    const code = await stack.authorize(tenant, { user_id: user.id, scopes: ["user:read:user"] });
    const fault = { operation: "users.me", kind: "status", status: 500, times, client_id: tenant.clientId };
    await stack.control("faults", fault);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual(expected);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([400, "missing_scopes"]);
    expect(await refresh(tenant, first.body.id)).toBe(200);
  });

  it("has the tokens of the exchange that Zoom answered last, whichever code was claimed first", async () => {
    const tenant = await createTenant({
      operation: "token.authorization_code",
      kind: "delay",
      delay_ms: 1_500,
    });
    const user = await stack.control("users", {});
    const [slow, fast] = [
      await stack.authorize(tenant, { user_id: user.id }),
      await stack.authorize(tenant, { user_id: user.id }),
    ];
    const slowly = createUnsynced(stack, tenant, slow);
    await waitFor(async () => (await countExchanges(stack, tenant)).asked === 1, "the slow exchange");
    expect((await createUnsynced(stack, tenant, fast)).status).toBe(201);
    const { status, body } = await slowly;
    expect([status, await refresh(tenant, body.id)]).toEqual([201, 200]);
  });
});

describe.concurrent("a grant that waits in the queue", () => {
  it("is refreshed there, where its access token has expired meanwhile", async () => {
    // Three tries of the request's, and one of the queue's.
    const fault = { operation: "users.me", kind: "status", status: 500, times: 4 };
    const tenant = await createTenant(fault);
    const code = await stack.authorize(tenant);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
    await stack.control("access_tokens/expire", { client_id: tenant.clientId });
    const retry = await createUnsynced(stack, tenant, code);
    expect(retry.status).toBe(201);
    expect((await countExchanges(stack, tenant)).granted).toBe(1);
  });

  it("keeps its code from being sent to Zoom again, however long it waits", async () => {
    const fault = { operation: "users.me", kind: "rate_limit", retry_after: "600", times: 0 };
    const tenant = await createTenant(fault);
    const code = await stack.authorize(tenant);
    expect(outcome(await createUnsynced(stack, tenant, code))).toEqual([503, "zoom_rate_limited"]);
    const [held] = await stack.sql(
      `select claim_expires_at > now() + interval '23 hours' as is_held from used_authorization_codes
       where zoom_oauth_app_id = $1`,
      [tenant.appId],
    );
    expect(held?.is_held).toBe(true);
  });
});

describe.concurrent("scopes", () => {
  it("that the grant lacks are listed", async () => {
    const tenant = await createTenant();
    const code = await stack.authorize(tenant, { scopes: ["user:read:user", "meeting:read:list_meetings"] });
    const answer = await createConnection(stack, tenant, code);
    expect(outcome(answer)).toEqual([400, "missing_scopes"]);
    expect(answer.body.error).toContain("user:read:zak, meeting:read:local_recording_token");
    expect(answer.body.error).not.toContain("user:read:user,");
  });

  it("of classic apps are enough", async () => {
    const tenant = await createTenant();
    const scopes = ["user:read", "user_zak:read", "meeting:read", "meeting_token:read:local_recording"];
    const code = await stack.authorize(tenant, { scopes });
    expect((await createConnection(stack, tenant, code)).status).toBe(201);
  });
});

describe.concurrent("secrets that Zoom sends back inside an error body", () => {
  const echo = "{{client_secret}} {{code}} {{refresh_token}} {{access_token}}";

  it.each([
    ["token.authorization_code", { reason: echo, error: "invalid_grant" }],
    ["token.authorization_code", { reason: `redirect ${echo}`, error: "invalid_request" }],
    ["token.authorization_code", { reason: echo, error: echo }],
    ["users.me", { code: 124, message: echo }],
    ["users.me", { code: 4711, message: echo }],
  ])("of %s, %j, do not reach the answer", async (operation, body) => {
    const tenant = await createTenant({ operation, kind: "status", status: 400, body, times: 3 });
    const { text } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    const { secrets } = await stack.control("secrets");
    expect(secrets.filter((secret: string) => text.includes(secret))).toEqual([]);
    // The log is searched for the same secrets when the stack closes.
  });
});

// Not beside the others: its tests count what the queue asks the database.
describe("a grant that its own request finished, and that the queue has as well", () => {
  beforeAll(() => stack.gateway.clearRequests());

  /** The request hands the grant over after five seconds and ends after six; the queue's own try is put off. */
  async function createSlowly(
    tenant: Tenant,
    code: string,
    expected: (string | number | undefined)[],
  ): Promise<Answer> {
    const fault = { operation: "users.me", client_id: tenant.clientId, times: 1 };
    await stack.control("faults", { ...fault, kind: "delay", delay_ms: 6_000 });
    await stack.control("faults", { ...fault, kind: "rate_limit", retry_after: "3" });
    const answer = await createUnsynced(stack, tenant, code);
    expect(outcome(answer)).toEqual(expected);
    await stack.control("access_tokens/expire", { client_id: tenant.clientId });
    // Two for each of the two tests here.
    const countTries = () => stack.countStatements("find_settled_authorization_code");
    await waitFor(async () => countTries() >= 4, "the queue's second try");
    await new Promise((done) => setTimeout(done, 500));
    const { requests } = await stack.control("requests?operation=token.refresh_token");
    const isOwn = ({ client_id }: { client_id: string }) => client_id === tenant.clientId;
    expect(requests.filter(isOwn)).toEqual([]);
    return answer;
  }

  it.concurrent("is not refreshed by the queue, where it was stored", async () => {
    const tenant = await createTenant();
    const { body } = await createSlowly(tenant, await stack.authorize(tenant), [201, undefined]);
    expect(await refresh(tenant, body.id)).toBe(200);
  });

  it.concurrent("is not refreshed by the queue, where it was refused and another connection has its tokens", async () => {
    const tenant = await createTenant();
    const user = await stack.control("users", {});
    const first = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: user.id }));
    const code = await stack.authorize(tenant, { user_id: user.id, scopes: ["user:read:user"] });
    await createSlowly(tenant, code, [400, "missing_scopes"]);
    expect(await refresh(tenant, first.body.id)).toBe(200);
  });
});
