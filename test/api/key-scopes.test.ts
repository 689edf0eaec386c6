// What an API key may do: each operation wants its one scope, keys may expire, and make keys that may do no more than
// they may themselves.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_KEY_SCOPES, KEY_SCOPE_NAMES, type KeyScope } from "../../src/model/key-scopes.ts";
import { operations } from "../../src/routes/index.ts";
import { createOwner, type Owner } from "../support/owner.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, type Stack, startStack } from "../support/stack.ts";
import { operationsWith, validRequest } from "../support/valid-requests.ts";

const KEYS = "/api/v1/api_keys";

let stack: Stack;
let receiver: Receiver;
let owner: Owner;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
  owner = await createOwner(stack, receiver);
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

async function createKey(body: Record<string, unknown>, of = owner) {
  const path = `/api/v1/projects/${of.projectId}/api_keys`;
  const answer = await stack.request(path, { method: "POST", headers: ADMIN, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as { id: string; key: string; scopes: KeyScope[]; expires_at: string | null };
}
const createOwn = async (apiKey: string, body: Record<string, unknown>) =>
  await stack.request(KEYS, { method: "POST", apiKey, body });
const disable = async (id: string, query = "", of = owner) =>
  await stack.request(`/api/v1/projects/${of.projectId}/api_keys/${id}${query}`, {
    method: "DELETE",
    headers: ADMIN,
  });
const worksWith = async (apiKey: string, path = "/api/v1/zoom_oauth_apps") =>
  (await stack.request(path, { apiKey })).status;

describe.each(operationsWith("api_key"))("%s", (name) => {
  it("wants its scope, and no other", async () => {
    const { scope } = operations[name] as { scope: KeyScope };
    const mine = await createOwner(stack, receiver);
    const { path, method, body } = await validRequest(name, mine);
    const others = KEY_SCOPE_NAMES.filter((other) => other !== scope);
    const lacking = await createKey({ scopes: others }, mine);
    const refused = await stack.request(path, { method, body, apiKey: lacking.key });
    expect([refused.status, refused.body.code]).toEqual([403, "insufficient_scope"]);
    expect(refused.body.error).toContain(` ${scope},`);
    const { key } = await createKey({ scopes: [scope] }, mine);
    const answer = await stack.request(path, { method, body, apiKey: key });
    expect(answer.status, answer.text).toBe(operations[name].status);
  });
});

describe("a key of the administrator's", () => {
  it("has every scope but connections:export, and no end, where nothing else is said", async () => {
    const { scopes, expires_at } = await createKey({});
    expect([scopes, expires_at]).toEqual([DEFAULT_KEY_SCOPES, null]);
    expect(DEFAULT_KEY_SCOPES).not.toContain("connections:export");
  });

  it("that expires is unknown from then on", async () => {
    const { id, key } = await createKey({ expires_at: "2031-01-01T00:00:00Z" });
    expect(await worksWith(key)).toBe(200);
    await stack.sql("update api_keys set expires_at = now() where id = $1", [id]);
    expect(await worksWith(key)).toBe(401);
  });

  it.each([
    [{ scopes: [] }, "scopes"],
    [{ scopes: ["everything"] }, "scopes.0"],
    [{ scopes: ["apps:read", "apps:read"] }, "scopes"],
    [{ expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
    [{ expires_at: "tomorrow" }, "expires_at"],
  ])("is refused with %j", async (body, field) => {
    const path = `/api/v1/projects/${owner.projectId}/api_keys`;
    const answer = await stack.request(path, { method: "POST", headers: ADMIN, body });
    expect([answer.status, Object.keys(answer.body.fields)]).toEqual([400, [field]]);
  });
});

describe("a key that a key makes", () => {
  it("has its maker's scopes but connections:export, and its end, where nothing else is said", async () => {
    const expires_at = "2031-01-01T00:00:00.000000Z";
    const maker = await createKey({ scopes: ["keys:write", "apps:read", "connections:export"], expires_at });
    const { status, body } = await createOwn(maker.key, {});
    expect(status).toBe(201);
    expect(body).toMatchObject({ expires_at, created_by_key_id: maker.id });
    expect([...body.scopes].sort()).toEqual(["apps:read", "keys:write"]);
    expect(await worksWith(body.key)).toBe(200);
  });

  it("may not do more than its maker", async () => {
    const maker = await createKey({ scopes: ["keys:write", "apps:read"] });
    const { status, body } = await createOwn(maker.key, { scopes: ["apps:read", "connections:export"] });
    expect([status, body.code]).toEqual([403, "insufficient_scope"]);
    expect(body.error).toContain("connections:export");
  });

  it("may be given connections:export by a maker that has it, by name", async () => {
    const maker = await createKey({ scopes: ["keys:write", "connections:export"] });
    expect((await createOwn(maker.key, { scopes: ["connections:export"] })).status).toBe(201);
  });

  it("may not live longer than its maker", async () => {
    const maker = await createKey({ expires_at: "2031-01-01T00:00:00Z" });
    const longer = await createOwn(maker.key, { expires_at: "2031-01-01T00:00:01Z" });
    expect([longer.status, Object.keys(longer.body.fields)]).toEqual([400, ["expires_at"]]);
    const endless = await createOwn(maker.key, { expires_at: null });
    expect([endless.status, Object.keys(endless.body.fields)]).toEqual([400, ["expires_at"]]);
    expect((await createOwn(maker.key, { expires_at: "2030-12-31T00:00:00Z" })).status).toBe(201);
  });

  it("has an end in any offset, but in no year that lists could not show", async () => {
    const maker = await createKey({});
    for (const expires_at of ["9999-12-31T23:59:59-12:00", "3000-01-01T00:00:00Z"]) {
      const { status, body } = await createOwn(maker.key, { expires_at });
      expect([status, body.fields]).toEqual([400, { expires_at: ["Must lie before the year 3000."] }]);
    }
    const { status, body } = await createOwn(maker.key, { expires_at: "2030-12-31T20:00:00+20:00" });
    expect([status, body.expires_at]).toEqual([201, "2030-12-31T00:00:00.000000Z"]);
  });

  it("ends with its maker, and so do those that it made", async () => {
    const maker = await createKey({});
    const child = (await createOwn(maker.key, {})).body;
    const grandchild = (await createOwn(child.key, {})).body;
    const sibling = await createKey({});
    expect((await disable(maker.id)).status).toBe(200);
    const statuses = await Promise.all([maker, child, grandchild, sibling].map(({ key }) => worksWith(key)));
    expect(statuses).toEqual([401, 401, 401, 200]);
  });

  it("that is being made while its maker is disabled does not outlive it", async () => {
    for (let round = 0; round < 20; round++) {
      const maker = await createKey({});
      const making = Array.from({ length: 4 }, () => createOwn(maker.key, {}));
      await disable(maker.id);
      const made = (await Promise.all(making)).filter(({ status }) => status === 201);
      for (const { body } of made) expect(await worksWith(body.key)).toBe(401);
    }
  });

  it("is listed and disabled by a key of the project", async () => {
    const mine = await createOwner(stack, receiver);
    const { body } = await createOwn(mine.apiKey, { name: "Bots" });
    const list = await stack.request(KEYS, { apiKey: mine.apiKey });
    expect(list.body.results.map(({ id }: { id: string }) => id)).toContain(body.id);
    expect(list.text).not.toContain(body.key);
    const answer = await stack.request(`${KEYS}/${body.id}`, { method: "DELETE", apiKey: mine.apiKey });
    expect([answer.status, answer.body.disabled_at]).toEqual([200, expect.any(String)]);
    expect(await worksWith(body.key)).toBe(401);
  });

  it.each(["admin", "own"])("revoke_created ends what the key and its keys made (%s)", async (how) => {
    const mine = await createOwner(stack, receiver);
    const thief = (await createOwn(mine.apiKey, {})).body;
    const helper = (await createOwn(thief.key, {})).body;
    const make = async (apiKey: string) => ({
      webhook: await stack.request("/api/v1/webhooks", {
        method: "POST",
        apiKey,
        body: { url: "https://thief.example.com/", triggers: ["zoom_oauth_connection.state_change"] },
      }),
      link: await stack.request("/api/v1/token_links", {
        method: "POST",
        apiKey,
        body: { vendor: "recall", token: "zak", connection: { user_id: "somebody" } },
      }),
      session: await stack.request("/api/v1/connect_sessions", {
        method: "POST",
        apiKey,
        body: { return_url: "https://thief.example.com/" },
      }),
    });
    const made = [await make(thief.key), await make(helper.key)];
    const honest = await make(mine.apiKey);
    const answer =
      how === "admin"
        ? await disable(thief.id, "?revoke_created=true", mine)
        : await stack.request(`${KEYS}/${thief.id}?revoke_created=true`, {
            method: "DELETE",
            apiKey: mine.apiKey,
          });
    expect(answer.status, answer.text).toBe(200);
    const read = async (path: string) => await stack.request(path, { apiKey: mine.apiKey });
    for (const { webhook, link, session } of made) {
      expect((await read(`/api/v1/webhooks/${webhook.body.id}`)).status).toBe(404);
      expect((await read(`/api/v1/token_links/${link.body.id}`)).status).toBe(404);
      expect((await read(`/api/v1/connect_sessions/${session.body.id}`)).body.state).toBe("cancelled");
    }
    expect((await read(`/api/v1/webhooks/${honest.webhook.body.id}`)).status).toBe(200);
    expect((await read(`/api/v1/token_links/${honest.link.body.id}`)).status).toBe(200);
    expect((await read(`/api/v1/connect_sessions/${honest.session.body.id}`)).body.state).toBe("open");
  });
});
