// POST /api/v1/zoom_oauth_connections where all goes well: the answer, and what is stored.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CONNECTIONS,
  createConnection,
  createUnsynced,
  eventTypes,
  waitFor,
} from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";
import { eachDoubt, setZoom } from "../support/zoom-doubts.ts";

const SEED_KEYS = [
  "id",
  "zoom_oauth_app_id",
  "user_id",
  "account_id",
  "state",
  "metadata",
  "is_local_recording_token_supported",
  "is_onbehalf_token_supported",
  "connection_failure_data",
  "created_at",
  "updated_at",
  "last_successful_sync_at",
  "last_attempted_sync_at",
];
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

describe("the answer", () => {
  it("is the published one: its 13 keys, in their order, and no other", async () => {
    const user = await stack.control("users", { account_id: "account-1" });
    const code = await stack.authorize(tenant, { user_id: user.id });
    const answer = await createConnection(stack, tenant, code, { metadata: { tenant_id: "1234567890" } });
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body)).toEqual(SEED_KEYS);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^zoc_[A-Za-z0-9]{16}$/),
      zoom_oauth_app_id: tenant.appId,
      user_id: user.id,
      account_id: "account-1",
      state: "connected",
      metadata: { tenant_id: "1234567890" },
      is_local_recording_token_supported: true,
      is_onbehalf_token_supported: false,
      connection_failure_data: null,
      created_at: expect.stringMatching(TIMESTAMP),
      updated_at: expect.stringMatching(TIMESTAMP),
      last_successful_sync_at: null,
      last_attempted_sync_at: null,
    });
    expect(answer.body.created_at).toBe(answer.body.updated_at);
  });

  it("carries the request id, the round trips, and no permission to be cached", async () => {
    const { headers } = await createConnection(stack, tenant, await stack.authorize(tenant));
    expect(headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("Server-Timing")).toMatch(/^db;dur=\d+\.\d;desc="2", zoom;dur=\d+\.\d;desc="2"$/);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Content-Type")).toBe("application/json");
  });

  it("is given to Bearer as well", async () => {
    const code = await stack.authorize(tenant);
    const answer = await stack.request(CONNECTIONS, {
      method: "POST",
      headers: { Authorization: `Bearer ${tenant.apiKey}` },
      body: {
        authorization_code: code,
        redirect_uri: "https://example.com/oauth/callback?from=zoom&x=%2F",
      },
    });
    expect(answer.status).toBe(201);
  });

  it("can be read again under its id, as it was answered", async () => {
    const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    const answer = await stack.request(`${CONNECTIONS}/${body.id}`, { apiKey: tenant.apiKey });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(SEED_KEYS);
    expect(answer.body).toEqual(body);
  });
});

describe("what is stored", () => {
  it("is the token set, sealed, and nothing in the clear", async () => {
    const { body } = await createConnection(stack, tenant, await stack.authorize(tenant));
    const dump = JSON.stringify([
      await stack.sql("select * from zoom_oauth_connections"),
      await stack.sql("select * from zoom_oauth_apps"),
      await stack.sql("select * from used_authorization_codes"),
      await stack.sql("select * from connection_events"),
      await stack.sql("select * from api_keys"),
    ]);
    const { secrets } = await stack.control("secrets");
    expect(secrets.length).toBeGreaterThan(3);
    for (const secret of [...secrets, tenant.apiKey]) expect(dump).not.toContain(secret);
    const [row] = await stack.sql("select credentials from zoom_oauth_connections where id = $1", [body.id]);
    expect(row?.credentials).toMatch(/^v1\.test\./);
  });

  it("is one event of its creation", async () => {
    const { body } = await createConnection(stack, tenant, await stack.authorize(tenant));
    expect(await eventTypes(stack, body.id)).toEqual(["created"]);
  });

  it("is passed to Zoom byte for byte: the redirect URI as it was sent", async () => {
    const redirect_uri = "https://example.com/cb/%7Euser/ä b?q=%c3%a4&empty=&+=%2B".replace(" ", "%20");
    const code = await stack.authorize(tenant, { redirect_uri });
    expect((await createConnection(stack, tenant, code, { redirect_uri })).status).toBe(201);
  });
});

