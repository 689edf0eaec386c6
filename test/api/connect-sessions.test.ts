// Connect sessions: what a product makes and reads, and the way of its user through the hosted pages, step by step. As a
// browser sees them: test/browser/connect.test.ts.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { webhookPayloads } from "../../src/model/webhook-payloads.ts";
import { CONNECTIONS, countExchanges, createUnsynced, eventTypes, waitFor } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createSession, createVisitor, SESSIONS } from "../support/visitor.ts";

const LOCAL_RECORDING = { is_local_recording_token_supported: true, is_onbehalf_token_supported: false };

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());
afterEach(async () => {
  stack.gateway.setFault(null);
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

async function create(changes: Record<string, unknown> = {}, of: Tenant = tenant) {
  const { status, body } = await createSession(stack, of, changes);
  expect(status).toBe(201);
  return body as { id: string; url: string };
}

const read = async (id: string, of: Tenant = tenant) =>
  (await stack.request(`${SESSIONS}/${id}`, { apiKey: of.apiKey })).body;

/** The query that the product gets. */
function returned(location: string | null): Record<string, string> {
  expect(location).toMatch(/^https:\/\/app\.example\.com\/connected\?tab=1&/);
  const { tab: _, ...query } = Object.fromEntries(new URL(location as string).searchParams);
  return query;
}

/** A tenant with a webhook for both triggers, and what it was told. */
async function createListener() {
  const own = await stack.createTenant();
  const body = {
    url: "https://example.com/hook",
    triggers: ["connect_session.completed", "connect_session.failed"],
  };
  const hook = await stack.request("/api/v1/webhooks", { method: "POST", apiKey: own.apiKey, body });
  const told = async () => {
    const rows = await stack.sql(
      "select payload, idempotency_key from webhook_deliveries where webhook_id = $1 order by created_at, id",
      [hook.body.id],
    );
    return rows.map(({ payload, idempotency_key }) => {
      const event = { ...(payload as { trigger: keyof typeof webhookPayloads }), idempotency_key };
      return webhookPayloads[event.trigger].parse(event) as Record<string, unknown>;
    });
  };
  return { own, told };
}

describe("a session", () => {
  it("is made with a link that is shown once", async () => {
    const metadata = { tenant_id: "42" };
    const { status, body } = await createSession(stack, tenant, { metadata });
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual([
      ...["id", "url", "state", "zoom_oauth_connection_id", "failure", "return_url", "metadata"],
      ...["created_at", "expires_at", "completed_at"],
    ]);
    expect(body.url).toMatch(new RegExp(`^${stack.url.origin}/connect/[A-Za-z0-9]{40}$`));
    expect(body).toMatchObject({ state: "open", failure: null, metadata, completed_at: null });
    expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(3_600_000);
    const { url: _, ...shown } = body;
    expect(await read(body.id)).toEqual(shown);
    const list = await stack.request(`${SESSIONS}?page_size=1`, { apiKey: tenant.apiKey });
    expect(list.body.results).toEqual([shown]);
  });

  it.each([
    [{ return_url: "http://app.example.com/" }, "return_url"],
    [{ return_url: "http://localhost:3000/" }, "return_url"],
    [{ return_url: "javascript:alert(1)" }, "return_url"],
    [{ return_url: "https://user:pw@app.example.com/" }, "return_url"],
    [{ return_url: "//app.example.com/" }, "return_url"],
    [{ return_url: "https://app.example.com\\@evil.example/" }, "return_url"],
    [{ return_url: "https://app;script-src/" }, "return_url"],
    [{ return_url: "https://app'example/" }, "return_url"],
    [{ expires_in_seconds: 59 }, "expires_in_seconds"],
    [{ expires_in_seconds: 604_801 }, "expires_in_seconds"],
    [{ is_onbehalf_token_supported: false }, "is_local_recording_token_supported"],
    [{ metadata: {} }, "metadata"],
    [{ unknown: 1 }, "unknown"],
  ])("with %j is refused", async (changes, field) => {
    const { status, body } = await createSession(stack, tenant, changes);
    expect([status, body.code, Object.keys(body.fields)]).toEqual([400, "invalid_request", [field]]);
  });

  it("returns only to the origins that the app allows, where it names some", async () => {
    const own = await stack.createTenant();
    const path = `/api/v1/zoom_oauth_apps/${own.appId}`;
    const patch = async (allowed_return_origins: unknown) =>
      await stack.request(path, { method: "PATCH", apiKey: own.apiKey, body: { allowed_return_origins } });
    expect((await patch(["https://app.example.com"])).body.allowed_return_origins).toEqual([
      "https://app.example.com",
    ]);
    for (const wrong of [
      "https://app.example.com/",
      "https://app.example.com:443",
      "http://a.example",
      "x",
    ]) {
      expect((await patch([wrong])).body.fields).toHaveProperty(["allowed_return_origins.0"]);
    }
    await create({}, own);
    const other = await createSession(stack, own, { return_url: "https://app.example.com.evil.example/" });
    expect([other.status, Object.keys(other.body.fields)]).toEqual([400, ["return_url"]]);
    expect((await patch(null)).body.allowed_return_origins).toBeNull();
    await create({ return_url: "https://elsewhere.example/" }, own);
  });

  it("names a connection of its own project, of its own app", async () => {
    const other = await stack.createTenant();
    const foreign = await createUnsynced(stack, other, await stack.authorize(other));
    const missing = await createSession(stack, tenant, { zoom_oauth_connection_id: foreign.body.id });
    expect([missing.status, missing.body.code]).toEqual([404, "not_found"]);
    const second = await stack.createApp(tenant.apiKey);
    const own = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    const mixed = await createSession(
      stack,
      { ...tenant, appId: second.appId },
      { zoom_oauth_connection_id: own.body.id },
    );
    expect([mixed.status, Object.keys(mixed.body.fields)]).toEqual([400, ["zoom_oauth_app_id"]]);
  });

  it("is ended with DELETE, once, and its link then leads nowhere", async () => {
    const { own, told } = await createListener();
    const { id, url } = await create({}, own);
    for (let round = 0; round < 2; round++) {
      const ended = await stack.request(`${SESSIONS}/${id}`, { method: "DELETE", apiKey: own.apiKey });
      expect([ended.status, ended.text]).toEqual([200, ""]);
    }
    expect((await read(id, own)).state).toBe("cancelled");
    expect(await told()).toMatchObject([{ connect_session_id: id, data: { state: "cancelled" } }]);
    const visitor = createVisitor(stack);
    expect((await visitor.get(url)).status).toBe(410);
    expect((await visitor.post(url)).location).toBe(url);
  });
});

describe("the way of a user", () => {
  it("leads from the link to a connection and back", async () => {
    const { own, told } = await createListener();
    const session = await create({ metadata: { tenant_id: "7" } }, own);
    const visitor = createVisitor(stack);
    const page = await visitor.get(session.url);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Connect Zoom to Test");
    const callback = await visitor.consent(session.url);
    expect(callback).toMatch(new RegExp(`^${stack.url.origin}/oauth/zoom/callback\\?code=`));
    const answer = await visitor.get(callback);
    expect(answer.status).toBe(303);
    expect(returned(answer.location)).toEqual({ connect_session_id: session.id, status: "completed" });
    const { state, failure, zoom_oauth_connection_id, completed_at } = await read(session.id, own);
    expect([state, failure, typeof completed_at]).toEqual(["completed", null, "string"]);
    const connection = await stack.request(`${CONNECTIONS}/${zoom_oauth_connection_id}`, {
      apiKey: own.apiKey,
    });
    expect(connection.body).toMatchObject({ state: "connected", metadata: { tenant_id: "7" } });
    expect(await told()).toMatchObject([
      { trigger: "connect_session.completed", connect_session_id: session.id, zoom_oauth_connection_id },
    ]);
    const used = await visitor.get(session.url);
    expect([used.status, used.text.includes("Zoom is connected")]).toEqual([410, true]);
  });

  it("costs one round trip for the link, one for the button, and two and two for Zoom's answer", async () => {
    const { url } = await create();
    const visitor = createVisitor(stack);
    const timing = async (step: Promise<{ headers: Headers }>) => {
      const text = (await step).headers.get("Server-Timing") ?? "";
      return [...text.matchAll(/(\w+);dur=[\d.]+;desc="(\d+)"/g)].map(
        ([, peer, count]) => `${peer} ${count}`,
      );
    };
    expect(await timing(visitor.get(url))).toEqual(["db 1", "zoom 0"]);
    expect(await timing(visitor.post(url))).toEqual(["db 1", "zoom 0"]);
    const callback = await visitor.consent(url);
    stack.gateway.clearRequests();
    expect(await timing(visitor.get(callback))).toEqual(["db 2", "zoom 2"]);
    expect(stack.gateway.requests).toHaveLength(2);
  });

  it("is the same for a reload, a second tab and a double click", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const callback = await visitor.consent(url);
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await visitor.get(callback)));
    for (const { location } of [...answers, await visitor.get(callback)]) {
      expect(returned(location)).toEqual({ connect_session_id: id, status: "completed" });
    }
    expect((await countExchanges(stack, tenant)).asked).toBe(1);
    expect(await eventTypes(stack, (await read(id)).zoom_oauth_connection_id)).toEqual(["created"]);
  });

  it("may begin in two tabs, of which the first one to come back counts", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const [first, second] = [await visitor.consent(url), await visitor.consent(url)];
    expect(returned((await visitor.get(first)).location).status).toBe("completed");
    expect(returned((await visitor.get(second)).location)).toEqual({
      connect_session_id: id,
      status: "completed",
    });
    expect((await countExchanges(stack, tenant)).asked).toBe(1);
  });

  it("survives 1,000 visits of scanners", async () => {
    const { id, url } = await create();
    const scanner = createVisitor(stack);
    const before = await stack.sql("select * from connect_sessions where id = $1", [id]);
    for (let round = 0; round < 50; round++) {
      const visits = Array.from({ length: 20 }, async (_, index) =>
        index % 2 ? await scanner.head(url) : await scanner.get(url),
      );
      for (const { status } of await Promise.all(visits)) expect(status).toBe(200);
    }
    expect(await stack.sql("select * from connect_sessions where id = $1", [id])).toEqual(before);
    expect(await stack.sql("select from connect_attempts where connect_session_id = $1", [id])).toEqual([]);
    const visitor = createVisitor(stack);
    expect(returned((await visitor.get(await visitor.consent(url))).location).status).toBe("completed");
  });

  it("keeps a bounded number of attempts that nobody answered", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    for (let round = 0; round < 25; round++) await visitor.press(url);
    const [row] = await stack.sql(
      "select count(*)::int as count from connect_attempts where connect_session_id = $1",
      [id],
    );
    expect(row?.count).toBe(20);
    expect(returned((await visitor.get(await visitor.consent(url))).location).status).toBe("completed");
  });
});

