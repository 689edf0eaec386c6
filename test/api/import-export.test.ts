// Moving in and out: a grant is taken over by its refresh token, and leaves with its newest one. Nothing that Zoom has
// rotated is thrown away.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, takeGrant } from "../support/connections.ts";
import { ADMIN, type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

const IMPORT = `${CONNECTIONS}/import`;
const ONBEHALF = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterEach(async () => {
  stack.gateway.setFault(null);
  await stack.control("faults", undefined, "DELETE");
});
afterAll(async () => await stack.close());

const importGrant = async (refresh_token: string, changes: Record<string, unknown> = {}, of = tenant) =>
  await stack.request(IMPORT, {
    method: "POST",
    apiKey: of.apiKey,
    body: { zoom_oauth_app_id: of.appId, refresh_token, ...ONBEHALF, ...changes },
  });
const call = async (id: string, what: string, of: Pick<Tenant, "apiKey"> = tenant) =>
  await stack.request(`${CONNECTIONS}/${id}/${what}`, { method: "POST", apiKey: of.apiKey });
const read = async (id: string, of: Pick<Tenant, "apiKey"> = tenant) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: of.apiKey })).body;
const outcome = ({ status, body }: Answer) => [status, body.code];
const types = async (id: string) =>
  (await stack.request(`${CONNECTIONS}/${id}/events`, { apiKey: tenant.apiKey })).body.results.map(
    ({ type }: { type: string }) => type,
  );

describe("an import", () => {
  it("is a connection that works, with the fields of a create, in two and two round trips", async () => {
    const { id: user_id } = await stack.control("users", {});
    const token = await takeGrant(stack, tenant, { user_id });
    const answer = await importGrant(token, { metadata: { tenant_id: "42" } });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({ user_id, state: "connected", metadata: { tenant_id: "42" } });
    expect(Object.keys(answer.body)).toHaveLength(13);
    const timing = answer.headers.get("Server-Timing");
    expect(timing).toMatch(/db;dur=[\d.]+;desc="2"/);
    expect(timing).toMatch(/zoom;dur=[\d.]+;desc="2"/);
    expect((await call(answer.body.id, "access_token")).status).toBe(200);
    expect(await types(answer.body.id)).toContain("imported");
  });

  it("sent again finds the same connection, also while the first is under way", async () => {
    const token = await takeGrant(stack, tenant);
    const [first, second] = await Promise.all([importGrant(token), importGrant(token)]);
    const third = await importGrant(token);
    expect([first.status, second.status, third.status]).toEqual([201, 201, 201]);
    expect(new Set([first, second, third].map(({ body }) => body.id)).size).toBe(1);
  });

  it("of a user who is connected keeps the connection's id", async () => {
    const { id: user_id } = await stack.control("users", {});
    const created = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
    const answer = await importGrant(await takeGrant(stack, tenant, { user_id }));
    expect([answer.status, answer.body.id]).toEqual([201, created.body.id]);
  });

  it("of a dead refresh token is refused, and so is its repeat", async () => {
    const token = await takeGrant(stack, tenant);
    expect((await importGrant(token)).status).toBe(201);
    await stack.sql("delete from used_authorization_codes");
    expect(outcome(await importGrant(token))).toEqual([400, "refresh_token_rejected"]);
    expect(outcome(await importGrant("nonsense"))).toEqual([400, "refresh_token_rejected"]);
  });

  it.each([
    [{ refresh_token: "" }, "refresh_token"],
    [{ refresh_token: undefined }, "refresh_token"],
    [{ authorization_code: "x" }, "authorization_code"],
    [{ is_onbehalf_token_supported: false }, "is_local_recording_token_supported"],
  ])("is refused with %j", async (changes, field) => {
    const answer = await importGrant("x", changes);
    expect([answer.status, Object.keys(answer.body.fields)]).toEqual([400, [field]]);
  });

  it("asks Zoom once: where the answer is lost, the caller decides", async () => {
    const token = await takeGrant(stack, tenant);
    await stack.control("faults", {
      operation: "token.refresh_token",
      kind: "status",
      status: 500,
      times: 0,
    });
    await stack.control("requests", undefined, "DELETE");
    expect(outcome(await importGrant(token))).toEqual([503, "zoom_unavailable"]);
    const { requests } = await stack.control("requests?operation=token.refresh_token", undefined, "GET");
    expect(requests).toHaveLength(1);
    await stack.control("faults", undefined, "DELETE");
    expect((await importGrant(token)).status).toBe(201);
  });

  it("is stored by the queue where the database is away after Zoom's answer", async () => {
    const token = await takeGrant(stack, tenant);
    stack.gateway.setFault({
      kind: "error",
      matching: (text: string) => text.startsWith("/* store_grant */"),
    });
    expect((await importGrant(token)).status).toBe(503);
    stack.gateway.setFault(null);
    await expect.poll(async () => (await importGrant(token)).status, { timeout: 25_000 }).toBe(201);
  });
});

