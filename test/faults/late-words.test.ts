// Zoom's word, a token set or a grant comes after something else has happened to the connection. The newest token set lives on,
// and a state is shown only for as long as it is true.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, expireAccessToken, waitFor } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createTenantWithSecret, sendRemoval, sendZoomEvent } from "../support/zoom-events.ts";

const SECRET = "a-secret-of-the-app";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ canQueueFail: true });
  tenant = await createTenantWithSecret(stack, SECRET);
});
afterEach(async () => {
  stack.gateway.setFault(null);
  await stack.setQueueAway(false);
  await stack.control("faults", undefined, "DELETE");
});
afterAll(async () => await stack.close());

async function connect(): Promise<{ id: string; user_id: string; account_id: string }> {
  const { status, body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
  expect(status).toBe(201);
  return body;
}

const ask = async (id: string) =>
  await stack.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey: tenant.apiKey });
const read = async (id: string) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey })).body;
const hasLogged = (text: string, id: string) =>
  stack.logs().some((line) => line.includes(text) && line.includes(id));
const refuseTokenSets = () =>
  stack.gateway.setFault({ kind: "drop", matching: (text) => /^\/\* store_token_set \*\//.test(text) });

/** The connection is given up for a used token set while the new one is on the queue. Zoom refuses it with this code. */
async function loseAnswer(id: string, errorCode: number): Promise<void> {
  refuseTokenSets();
  await expireAccessToken(stack, id);
  expect((await ask(id)).status).toBe(503);
  await stack.sql("update zoom_oauth_connections set refresh_lease_expires_at = now() where id = $1", [id]);
  const body = { reason: "The token was revoked.", errorCode };
  await stack.control("faults", {
    operation: "token.refresh_token",
    kind: "status",
    status: 400,
    times: 0,
    body,
  });
  expect((await ask(id)).body.code).toBe("request_in_progress");
  // Four minutes pass: the queue has a backlog.
  await stack.sql(
    "update zoom_oauth_connections set refresh_lease_lost_at = now() - interval '4 minutes', refresh_not_before = null where id = $1",
    [id],
  );
  expect((await ask(id)).body.code).toBe("connection_disconnected");
  await stack.control("faults", undefined, "DELETE");
}

describe("a token set that comes after its connection was given up", { timeout: 90_000 }, () => {
  it.each([4737, 4741])("brings it back, where Zoom refused the used one with %i", async (errorCode) => {
    const { id } = await connect();
    await loseAnswer(id, errorCode);
    expect((await read(id)).connection_failure_data.code).toBe("refresh_answer_lost");
    stack.gateway.setFault(null);
    await waitFor(async () => hasLogged("token_set_stored_late", id), "the queue", 60_000);
    expect((await read(id)).state).toBe("connected");
  });

  it("leaves it as it is where its user was deactivated meanwhile", async () => {
    const { id, user_id, account_id } = await connect();
    await loseAnswer(id, 4737);
    const object = { id: user_id };
    const event = {
      event: "user.deactivated",
      event_ts: Date.now() + 1_000,
      payload: { account_id, object },
    };
    const sending = { appId: tenant.appId, secret: SECRET };
    expect((await sendZoomEvent(stack, JSON.stringify(event), sending)).status).toBe(200);
    const code = async () => (await read(id)).connection_failure_data.code;
    await waitFor(async () => (await code()) === "user_deactivated", "the event");
    stack.gateway.setFault(null);
    await waitFor(async () => hasLogged("token_set_superseded", id), "the queue", 60_000);
    expect((await read(id)).state).toBe("disconnected");
  });
});

it("a removal that comes while its grant is being stored is found out at once", {
  timeout: 60_000,
}, async () => {
  const { id: user_id, account_id } = await stack.control("users", {});
  await stack.control("faults", { operation: "users.me", kind: "delay", delay_ms: 3_000 });
  const code = await stack.authorize(tenant, { user_id });
  const creating = createUnsynced(stack, tenant, code);
  await waitFor(
    async () => (await stack.control(`grants?user_id=${user_id}`, undefined, "GET")).length > 0,
    "the exchange",
  );
  await new Promise((done) => setTimeout(done, 1_100));
  const at = new Date();
  expect((await sendRemoval(stack, tenant, { user_id, account_id }, at)).status).toBe(200);
  const { body } = await creating;
  expect(body.state).toBe("connected");
  await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
  await stack.runCron();
  await waitFor(async () => (await read(body.id)).state === "disconnected", "the refresh");
});

it("a removal of before leaves a new grant alone", async () => {
  const { id: user_id, account_id } = await stack.control("users", {});
  const at = new Date(Date.now() - 60_000);
  expect((await sendRemoval(stack, tenant, { user_id, account_id }, at)).status).toBe(200);
  const known = "select from zoom_events where abs(extract(epoch from ended_at - $1)) < 5";
  await waitFor(async () => (await stack.sql(known, [at])).length > 0, "the event");
  const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
  const [row] = await stack.sql("select is_grant_doubted from zoom_oauth_connections where id = $1", [
    body.id,
  ]);
  expect(row).toEqual({ is_grant_doubted: false });
});

it("a grant that the queue renews is stored where the queue takes nothing more", {
  timeout: 60_000,
}, async () => {
  const { id: user_id } = await stack.control("users", {});
  const code = await stack.authorize(tenant, { user_id });
  await stack.control("faults", { operation: "users.me", kind: "status", status: 500, times: 0 });
  const before = stack.logs().filter((line) => line.includes("grant_handed_over")).length;
  expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
  const handedOver = () => stack.logs().filter((line) => line.includes("grant_handed_over")).length;
  await waitFor(async () => handedOver() > before, "the queue");
  await stack.setQueueAway(true);
  await stack.control("access_tokens/expire", { client_id: tenant.clientId });
  await stack.control("faults", undefined, "DELETE");
  const found = "select id from zoom_oauth_connections where user_id = $1";
  await waitFor(async () => (await stack.sql(found, [user_id])).length > 0, "the connection", 45_000);
  expect(stack.logs().some((line) => line.includes("grant_lost"))).toBe(false);
});

it("of two exports at the same time none hands out a token that the other has used up", {
  timeout: 60_000,
}, async () => {
  const { id } = await connect();
  const doExport = async () =>
    await stack.request(`${CONNECTIONS}/${id}/export`, { method: "POST", apiKey: tenant.apiKey });
  // The database has the first one's token set, and its answer is on its way for a while.
  stack.failStatement("store_token_set", { kind: "late", lateMs: 700, times: 1 });
  const first = doExport();
  const isStored = "select from zoom_oauth_connections where id = $1 and credentials_version = 2";
  await waitFor(async () => (await stack.sql(isStored, [id])).length === 1, "the first one's token set");
  await stack.control("faults", { operation: "token.refresh_token", kind: "delay", delay_ms: 1_500 });
  const answers = await Promise.all([first, doExport()]);
  const tokens = answers.filter(({ status }) => status === 200).map(({ body }) => body.refresh_token);
  expect(tokens.length).toBeGreaterThan(0);
  const used = await fetch(`${stack.simulator.url}/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${tenant.clientId}:${tenant.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: tokens[0] }),
  });
  expect([used.status, new Set(tokens).size]).toEqual([200, 1]);
});
