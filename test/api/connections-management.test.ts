// Listing, changing and removing connections, and what happened to them.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askForNewToken, CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());
beforeEach(async () => {
  tenant = await stack.createTenant();
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

async function connect(changes: Record<string, unknown> = {}, grant: Record<string, unknown> = {}) {
  const answer = await createUnsynced(stack, tenant, await stack.authorize(tenant, grant), changes);
  expect(answer.status).toBe(201);
  return answer.body;
}

const RECORDING = { is_local_recording_token_supported: true, is_onbehalf_token_supported: false };

const get = async (path: string) => await stack.request(path, { apiKey: tenant.apiKey });
const patch = async (id: string, body: unknown) =>
  await stack.request(`${CONNECTIONS}/${id}`, { method: "PATCH", apiKey: tenant.apiKey, body });
const remove = async (id: string, query = "") =>
  await stack.request(`${CONNECTIONS}/${id}${query}`, { method: "DELETE", apiKey: tenant.apiKey });

describe("the list", () => {
  it("is empty in a new project", async () => {
    expect((await get(CONNECTIONS)).body).toEqual({ next: null, previous: null, results: [] });
  });

  it("shows whole connections, newest first", async () => {
    const [first, second, third] = [await connect(), await connect(), await connect()];
    const { status, body } = await get(CONNECTIONS);
    expect(status).toBe(200);
    expect(body).toEqual({ next: null, previous: null, results: [third, second, first] });
  });

  it("pages forth and back by absolute URLs that keep the filters", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.unshift((await connect()).id);
    const page = async (url: string) => {
      const { pathname, search, origin } = new URL(url, stack.url);
      expect(origin).toBe(stack.url.origin);
      const { body } = await get(pathname + search);
      return { ...body, ids: body.results.map(({ id }: { id: string }) => id) };
    };
    const first = await page(`${CONNECTIONS}?page_size=2&state=connected`);
    expect([first.ids, first.previous]).toEqual([ids.slice(0, 2), null]);
    expect(first.next).toContain("state=connected");
    const second = await page(first.next);
    expect(second.ids).toEqual(ids.slice(2, 4));
    const third = await page(second.next);
    expect([third.ids, third.next]).toEqual([ids.slice(4), null]);
    const back = await page(third.previous);
    expect(back.ids).toEqual(ids.slice(2, 4));
    const start = await page(back.previous);
    expect([start.ids, start.previous]).toEqual([ids.slice(0, 2), null]);
    expect((await page(start.next)).ids).toEqual(ids.slice(2, 4));
  });

  it("holds 25 connections a page where nothing else is asked for, and at most 100", async () => {
    const one = await connect();
    await copyConnection(one.id, 119);
    expect((await get(CONNECTIONS)).body.results).toHaveLength(25);
    expect((await get(`${CONNECTIONS}?page_size=100`)).body.results).toHaveLength(100);
    expect((await get(`${CONNECTIONS}?page_size=101`)).status).toBe(400);
  });

  it("filters by every field, and by several at once", async () => {
    const otherApp = { ...tenant, ...(await stack.createApp(tenant.apiKey)) };
    const user = await stack.control("users", { account_id: "account-filter" });
    const one = await connect({ metadata: { team: "a", plan: "pro" } }, { user_id: user.id });
    const two = await connect({ metadata: { team: "b", plan: "pro", "a[b]": "q" } });
    const three = (await createUnsynced(stack, otherApp, await stack.authorize(otherApp))).body;
    await stack.sql("update zoom_oauth_connections set state = 'disconnected' where id = $1", [two.id]);
    for (const [query, expected] of [
      ["state=connected", [three, one]],
      ["state=disconnected", [two]],
      [`user_id=${user.id}`, [one]],
      ["account_id=account-filter", [one]],
      [`zoom_oauth_app_id=${otherApp.appId}`, [three]],
      ["metadata[team]=a", [one]],
      ["metadata[plan]=pro", [two, one]],
      ["metadata[plan]=pro&metadata[team]=b", [two]],
      ["metadata[plan]=pro&state=connected", [one]],
      ["metadata%5Bplan%5D=pro&state=connected", [one]],
      ["metadata[team]=A", []],
      ["metadata[a[b]]=q", [two]],
      ["user_id=nobody", []],
    ] as const) {
      const { status, body } = await get(`${CONNECTIONS}?${query}`);
      expect(status, query).toBe(200);
      const ids = body.results.map(({ id }: { id: string }) => id);
      expect(ids, query).toEqual(expected.map(({ id }) => id));
    }
  });

  it.each([
    ["cursor=nonsense", "cursor"],
    [`cursor=${btoa("o|2025-13-45T99:99:99.000000Z|zoc_1")}`, "cursor"],
    [`cursor=${btoa("o|2025-01-01T00:00:00.000000Z|'; drop")}`, "cursor"],
    [`cursor=${btoa("x|2025-01-01T00:00:00.000000Z|zoc_1")}`, "cursor"],
    [`cursor=${"x".repeat(201)}`, "cursor"],
    ["cursor=%00", "cursor"],
    [`cursor=${btoa("o|2025-02-31T00:00:00.000000Z|zoc_1")}`, "cursor"],
    [`cursor=${btoa("o|0000-01-01T00:00:00.000000Z|zoc_1")}`, "cursor"],
    ["page_size=0", "page_size"],
    ["page_size=101", "page_size"],
    ["page_size=-1", "page_size"],
    ["page_size=1.5", "page_size"],
    ["page_size=ten", "page_size"],
    ["page_size=", "page_size"],
    ["state=broken", "state"],
    ["zoom_oauth_app_id=zoc_1", "zoom_oauth_app_id"],
    ["user_id=%00", "user_id"],
    ["user_id=a&user_id=b", "user_id"],
    ["metadata=x", "metadata"],
    ["metadata[a]=%00", "metadata.a"],
    ["unknown=1", "unknown"],
    ["filter[a]=1", "filter"],
    ["__proto__[state]=connected", "__proto__"],
  ])("refuses %s", async (query, field) => {
    const answer = await get(`${CONNECTIONS}?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(Object.keys(answer.body.fields)).toEqual([field]);
  });
});

describe("a change", () => {
  it("of metadata replaces it as a whole, and null removes it", async () => {
    const { id, ...before } = await connect({ metadata: { a: "1", b: "2" } });
    const changed = await patch(id, { metadata: { c: "3" } });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({
      id,
      ...before,
      metadata: { c: "3" },
      updated_at: changed.body.updated_at,
    });
    expect(changed.body.updated_at > before.updated_at).toBe(true);
    expect((await patch(id, {})).body.metadata).toEqual({ c: "3" });
    expect((await patch(id, { metadata: null })).body.metadata).toBeNull();
    expect((await get(`${CONNECTIONS}/${id}`)).body.metadata).toBeNull();
  });

  it("of capabilities is checked against the granted scopes", async () => {
    const scopes = [
      "user:read:user",
      "user:read:zak",
      "meeting:read:list_meetings",
      "meeting:read:local_recording_token",
    ];
    const narrow = await connect(RECORDING, { scopes });
    const refused = await patch(narrow.id, { is_onbehalf_token_supported: true });
    expect([refused.status, refused.body.code]).toEqual([400, "missing_scopes"]);
    expect(refused.body.error).toContain("user:read:token");
    const wide = await connect(RECORDING);
    const both = await patch(wide.id, { is_onbehalf_token_supported: true });
    expect([both.status, both.body.is_onbehalf_token_supported]).toEqual([200, true]);
    const one = await patch(wide.id, { is_local_recording_token_supported: false });
    expect([one.status, one.body.is_local_recording_token_supported]).toEqual([200, false]);
    const none = await patch(wide.id, { is_onbehalf_token_supported: false });
    expect([none.status, none.body.code]).toEqual([400, "invalid_request"]);
    expect(Object.keys(none.body.fields)).toEqual(["is_onbehalf_token_supported"]);
  });

  it("of capabilities needs a grant to look at", async () => {
    const { id } = await connect(RECORDING);
    await stack.sql(
      "update zoom_oauth_connections set state = 'disconnected', credentials = null where id = $1",
      [id],
    );
    const refused = await patch(id, { is_onbehalf_token_supported: true });
    expect([refused.status, refused.body.code]).toEqual([409, "connection_disconnected"]);
    expect((await patch(id, { metadata: { still: "works" } })).status).toBe(200);
  });

  it("that meets others at the same moment loses none", async () => {
    const { id } = await connect(RECORDING);
    const answers = await Promise.all([
      patch(id, { metadata: { winner: "any" } }),
      patch(id, { is_onbehalf_token_supported: true }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { body } = await get(`${CONNECTIONS}/${id}`);
    expect([body.metadata, body.is_onbehalf_token_supported]).toEqual([{ winner: "any" }, true]);
  });

  it.each([
    [{ metadata: {} }, "metadata"],
    [{ metadata: { a: 1 } }, "metadata.a"],
    [{ is_onbehalf_token_supported: null }, "is_onbehalf_token_supported"],
    [{ state: "connected" }, "state"],
  ])("to %j is refused", async (body, field) => {
    const answer = await patch("zoc_0000000000000000", body);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(Object.keys(answer.body.fields)).toEqual([field]);
  });
});

describe("a removal", () => {
  it("leaves no ciphertext, no meeting and no metadata, and its events for 30 days", async () => {
    const user = await stack.control("users", {});
    const { id } = await connect({ metadata: { personal: "data" } }, { user_id: user.id });
    await stack.sql(
      "insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id) values ($1, 1, $2)",
      [tenant.appId, id],
    );
    const removed = await remove(id);
    expect([removed.status, removed.text]).toEqual([200, ""]);
    const tables = ["zoom_oauth_connections", "zoom_meetings", "used_authorization_codes"];
    for (const table of tables) {
      const dump = JSON.stringify(await stack.sql(`select * from ${table}`));
      expect(dump).not.toContain(id);
      expect(dump).not.toContain(user.id);
    }
    expect((await get(`${CONNECTIONS}/${id}`)).status).toBe(404);
    expect((await remove(id)).status).toBe(404);
    const events = await get(`${CONNECTIONS}/${id}/events`);
    expect(events.body.results.map(({ type }: { type: string }) => type)).toEqual(["revoked", "created"]);
    expect(JSON.stringify(events.body)).not.toContain(user.id);
    await stack.sql("update connection_events set expires_at = expires_at - interval '29.9 days'");
    await stack.runCron();
    expect((await get(`${CONNECTIONS}/${id}/events`)).body.results).toHaveLength(2);
    await stack.sql("update connection_events set expires_at = expires_at - interval '0.2 days'");
    await stack.runCron();
    expect((await get(`${CONNECTIONS}/${id}/events`)).status).toBe(404);
  });

  it("revokes the grant at Zoom", async () => {
    const { id, user_id } = await connect();
    await remove(id);
    const [grant] = await stack.control(`grants?user_id=${user_id}`);
    expect(grant.revoked).toBe(true);
  });

  it("leaves the grant at Zoom where it is told to", async () => {
    const { id, user_id } = await connect();
    expect((await remove(id, "?revoke=false")).status).toBe(200);
    const [grant] = await stack.control(`grants?user_id=${user_id}`);
    expect(grant.revoked).toBe(false);
    const { body } = await get(`${CONNECTIONS}/${id}/events`);
    expect(body.results[0].type).toBe("disconnected");
  });

  it.each([
    ["500", { kind: "status", status: 500 }],
    ["a reset", { kind: "drop_before" }],
    ["HTML", { kind: "malformed" }],
  ])("succeeds whatever Zoom answers to the revocation: %s", async (_name, fault) => {
    const { id } = await connect();
    await stack.control("faults", { operation: "revoke", ...fault });
    expect((await remove(id)).status).toBe(200);
    expect((await get(`${CONNECTIONS}/${id}`)).status).toBe(404);
    expect(stack.logs().some((line) => line.includes("grant_not_revoked") && line.includes(id))).toBe(true);
  });

  it("lets the same user connect again, as a new connection", async () => {
    const user = await stack.control("users", {});
    const before = await connect({}, { user_id: user.id });
    await remove(before.id);
    const after = await connect({}, { user_id: user.id });
    expect(after.id).not.toBe(before.id);
  });

  it.each([
    ["?revoke=no", "revoke"],
    ["?force=true", "force"],
  ])("with %s is refused", async (query, field) => {
    const answer = await remove("zoc_0000000000000000", query);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(Object.keys(answer.body.fields)).toEqual([field]);
  });
});

describe("events", () => {
  it("are listed newest first, in pages, without secrets", async () => {
    const user = await stack.control("users", {});
    const { id } = await connect({}, { user_id: user.id });
    for (let index = 0; index < 3; index++) await connect({}, { user_id: user.id });
    const types: string[] = [];
    for (let url: string | null = `${CONNECTIONS}/${id}/events?page_size=3`; url; ) {
      const answer: Awaited<ReturnType<typeof get>> = await get(url.replace(stack.url.origin, ""));
      expect(answer.status).toBe(200);
      for (const event of answer.body.results) {
        expect(Object.keys(event)).toEqual(["id", "type", "data", "actor", "created_at"]);
        types.push(event.type);
      }
      url = answer.body.next;
    }
    expect(types).toEqual(["reconnected", "reconnected", "reconnected", "created"]);
  });

  it("name who asked for the refresh, and whose refused consent brought new tokens", async () => {
    const user = await stack.control("users", {});
    const { id } = await connect({}, { user_id: user.id });
    await askForNewToken(stack, tenant, id);
    const code = await stack.authorize(tenant, { user_id: user.id, scopes: ["user:read:user"] });
    expect((await createUnsynced(stack, tenant, code)).body.code).toBe("missing_scopes");
    const { body } = await get(`${CONNECTIONS}/${id}/events`);
    const actor = { type: "api_key", id: expect.stringMatching(/^key_/) };
    expect(body.results.map((event: { type: string; actor: object }) => [event.type, event.actor])).toEqual([
      ["refreshed", actor],
      ["token_issued", actor],
      ["refreshed", actor],
      ["created", actor],
    ]);
  });

  it("of every day last for 30 days, and the others as long as the connection", async () => {
    const { id } = await connect();
    await askForNewToken(stack, tenant, id);
    const types = async () =>
      (await get(`${CONNECTIONS}/${id}/events`)).body.results.map(({ type }: { type: string }) => type);
    expect(await types()).toEqual(["token_issued", "refreshed", "created"]);
    await stack.sql("update connection_events set expires_at = expires_at - interval '30 days'");
    await stack.runCron();
    expect(await types()).toEqual(["created"]);
  });

  it("of a connection that never was are not found", async () => {
    expect((await get(`${CONNECTIONS}/zoc_0000000000000000/events`)).status).toBe(404);
  });
});

/** Copies of a connection for other users, straight into the database. */
async function copyConnection(id: string, count: number): Promise<void> {
  await stack.sql(
    `insert into zoom_oauth_connections (id, project_id, zoom_oauth_app_id, user_id, account_id, state,
       is_local_recording_token_supported, is_onbehalf_token_supported, credentials, authorized_at)
     select 'zoc_' || lpad(number::text, 16, '0'), project_id, zoom_oauth_app_id, 'copy-' || number, account_id,
       state, true, false, credentials, authorized_at
     from zoom_oauth_connections, generate_series(1, $2::int) number where id = $1`,
    [id, count],
  );
}