describe("an import with missing scopes", () => {
  it("keeps the tokens, and a change to what the grant allows connects it", async () => {
    const narrow = await stack.createTenant(["user:read:user", "user:read:token"]);
    const token = await takeGrant(stack, narrow);
    const answer = await importGrant(token, { is_local_recording_token_supported: true }, narrow);
    expect([answer.status, answer.body.state]).toEqual([201, "disconnected"]);
    expect(answer.body.connection_failure_data).toMatchObject({
      code: "missing_scopes",
      recommended_action: "reconnect",
    });
    const { id } = answer.body;
    expect(outcome(await call(id, "access_token", narrow))).toEqual([409, "connection_disconnected"]);
    const change = async (body: Record<string, unknown>) =>
      await stack.request(`${CONNECTIONS}/${id}`, { method: "PATCH", apiKey: narrow.apiKey, body });
    expect(outcome(await change({ is_local_recording_token_supported: true }))).toEqual([
      400,
      "missing_scopes",
    ]);
    expect((await change({ metadata: { kept: "yes" } })).body.state).toBe("disconnected");
    const mended = await change({ is_local_recording_token_supported: false });
    expect(mended.body).toMatchObject({ state: "connected", connection_failure_data: null });
    expect((await call(id, "access_token", narrow)).status).toBe(200);
  });

  it("can be exported: its tokens were kept", async () => {
    const narrow = await stack.createTenant(["user:read:user", "user:read:token"]);
    const token = await takeGrant(stack, narrow);
    const { body } = await importGrant(token, { is_local_recording_token_supported: true }, narrow);
    const exported = await call(body.id, "export", narrow);
    expect(exported.status, exported.text).toBe(200);
    expect((await importGrant(exported.body.refresh_token, {}, narrow)).body.state).toBe("connected");
  });
});

it("an import of a user who is not active keeps the tokens, and a change connects it once the user is", async () => {
  const { id: user_id } = await stack.control("users", { status: "inactive" });
  const { status, body } = await importGrant(await takeGrant(stack, tenant, { user_id }));
  expect([status, body.state, body.connection_failure_data.code]).toEqual([
    201,
    "disconnected",
    "user_not_active",
  ]);
  const change = async () =>
    await stack.request(`${CONNECTIONS}/${body.id}`, {
      method: "PATCH",
      apiKey: tenant.apiKey,
      body: { is_onbehalf_token_supported: true },
    });
  const early = await change();
  expect([early.status, early.body.code]).toEqual([400, "user_not_active"]);
  expect((await read(body.id)).state).toBe("disconnected");
  await stack.control("users", { id: user_id, status: "active" });
  expect((await change()).body.state).toBe("connected");
  expect((await call(body.id, "access_token")).status).toBe(200);
});

