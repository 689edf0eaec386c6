// POST /external_webhooks/zoom/oauth_apps/{id}: nothing unsigned has an effect, everything signed has one.

import { createHmac, randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signWebhook } from "../dev/zoom-simulator/webhooks.ts";
import { hmacSha256 } from "../src/crypto/hmac.ts";
import { readEvent, readSignature } from "../src/zoom/events.ts";
import {
  CONNECTIONS,
  createConnection,
  createUnsynced,
  eventTypes,
  expireAccessToken,
  waitFor,
} from "./support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "./support/stack.ts";

const SECRET = "webhook-secret-of-this-test";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  tenant = await createSignedTenant();
});
afterAll(async () => await stack.close());

async function createSignedTenant(): Promise<Tenant> {
  const created = await stack.createTenant();
  const path = `/api/v1/zoom_oauth_apps/${created.appId}`;
  const body = { webhook_secret: SECRET };
  expect((await stack.request(path, { method: "PATCH", apiKey: created.apiKey, body })).status).toBe(200);
  return created;
}

interface Sending {
  secret?: string;
  timestamp?: number | string;
  signature?: string | null;
  requestId?: string | null;
  appId?: string;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

async function sendText(text: string, sending: Sending = {}): Promise<Answer> {
  const {
    secret = SECRET,
    timestamp = nowSeconds(),
    requestId = randomUUID(),
    appId = tenant.appId,
  } = sending;
  const { signature = signWebhook(secret, Number(timestamp), text) } = sending;
  return await stack.request(`/external_webhooks/zoom/oauth_apps/${appId}`, {
    method: "POST",
    body: text,
    headers: {
      "x-zm-request-timestamp": String(timestamp),
      ...(requestId === null ? {} : { "x-zm-request-id": requestId }),
      ...(signature === null ? {} : { "x-zm-signature": signature }),
    },
  });
}

const send = async (event: string, payload: unknown, sending: Sending = {}, event_ts: unknown = Date.now()) =>
  await sendText(JSON.stringify({ event, event_ts, payload }), sending);

async function connect(of: Tenant = tenant): Promise<{ id: string; user_id: string; account_id: string }> {
  const answer = await createUnsynced(stack, of, await stack.authorize(of));
  expect(answer.status).toBe(201);
  return answer.body;
}

const read = async (id: string, of = tenant) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: of.apiKey })).body;
const row = async (id: string) =>
  (await stack.sql("select * from zoom_oauth_connections where id = $1", [id]))[0] as Record<string, unknown>;
const ownerOf = async (meetingId: number | string) =>
  (
    await stack.sql(
      "select zoom_oauth_connection_id as id from zoom_meetings where zoom_oauth_app_id = $1 and meeting_id = $2",
      [tenant.appId, meetingId],
    )
  )[0]?.id;
const deauthorization = (user_id: string, extra: Record<string, unknown> = {}) => ({
  account_id: "AAAAAABBBB",
  user_id,
  client_id: tenant.clientId,
  signature: "827edc3452044f0bc86bdd5684afb7d1e6becfa1a767f24df1b287853cf73000",
  ...extra,
});

/** The queue has moved past everything that was sent before. */
async function settle(): Promise<void> {
  const id = 900_000_000 + Math.floor(Math.random() * 99_999_999);
  const host = await connect();
  await send("meeting.created", { object: { id, host_id: host.user_id } });
  await waitFor(async () => (await ownerOf(id)) === host.id, "the marker");
}