describe("a create", () => {
  it.each([
    ["both capabilities", { is_onbehalf_token_supported: true }, [true, true]],
    [
      "onbehalf only",
      { is_local_recording_token_supported: false, is_onbehalf_token_supported: true },
      [false, true],
    ],
  ])("takes %s", async (_name, changes, [recording, onbehalf]) => {
    const { status, body } = await createConnection(stack, tenant, await stack.authorize(tenant), changes);
    expect(status).toBe(201);
    expect(body.is_local_recording_token_supported).toBe(recording);
    expect(body.is_onbehalf_token_supported).toBe(onbehalf);
  });

  it.each([
    ["null", null, null],
    ["nothing", undefined, null],
    ["4,096 characters", { key: "x".repeat(4096 - '{"key":""}'.length) }, undefined],
    ["other alphabets", { grüße: "こんにちは 🎉", "a.b[c]": '"quoted"' }, undefined],
  ])("takes %s for metadata", async (_name, metadata, expected = metadata) => {
    const { status, body } = await createConnection(stack, tenant, await stack.authorize(tenant), {
      metadata,
    });
    expect(status).toBe(201);
    expect(body.metadata).toEqual(expected);
  });

  it("queues a sync where local recording is supported, and none otherwise", async () => {
    const isSynced = async (answer: Answer) => {
      const { body } = await stack.request(`${CONNECTIONS}/${answer.body.id}`, { apiKey: tenant.apiKey });
      return body.last_successful_sync_at !== null;
    };
    const recording = await createConnection(stack, tenant, await stack.authorize(tenant));
    await waitFor(async () => await isSynced(recording), "the sync of the connection");
    const onbehalf = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    // The marker proves that the queue has moved past the place where the message would have been.
    const marker = await createConnection(stack, tenant, await stack.authorize(tenant));
    await waitFor(async () => await isSynced(marker), "the marker's sync");
    expect(await isSynced(onbehalf)).toBe(false);
  });
});

describe("the same Zoom user again", () => {
  it("keeps id and created_at, and takes new credentials, capabilities and metadata", async () => {
    const user = await stack.control("users", {});
    const again = async (changes: Record<string, unknown>) => {
      const code = await stack.authorize(tenant, { user_id: user.id });
      return await createUnsynced(stack, tenant, code, changes);
    };
    const first = await again({ metadata: { version: "1" } });
    const credentials = async () =>
      (await stack.sql("select credentials from zoom_oauth_connections where id = $1", [first.body.id]))[0]
        ?.credentials;
    const before = await credentials();
    await stack.sql(
      `update zoom_oauth_connections set state = 'disconnected', connection_failure_data = '{"code":"x"}' where id = $1`,
      [first.body.id],
    );
    const second = await again({ metadata: { version: "2" }, is_local_recording_token_supported: true });
    expect(second.status).toBe(201);
    expect(second.body).toEqual({
      ...first.body,
      metadata: { version: "2" },
      is_local_recording_token_supported: true,
      updated_at: expect.stringMatching(TIMESTAMP),
    });
    expect(second.body.updated_at > first.body.updated_at).toBe(true);
    expect(await credentials()).not.toBe(before);
    expect(await eventTypes(stack, first.body.id)).toEqual(["created", "reconnected"]);
  });

  it("is another connection under another app, and in another project", async () => {
    const user = await stack.control("users", {});
    const otherApp = { ...tenant, ...(await stack.createApp(tenant.apiKey)) };
    const otherProject = await stack.createTenant();
    const ids = new Set<string>();
    for (const owner of [tenant, otherApp, otherProject]) {
      const code = await stack.authorize(owner, { user_id: user.id });
      const { status, body } = await createConnection(stack, owner, code);
      expect(status).toBe(201);
      ids.add(body.id);
    }
    expect(ids.size).toBe(3);
  });
});

describe.each(eachDoubt("create"))("where %s", (_name, zoom) => {
  beforeAll(() => setZoom(stack, zoom));
  afterAll(() => setZoom(stack, {}));

  it("a code is exchanged once, and its retry finds the connection", async () => {
    const code = await stack.authorize(tenant);
    const created = await createUnsynced(stack, tenant, code);
    expect(created.status).toBe(201);
    expect((await createUnsynced(stack, tenant, code)).body).toEqual(created.body);
  });

  it("a code that Zoom does not know, or has given to another client, is rejected", async () => {
    const another = await stack.createTenant();
    for (const code of ["no-such-code", await stack.authorize(another)]) {
      const { status, body } = await createUnsynced(stack, tenant, code);
      expect([status, body.code]).toEqual([400, "authorization_code_rejected"]);
    }
  });
});
