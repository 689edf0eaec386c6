// Projects, API keys, Zoom OAuth apps, health, and the configuration at the door.

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_KEY_SCOPES } from "../../src/model/key-scopes.ts";
import { createUnsynced } from "../support/connections.ts";
import { ADMIN, type Stack, startStack, type Tenant } from "../support/stack.ts";

/** For longer than this the Worker does not keep what /readyz found, in milliseconds. */
const READINESS_MS = 1_100;
const TIMESTAMP = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

describe("administration", () => {
  it("creates a project and a key that works, and stores the key's hash only", async () => {
    const project = await stack.request("/api/v1/projects", {
      method: "POST",
      headers: ADMIN,
      body: { name: "Acme" },
    });
    expect(project.status).toBe(201);
    expect(project.body).toEqual({
      id: expect.stringMatching(/^proj_[A-Za-z0-9]{16}$/),
      name: "Acme",
      is_suspended: false,
      suspended_at: null,
      revocation: null,
      created_at: TIMESTAMP,
    });
    const key = await stack.request(`/api/v1/projects/${project.body.id}/api_keys`, {
      method: "POST",
      headers: ADMIN,
      body: { name: "CI" },
    });
    expect(key.status).toBe(201);
    expect(key.body).toEqual({
      id: expect.stringMatching(/^key_[A-Za-z0-9]{16}$/),
      project_id: project.body.id,
      name: "CI",
      scopes: DEFAULT_KEY_SCOPES,
      expires_at: null,
      created_by_key_id: null,
      created_at: TIMESTAMP,
      disabled_at: null,
      last_used_at: null,
      key: expect.stringMatching(/^zock_[A-Za-z0-9]{46}$/),
    });
    const read = await stack.request("/api/v1/zoom_oauth_connections/zoc_0000000000000000", {
      apiKey: key.body.key,
    });
    expect(read.status).toBe(404);
    const rows = await stack.sql("select * from api_keys where id = $1", [key.body.id]);
    expect(JSON.stringify(rows)).not.toContain(key.body.key);
  });

  it.each([
    ["/api/v1/projects", {}, { name: ["Required."] }],
    ["/api/v1/projects", { name: "" }, { name: ["Must not be empty."] }],
    ["/api/v1/projects", { name: "x".repeat(201) }, { name: ["Must be at most 200 characters long."] }],
    ["/api/v1/projects", { name: "a\0" }, { name: [expect.stringContaining("U+0000")] }],
    ["/api/v1/projects", { name: "x", id: "proj_1" }, { id: ["Unknown field."] }],
  ])("POST %s refuses %j", async (path, body, fields) => {
    const answer = await stack.request(path, { method: "POST", headers: ADMIN, body });
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(answer.body.fields).toEqual(fields);
  });

  it.each(["proj_0000000000000000", "zoa_0000000000000000", "1"])("knows no project %s", async (id) => {
    const path = `/api/v1/projects/${id}/api_keys`;
    const answer = await stack.request(path, { method: "POST", headers: ADMIN, body: { name: "x" } });
    expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
  });

  it("gives no key to a project that does not exist", async () => {
    const answer = await stack.request("/api/v1/projects/proj_0000000000000000/api_keys", {
      method: "POST",
      headers: ADMIN,
      body: {},
    });
    expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
  });
});