describe("known answers", () => {
  const body = '{"event":"meeting.created","event_ts":1739923528000,"payload":{}}';
  const expected = "30c076c8ab3f8b7d772b464c2f3f21e610ab928b055776807c747088ba7d3180";

  it("of the signature", async () => {
    const signed = readSignature({ signature: `v0=${expected}`, timestamp: "1739923528" }, 1_739_923_528_000);
    expect(signed?.signature.toHex()).toBe(expected);
    const hmac = await hmacSha256("test_secret", `${signed?.prefix}${body}`);
    expect(hmac.toHex()).toBe(expected);
  });

  it("of the URL validation, through the front door", async () => {
    const other = await stack.createTenant();
    await stack.request(`/api/v1/zoom_oauth_apps/${other.appId}`, {
      method: "PATCH",
      apiKey: other.apiKey,
      body: { webhook_secret: "test_secret" },
    });
    const text =
      '{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}';
    const answer = await sendText(text, { secret: "test_secret", appId: other.appId });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        plainToken: "qgg8vlvZRS6UYooatFL8Aw",
        encryptedToken: "af2b71c039092798acffde4bc073be46286db03f4d82bfac9008822d0fac2449",
      },
    ]);
  });
});

describe("a signature", () => {
  const event = JSON.stringify({
    event: "meeting.created",
    event_ts: 1,
    payload: { object: { id: 123456789 } },
  });
  const hmac = (text: string) => createHmac("sha256", SECRET).update(text).digest("hex");

  it.each<[string, () => Sending, string?]>([
    ["by another secret", () => ({ secret: "another" })],
    ["over another body", () => ({ signature: signWebhook(SECRET, nowSeconds(), event) }), `${event} `],
    ["over another timestamp", () => ({ signature: signWebhook(SECRET, nowSeconds() - 1, event) })],
    ["that is missing", () => ({ signature: null })],
    ["that is empty", () => ({ signature: "" })],
    ["without its version", () => ({ signature: hmac(`v0:${nowSeconds()}:${event}`) })],
    ["of another version", () => ({ signature: `v1=${hmac(`v1:${nowSeconds()}:${event}`)}` })],
    ["that is cut short", () => ({ signature: signWebhook(SECRET, nowSeconds(), event).slice(0, -2) })],
    ["more than 5 minutes in the future", () => ({ timestamp: nowSeconds() + 310 })],
    ["more than 2 hours old", () => ({ timestamp: nowSeconds() - 7_210 })],
    ["with a timestamp in milliseconds", () => ({ timestamp: Date.now() })],
    [
      "with a timestamp that is no number",
      () => ({ timestamp: "now", signature: signWebhook(SECRET, 0, event) }),
    ],
    ["by an app without a webhook secret", () => ({ secret: "" })],
  ])("%s is refused with 401", async (_name, sending, text = event) => {
    const answer = await sendText(text, sending());
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
  });

  it.each([
    ["4 minutes ahead", 240],
    ["of the first try, at the last", -85 * 60],
    ["almost 2 hours old", -7_100],
  ])("%s is taken", async (_name, seconds) => {
    expect((await sendText(event, { timestamp: nowSeconds() + seconds })).status).toBe(200);
  });

  it("for an app that does not exist: 404", async () => {
    expect((await sendText(event, { appId: "zoa_0000000000000000" })).status).toBe(404);
    expect((await sendText(event, { appId: "nonsense" })).status).toBe(404);
  });
});

describe("the cost and the notes", () => {
  it("is one database round trip before the answer, and the arrival is noted every five minutes", async () => {
    const other = await createSignedTenant();
    const readApp = async () =>
      (await stack.request(`/api/v1/zoom_oauth_apps/${other.appId}`, { apiKey: other.apiKey })).body;
    const first = await send("nobody.knows", {}, { appId: other.appId });
    expect([first.status, first.headers.get("Server-Timing")]).toEqual([
      200,
      expect.stringContaining('desc="1"'),
    ]);
    await send("nobody.knows", {}, { appId: other.appId, signature: null });
    await waitFor(async () => {
      const app = await readApp();
      return app.last_verified_webhook_received_at && app.last_unverified_webhook_received_at;
    }, "both notes");
    const before = await readApp();
    await settle();
    stack.gateway.clearRequests();
    await send("nobody.knows", {}, { appId: other.appId });
    await new Promise((done) => setTimeout(done, 200));
    expect(stack.gateway.requests).toHaveLength(1);
    expect(await readApp()).toEqual(before);
    const back = "now() - interval '6 minutes'";
    await stack.sql(`update zoom_oauth_apps set last_verified_webhook_received_at = ${back} where id = $1`, [
      other.appId,
    ]);
    await send("nobody.knows", {}, { appId: other.appId });
    await waitFor(
      async () =>
        (await readApp()).last_verified_webhook_received_at > before.last_verified_webhook_received_at,
      "the note after six minutes",
    );
  });

  it("a fault of ours is a 5xx, so that Zoom sends the event again", async () => {
    stack.gateway.setFault({ kind: "error" });
    const answer = await send("meeting.created", { object: { id: 123456789, host_id: "x" } });
    stack.gateway.setFault(null);
    expect([answer.status, answer.body.code]).toEqual([503, "database_unavailable"]);
  });
});