it("keeps a bounded number of attempts that were declined", { timeout: 60_000 }, async () => {
  const session = await createSession(stack, tenant);
  const visitor = createVisitor(stack);
  for (let round = 0; round < 25; round++) {
    const consent = new URL(await visitor.press(session.body.url));
    const state = consent.searchParams.get("state");
    await visitor.get(`${stack.url.origin}/oauth/zoom/callback?state=${state}&error=access_denied`);
  }
  const kept = "select from connect_attempts where connect_session_id = $1";
  expect((await stack.sql(kept, [session.body.id])).length).toBeLessThanOrEqual(21);
});

describe("Zoom's answer", () => {
  it("in another browser changes nothing, and stays good for the right one", async () => {
    const { id, url } = await create();
    const [victim, attacker] = [createVisitor(stack), createVisitor(stack)];
    const callback = await victim.consent(url);
    await attacker.press(url);
    for (const stranger of [attacker, createVisitor(stack)]) {
      const page = await stranger.follow(callback);
      expect([page.status, page.text.includes("We do not recognise this browser")]).toEqual([403, true]);
    }
    expect((await countExchanges(stack, tenant)).asked).toBe(0);
    expect((await read(id)).state).toBe("open");
    expect(returned((await victim.get(callback)).location).status).toBe("completed");
  });

  it("of an attacker's session connects nobody in a victim's browser", async () => {
    const [mine, theirs] = [await create(), await create()];
    const [victim, attacker] = [createVisitor(stack), createVisitor(stack)];
    await victim.press(mine.url);
    const callback = await attacker.consent(theirs.url);
    expect((await victim.follow(callback)).status).toBe(403);
    expect([(await read(mine.id)).state, (await read(theirs.id)).state]).toEqual(["open", "open"]);
  });

  it("with a stranger's code in it fails at Zoom, by its code verifier", async () => {
    const { id, url } = await create();
    const [victim, attacker] = [createVisitor(stack), createVisitor(stack)];
    const stolen = new URL(await victim.consent(url)).searchParams.get("code") as string;
    const own = new URL(await attacker.consent(url));
    own.searchParams.set("code", stolen);
    expect((await attacker.get(own.href)).location).toBe(url);
    expect((await read(id)).failure.code).toBe("authorization_code_rejected");
    expect((await countExchanges(stack, tenant)).granted).toBe(0);
  });

  it("is bound to a cookie that a planted one does not replace", async () => {
    const { url } = await create();
    const visitor = createVisitor(stack);
    await visitor.press(url);
    const [[name = ""] = []] = visitor.cookies;
    expect(name).toMatch(/^__Host-/);
    const planted = `${"A".repeat(40)}.${url.split("/").at(-1)}`;
    for (const known of visitor.cookies.keys()) visitor.cookies.set(known, planted);
    const callback = await visitor.consent(url);
    expect([...visitor.cookies.values()].filter((value) => value !== planted)).toHaveLength(1);
    const attacker = createVisitor(stack);
    for (const known of visitor.cookies.keys()) attacker.cookies.set(known, planted);
    expect((await attacker.follow(callback)).status).toBe(403);
    expect(returned((await visitor.get(callback)).location).status).toBe("completed");
  });

  it("uses the state up: another code for it is not taken", async () => {
    const { url } = await create();
    const visitor = createVisitor(stack);
    const callback = new URL(await visitor.consent(url, { decision: "decline" }));
    expect((await visitor.get(callback.href)).location).toBe(url);
    callback.searchParams.delete("error");
    callback.searchParams.set("code", await stack.authorize(tenant));
    expect((await visitor.get(callback.href)).location).toBe(url);
    expect((await countExchanges(stack, tenant)).asked).toBe(0);
  });

  it("is not taken by HEAD, and without a state not at all", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const callback = await visitor.consent(url);
    expect((await visitor.head(callback)).status).toBe(200);
    expect((await countExchanges(stack, tenant)).asked).toBe(0);
    const stateless = new URL(callback);
    stateless.searchParams.delete("state");
    expect((await visitor.follow(stateless.href)).status).toBe(404);
    expect((await read(id)).state).toBe("open");
    expect(returned((await visitor.get(callback)).location).status).toBe("completed");
  });

  it("is too late after the session's time", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const callback = await visitor.consent(url);
    await stack.sql("update connect_sessions set expires_at = now() where id = $1", [id]);
    const page = await visitor.follow(callback);
    expect([page.status, page.text.includes("This link has expired")]).toEqual([410, true]);
    expect((await countExchanges(stack, tenant)).asked).toBe(0);
  });
});