describe("an export", () => {
  const connect = async () => (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body;

  it("gives the newest refresh token, erases the credentials, and is final", async () => {
    const { id, user_id } = await connect();
    const answer = await call(id, "export");
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(answer.body).toMatchObject({ zoom_oauth_connection_id: id, user_id });
    expect(await read(id)).toMatchObject({
      state: "disconnected",
      connection_failure_data: { code: "exported", recommended_action: "none" },
    });
    const [row] = await stack.sql("select credentials from zoom_oauth_connections where id = $1", [id]);
    expect(row?.credentials).toBeNull();
    expect(await types(id)).toContain("exported");
    await stack.sql(
      "update zoom_oauth_connection_schedules set due_at = now() where zoom_oauth_connection_id = $1",
      [id],
    );
    await stack.runCron();
    expect(outcome(await call(id, "access_token"))).toEqual([409, "connection_disconnected"]);
    // Zoom takes it: nobody has refreshed since.
    expect((await importGrant(answer.body.refresh_token)).body).toMatchObject({ id, state: "connected" });
  });

  it("sent again by the same key within minutes gives the same token; by another key, or later, none", async () => {
    const { id } = await connect();
    const path = `/api/v1/projects/${tenant.projectId}/api_keys`;
    const body = { scopes: ["connections:export"] };
    const other = await stack.request(path, { method: "POST", headers: ADMIN, body });
    const first = await call(id, "export");
    const again = await call(id, "export");
    expect(again.body).toEqual(first.body);
    expect(outcome(await call(id, "export", { apiKey: other.body.key }))).toEqual([
      409,
      "connection_disconnected",
    ]);
    await stack.sql("update zoom_oauth_exports set expires_at = now()");
    expect(outcome(await call(id, "export"))).toEqual([409, "connection_disconnected"]);
    await stack.runCron();
    expect(await stack.sql("select * from zoom_oauth_exports")).toEqual([]);
  });

  it("never gives the token of an earlier export, once the user has connected again", async () => {
    const { id, user_id } = await connect();
    const first = await call(id, "export");
    const again = async () =>
      await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: user_id as string }));
    expect((await again()).body).toMatchObject({ id, state: "connected" });
    // Another request refreshes at the same moment.
    await stack.sql(
      `update zoom_oauth_connections set refresh_lease_owner = 'another', refresh_lease_expires_at = now() + interval '3 seconds'
       where id = $1`,
      [id],
    );
    const second = await call(id, "export");
    expect(second.status, second.text).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
    // The grant ends at Zoom: there is nothing to export.
    expect((await again()).body).toMatchObject({ id, state: "connected" });
    await stack.control("grants/revoke", { user_id });
    expect(outcome(await call(id, "export"))).toEqual([409, "connection_disconnected"]);
  });

  it("changes nothing where Zoom is away", async () => {
    const { id } = await connect();
    await stack.control("faults", {
      operation: "token.refresh_token",
      kind: "status",
      status: 503,
      times: 0,
    });
    expect((await call(id, "export")).status).toBe(503);
    expect((await read(id)).state).toBe("connected");
    await stack.control("faults", undefined, "DELETE");
    await stack.sql("update zoom_oauth_connections set refresh_not_before = null where id = $1", [id]);
    expect((await call(id, "export")).status).toBe(200);
  });

  it("into a second project and back: the same user works each time", async () => {
    const { user_id, id } = await connect();
    const other = await stack.createProject();
    const client = { client_id: tenant.clientId, client_secret: tenant.clientSecret };
    const app = await stack.request("/api/v1/zoom_oauth_apps", {
      method: "POST",
      apiKey: other.apiKey,
      body: client,
    });
    const second = { ...tenant, ...other, appId: app.body.id };
    const out = await call(id, "export");
    const moved = await importGrant(out.body.refresh_token, {}, second);
    expect(moved.body).toMatchObject({ user_id, state: "connected" });
    expect((await call(moved.body.id, "access_token", second)).status).toBe(200);
    const back = await importGrant((await call(moved.body.id, "export", second)).body.refresh_token);
    expect(back.body).toMatchObject({ id, user_id, state: "connected" });
    expect((await call(id, "access_token")).status).toBe(200);
  });
});