describe("meetings", () => {
  it("belong to the connection of the host, else of the operator", async () => {
    const [host, operator] = [await connect(), await connect()];
    const ids = { host_id: host.user_id, operator_id: operator.user_id };
    await send("meeting.created", {
      operator_id: ids.operator_id,
      object: { id: 811111111, host_id: ids.host_id },
    });
    await send("meeting.created", {
      operator_id: ids.operator_id,
      object: { id: "811111112", host_id: "nobody" },
    });
    await send("meeting.created", {
      operator_id: ids.operator_id,
      object: { id: 811111113, pmi: "8111111140" },
    });
    await settle();
    expect([await ownerOf(811111111), await ownerOf(811111112)]).toEqual([host.id, operator.id]);
    expect([await ownerOf(811111113), await ownerOf(8111111140)]).toEqual([operator.id, operator.id]);
    // An update by an assistant does not name the host, whose meeting it stays.
    await send("meeting.updated", { operator_id: ids.operator_id, object: { id: 811111111, topic: "new" } });
    await settle();
    expect(await ownerOf(811111111)).toBe(host.id);
    await send("meeting.updated", { object: { id: 811111111, host_id: ids.operator_id } });
    await settle();
    expect(await ownerOf(811111111)).toBe(operator.id);
  });

  it("are forgotten when they are deleted, and not for one occurrence of a series", async () => {
    const host = await connect();
    for (const id of [822222221, 822222222])
      await send("meeting.created", { object: { id, host_id: host.user_id } });
    await settle();
    await send("meeting.deleted", { operation: "single", object: { id: 822222221, occurrences: [] } });
    const occurrences = [{ occurrence_id: "1648194360000" }];
    await send("meeting.deleted", { operation: "single", object: { id: 822222222, occurrences } });
    await settle();
    expect([await ownerOf(822222221), await ownerOf(822222222)]).toEqual([undefined, host.id]);
  });

  it("a changed personal meeting id is mapped, with or without the old one", async () => {
    const { id, user_id } = await connect();
    await send("user.updated", { object: { id: user_id, pmi: 8333333330 } });
    await settle();
    expect(await ownerOf(8333333330)).toBe(id);
    await send("user.updated", {
      object: { id: user_id, pmi: "8333333331" },
      old_object: { id: user_id, pmi: 8333333330 },
    });
    await send("user.updated", { object: { id: user_id }, operation: "change_password" });
    await settle();
    expect([await ownerOf(8333333330), await ownerOf(8333333331)]).toEqual([undefined, id]);
  });
});