describe("what goes wrong", () => {
  it("declined: the session stays open, a second attempt connects", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const page = await visitor.follow(await visitor.consent(url, { decision: "decline" }));
    expect(page.text).toContain("You declined at Zoom");
    expect(await read(id)).toMatchObject({ state: "open", failure: { code: "access_denied" } });
    expect(returned((await visitor.get(await visitor.consent(url))).location).status).toBe("completed");
    expect((await read(id)).failure).toBeNull();
  });

  it("declined, and back: cancelled, and the product hears of it once", async () => {
    const { own, told } = await createListener();
    const { id, url } = await create({}, own);
    const visitor = createVisitor(stack);
    await visitor.get(await visitor.consent(url, { decision: "decline" }));
    expect(await told()).toEqual([]);
    for (let round = 0; round < 2; round++) {
      const back = await visitor.post(`${url}/back`);
      expect(returned(back.location)).toEqual({ connect_session_id: id, status: "cancelled" });
    }
    expect(await told()).toMatchObject([
      {
        trigger: "connect_session.failed",
        zoom_oauth_connection_id: null,
        data: { state: "cancelled", failure: { code: "access_denied" } },
      },
    ]);
  });

  it("two users at one link: while the first one's grant is on its way, the second one's is not taken", async () => {
    const { url } = await create({ metadata: { customer: "of one link" } });
    const [first, second] = [createVisitor(stack), createVisitor(stack)];
    const answers = [await first.consent(url), await second.consent(url)] as const;
    await stack.control("requests", undefined, "DELETE");
    stack.gateway.setFault({ kind: "drop", matching: (text) => /^\/\* store_grant \*\//.test(text) });
    await first.follow(answers[0]);
    await second.follow(answers[1]);
    stack.gateway.setFault(null);
    const list = `${CONNECTIONS}?metadata[customer]=of+one+link`;
    const found = async () => (await stack.request(list, { apiKey: tenant.apiKey })).body.results.length;
    await expect.poll(found).toBe(1);
    const { requests } = await stack.control("requests?operation=token.authorization_code");
    expect(requests).toHaveLength(1);
  });

  it("back before anything failed changes nothing", async () => {
    const { id, url } = await create();
    expect((await createVisitor(stack).post(`${url}/back`)).location).toBe(url);
    expect((await read(id)).state).toBe("open");
  });

  it("missing scopes: named in words, and back is a failure with its code", async () => {
    const narrow = await stack.createTenant(["user:read:user", "user:read:zak"]);
    const { id, url } = await create(LOCAL_RECORDING, narrow);
    const visitor = createVisitor(stack);
    const page = await visitor.follow(await visitor.consent(url));
    expect(page.text).toContain("View a user&#39;s meetings");
    expect(page.text).toContain("meeting:read:local_recording_token");
    expect(page.text).not.toContain("user:read:zak");
    const { state, failure } = await read(id, narrow);
    expect([state, failure.code, Object.keys(failure)]).toEqual([
      "open",
      "missing_scopes",
      ["code", "message"],
    ]);
    expect(failure.message).toContain("meeting:read:list_meetings");
    expect(returned((await visitor.post(`${url}/back`)).location)).toEqual({
      connect_session_id: id,
      status: "failed",
      code: "missing_scopes",
    });
  });

  it("an inactive user", async () => {
    const { id: userId } = await stack.control("users", { status: "inactive" });
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    expect((await visitor.follow(await visitor.consent(url, { userId }))).text).toContain("not active");
    expect((await read(id)).failure.code).toBe("user_not_active");
  });

  it.each([
    ["status", { status: 500 }, "zoom_unavailable"],
    ["rate_limit", {}, "zoom_rate_limited"],
    ["malformed", {}, "zoom_error"],
  ])("Zoom's token endpoint with %s: told, and tried again", async (kind, more, code) => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const callback = await visitor.consent(url);
    await stack.control("faults", { operation: "token.authorization_code", kind, times: 0, ...more });
    const page = await visitor.follow(callback);
    expect(page.status).toBe(200);
    expect(await read(id)).toMatchObject({ state: "open", failure: { code } });
    await stack.control("faults", undefined, "DELETE");
    expect(returned((await visitor.get(await visitor.consent(url))).location).status).toBe("completed");
  });

  it("the database away: a page says so and tries again by itself", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const callback = await visitor.consent(url);
    stack.gateway.setFault({ kind: "error" });
    const link = await visitor.get(url);
    expect([link.status, link.headers.get("Refresh"), link.headers.get("Retry-After")]).toEqual([
      503,
      "5",
      "5",
    ]);
    const page = await visitor.follow(callback);
    expect([page.status, page.headers.get("Refresh")]).toEqual([503, "5"]);
    stack.gateway.setFault(null);
    expect((await visitor.get(`${url}/result`)).location).toBe(url);
    expect((await read(id)).state).toBe("open");
  });

  it("the database away after Zoom's answer: the page waits, and finds the result", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    const callback = await visitor.consent(url);
    const isStore = (text: string) => text.startsWith("/* store_grant */");
    stack.gateway.setFault({ kind: "error", matching: isStore });
    const answer = await visitor.get(callback);
    expect(answer.location).toBe(`${url}/result`);
    const waiting = await visitor.get(`${url}/result`);
    expect([waiting.status, waiting.headers.get("Refresh")]).toEqual([200, "2"]);
    expect((await visitor.get(url)).location).toBe(`${url}/result`);
    const ended = await stack.request(`${SESSIONS}/${id}`, { method: "DELETE", apiKey: tenant.apiKey });
    expect([ended.status, ended.body.code]).toEqual([409, "conflict"]);
    await stack.sql("update connect_sessions set expires_at = now() where id = $1", [id]);
    expect((await read(id)).state).toBe("open");
    stack.gateway.setFault(null);
    const found = await waitFor(async () => {
      const { location } = await visitor.get(`${url}/result`);
      return location;
    }, "the result");
    expect(returned(found)).toEqual({ connect_session_id: id, status: "completed" });
    expect((await countExchanges(stack, tenant)).asked).toBe(1);
  });

  it("a link that does not exist, or a part of one", async () => {
    const visitor = createVisitor(stack);
    for (const secret of ["A".repeat(40), "short", "%00", `${"A".repeat(40)}/x`]) {
      const page = await visitor.get(`${stack.url.origin}/connect/${secret}`);
      expect(page.status).toBe(404);
    }
  });

  it("a button that another site pressed", async () => {
    const { url } = await create();
    const visitor = createVisitor(stack);
    for (const headers of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "https://evil.example" },
      { Origin: "null" },
    ] as Record<string, string>[]) {
      for (const path of [url, `${url}/back`]) expect((await visitor.post(path, headers)).status).toBe(403);
    }
    expect(visitor.cookies.size).toBe(0);
    expect((await visitor.post(url, { Origin: stack.url.origin })).status).toBe(303);
  });

  it("a user who never comes back: the session says so, with the likely causes", async () => {
    const { id, url } = await create();
    await createVisitor(stack).press(url);
    expect((await read(id)).failure).toBeNull();
    await stack.sql(
      "update connect_attempts set created_at = now() - interval '11 minutes' where connect_session_id = $1",
      [id],
    );
    const { state, failure } = await read(id);
    expect([state, failure.code]).toEqual(["open", "never_came_back"]);
    for (const cause of ["not published", "/oauth/zoom/callback", "administrator"]) {
      expect(failure.message).toContain(cause);
    }
  });
});

