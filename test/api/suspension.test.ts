// What the operator can do about a project: suspend it and lift that with nothing lost, revoke all its grants, erase it.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createKeyring, parseMasterKeys } from "../../src/crypto/keyring.ts";
import {
  CONNECTIONS,
  createUnsynced,
  expireAccessToken,
  takeGrant,
  waitFor,
} from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, type Answer, MASTER_KEYS, type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createSession, createVisitor } from "../support/visitor.ts";
import { createTenantWithSecret, sendZoomEvent } from "../support/zoom-events.ts";

const SECRET = "a-secret-of-the-app";

let stack: Stack;
let receiver: Receiver;
let tenant: Tenant;
let connection: { id: string; user_id: string; account_id: string };

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
});
afterEach(async () => {
  await stack.control("faults", undefined, "DELETE");
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

const admin = async (method: string, path = "", body?: unknown, of = tenant) =>
  await stack.request(`/api/v1/projects/${of.projectId}${path}`, { method, headers: ADMIN, body });
const call = async (method: string, path: string, body?: unknown) =>
  await stack.request(path, { method, apiKey: tenant.apiKey, body });
const suspend = async (is_suspended: boolean) => {
  const answer = await admin("PATCH", "", { is_suspended });
  expect([answer.status, answer.body.is_suspended]).toEqual([200, is_suspended]);
};
const outcome = ({ status, body }: Answer) => [status, body.code];

/** The sealed token set of the tenant's user says that the access token has expired. */
async function endAccessToken(userId: string): Promise<void> {
  const keyring = createKeyring(parseMasterKeys(MASTER_KEYS));
  const which = "zoom_oauth_app_id = $1 and user_id = $2";
  const key = [tenant.appId, userId];
  const [row] = await stack.sql(`select credentials from zoom_oauth_connections where ${which}`, key);
  const place = {
    table: "zoom_oauth_connections",
    row: `${tenant.appId}/${userId}`,
    column: "credentials",
  };
  const credentials = JSON.parse(await keyring.open(row?.credentials as string, place));
  const ended = { ...credentials, access_token: "expired", expires_at: new Date(0).toISOString() };
  const sealed = await keyring.seal(JSON.stringify(ended), place);
  await stack.sql(`update zoom_oauth_connections set credentials = $3 where ${which}`, [...key, sealed]);
}

async function startTenant(): Promise<void> {
  tenant = await createTenantWithSecret(stack, SECRET);
  connection = (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body;
}

it("a project is read, renamed, and unknown ones are not found", async () => {
  await startTenant();
  expect((await admin("PATCH", "", { name: "Renamed" })).body.name).toBe("Renamed");
  expect((await admin("GET")).body).toMatchObject({
    id: tenant.projectId,
    name: "Renamed",
    is_suspended: false,
    suspended_at: null,
    revocation: null,
  });
  const nobody = { ...tenant, projectId: "proj_0000000000000000" };
  for (const [method, path] of [["GET"], ["PATCH"], ["DELETE"], ["POST", "/revoke_all"]] as const) {
    const body = method === "PATCH" ? { is_suspended: true } : method === "POST" ? {} : undefined;
    expect(outcome(await admin(method, path, body, nobody))).toEqual([404, "not_found"]);
  }
});

describe("a suspended project", () => {
  beforeAll(startTenant);

  it("is refused by its keys with a code of its own, and works again afterwards", async () => {
    await suspend(true);
    expect(outcome(await call("GET", CONNECTIONS))).toEqual([403, "project_suspended"]);
    expect(outcome(await call("POST", `${CONNECTIONS}/${connection.id}/access_token`, {}))).toEqual([
      403,
      "project_suspended",
    ]);
    await suspend(false);
    expect((await call("POST", `${CONNECTIONS}/${connection.id}/access_token`, {})).status).toBe(200);
  });

  it("leaves other projects alone", async () => {
    const other = await stack.createTenant();
    await suspend(true);
    expect((await stack.request(CONNECTIONS, { apiKey: other.apiKey })).status).toBe(200);
    await suspend(false);
  });

  it("has no token links and no hosted pages, which work again afterwards", async () => {
    const link = await call("POST", "/api/v1/token_links", {
      vendor: "plain",
      token: "access",
      connection: { zoom_oauth_connection_id: connection.id },
    });
    const session = (await createSession(stack, tenant, { return_url: "https://example.com/" })).body;
    const visitor = createVisitor(stack);
    const callback = await visitor.consent(session.url);
    await suspend(true);
    const refused = await fetch(link.body.url);
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "300"]);
    expect(await refused.text()).toContain("suspended");
    const page = await visitor.get(session.url);
    expect([page.status, page.text]).toEqual([403, expect.stringContaining("cannot be used at the moment")]);
    expect((await visitor.follow(callback)).text).toContain("cannot be used at the moment");
    expect((await visitor.follow(session.url)).status).toBe(403);
    await suspend(false);
    expect((await fetch(link.body.url)).status).toBe(200);
    const { location } = await visitor.get(callback);
    expect(location).toContain("status=completed");
  });

  it("refreshes and syncs nothing", async () => {
    await expireAccessToken(stack, connection.id);
    await stack.sql(
      "update zoom_oauth_connections set is_local_recording_token_supported = true, last_refreshed_at = 'epoch' where id = $1",
      [connection.id],
    );
    await suspend(true);
    await stack.sql(
      "update zoom_oauth_connection_schedules set due_at = now() where zoom_oauth_connection_id = $1",
      [connection.id],
    );
    await stack.control("requests", undefined, "DELETE");
    await stack.runCron();
    await new Promise((done) => setTimeout(done, 1_500));
    expect((await stack.control("requests", undefined, "GET")).requests).toEqual([]);
    await suspend(false);
    await stack.sql(
      "update zoom_oauth_connection_schedules set due_at = now() where zoom_oauth_connection_id = $1",
      [connection.id],
    );
    await stack.runCron();
    await waitFor(
      async () => (await stack.control("requests", undefined, "GET")).requests.length > 0,
      "the refresh",
    );
  });

  it("refreshes what Zoom would forget", async () => {
    await suspend(true);
    await stack.sql(
      "update zoom_oauth_connections set last_refreshed_at = now() - interval '75 days' where id = $1",
      [connection.id],
    );
    await stack.sql(
      "update zoom_oauth_connection_schedules set due_at = now() where zoom_oauth_connection_id = $1 and work = 'refresh'",
      [connection.id],
    );
    await stack.runCron();
    const refreshed =
      "select from zoom_oauth_connections where id = $1 and last_refreshed_at > now() - interval '1 minute'";
    await waitFor(async () => (await stack.sql(refreshed, [connection.id])).length === 1, "the refresh");
    await suspend(false);
  });

  it("delivers nothing, and delivers it afterwards", async () => {
    const webhook = await call("POST", "/api/v1/webhooks", {
      url: receiver.url,
      triggers: ["zoom_oauth_connection.state_change"],
    });
    const before = receiver.requests.length;
    const test = await call("POST", `/api/v1/webhooks/${webhook.body.id}/test`);
    await waitFor(async () => receiver.requests.length > before, "the first delivery");
    await stack.sql(
      "update webhook_deliveries set state = 'pending', next_attempt_at = now(), attempt_count = 0, attempts = '[]', enqueued_at = null where id = $1",
      [test.body.id],
    );
    await suspend(true);
    const { length } = receiver.requests;
    await stack.runCron();
    await new Promise((done) => setTimeout(done, 1_000));
    expect(receiver.requests.length).toBe(length);
    await suspend(false);
    await stack.sql(
      "update webhook_deliveries set next_attempt_at = now() - interval '1 minute' where id = $1",
      [test.body.id],
    );
    await stack.runCron();
    await waitFor(async () => receiver.requests.length > length, "the held delivery");
    await call("DELETE", `/api/v1/webhooks/${webhook.body.id}`);
  });

  it("holds Zoom's events, each once, and they have their effect afterwards", async () => {
    await suspend(true);
    const event = {
      event: "user.deactivated",
      event_ts: Date.now() + 1_000,
      payload: { account_id: connection.account_id, object: { id: connection.user_id } },
    };
    for (let time = 0; time < 2; time++) {
      const sending = { appId: tenant.appId, secret: SECRET };
      expect((await sendZoomEvent(stack, JSON.stringify(event), sending)).status).toBe(200);
    }
    await stack.runCron();
    const [held] = await stack.sql("select count(*)::integer as count from held_zoom_events");
    expect(held?.count).toBe(1);
    const state = async () =>
      (await stack.sql("select state from zoom_oauth_connections where id = $1", [connection.id]))[0]?.state;
    expect(await state()).toBe("connected");
    await suspend(false);
    await stack.runCron();
    await waitFor(async () => (await state()) === "disconnected", "the event");
    expect(await stack.sql("select * from held_zoom_events")).toEqual([]);
  });
});

describe("revoke_all", () => {
  it("revokes every grant at Zoom and erases the credentials, also of a suspended project", async () => {
    await startTenant();
    const ids = [connection.id];
    for (let i = 0; i < 11; i++) {
      ids.push((await createUnsynced(stack, tenant, await stack.authorize(tenant))).body.id);
    }
    // One whose access token has expired: it must be refreshed to be revoked.
    await expireAccessToken(stack, connection.id);
    await suspend(true);
    const asked = await admin("POST", "/revoke_all", {});
    expect([asked.status, asked.body.revocation.remaining]).toEqual([202, 12]);
    await stack.control("faults", { operation: "revoke", kind: "status", status: 503, times: 3 });
    await stack.runCron();
    expect((await admin("GET")).body.revocation.remaining).toBe(3);
    await stack.runCron();
    expect((await admin("GET")).body.revocation).toEqual({
      requested_at: asked.body.revocation.requested_at,
      remaining: 0,
    });
    await suspend(false);
    const { grants } = await stack
      .control(`grants?client_id=${tenant.clientId}`, undefined, "GET")
      .then((answer) => ({ grants: Array.isArray(answer) ? answer : answer.grants }));
    expect(grants.every(({ revoked }: { revoked: boolean }) => revoked)).toBe(true);
    for (const id of ids) {
      const { body } = await call("GET", `${CONNECTIONS}/${id}`);
      expect([body.state, body.connection_failure_data.code]).toEqual(["disconnected", "grant_revoked"]);
    }
    const left = await stack.sql(
      "select id from zoom_oauth_connections where credentials is not null and project_id = $1",
      [tenant.projectId],
    );
    expect(left).toEqual([]);
  });

  it("revokes what disconnected connections still have, and leaves the reason of their end", async () => {
    await startTenant();
    const event = {
      event: "user.deactivated",
      event_ts: Date.now() + 1_000,
      payload: { account_id: connection.account_id, object: { id: connection.user_id } },
    };
    await sendZoomEvent(stack, JSON.stringify(event), { appId: tenant.appId, secret: SECRET });
    const read = async () => (await call("GET", `${CONNECTIONS}/${connection.id}`)).body;
    await waitFor(async () => (await read()).state === "disconnected", "the event");
    const refresh_token = await takeGrant(stack, tenant, { scopes: ["user:read:user"] });
    const kept = await call("POST", `${CONNECTIONS}/import`, {
      refresh_token,
      is_onbehalf_token_supported: true,
    });
    expect(kept.body.connection_failure_data.code).toBe("missing_scopes");
    await endAccessToken(connection.user_id);
    await admin("POST", "/revoke_all", {});
    await stack.runCron();
    expect((await admin("GET")).body.revocation.remaining).toBe(0);
    const grants = await stack.control(`grants?client_id=${tenant.clientId}`, undefined, "GET");
    expect(grants.map(({ revoked }: { revoked: boolean }) => revoked)).toEqual([true, true]);
    expect((await read()).connection_failure_data.code).toBe("user_deactivated");
    const left = "select from zoom_oauth_connections where credentials is not null and project_id = $1";
    expect(await stack.sql(left, [tenant.projectId])).toEqual([]);
  });

  /** The tenant's user is deactivated, and the access token has expired. */
  async function holdGrant(): Promise<void> {
    await startTenant();
    await stack.sql(
      `update zoom_oauth_connections set state = 'disconnected', connection_failure_data = jsonb_build_object('code', $2::text,
         'error', 'x', 'recommended_action', 'reconnect', 'timestamp', '2026-01-01T00:00:00.000000Z') where id = $1`,
      [connection.id, "refresh_answer_lost"],
    );
    await endAccessToken(connection.user_id);
  }
  const revoked = async () =>
    (await stack.control(`grants?client_id=${tenant.clientId}`, undefined, "GET")).map(
      (grant: { revoked: boolean }) => grant.revoked,
    );
  const remaining = async () => (await admin("GET")).body.revocation.remaining;

  it("ends where Zoom gives no token for what a connection has", async () => {
    await holdGrant();
    const body = { reason: "Something new" };
    await stack.control("faults", {
      operation: "token.refresh_token",
      kind: "status",
      status: 400,
      times: 0,
      body,
    });
    await admin("POST", "/revoke_all", {});
    await stack.runCron();
    expect(await remaining()).toBe(0);
  });

  it("goes on where Zoom does not answer, or refuses the app", async () => {
    await holdGrant();
    const fault = { operation: "token.refresh_token", kind: "status" };
    await stack.control("faults", { ...fault, status: 503 });
    await stack.control("faults", { ...fault, status: 400, body: { error: "invalid_client" } });
    await admin("POST", "/revoke_all", {});
    for (let run = 0; run < 3; run++) await stack.runCron();
    expect([await remaining(), await revoked()]).toEqual([1, [false]]);
    // The app is marked, and Zoom was not asked again.
    const { requests } = await stack.control("requests?operation=token.refresh_token");
    const own = requests.filter((request: { client_id: string }) => request.client_id === tenant.clientId);
    expect(own).toHaveLength(2);
    await stack.sql("update zoom_oauth_apps set credentials_invalid_at = null where id = $1", [tenant.appId]);
    await stack.runCron();
    expect([await remaining(), await revoked()]).toEqual([0, [true]]);
  });

  it("revokes with the refreshed token where the database does not take it, and tells of no return", async () => {
    await holdGrant();
    await call("POST", "/api/v1/webhooks", {
      url: receiver.url,
      triggers: ["zoom_oauth_connection.state_change"],
    });
    stack.failStatement("store_token_set", { kind: "drop", times: 3 });
    await admin("POST", "/revoke_all", {});
    await stack.runCron();
    stack.mendDatabase();
    expect([await remaining(), await revoked()]).toEqual([0, [true]]);
    const { body } = await call("GET", `${CONNECTIONS}/${connection.id}`);
    expect(body.connection_failure_data.code).toBe("refresh_answer_lost");
    const told = await stack.sql("select id from webhook_deliveries where project_id = $1", [
      tenant.projectId,
    ]);
    expect(told).toEqual([]);
    const types = (await call("GET", `${CONNECTIONS}/${connection.id}/events`)).body.results;
    expect(types.map(({ type }: { type: string }) => type)).toEqual(["revoked", "created"]);
  });

  it("leaves a grant alone that came later", async () => {
    await startTenant();
    await admin("POST", "/revoke_all", {});
    const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    await stack.runCron();
    expect((await call("GET", `${CONNECTIONS}/${body.id}`)).body.state).toBe("connected");
    expect((await call("GET", `${CONNECTIONS}/${connection.id}`)).body.state).toBe("disconnected");
  });

  it("leaves a grant alone that came while it was at work", async () => {
    await startTenant();
    const users = [connection.user_id];
    for (let i = 0; i < 9; i++) {
      users.push((await createUnsynced(stack, tenant, await stack.authorize(tenant))).body.user_id);
    }
    await admin("POST", "/revoke_all", {});
    await stack.control("faults", { operation: "revoke", kind: "delay", delay_ms: 1_000, times: 100 });
    const running = stack.runCron();
    await waitFor(
      async () => (await stack.control("requests?operation=revoke")).requests.length > 0,
      "the first revocation",
    );
    for (const user_id of users) {
      const again = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
      expect(again.status).toBe(201);
    }
    await running;
    await stack.control("faults", undefined, "DELETE");
    const { results } = (await call("GET", CONNECTIONS)).body;
    expect(results).toHaveLength(10);
    for (const { id, state } of results) {
      await expireAccessToken(stack, id);
      const token = await call("POST", `${CONNECTIONS}/${id}/access_token`, {});
      expect([state, token.status]).toEqual(["connected", 200]);
    }
  });

  it("is not held up by another project whose grants cannot be revoked", async () => {
    await startTenant();
    const stuck = tenant;
    for (let i = 0; i < 19; i++) await createUnsynced(stack, stuck, await stack.authorize(stuck));
    // More than one run takes.
    await stack.sql(
      `insert into zoom_oauth_connections (id, project_id, zoom_oauth_app_id, user_id, account_id, state, credentials,
         access_token_expires_at, authorized_at, is_local_recording_token_supported, is_onbehalf_token_supported)
       select id || '_' || n, project_id, zoom_oauth_app_id, user_id || n, account_id, state, credentials,
         access_token_expires_at, authorized_at, is_local_recording_token_supported, is_onbehalf_token_supported
       from zoom_oauth_connections, generate_series(1, 30) n where project_id = $1`,
      [stuck.projectId],
    );
    await startTenant();
    for (const of of [stuck, tenant]) {
      expect((await admin("POST", "/revoke_all", {}, of)).status).toBe(202);
    }
    await stack.control("faults", {
      operation: "revoke",
      kind: "status",
      status: 503,
      times: 1_000,
      client_id: stuck.clientId,
    });
    await stack.runCron();
    expect((await admin("GET")).body.revocation.remaining).toBe(0);
    expect((await admin("GET", "", undefined, stuck)).body.revocation.remaining).toBe(620);
  });
});

it("holds so many events of an app, and ends of grants beyond", async () => {
  await startTenant();
  await suspend(true);
  await stack.sql(
    `insert into held_zoom_events (event_key, zoom_oauth_app_id, event)
     select 'key-' || n, $1, '{"kind":"meeting_deleted","meeting_id":"1"}' from generate_series(1, 10000) n`,
    [tenant.appId],
  );
  const send = async (event: string, payload: object) => {
    const text = JSON.stringify({ event, event_ts: Date.now(), payload });
    expect((await sendZoomEvent(stack, text, { appId: tenant.appId, secret: SECRET })).status).toBe(200);
  };
  const { account_id, user_id } = connection;
  await send("meeting.created", { account_id, object: { id: 81234567890, host_id: user_id } });
  await send("user.deactivated", { account_id, object: { id: user_id } });
  const kept = await stack.sql(
    "select event ->> 'kind' as kind from held_zoom_events where event_key not like 'key-%' and zoom_oauth_app_id = $1",
    [tenant.appId],
  );
  expect(kept).toEqual([{ kind: "user_removed" }]);
  await stack.sql("delete from held_zoom_events where event_key like 'key-%'");
  await suspend(false);
  await stack.runCron();
});

it("an event that several projects hold stays with those that are still suspended", async () => {
  await startTenant();
  const [first, firstConnection] = [tenant, connection];
  await suspend(true);
  await startTenant();
  const second = tenant;
  await suspend(true);
  const event = {
    event: "user.deactivated",
    event_ts: Date.now() + 1_000,
    payload: { account_id: firstConnection.account_id, object: { id: firstConnection.user_id } },
  };
  for (const { appId } of [first, second]) {
    expect((await sendZoomEvent(stack, JSON.stringify(event), { appId, secret: SECRET })).status).toBe(200);
  }
  await suspend(false);
  await stack.runCron();
  const held = await stack.sql("select zoom_oauth_app_id from held_zoom_events");
  expect(held).toEqual([{ zoom_oauth_app_id: first.appId }]);
  tenant = first;
  await suspend(false);
  await stack.runCron();
  const read = async () => (await call("GET", `${CONNECTIONS}/${firstConnection.id}`)).body.state;
  await waitFor(async () => (await read()) === "disconnected", "the event");
});

it("a large project is deleted piece by piece", { timeout: 60_000 }, async () => {
  await startTenant();
  await stack.sql(
    `insert into zoom_oauth_connections (id, project_id, zoom_oauth_app_id, user_id, account_id, state,
       is_local_recording_token_supported, is_onbehalf_token_supported, credentials, authorized_at)
     select 'zoc_' || lpad(n::text, 16, '0'), project_id, zoom_oauth_app_id, 'user-' || n, account_id, state, false, true,
       credentials, now()
     from zoom_oauth_connections connection, generate_series(1, 4500) n where connection.id = $1`,
    [connection.id],
  );
  stack.gateway.clearRequests();
  expect((await admin("DELETE")).status).toBe(200);
  expect(stack.countStatements("delete_project")).toBe(2);
  expect(outcome(await admin("GET"))).toEqual([404, "not_found"]);
  const left = "select from zoom_oauth_connections where project_id = $1";
  expect(await stack.sql(left, [tenant.projectId])).toEqual([]);
});

it("each request to revoke all is audited", async () => {
  await startTenant();
  for (let times = 0; times < 2; times++) expect((await admin("POST", "/revoke_all", {})).status).toBe(202);
  const audited = await stack.sql(
    "select id from audit_events where action = 'project.revocation_requested' and object_id = $1",
    [tenant.projectId],
  );
  expect(audited).toHaveLength(2);
});

it("a project that is deleted leaves nothing", async () => {
  await startTenant();
  await call("POST", "/api/v1/webhooks", {
    url: receiver.url,
    triggers: ["zoom_oauth_connection.state_change"],
  });
  await createSession(stack, tenant, { return_url: "https://example.com/" });
  await call("GET", "/api/v1/webhook_secret");
  expect((await admin("DELETE")).status).toBe(200);
  expect(outcome(await admin("GET"))).toEqual([404, "not_found"]);
  expect(outcome(await call("GET", CONNECTIONS))).toEqual([401, "unauthenticated"]);
  const tables = await stack.sql(
    "select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'project_id'",
  );
  for (const { name } of tables) {
    const rows = await stack.sql(`select 1 from ${name} where project_id = $1`, [tenant.projectId]);
    expect([name, rows]).toEqual([name, []]);
  }
});