describe("projects and keys", () => {
  const get = async (path: string) => await stack.request(path, { headers: ADMIN });

  it("are listed, newest first, in pages", async () => {
    const created = [await stack.createProject(), await stack.createProject(), await stack.createProject()];
    const first = await get("/api/v1/projects?page_size=2");
    expect(first.status).toBe(200);
    const ids = first.body.results.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([created[2]?.projectId, created[1]?.projectId]);
    const second = await get(first.body.next.replace(stack.url.origin, ""));
    expect(second.body.results[0].id).toBe(created[0]?.projectId);
  });

  it("show neither the key nor its hash", async () => {
    const { projectId, apiKey } = await stack.createProject();
    const keys = await get(`/api/v1/projects/${projectId}/api_keys`);
    expect(keys.body.results).toHaveLength(1);
    expect(Object.keys(keys.body.results[0])).toEqual([
      "id",
      "project_id",
      "name",
      "scopes",
      "expires_at",
      "created_by_key_id",
      "created_at",
      "disabled_at",
      "last_used_at",
    ]);
    expect(keys.text).not.toContain(apiKey);
  });

  it("note a key's use, at most once a minute, without a round trip of its own", async () => {
    const { projectId, apiKey } = await stack.createProject();
    const lastUsedAt = async () =>
      (await get(`/api/v1/projects/${projectId}/api_keys`)).body.results[0].last_used_at;
    const use = async () => await stack.request("/api/v1/zoom_oauth_connections", { apiKey });
    expect(await lastUsedAt()).toBeNull();
    stack.gateway.clearRequests();
    await use();
    expect(stack.gateway.requests).toHaveLength(1);
    const first = await lastUsedAt();
    expect(first).toEqual(TIMESTAMP);
    await Promise.all([use(), use(), use()]);
    expect(await lastUsedAt()).toBe(first);
    await stack.sql(
      "update api_keys set last_used_at = now() - interval '61 seconds' where project_id = $1",
      [projectId],
    );
    await use();
    expect((await lastUsedAt()) > first).toBe(true);
  });

  it("a key can be disabled, at once and for good", async () => {
    const { projectId, apiKey } = await stack.createProject();
    const path = `/api/v1/projects/${projectId}/api_keys`;
    const { id } = (await get(path)).body.results[0];
    const disabled = await stack.request(`${path}/${id}`, { method: "DELETE", headers: ADMIN });
    expect([disabled.status, disabled.body.id]).toEqual([200, id]);
    expect(disabled.body.disabled_at).toEqual(TIMESTAMP);
    expect((await stack.request("/api/v1/zoom_oauth_connections", { apiKey })).status).toBe(401);
    const again = await stack.request(`${path}/${id}`, { method: "DELETE", headers: ADMIN });
    expect(again.body).toEqual({ ...disabled.body, last_used_at: again.body.last_used_at });
    const other = await stack.createProject();
    const foreign = `/api/v1/projects/${other.projectId}/api_keys/${id}`;
    expect((await stack.request(foreign, { method: "DELETE", headers: ADMIN })).status).toBe(404);
    expect((await get("/api/v1/projects/proj_0000000000000000/api_keys")).status).toBe(404);
  });
});

describe("the life of a Zoom OAuth app", () => {
  const APPS = "/api/v1/zoom_oauth_apps";
  const send = async (method: string, path: string, body?: unknown) =>
    await stack.request(path, { method, apiKey: owner.apiKey, body });

  let owner: Tenant;

  beforeEach(async () => {
    owner = await stack.createTenant();
  });

  it("is read with the counts of its connections by state", async () => {
    await createUnsynced(stack, owner, await stack.authorize(owner));
    const gone = await createUnsynced(stack, owner, await stack.authorize(owner));
    await stack.sql("update zoom_oauth_connections set state = 'disconnected' where id = $1", [gone.body.id]);
    stack.gateway.clearRequests();
    const one = await send("GET", `${APPS}/${owner.appId}`);
    expect(stack.gateway.requests).toHaveLength(1);
    expect(one.body.connection_counts).toEqual({ connected: 1, disconnected: 1 });
    const list = await send("GET", APPS);
    expect(list.body).toEqual({ next: null, previous: null, results: [one.body] });
  });

  it("takes a new name and webhook secret, and gives them up again", async () => {
    const named = await send("PATCH", `${APPS}/${owner.appId}`, { name: "New name" });
    expect([named.status, named.body.name, named.body.has_webhook_secret]).toEqual([200, "New name", true]);
    const bare = await send("PATCH", `${APPS}/${owner.appId}`, { name: null, webhook_secret: null });
    expect([bare.body.name, bare.body.has_webhook_secret]).toEqual([null, false]);
    expect((await send("PATCH", `${APPS}/${owner.appId}`, {})).body.client_id).toBe(owner.clientId);
  });

  it("takes a new client secret after Zoom has accepted it, and connects with it", async () => {
    const refused = await send("PATCH", `${APPS}/${owner.appId}`, { client_secret: "not-it" });
    expect([refused.status, refused.body.code]).toEqual([400, "zoom_app_credentials_invalid"]);
    await stack.sql("update zoom_oauth_apps set credentials_invalid_at = now() where id = $1", [owner.appId]);
    await stack.control("clients", { client_id: owner.clientId, client_secret: "rotated-secret-1" });
    const changed = await send("PATCH", `${APPS}/${owner.appId}`, { client_secret: "rotated-secret-1" });
    expect([changed.status, changed.body.credentials_invalid_at]).toEqual([200, null]);
    expect(changed.text).not.toContain("rotated-secret-1");
    expect((await createUnsynced(stack, owner, await stack.authorize(owner))).status).toBe(201);
  });

  it("is marked where a create meets a refused client secret, until a cron run finds it accepted again", async () => {
    const owner = await stack.createTenant();
    const readApp = async () =>
      (await stack.request(`/api/v1/zoom_oauth_apps/${owner.appId}`, { apiKey: owner.apiKey })).body;
    const atZoom = async (client_secret: string) =>
      await stack.control("clients", { client_id: owner.clientId, client_secret });
    await atZoom("another-for-a-moment");
    const refused = await createUnsynced(stack, owner, await stack.authorize(owner));
    expect(refused.body.code).toBe("zoom_app_credentials_invalid");
    expect((await readApp()).credentials_invalid_at).not.toBeNull();
    await stack.sql(
      "update zoom_oauth_apps set credentials_invalid_at = now() - interval '11 minutes' where id = $1",
      [owner.appId],
    );
    await stack.runCron();
    expect((await readApp()).credentials_invalid_at).not.toBeNull();
    await atZoom(owner.clientSecret);
    await stack.runCron();
    expect((await readApp()).credentials_invalid_at).not.toBeNull();
    await stack.sql(
      "update zoom_oauth_apps set credentials_checked_at = now() - interval '11 minutes' where id = $1",
      [owner.appId],
    );
    await stack.runCron();
    expect((await readApp()).credentials_invalid_at).toBeNull();
  });

  it("ends only without connections", async () => {
    const { body } = await createUnsynced(stack, owner, await stack.authorize(owner));
    const refused = await send("DELETE", `${APPS}/${owner.appId}`);
    expect([refused.status, refused.body.code]).toEqual([409, "conflict"]);
    await send("DELETE", `/api/v1/zoom_oauth_connections/${body.id}`);
    const removed = await send("DELETE", `${APPS}/${owner.appId}`);
    expect([removed.status, removed.text]).toEqual([200, ""]);
    expect((await send("GET", `${APPS}/${owner.appId}`)).status).toBe(404);
    expect((await send("DELETE", `${APPS}/${owner.appId}`)).status).toBe(404);
  });
});