describe("a session past its time", () => {
  it("is shown as expired", async () => {
    const { id, url } = await create();
    await stack.sql("update connect_sessions set expires_at = now() where id = $1", [id]);
    expect((await read(id)).state).toBe("expired");
    expect((await createVisitor(stack).post(url)).location).toBe(url);
    expect(await stack.sql("select from connect_attempts where connect_session_id = $1", [id])).toEqual([]);
  });

  it("is shown as failed where an attempt failed", async () => {
    const { id, url } = await create();
    const visitor = createVisitor(stack);
    await visitor.get(await visitor.consent(url, { decision: "decline" }));
    await stack.sql("update connect_sessions set expires_at = now() where id = $1", [id]);
    expect(await read(id)).toMatchObject({ state: "failed", failure: { code: "access_denied" } });
  });
});

describe("a reconnect", () => {
  async function createDisconnected() {
    const userId = (await stack.control("users", {})).id;
    const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: userId }), {
      metadata: { tenant_id: "1" },
    });
    await stack.sql(
      `update zoom_oauth_connections set state = 'disconnected', connection_failure_data =
         '{"error": "x", "code": "grant_revoked", "timestamp": "2026-01-01T00:00:00.000000Z"}' where id = $1`,
      [body.id],
    );
    return { userId, connectionId: body.id as string };
  }

  const KEPT = {
    is_local_recording_token_supported: undefined,
    is_onbehalf_token_supported: undefined,
  };

  it("keeps the connection's id, metadata and capabilities", async () => {
    const { userId, connectionId } = await createDisconnected();
    const token = await stack.request(`${CONNECTIONS}/${connectionId}/access_token`, {
      method: "POST",
      apiKey: tenant.apiKey,
    });
    expect([token.status, token.body.code]).toEqual([409, "connection_disconnected"]);
    expect(token.body.error).toContain("POST /api/v1/connect_sessions");
    const { id, url } = await create({ ...KEPT, zoom_oauth_connection_id: connectionId });
    const visitor = createVisitor(stack);
    expect((await visitor.get(url)).text).toContain("Reconnect Zoom to Test");
    expect(returned((await visitor.get(await visitor.consent(url, { userId }))).location).status).toBe(
      "completed",
    );
    expect((await read(id)).zoom_oauth_connection_id).toBe(connectionId);
    const { body } = await stack.request(`${CONNECTIONS}/${connectionId}`, { apiKey: tenant.apiKey });
    expect(body).toMatchObject({
      state: "connected",
      metadata: { tenant_id: "1" },
      is_local_recording_token_supported: false,
      is_onbehalf_token_supported: true,
    });
  });

  it("takes metadata that it names, also none", async () => {
    const { userId, connectionId } = await createDisconnected();
    const { url } = await create({ ...KEPT, zoom_oauth_connection_id: connectionId, metadata: null });
    const visitor = createVisitor(stack);
    await visitor.get(await visitor.consent(url, { userId }));
    const { body } = await stack.request(`${CONNECTIONS}/${connectionId}`, { apiKey: tenant.apiKey });
    expect([body.state, body.metadata]).toEqual(["connected", null]);
  });

  it("by another Zoom user is refused, names neither, and gives the grant back", async () => {
    const { userId, connectionId } = await createDisconnected();
    const { id, url } = await create({ ...KEPT, zoom_oauth_connection_id: connectionId });
    const stranger = (await stack.control("users", {})).id;
    const visitor = createVisitor(stack);
    const page = await visitor.follow(await visitor.consent(url, { userId: stranger }));
    expect(page.text).toContain("This is another Zoom user");
    const session = await read(id);
    expect(session).toMatchObject({ state: "open", failure: { code: "wrong_zoom_user" } });
    for (const text of [page.text, JSON.stringify(session)]) {
      for (const name of [userId, stranger]) expect(text).not.toContain(name);
    }
    const { requests } = await stack.control("requests?operation=revoke");
    expect(requests).toHaveLength(1);
    expect(await stack.sql("select from zoom_oauth_connections where user_id = $1", [stranger])).toEqual([]);
    expect(returned((await visitor.get(await visitor.consent(url, { userId }))).location).status).toBe(
      "completed",
    );
  });

  it("by another Zoom user who is connected leaves that one connected, with the new tokens", async () => {
    const { connectionId } = await createDisconnected();
    const other = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    const { url } = await create({ ...KEPT, zoom_oauth_connection_id: connectionId });
    const visitor = createVisitor(stack);
    await visitor.follow(await visitor.consent(url, { userId: other.body.user_id }));
    expect((await stack.control("requests?operation=revoke")).requests).toEqual([]);
    await stack.sql("update zoom_oauth_connections set access_token_expires_at = now() where id = $1", [
      other.body.id,
    ]);
    const token = await stack.request(`${CONNECTIONS}/${other.body.id}/access_token`, {
      method: "POST",
      apiKey: tenant.apiKey,
    });
    expect(token.status).toBe(200);
  });

  it("of a connection that was deleted meanwhile leads nowhere", async () => {
    const { connectionId } = await createDisconnected();
    const { id, url } = await create({ ...KEPT, zoom_oauth_connection_id: connectionId });
    await stack.request(`${CONNECTIONS}/${connectionId}?revoke=false`, {
      method: "DELETE",
      apiKey: tenant.apiKey,
    });
    const visitor = createVisitor(stack);
    expect((await visitor.get(url)).status).toBe(410);
    expect((await visitor.post(url)).location).toBe(url);
    expect((await read(id)).zoom_oauth_connection_id).toBeNull();
  });
});

