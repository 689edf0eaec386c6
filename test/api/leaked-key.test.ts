// A key has leaked. What the thief did is in the audit, with the key and the address; after three requests of the operator's and
// one of the owner's nothing of his remains in force.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, waitFor } from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createTenantWithSecret, sendZoomEvent } from "../support/zoom-events.ts";

const ADDRESS = "198.51.100.66";
const GENUINE = "the-genuine-webhook-secret";
const FORGED = "the-thief-knows-this-secret";

let stack: Stack;
let receiver: Receiver;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
  tenant = await createTenantWithSecret(stack, GENUINE);
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

const owner = async (method: string, path: string, body?: unknown) =>
  await stack.request(path, { method, apiKey: tenant.apiKey, body });
const operator = async (method: string, path: string, body?: unknown) =>
  await stack.request(`/api/v1/projects/${tenant.projectId}${path}`, { method, headers: ADMIN, body });
const succeeded = ({ status, body, text }: Answer) => {
  expect(status, text).toBeLessThan(300);
  return body;
};

/** What the bearer of a key makes. */
const make = async (apiKey: string, path: string, body: object) =>
  succeeded(await stack.request(path, { method: "POST", apiKey, body }));
const SESSION = { return_url: "https://example.com/" };
/** A webhook that hears of sessions that end without a connection. */
const sessionEnds = () => ({ url: receiver.url, triggers: ["connect_session.failed"] });

