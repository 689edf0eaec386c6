// A new consent ends a user's earlier tokens at Zoom, also where the service then refuses it. The connection that the user has
// goes on with the newest ones, whatever happens while Zoom gives them.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  CONNECTIONS,
  createUnsynced,
  eventTypes,
  expireAccessToken,
  takeGrant,
  waitFor,
} from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createSession, createVisitor } from "../support/visitor.ts";

let stack: Stack;
let receiver: Receiver;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
  tenant = await stack.createTenant();
  const body = { url: receiver.url, triggers: ["zoom_oauth_connection.state_change"] };
  await stack.request("/api/v1/webhooks", { method: "POST", apiKey: tenant.apiKey, body });
});
afterEach(async () => await stack.control("faults", undefined, "DELETE"));
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

async function connect(): Promise<{ id: string; user_id: string }> {
  const { status, body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
  expect(status).toBe(201);
  return body;
}

const askForToken = async (id: string) =>
  await stack.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey: tenant.apiKey });
const read = async (id: string) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey })).body;

/** Uses the connection while Zoom is slow to say whose the new grant is: its refresh meets tokens that have ended. */
async function useMeanwhile(id: string, user_id: string): Promise<void> {
  await waitFor(async () => {
    const grants = await stack.control(`grants?user_id=${user_id}`, undefined, "GET");
    return grants.some(({ generation }: { generation: number }) => generation > 1);
  }, "the new grant");
  await expireAccessToken(stack, id);
  const answer = await askForToken(id);
  expect([answer.status, answer.body.code]).toEqual([409, "connection_disconnected"]);
}

async function expectAlive(id: string): Promise<void> {
  expect(await read(id)).toMatchObject({ state: "connected", connection_failure_data: null });
  await expireAccessToken(stack, id);
  expect((await askForToken(id)).status).toBe(200);
  const types = await eventTypes(stack, id);
  expect(types.slice(types.indexOf("disconnected")).filter((type) => type !== "token_issued")).toEqual([
    "disconnected",
    "reconnected",
    "refreshed",
  ]);
  const told = () =>
    receiver.requests
      .map(({ body }) => JSON.parse(body))
      .filter((event) => event.zoom_oauth_connection_id === id)
      .map((event) => event.data.state)
      .sort();
  await expect.poll(told).toEqual(["connected", "disconnected"]);
}

it("a grant that lacks scopes leaves a connection that was used meanwhile connected", async () => {
  const { id, user_id } = await connect();
  await stack.control("faults", { operation: "users.me", kind: "delay", delay_ms: 4_000 });
  const code = await stack.authorize(tenant, { user_id, scopes: ["user:read:user"] });
  const [refused] = await Promise.all([createUnsynced(stack, tenant, code), useMeanwhile(id, user_id)]);
  expect([refused.status, refused.body.code]).toEqual([400, "missing_scopes"]);
  await expectAlive(id);
});

it("so does a grant of another user's, who opened the link of a reconnect session", async () => {
  const owner = await connect();
  const other = await connect();
  const session = await createSession(stack, tenant, { zoom_oauth_connection_id: owner.id });
  const visitor = createVisitor(stack);
  const callback = await visitor.consent(session.body.url, { userId: other.user_id });
  await stack.control("faults", { operation: "users.me", kind: "delay", delay_ms: 4_000 });
  await Promise.all([visitor.follow(callback), useMeanwhile(other.id, other.user_id)]);
  await expectAlive(other.id);
  expect((await read(owner.id)).state).toBe("connected");
});

it("a connection that had ended before stays ended", async () => {
  const { id, user_id } = await connect();
  await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
  await expireAccessToken(stack, id);
  expect((await askForToken(id)).status).toBe(409);
  await stack.sql(
    `update zoom_oauth_connections set connection_failure_data = connection_failure_data
       || jsonb_build_object('timestamp', to_char(now() - interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
     where id = $1`,
    [id],
  );
  const code = await stack.authorize(tenant, { user_id, scopes: ["user:read:user"] });
  expect((await createUnsynced(stack, tenant, code)).body.code).toBe("missing_scopes");
  expect((await read(id)).state).toBe("disconnected");
});

/** How many codes of the user Zoom has exchanged. */
async function countUserExchanges(user_id: string): Promise<number> {
  const { requests } = await stack.control("requests?operation=token.authorization_code");
  return requests.filter((request: { user_id: string }) => request.user_id === user_id).length;
}