describe("each page", () => {
  it("has a policy of its own, and no secret but its own link", async () => {
    const { url } = await create();
    const page = await createVisitor(stack).get(url);
    const policy = page.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`form-action 'self' ${stack.simulator.url} https://app.example.com;`);
    expect(policy).not.toContain("unsafe");
    expect(page.headers.get("Referrer-Policy")).toBe("same-origin");
    expect(page.headers.get("Cache-Control")).toBe("no-store");
    expect(page.text).not.toContain("<script");
    expect(Buffer.byteLength(page.text)).toBeLessThan(20_000);
  });

  it.each([
    ["de-AT,de;q=0.9,en;q=0.8", "de", "Weiter zu Zoom"],
    ["nl, fr;q=0.5", "fr", "Continuer vers Zoom"],
    ["es-419", "es", "Continuar a Zoom"],
    ["pt-BR", "pt", "Continuar no Zoom"],
    ["ja", "ja", "Zoom に進む"],
    ["xx, *;q=0.1", "en", "Continue to Zoom"],
  ])("speaks the language of the browser: %s", async (accepted, language, button) => {
    const { url } = await create();
    const page = await createVisitor(stack).get(url, { "Accept-Language": accepted });
    expect(page.text).toContain(`<html lang="${language}">`);
    expect(page.text).toContain(button);
  });

  it("shows a product's name as text, whatever is in it", async () => {
    const own = await stack.createTenant();
    await stack.sql("update projects set name = '<script>alert(1)</script>' where id = $1", [own.projectId]);
    const { url } = await create({}, own);
    const { text } = await createVisitor(stack).get(url);
    expect(text).not.toContain("<script");
    expect(text).toContain("&lt;script&gt;");
  });
});