it("is found out and ended, and the owner goes on", async () => {
  const connection = (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body;
  const leaked = succeeded(await operator("POST", "/api_keys", { name: "CI" }));
  const thief = async (method: string, path: string, body?: unknown) =>
    succeeded(
      await stack.request(path, {
        method,
        body,
        headers: { Authorization: `Token ${leaked.key}`, "CF-Connecting-IP": ADDRESS },
      }),
    );

  const webhook = await thief("POST", "/api/v1/webhooks", {
    url: receiver.url,
    triggers: ["zoom_oauth_connection.state_change"],
  });
  await thief("PATCH", `/api/v1/zoom_oauth_apps/${tenant.appId}`, { webhook_secret: FORGED });
  const { secret: readSecret } = await thief("GET", "/api/v1/webhook_secret");
  const secondKey = await thief("POST", "/api/v1/api_keys", {});
  const link = await thief("POST", "/api/v1/token_links", {
    vendor: "plain",
    token: "access",
    connection: { zoom_oauth_connection_id: connection.id },
  });
  const session = await thief("POST", "/api/v1/connect_sessions", {
    return_url: "https://thief.example.com/",
  });
  expect((await fetch(link.url)).status).toBe(200);

  // What did they do?
  const { results } = succeeded(await operator("GET", `/audit_events?actor_id=${leaked.id}`));
  expect(results.map(({ action, object }: Answer["body"]) => [action, object.id]).reverse()).toEqual([
    ["webhook.created", webhook.id],
    ["zoom_oauth_app.updated", tenant.appId],
    ["webhook_secret.created", tenant.projectId],
    ["api_key.created", secondKey.id],
    ["token_link.created", link.id],
    ["connect_session.created", session.id],
  ]);
  for (const { ip_address } of results) expect(ip_address).toBe(ADDRESS);
  expect(succeeded(await operator("GET", "/webhooks")).results).toEqual([webhook]);
  const events = succeeded(await owner("GET", `${CONNECTIONS}/${connection.id}/events`)).results;
  expect(events.map(({ actor }: Answer["body"]) => actor)).toContainEqual({
    type: "token_link",
    id: link.id,
  });

  // Disable, rotate at once, restore.
  succeeded(await operator("DELETE", `/api_keys/${leaked.id}?revoke_created=true`));
  const rotated = succeeded(await owner("POST", "/api/v1/webhook_secret/rotate", { immediate: true }));
  succeeded(await owner("PATCH", `/api/v1/zoom_oauth_apps/${tenant.appId}`, { webhook_secret: GENUINE }));

  for (const apiKey of [leaked.key, secondKey.key]) {
    expect((await stack.request(CONNECTIONS, { apiKey })).status).toBe(401);
  }
  expect((await fetch(link.url)).status).toBeGreaterThanOrEqual(400);
  expect((await owner("GET", `/api/v1/webhooks/${webhook.id}`)).status).toBe(404);
  expect(succeeded(await owner("GET", `/api/v1/connect_sessions/${session.id}`)).state).toBe("cancelled");
  expect(succeeded(await owner("GET", "/api/v1/webhook_secret"))).toEqual({
    secret: rotated.secret,
    previous_secret_expires_at: null,
  });
  expect(rotated.secret).not.toBe(readSecret);

  // His forged event changes nothing, and Zoom's own is heard again.
  const deauthorized = JSON.stringify({
    event: "app_deauthorized",
    event_ts: Date.now() + 1_000,
    payload: { user_id: connection.user_id, account_id: connection.account_id, client_id: tenant.clientId },
  });
  const forged = await sendZoomEvent(stack, deauthorized, { appId: tenant.appId, secret: FORGED });
  expect(forged.status).toBe(401);
  const state = async () => succeeded(await owner("GET", `${CONNECTIONS}/${connection.id}`)).state;
  expect(await state()).toBe("connected");
  const genuine = await sendZoomEvent(stack, deauthorized, { appId: tenant.appId, secret: GENUINE });
  expect(genuine.status).toBe(200);
  await waitFor(async () => (await state()) === "disconnected", "Zoom's event");
  expect(receiver.requests).toEqual([]);
});

it("the end of a session that the key made is told of", async () => {
  const leaked = succeeded(await operator("POST", "/api_keys", { name: "leaked" }));
  const webhook = succeeded(await owner("POST", "/api/v1/webhooks", sessionEnds()));
  const session = await make(leaked.key, "/api/v1/connect_sessions", SESSION);
  succeeded(await operator("DELETE", `/api_keys/${leaked.id}?revoke_created=true`));
  const told = await stack.sql(
    "select payload -> 'data' ->> 'state' as state from webhook_deliveries where payload ->> 'connect_session_id' = $1",
    [session.id],
  );
  expect(told).toEqual([{ state: "cancelled" }]);
  succeeded(await owner("DELETE", `/api/v1/webhooks/${webhook.id}`));
});

it("a webhook that the key made hears nothing of a session that ends with it, and hinders nothing", async () => {
  const leaked = succeeded(await operator("POST", "/api_keys", { name: "leaked" }));
  const webhook = await make(leaked.key, "/api/v1/webhooks", sessionEnds());
  const session = await make(leaked.key, "/api/v1/connect_sessions", SESSION);
  succeeded(await operator("DELETE", `/api_keys/${leaked.id}?revoke_created=true`));
  expect((await owner("GET", `/api/v1/webhooks/${webhook.id}`)).status).toBe(404);
  expect((await owner("GET", `/api/v1/connect_sessions/${session.id}`)).body.state).toBe("cancelled");
});

it("a thief's chain of a thousand keys ends with the first one", { timeout: 60_000 }, async () => {
  const leaked = succeeded(await operator("POST", "/api_keys", { name: "leaked" }));
  await stack.sql(
    `insert into api_keys (id, project_id, name, key_sha256, scopes, created_by_key_id)
     select 'key_' || lpad(n::text, 16, '0'), $1, 'chain', repeat(md5('chain' || n), 2), '{keys:write}',
       case when n = 1 then $2 else 'key_' || lpad((n - 1)::text, 16, '0') end
     from generate_series(1, 2000) n`,
    [tenant.projectId, leaked.id],
  );
  succeeded(await operator("DELETE", `/api_keys/${leaked.id}`));
  const living = "select id from api_keys where name = 'chain' and disabled_at is null";
  expect(await stack.sql(living)).toEqual([]);
  const [audited] = await stack.sql(
    "select count(*)::int as count from audit_events where action = 'api_key.disabled' and object_id like 'key_000%'",
  );
  expect(audited).toEqual({ count: 2000 });
});

it("makes so many keys and no more", async () => {
  await stack.sql(
    `insert into api_keys (id, project_id, name, key_sha256, scopes, created_by_key_id)
     select 'key_m' || lpad(n::text, 15, '0'), $1, 'many', repeat(md5('many' || n), 2), '{keys:write}', (
       select id from api_keys where project_id = $1 and disabled_at is null order by created_at limit 1
     ) from generate_series(1, 1000) n`,
    [tenant.projectId],
  );
  const refused = await owner("POST", "/api/v1/api_keys", {});
  expect([refused.status, refused.body.code]).toEqual([409, "conflict"]);
  await stack.sql("update api_keys set expires_at = now() where name = 'many'");
  succeeded(await owner("POST", "/api/v1/api_keys", {}));
});

it("thousands of sessions of the thief's end with the key, some at a time", { timeout: 60_000 }, async () => {
  const leaked = succeeded(await operator("POST", "/api_keys", { name: "leaked" }));
  const webhook = succeeded(await owner("POST", "/api/v1/webhooks", sessionEnds()));
  const session = await make(leaked.key, "/api/v1/connect_sessions", SESSION);
  await stack.sql(
    `insert into connect_sessions select (jsonb_populate_record(session, jsonb_build_object(
       'id', 'cs_' || lpad(n::text, 16, '0'), 'secret_sha256', repeat(md5('session' || n), 2)))).*
     from connect_sessions session, generate_series(1, 1200) n where session.id = $1`,
    [session.id],
  );
  stack.gateway.clearRequests();
  succeeded(await operator("DELETE", `/api_keys/${leaked.id}?revoke_created=true`));
  expect(stack.countStatements("end_what_key_made")).toBe(3);
  const open = "select id from connect_sessions where created_by_key_id = $1 and state = 'open'";
  expect(await stack.sql(open, [leaked.id])).toEqual([]);
  const [told] = await stack.sql(
    "select count(*)::int as count from webhook_deliveries where webhook_id = $1",
    [webhook.id],
  );
  expect(told).toEqual({ count: 1201 });
  await stack.sql("delete from connect_sessions where created_by_key_id = $1", [leaked.id]);
  succeeded(await owner("DELETE", `/api/v1/webhooks/${webhook.id}`));
});

it("a key that may only make keys ends nothing that others made", async () => {
  const keysOnly = succeeded(await operator("POST", "/api_keys", { name: "keys", scopes: ["keys:write"] }));
  const other = succeeded(await operator("POST", "/api_keys", { name: "other" }));
  const asked = async (query: string) =>
    await stack.request(`/api/v1/api_keys/${other.id}${query}`, { method: "DELETE", apiKey: keysOnly.key });
  const refused = await asked("?revoke_created=true");
  expect([refused.status, refused.body.code]).toEqual([403, "insufficient_scope"]);
  expect((await stack.request("/api/v1/webhooks", { apiKey: other.key })).status).toBe(200);
  succeeded(await asked(""));
});

it("what a key makes while it is being disabled ends with it", async () => {
  for (let round = 0; round < 8; round++) {
    const { id, key: apiKey } = succeeded(await operator("POST", "/api_keys", {}));
    let isOver = false;
    const make = async (path: string, body: unknown) => {
      while (!isOver) {
        const { status } = await stack.request(path, { method: "POST", apiKey, body });
        if (status === 401) return;
        // 409: the project has as many webhooks as it may have.
        expect([201, 400, 409, 503]).toContain(status);
      }
    };
    const connection = { meeting_host: true };
    const making = [
      make("/api/v1/token_links", { vendor: "plain", token: "local_recording", connection }),
      make("/api/v1/connect_sessions", { return_url: "https://thief.example.com/" }),
      make("/api/v1/webhooks", { url: receiver.url, triggers: ["zoom_oauth_connection.state_change"] }),
    ];
    await new Promise((done) => setTimeout(done, 100 + 10 * round));
    succeeded(await operator("DELETE", `/api_keys/${id}?revoke_created=true`));
    isOver = true;
    await Promise.all(making);
    const left = await stack.sql(
      `select id from token_links where created_by_key_id = $1
       union all select id from webhooks where created_by_key_id = $1
       union all select id from connect_sessions where created_by_key_id = $1 and state = 'open'`,
      [id],
    );
    expect(left).toEqual([]);
    await stack.sql("delete from connect_sessions where project_id = $1", [tenant.projectId]);
  }
});