describe("the end of a grant", () => {
  it.each(["user.deactivated", "user.deleted", "user.disassociated"])("%s disconnects", async (event) => {
    const { id, user_id } = await connect();
    await send(event, { object: { id: user_id, email: "jchill@example.com" } });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
    const { connection_failure_data } = await read(id);
    expect(connection_failure_data).toMatchObject({
      code: event.replace(".", "_"),
      error: expect.any(String),
    });
    expect(await eventTypes(stack, id)).toEqual(["created", "disconnected"]);
    expect((await row(id)).credentials).not.toBeNull();
  });

  it.each([
    [
      "with event_ts in the payload",
      (id: string) => deauthorization(id, { event_ts: "2024-09-08 15:58:40" }),
      undefined,
    ],
    ["with event_ts beside it", (id: string) => deauthorization(id), "now"],
    [
      "of Zoom's own sample, whose times are years old",
      (id: string) => deauthorization(id, { deauthorization_time: "2020-06-17T13:52:28.632Z" }),
      1626230691572,
    ],
  ])(
    "app_deauthorized %s disconnects, and erases credentials and meetings at once",
    async (_name, payload, ts) => {
      const { id, user_id } = await connect();
      await send("meeting.created", { object: { id: 844444444, host_id: user_id } });
      await settle();
      await sendText(
        JSON.stringify({
          event: "app_deauthorized",
          event_ts: ts === "now" ? Date.now() : ts,
          payload: payload(user_id),
        }),
      );
      await waitFor(async () => (await read(id)).state === "disconnected", "the end");
      expect((await read(id)).connection_failure_data).toMatchObject({ code: "app_deauthorized" });
      const { credentials } = await row(id);
      expect([credentials, await ownerOf(844444444)]).toEqual([null, undefined]);
      expect(await eventTypes(stack, id)).toEqual(["created", "deauthorized"]);
    },
  );

  it("is told to the project once, also where the erasure comes later", async () => {
    const hook = { url: "http://127.0.0.1:9/", triggers: ["zoom_oauth_connection.state_change"] };
    const subscribed = await stack.request("/api/v1/webhooks", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: hook,
    });
    const { id, user_id } = await connect();
    await send("user.deactivated", { object: { id: user_id } });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
    await send("app_deauthorized", deauthorization(user_id));
    await waitFor(async () => (await row(id)).credentials === null, "the erasure");
    const told = await stack.sql("select 1 from webhook_deliveries where zoom_oauth_connection_id = $1", [
      id,
    ]);
    expect(told).toHaveLength(1);
    expect(await eventTypes(stack, id)).toEqual(["created", "disconnected", "deauthorized"]);
    await stack.request(`/api/v1/webhooks/${subscribed.body.id}`, {
      method: "DELETE",
      apiKey: tenant.apiKey,
    });
  });

  it("is no end for a connection of another app", async () => {
    const other = await createSignedTenant();
    const { id, user_id } = await connect(other);
    await send("app_deauthorized", deauthorization(user_id));
    await settle();
    expect((await read(id, other)).state).toBe("connected");
  });

  it("the same user's next grant reconnects the same connection, and the event again has no effect", async () => {
    const { id, user_id } = await connect();
    const text = JSON.stringify({
      event: "app_deauthorized",
      event_ts: Date.now(),
      payload: deauthorization(user_id),
    });
    const timestamp = nowSeconds();
    await sendText(text, { requestId: "one-delivery", timestamp });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
    const again = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
    expect([again.body.id, again.body.state]).toEqual([id, "connected"]);
    // The same delivery; the same body as another one; the same event with another body.
    expect((await sendText(text, { requestId: "one-delivery", timestamp })).status).toBe(200);
    expect((await sendText(text, { requestId: "another", timestamp })).status).toBe(200);
    expect((await sendText(`${text} `, { requestId: "one-delivery" })).status).toBe(200);
    await settle();
    expect((await read(id)).state).toBe("connected");
    expect(await eventTypes(stack, id)).toEqual(["created", "deauthorized", "reconnected"]);
  });

  it("that came before the grant is left to the next refresh, which asks Zoom", async () => {
    const { id, user_id } = await connect();
    const earlier = Date.now() - 10 * 60_000;
    await send("app_deauthorized", deauthorization(user_id), {}, earlier);
    await settle();
    expect((await read(id)).state).toBe("connected");
    await stack.runCron();
    await waitFor(async () => (await row(id)).credentials_version === 2, "the refresh");
    expect((await read(id)).state).toBe("connected");
  });

  it("is not undone by a refresh that was under way", async () => {
    const { id, user_id } = await connect();
    await expireAccessToken(stack, id);
    await stack.control("faults", {
      operation: "token.refresh_token",
      kind: "delay",
      delay_ms: 1_500,
      user_id,
    });
    const path = `${CONNECTIONS}/${id}/access_token`;
    const refreshing = stack.request(path, { method: "POST", apiKey: tenant.apiKey, body: {} });
    await new Promise((done) => setTimeout(done, 300));
    await send("user.deactivated", { object: { id: user_id } });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
    expect((await refreshing).status).toBe(409);
    expect((await read(id)).state).toBe("disconnected");
  });

  it("waits for a grant that is being stored, and leaves that one alone", async () => {
    const { id, user_id } = await connect();
    const later =
      "update zoom_oauth_connections set authorized_at = now() + interval '10 seconds' where id = $1";
    await stack.holding([[later, [id]]], async () => {
      await send("app_deauthorized", deauthorization(user_id));
      await new Promise((done) => setTimeout(done, 500));
    });
    await settle();
    expect((await read(id)).state).toBe("connected");
  });

  it("does not fail with a subscription that is being removed", async () => {
    const { id, user_id } = await connect();
    const body = { url: "https://hooks.example.com/", triggers: ["zoom_oauth_connection.state_change"] };
    const webhook = await stack.request("/api/v1/webhooks", { method: "POST", apiKey: tenant.apiKey, body });
    await stack.holding([["delete from webhooks where id = $1", [webhook.body.id]]], async () => {
      await send("app_deauthorized", deauthorization(user_id));
      await new Promise((done) => setTimeout(done, 500));
    });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
  });

  it("comes from Zoom itself after a revocation", async () => {
    const { id, user_id } = await connect();
    await stack.control("clients", {
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      webhook_secret: SECRET,
      webhook_url: `${stack.url.origin}/external_webhooks/zoom/oauth_apps/${tenant.appId}`,
    });
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
    expect(await eventTypes(stack, id)).toEqual(["created", "deauthorized"]);
  });
});