describe("Zoom OAuth apps", () => {
  it("are checked at Zoom, and answered without their secrets", async () => {
    const { apiKey } = await stack.createProject();
    await stack.control("clients", { client_id: "answer-id", client_secret: "answer-secret-123" });
    const answer = await stack.request("/api/v1/zoom_oauth_apps", {
      method: "POST",
      apiKey,
      body: {
        client_id: "answer-id",
        client_secret: "answer-secret-123",
        webhook_secret: "answer-hook-123",
        name: "Bot",
      },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^zoa_[A-Za-z0-9]{16}$/),
      name: "Bot",
      client_id: "answer-id",
      has_webhook_secret: true,
      allowed_return_origins: null,
      webhook_url: new URL(`/external_webhooks/zoom/oauth_apps/${answer.body.id}`, stack.url).href,
      last_verified_webhook_received_at: null,
      last_unverified_webhook_received_at: null,
      credentials_invalid_at: null,
      connection_counts: { connected: 0, disconnected: 0 },
      created_at: TIMESTAMP,
      updated_at: TIMESTAMP,
    });
    expect(answer.text).not.toContain("answer-secret-123");
    expect(answer.text).not.toContain("answer-hook-123");
  });

  it("say that they have no webhook secret where none was given", async () => {
    const { apiKey } = await stack.createProject();
    await stack.control("clients", { client_id: "plain-id", client_secret: "plain-secret-123" });
    const body = { client_id: "plain-id", client_secret: "plain-secret-123" };
    const answer = await stack.request("/api/v1/zoom_oauth_apps", { method: "POST", apiKey, body });
    expect([answer.status, answer.body.has_webhook_secret, answer.body.name]).toEqual([201, false, null]);
  });

  it("are refused where Zoom does not accept the pair, and nothing is stored", async () => {
    const { apiKey, projectId } = await stack.createProject();
    const answer = await stack.request("/api/v1/zoom_oauth_apps", {
      method: "POST",
      apiKey,
      body: { client_id: tenant.clientId, client_secret: "wrong" },
    });
    expect([answer.status, answer.body.code]).toEqual([400, "zoom_app_credentials_invalid"]);
    expect(await stack.sql("select 1 from zoom_oauth_apps where project_id = $1", [projectId])).toEqual([]);
  });

  it("exist once per project and client id", async () => {
    const body = { client_id: tenant.clientId, client_secret: tenant.clientSecret };
    const again = await stack.request("/api/v1/zoom_oauth_apps", {
      method: "POST",
      apiKey: tenant.apiKey,
      body,
    });
    expect([again.status, again.body.code]).toEqual([409, "conflict"]);
    const { apiKey } = await stack.createProject();
    const elsewhere = await stack.request("/api/v1/zoom_oauth_apps", { method: "POST", apiKey, body });
    expect(elsewhere.status).toBe(201);
  });

  it.each([
    [{ client_id: "a:b", client_secret: "s" }, "client_id"],
    [{ client_id: "ä", client_secret: "s" }, "client_id"],
    [{ client_id: "a", client_secret: "s p" }, "client_secret"],
    [{ client_id: "a", client_secret: "" }, "client_secret"],
    [{ client_id: "a", client_secret: "s", webhook_secret: 1 }, "webhook_secret"],
    [{ client_id: "a", client_secret: "s", secret: "s" }, "secret"],
  ])("refuse %j", async (body, field) => {
    const answer = await stack.request("/api/v1/zoom_oauth_apps", {
      method: "POST",
      apiKey: tenant.apiKey,
      body,
    });
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(Object.keys(answer.body.fields)).toEqual([field]);
  });

  it.each([
    [{ kind: "status", status: 500 }, [503, "zoom_unavailable"]],
    [{ kind: "rate_limit" }, [503, "zoom_rate_limited"]],
    [{ kind: "malformed" }, [502, "zoom_error"]],
  ])("say what kept Zoom from checking them: %j", async (fault, expected) => {
    await stack.control("faults", { operation: "token.client_credentials", ...fault });
    const body = { client_id: tenant.clientId, client_secret: tenant.clientSecret };
    const { apiKey } = await stack.createProject();
    const answer = await stack.request("/api/v1/zoom_oauth_apps", { method: "POST", apiKey, body });
    expect([answer.status, answer.body.code]).toEqual(expected);
  });
});