describe("of two grants by one user at once the later one stays", () => {
  // A Worker has asked the database before, as a rule.
  beforeAll(async () => void (await connect()));

  it.each([
    ["the claim of the later one is answered late", 800, {}],
    ["so is that of a later one which is refused", 800, { scopes: ["user:read:user"] }],
  ])("though %s", async (_what, lateMs, granted) => {
    const { id: user_id } = await stack.control("users", {});
    const later = await stack.authorize(tenant, { user_id, ...granted });
    const earlier = await stack.authorize(tenant, { user_id });
    stack.failStatement("claim_authorization_code", { kind: "late", lateMs, times: 1 });
    stack.gateway.clearRequests();
    const slow = createUnsynced(stack, tenant, later);
    await waitFor(async () => stack.countStatements("claim_authorization_code") > 0, "the claim");
    stack.gateway.clearRequests();
    const fast = await createUnsynced(stack, tenant, earlier);
    expect([fast.status, await countUserExchanges(user_id)]).toEqual([201, 1]);
    expect((await slow).status).toBe("scopes" in granted ? 400 : 201);
    stack.mendDatabase();
    await expireAccessToken(stack, fast.body.id);
    expect((await askForToken(fast.body.id)).status).toBe(200);
  });

  it("though it came to an isolate that is new, and heard of its claim late", {
    timeout: 60_000,
  }, async () => {
    // A warm isolate knows the database's clock.
    await connect();
    const vars = {
      ZOOM_OAUTH_BASE_URL: stack.simulator.url,
      ZOOM_API_BASE_URL: `${stack.simulator.url}/v2`,
    };
    const cold = await startStack({ database: stack.database, vars });
    try {
      const { id: user_id } = await stack.control("users", {});
      const [earlier, later] = [
        await stack.authorize(tenant, { user_id }),
        await stack.authorize(tenant, { user_id }),
      ];
      cold.failStatement("claim_authorization_code", { kind: "late", lateMs: 1_500, times: 1 });
      const slow = createUnsynced(cold, tenant, later);
      await waitFor(async () => cold.countStatements("claim_authorization_code") > 0, "the claim");
      await new Promise((done) => setTimeout(done, 300));
      const fast = await createUnsynced(stack, tenant, earlier);
      expect([fast.status, (await slow).status]).toEqual([201, 201]);
      await expireAccessToken(stack, fast.body.id);
      expect((await askForToken(fast.body.id)).status).toBe(200);
    } finally {
      await cold.close();
    }
  });

  it("though the earlier one is stored last", async () => {
    const { id: user_id } = await stack.control("users", {});
    const [first, second] = [
      await stack.authorize(tenant, { user_id }),
      await stack.authorize(tenant, { user_id }),
    ];
    await stack.control("faults", { operation: "users.me", kind: "delay", delay_ms: 1_500, times: 1 });
    const slow = createUnsynced(stack, tenant, first);
    await waitFor(async () => (await countUserExchanges(user_id)) === 1, "the first exchange");
    stack.failStatement("claim_authorization_code", { kind: "late", lateMs: 400, times: 1 });
    const fast = await createUnsynced(stack, tenant, second);
    stack.mendDatabase();
    expect(fast.status).toBe(201);
    // Zoom may refuse to say whose the earlier grant was, since it has ended.
    await slow;
    await expireAccessToken(stack, fast.body.id);
    expect((await askForToken(fast.body.id)).status).toBe(200);
  });
});

describe("the tokens of an import that are kept without a connection", () => {
  const bearer = () => `Basic ${btoa(`${tenant.clientId}:${tenant.clientSecret}`)}`;

  async function importKept(user_id: string): Promise<string> {
    const body = {
      zoom_oauth_app_id: tenant.appId,
      refresh_token: await takeGrant(stack, tenant, { user_id, scopes: ["user:read:user"] }),
      is_onbehalf_token_supported: true,
      is_local_recording_token_supported: false,
    };
    const kept = await stack.request(`${CONNECTIONS}/import`, {
      method: "POST",
      apiKey: tenant.apiKey,
      body,
    });
    expect(kept.body).toMatchObject({
      state: "disconnected",
      connection_failure_data: { code: "missing_scopes" },
    });
    return kept.body.id;
  }

  /** The status of Zoom's answer to the exported refresh token. */
  async function exportAndUse(id: string): Promise<number> {
    const exported = await stack.request(`${CONNECTIONS}/${id}/export`, {
      method: "POST",
      apiKey: tenant.apiKey,
    });
    expect(exported.status).toBe(200);
    const used = await fetch(`${stack.simulator.url}/oauth/token`, {
      method: "POST",
      headers: { Authorization: bearer() },
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: exported.body.refresh_token,
      }),
    });
    return used.status;
  }

  it("live on where the user's later grant is refused", async () => {
    const { id: user_id } = await stack.control("users", {});
    const id = await importKept(user_id);
    const code = await stack.authorize(tenant, { user_id, scopes: ["user:read:user"] });
    expect((await createUnsynced(stack, tenant, code)).body.code).toBe("missing_scopes");
    expect((await read(id)).state).toBe("disconnected");
    expect(await exportAndUse(id)).toBe(200);
  });

  it("live on where the user opened the reconnect link of somebody else", async () => {
    const { id: user_id } = await stack.control("users", {});
    const id = await importKept(user_id);
    const other = await connect();
    const session = await createSession(stack, tenant, { zoom_oauth_connection_id: other.id });
    const visitor = createVisitor(stack);
    await visitor.follow(await visitor.consent(session.body.url, { userId: user_id }));
    expect(await exportAndUse(id)).toBe(200);
  });

  it("are replaced by those of a second import", async () => {
    const { id: user_id } = await stack.control("users", {});
    const id = await importKept(user_id);
    expect(await importKept(user_id)).toBe(id);
    expect(await exportAndUse(id)).toBe(200);
  });
});

it("a connection whose grant was revoked and erased stays so", async () => {
  const { id, user_id } = await connect();
  await stack.sql(
    `update zoom_oauth_connections set state = 'disconnected', credentials = null, credentials_version = credentials_version + 1,
       connection_failure_data = jsonb_build_object('code', 'grant_revoked', 'error', 'Revoked.', 'recommended_action', 'reconnect',
         'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
     where id = $1`,
    [id],
  );
  const code = await stack.authorize(tenant, { user_id, scopes: ["user:read:user"] });
  expect((await createUnsynced(stack, tenant, code)).body.code).toBe("missing_scopes");
  expect((await read(id)).state).toBe("disconnected");
});
