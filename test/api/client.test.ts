// The client against the service itself: what it sends is what the service takes, and what it hears is typed as it is.

import { afterAll, beforeAll, expect, expectTypeOf, it } from "vitest";
import {
  type ApiKey,
  type Client,
  createClient,
  verifyWebhook,
  type ZoomOAuthConnection,
} from "../../client/src/index.ts";
import { createUnsynced } from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN_API_KEY, REDIRECT_URI, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let receiver: Receiver;
let tenant: Tenant;
let zoom: Client;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
  tenant = await stack.createTenant();
  zoom = createClient({ baseUrl: stack.url.href, apiKey: tenant.apiKey });
});
afterAll(async () => {
  await stack.close();
  await receiver.close();
});

it("creates, lists, changes and removes a connection", async () => {
  const created = await zoom.createZoomOAuthConnection({
    authorization_code: await stack.authorize(tenant),
    redirect_uri: REDIRECT_URI,
    is_local_recording_token_supported: false,
    is_onbehalf_token_supported: true,
    metadata: { tenant_id: "1" },
  });
  expectTypeOf(created).toEqualTypeOf<ZoomOAuthConnection>();
  const { id } = created;
  const page = await zoom.listZoomOAuthConnections({ page_size: 1, metadata: { tenant_id: "1" } });
  expect(page.results).toEqual([created]);
  expect((await zoom.listZoomOAuthConnections({ state: "disconnected" })).results).toEqual([]);
  const changed = await zoom.updateZoomOAuthConnection({ id, metadata: { tenant_id: "2" } });
  expect(changed.metadata).toEqual({ tenant_id: "2" });
  expect(await zoom.deleteZoomOAuthConnection({ id, revoke: false })).toBeUndefined();
  await expect(zoom.getZoomOAuthConnection({ id })).rejects.toMatchObject({
    status: 404,
    code: "not_found",
    requestId: expect.any(String),
  });
});

it("needs no body where the API needs none", async () => {
  const { id } = await zoom.createZoomOAuthConnection({
    authorization_code: await stack.authorize(tenant),
    redirect_uri: REDIRECT_URI,
  });
  expect((await zoom.createAccessToken({ id })).token_type).toBe("bearer");
  expect((await zoom.createAccessToken({ id, min_ttl_seconds: 600 })).token_type).toBe("bearer");
  expect((await zoom.createZakToken({ id })).token).toEqual(expect.any(String));
  expect((await zoom.syncZoomOAuthConnection({ id })).id).toBe(id);
});

it("iterates over a list of several pages, newest first", async () => {
  const other = await stack.createTenant();
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) {
    ids.unshift((await createUnsynced(stack, other, await stack.authorize(other))).body.id);
  }
  const listed: string[] = [];
  const list = createClient({ baseUrl: stack.url.href, apiKey: other.apiKey }).listZoomOAuthConnections;
  for await (const { id } of list({ page_size: 2 })) listed.push(id);
  expect(listed).toEqual(ids);
});

it("tells which fields are wrong", async () => {
  const call = zoom.createZoomOAuthConnection({ authorization_code: "", redirect_uri: REDIRECT_URI });
  await expect(call).rejects.toMatchObject({
    code: "invalid_request",
    fields: { authorization_code: ["Must not be empty."] },
    retryAfterSeconds: undefined,
  });
});

it("creates one connection although the answer of the database was lost on the way", async () => {
  const authorization_code = await stack.authorize(tenant);
  stack.gateway.setFault({ kind: "drop", times: 1 });
  const call = zoom.createZoomOAuthConnection({ authorization_code, redirect_uri: REDIRECT_URI });
  const { user_id } = await call.finally(() => stack.gateway.setFault(null));
  expect((await zoom.listZoomOAuthConnections({ user_id })).results).toHaveLength(1);
});

it("tells how long to wait where it does not wait itself", async () => {
  stack.gateway.setFault({ kind: "drop" });
  const call = zoom.listZoomOAuthConnections({}, { maxRetryWaitMs: 1_000 });
  await expect(call.finally(() => stack.gateway.setFault(null))).rejects.toMatchObject({
    status: 503,
    code: "database_unavailable",
    retryAfterSeconds: 5,
  });
});

it("verifies what the service sends, before and after a rotation of the secret", async () => {
  const webhook = await zoom.createWebhook({
    url: receiver.url,
    triggers: ["zoom_oauth_connection.state_change"],
  });
  const { secret } = await zoom.getWebhookSecret();
  const next = await zoom.rotateWebhookSecret();
  const delivery = await zoom.testWebhook({ id: webhook.id });
  await expect.poll(() => receiver.requests.length, { timeout: 10_000 }).toBe(1);
  const [request] = receiver.requests;
  if (!request) throw new Error("no request");
  for (const known of [secret, next.secret]) {
    const event = await verifyWebhook(request.body, request.headers, known);
    expect(event).toEqual({
      trigger: "webhook.test",
      webhook_id: webhook.id,
      idempotency_key: delivery.idempotency_key,
      data: {},
    });
  }
});

it("serves the administrator too", async () => {
  const admin = createClient({ baseUrl: stack.url.href, apiKey: ADMIN_API_KEY });
  const project = await admin.createProject({ name: "Made by the client" });
  const { key, ...shown } = await admin.createApiKey({ id: project.id });
  expect(key).not.toBe("");
  const disabled = await admin.disableApiKey({ id: project.id, key_id: shown.id });
  expectTypeOf(disabled).toEqualTypeOf<ApiKey>();
  expect(disabled.disabled_at).not.toBeNull();
});