describe("health", () => {
  it("needs no database", async () => {
    stack.failDatabase({ kind: "error" });
    stack.gateway.clearRequests();
    const answer = await stack.request("/healthz");
    stack.mendDatabase();
    expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
    expect(stack.gateway.requests).toHaveLength(0);
  });

  it("is readiness where the database answers, and 503 where it does not", async () => {
    await delay(READINESS_MS);
    expect((await stack.request("/readyz")).status).toBe(200);
    stack.failDatabase({ kind: "error" });
    await delay(READINESS_MS);
    const answer = await stack.request("/readyz");
    stack.mendDatabase();
    expect([answer.status, answer.body.code]).toEqual([503, "database_unavailable"]);
    expect(answer.headers.get("Retry-After")).toBe("5");
  });

  it("is asked of the database once a second, however many ask, and also where it is away", async () => {
    for (const [fault, status] of [
      [null, 200],
      [{ kind: "error" }, 503],
    ] as const) {
      await delay(READINESS_MS);
      stack.gateway.setFault(fault);
      stack.gateway.clearRequests();
      const ask = async () => (await stack.request("/readyz")).status;
      const statuses = await Promise.all(Array.from({ length: 50 }, ask));
      // A second may end while they are answered.
      expect(stack.gateway.requests.length).toBeLessThanOrEqual(2);
      expect([...new Set(statuses)]).toEqual([status]);
    }
    stack.gateway.setFault(null);
    await delay(READINESS_MS);
  });
});

describe("configuration", () => {
  const secretKey = Buffer.alloc(31, 7).toString("base64");

  it.each([
    [
      { CREDENTIAL_ENCRYPTION_KEYS: `main:${secretKey}` },
      "CREDENTIAL_ENCRYPTION_KEYS: key 1 is not 32 bytes long",
    ],
    [{ CREDENTIAL_ENCRYPTION_KEYS: "" }, "CREDENTIAL_ENCRYPTION_KEYS: key 1 is not of the form"],
    [{ DATABASE_URL: "mysql://user:hunter2@host/db" }, "DATABASE_URL: not of the form"],
  ])("that is wrong fails loudly and without its value: %j", async (secrets, reason) => {
    const broken = await startStack({ database: stack.database, secrets });
    const answer = await broken.request("/healthz");
    expect([answer.status, answer.body.code]).toEqual([500, "configuration_error"]);
    const line = broken.logs().find((entry) => entry.includes("ConfigurationError"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ event: "configuration_error" });
    expect(JSON.parse(line ?? "{}").reason).toContain(reason);
    expect(answer.body.error).toContain(reason);
    const told = [answer.text, ...broken.logs()].join("\n");
    expect(told).not.toContain(secretKey);
    expect(told).not.toContain("hunter2");
    await broken.close();
  });

  it("with another master key fails loudly at the first use, and changes nothing", async () => {
    const other = `test:${Buffer.alloc(32, 9).toString("base64")}`;
    const before = await stack.sql("select * from zoom_oauth_apps order by id");
    const rotated = await startStack({
      database: stack.database,
      secrets: { CREDENTIAL_ENCRYPTION_KEYS: other },
    });
    const answer = await rotated.request("/api/v1/zoom_oauth_connections", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: {
        authorization_code: "code",
        redirect_uri: "https://example.com",
        zoom_oauth_app_id: tenant.appId,
      },
    });
    expect([answer.status, answer.body.code]).toEqual([500, "configuration_error"]);
    expect(answer.body.error).toContain("CREDENTIAL_ENCRYPTION_KEYS");
    expect(rotated.logs().some((line) => line.includes("does not open with the master key"))).toBe(true);
    expect(await stack.sql("select * from zoom_oauth_apps order by id")).toEqual(before);
    await rotated.close();
  });
});