it("finds the host of a meeting for zoom_tokens", async () => {
  const host = (await createConnection(stack, tenant, await stack.authorize(tenant))).body;
  const { id } = await stack.control("meetings", { user_id: host.user_id });
  await send("meeting.created", { object: { id, host_id: host.user_id } });
  await settle();
  const answer = await stack.request("/api/v1/zoom_tokens", {
    method: "POST",
    apiKey: tenant.apiKey,
    body: { meeting_id: id },
  });
  expect(answer.body.app_privilege_token).toEqual(expect.any(String));
});

it("2,000 arbitrary bodies, signed and not, are never our fault", { timeout: 120_000 }, async () => {
  const name = fc.constantFrom(
    "meeting.created",
    "meeting.updated",
    "meeting.deleted",
    "user.updated",
    "user.deactivated",
    "app_deauthorized",
    "endpoint.url_validation",
  );
  const payload = fc.oneof(
    fc.jsonValue(),
    fc.record({
      object: fc.jsonValue(),
      user_id: fc.jsonValue(),
      operator_id: fc.jsonValue(),
      plainToken: fc.jsonValue(),
    }),
    fc.record({ object: fc.record({ id: fc.jsonValue(), pmi: fc.jsonValue(), host_id: fc.jsonValue() }) }),
  );
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.record({ event: name, event_ts: fc.jsonValue(), payload }).map((event) => JSON.stringify(event)),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (text, isSigned) => {
      const wellFormed = text.toWellFormed();
      expect(() => readEvent(wellFormed, Date.now())).not.toThrow();
      const answer = await sendText(wellFormed, isSigned ? {} : { signature: null });
      expect(answer.status).toBe(isSigned ? 200 : 401);
    }),
    { numRuns: 2_000 },
  );
  await settle();
});
