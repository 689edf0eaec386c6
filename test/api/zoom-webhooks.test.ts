// POST /external_webhooks/zoom/oauth_apps/{id}: nothing unsigned has an effect, everything signed has one.

import { createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signWebhook } from "../../dev/zoom-simulator/webhooks.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import { readSignature } from "../../src/zoom/events.ts";
import {
  askForNewToken,
  CONNECTIONS,
  createConnection,
  createUnsynced,
  eventTypes,
  expireAccessToken,
  waitFor,
} from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { eachDoubt, setZoom } from "../support/zoom-doubts.ts";
import {
  createTenantWithSecret,
  deauthorizationOf,
  nowSeconds,
  type Sending,
  sendZoomEvent,
} from "../support/zoom-events.ts";

const SECRET = "webhook-secret-of-this-test";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({
    vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" },
    rateLimits: { FAILED_AUTHENTICATION_RATE_LIMIT: 60 },
  });
  tenant = await createSignedTenant();
});
afterAll(async () => await stack.close());

const createSignedTenant = async () => await createTenantWithSecret(stack, SECRET);
const sendText = async (text: string, sending: Sending = {}) =>
  await sendZoomEvent(stack, text, { secret: SECRET, appId: tenant.appId, ...sending });
const send = async (event: string, payload: unknown, sending: Sending = {}, event_ts: unknown = Date.now()) =>
  await sendText(JSON.stringify({ event, event_ts, payload }), sending);

interface Owner {
  id: string;
  user_id: string;
  account_id: string;
}

async function connect(of: Tenant = tenant): Promise<Owner> {
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
const deauthorization = (
  user: { user_id: string; account_id: string },
  extra: Record<string, unknown> = {},
) => ({ ...deauthorizationOf(tenant, user), ...extra });

/** The queue has moved past everything that was sent before. */
async function settle(): Promise<void> {
  const id = 900_000_000 + Math.floor(Math.random() * 99_999_999);
  const host = await connect();
  await send("meeting.created", { object: { id, host_id: host.user_id } });
  await waitFor(async () => (await ownerOf(id)) === host.id, "the marker");
}

describe("Zoom's published examples", () => {
  const body = '{"event":"meeting.created","event_ts":1739923528000,"payload":{}}';
  const expected = "30c076c8ab3f8b7d772b464c2f3f21e610ab928b055776807c747088ba7d3180";

  it("of a signature is computed alike", async () => {
    const signed = readSignature({ signature: `v0=${expected}`, timestamp: "1739923528" }, 1_739_923_528_000);
    expect(signed?.signature.toHex()).toBe(expected);
    const hmac = await hmacSha256("test_secret", `${signed?.prefix}${body}`);
    expect(hmac.toHex()).toBe(expected);
  });

  it("of the URL validation is answered alike", async () => {
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
    ["by an empty secret", () => ({ secret: "" })],
  ])("%s is refused with 401", async (_name, sending, text = event) => {
    const answer = await sendText(text, sending());
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
  });

  it("for an app without a webhook secret is refused with 401, whatever it was made with", async () => {
    const { apiKey, appId } = await stack.createTenant();
    const path = `/api/v1/zoom_oauth_apps/${appId}`;
    await stack.request(path, { method: "PATCH", apiKey, body: { webhook_secret: null } });
    for (const secret of ["", "null", "undefined", SECRET]) {
      expect((await sendText(event, { appId, secret })).status).toBe(401);
    }
  });

  it.each([
    ["4 minutes ahead", 240],
    ["of the first try, 85 minutes ago,", -85 * 60],
    ["almost 2 hours old", -7_100],
  ])("%s is taken", async (_name, seconds) => {
    expect((await sendText(event, { timestamp: nowSeconds() + seconds })).status).toBe(200);
  });

  it("for an app that does not exist is refused with 404", async () => {
    expect((await sendText(event, { appId: "zoa_0000000000000000" })).status).toBe(404);
    expect((await sendText(event, { appId: "nonsense" })).status).toBe(404);
  });
});

describe("an event", () => {
  it("costs one database round trip before the answer, and its arrival is noted every five minutes", async () => {
    const other = await createSignedTenant();
    const readApp = async () =>
      (await stack.request(`/api/v1/zoom_oauth_apps/${other.appId}`, { apiKey: other.apiKey })).body;
    await send("nobody.knows", {}, { appId: other.appId, secret: "another" });
    await waitFor(async () => (await readApp()).last_unverified_webhook_received_at, "the first note");
    const first = await send("nobody.knows", {}, { appId: other.appId });
    expect([first.status, first.headers.get("Server-Timing")]).toEqual([
      200,
      expect.stringContaining('desc="1"'),
    ]);
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

  it("that the database does not take is a 5xx, so that Zoom sends it again", async () => {
    stack.failDatabase({ kind: "error" });
    const answer = await send("meeting.created", { object: { id: 123456789, host_id: "x" } });
    stack.mendDatabase();
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

  it("with a changed personal meeting id are mapped, whether Zoom names the old one or not", async () => {
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
      (of: Owner) => deauthorization(of, { event_ts: "2024-09-08 15:58:40" }),
      undefined,
    ],
    ["with event_ts beside it", (of: Owner) => deauthorization(of), "now"],
    [
      "of Zoom's own sample, whose times are years old",
      (of: Owner) => deauthorization(of, { deauthorization_time: "2020-06-17T13:52:28.632Z" }),
      1626230691572,
    ],
  ])(
    "app_deauthorized %s disconnects, and erases credentials and meetings at once",
    async (_name, payload, ts) => {
      const owner = await connect();
      const { id, user_id } = owner;
      await send("meeting.created", { object: { id: 844444444, host_id: user_id } });
      await settle();
      await sendText(
        JSON.stringify({
          event: "app_deauthorized",
          event_ts: ts === "now" ? Date.now() : ts,
          payload: payload(owner),
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
    const owner = await connect();
    const { id, user_id } = owner;
    await send("user.deactivated", { object: { id: user_id } });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
    await send("app_deauthorized", deauthorization(owner));
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

  it("app_deauthorized for another app leaves the connection connected", async () => {
    const other = await createSignedTenant();
    const owner = await connect(other);
    const { id } = owner;
    await send("app_deauthorized", deauthorization(owner));
    await settle();
    expect((await read(id, other)).state).toBe("connected");
  });

  it("the same user's next grant reconnects the same connection, and the event again has no effect", async () => {
    const owner = await connect();
    const { id, user_id } = owner;
    const text = JSON.stringify({
      event: "app_deauthorized",
      event_ts: Date.now(),
      payload: deauthorization(owner),
    });
    const timestamp = nowSeconds();
    await sendText(text, { requestId: "one-delivery", timestamp });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
    const again = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
    expect([again.body.id, again.body.state]).toEqual([id, "connected"]);
    // The same delivery; the same body as another one, signed at once and anew.
    expect((await sendText(text, { requestId: "one-delivery", timestamp })).status).toBe(200);
    expect((await sendText(text, { requestId: "another", timestamp })).status).toBe(200);
    expect((await sendText(text, { requestId: "a-third", timestamp: nowSeconds() + 1 })).status).toBe(200);
    await settle();
    expect((await read(id)).state).toBe("connected");
    expect(await eventTypes(stack, id)).toEqual(["created", "deauthorized", "reconnected"]);
  });

  it("that came before the grant is left to the next refresh, which asks Zoom", async () => {
    const owner = await connect();
    const { id } = owner;
    const earlier = Date.now() - 10 * 60_000;
    await send("app_deauthorized", deauthorization(owner), {}, earlier);
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
    const owner = await connect();
    const { id } = owner;
    const later =
      "update zoom_oauth_connections set authorized_at = now() + interval '10 seconds' where id = $1";
    await stack.holding([[later, [id]]], async () => {
      await send("app_deauthorized", deauthorization(owner));
      await new Promise((done) => setTimeout(done, 500));
    });
    await settle();
    expect((await read(id)).state).toBe("connected");
  });

  it("does not fail with a subscription that is being removed", async () => {
    const owner = await connect();
    const { id } = owner;
    const body = { url: "https://hooks.example.com/", triggers: ["zoom_oauth_connection.state_change"] };
    const webhook = await stack.request("/api/v1/webhooks", { method: "POST", apiKey: tenant.apiKey, body });
    await stack.holding([["delete from webhooks where id = $1", [webhook.body.id]]], async () => {
      await send("app_deauthorized", deauthorization(owner));
      await new Promise((done) => setTimeout(done, 500));
    });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
  });
});

describe.each(eachDoubt("events"))("a removal of the app at Zoom, where %s,", (_name, zoom) => {
  const isTold = zoom.deauthorization !== "never";

  beforeAll(async () => {
    setZoom(stack, zoom);
    await stack.control("clients", {
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      webhook_secret: SECRET,
      webhook_url: `${stack.url.origin}/external_webhooks/zoom/oauth_apps/${tenant.appId}`,
    });
  });
  afterAll(() => setZoom(stack, {}));

  async function removeAtZoom({ id, user_id }: { id: string; user_id: string }): Promise<void> {
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
    // Where Zoom says nothing, its refusal of the next refresh does.
    if (!isTold) expect((await askForNewToken(stack, tenant, id)).status).toBe(409);
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
  }

  it("ends the connection", async () => {
    const connection = await connect();
    await removeAtZoom(connection);
    const end = isTold ? "deauthorized" : "disconnected";
    expect(await eventTypes(stack, connection.id)).toEqual(["created", end]);
    expect((await row(connection.id)).credentials === null).toBe(isTold);
  });

  it("is made good by the user's next grant", async () => {
    const { id, user_id } = await connect();
    await removeAtZoom({ id, user_id });
    const again = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
    expect([again.body.id, again.body.state]).toEqual([id, "connected"]);
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
    await settle();
    expect((await read(id)).state).toBe("connected");
  });

  it("that we asked for ourselves leaves the trace of our own removal, and nothing more", async () => {
    const { id } = await connect();
    const path = `${CONNECTIONS}/${id}`;
    const { apiKey } = tenant;
    expect((await stack.request(path, { method: "DELETE", apiKey })).status).toBe(200);
    await settle();
    expect(await eventTypes(stack, id)).toEqual(["created", "revoked"]);
    expect((await stack.request(path, { apiKey })).status).toBe(404);
  });
});

describe("an event that names another app or account", () => {
  /** Each kind of event, about this connection, with what it would leave behind. */
  const about = (of: Owner, meetingId: number): Record<string, Record<string, unknown>> => ({
    "meeting.created": { object: { id: meetingId, host_id: of.user_id } },
    "meeting.updated": { operator_id: of.user_id, object: { id: meetingId } },
    "meeting.deleted": { object: { id: meetingId } },
    "user.updated": { object: { id: of.user_id, pmi: meetingId } },
    "user.deactivated": { object: { id: of.user_id } },
    "user.deleted": { object: { id: of.user_id } },
    "user.disassociated": { object: { id: of.user_id } },
    app_deauthorized: { user_id: of.user_id, signature: "x" },
  });
  const names = Object.keys(about({ id: "", user_id: "", account_id: "" }, 1));
  let nextMeeting = 877_000_000;

  /** What the event could change: the state, the credentials, and whose the meeting is. */
  const seen = async (id: string, meetingId: number) => {
    const { state, credentials, credentials_version } = await row(id);
    return [state, credentials, credentials_version, await ownerOf(meetingId)];
  };

  it.each(
    names.flatMap((name) => [
      [name, "another account", (_of: Owner) => ({ account_id: "AnotherAccountOfZoom" })] as const,
      [
        name,
        "another client_id",
        (of: Owner) => ({ account_id: of.account_id, client_id: "another-client" }),
      ] as const,
      [name, "an account that can be none", (_of: Owner) => ({ account_id: { id: 1 } })] as const,
    ]),
  )("%s of %s is acknowledged and changes nothing", async (name, _what, naming) => {
    const owner = await connect();
    const meetingId = nextMeeting++;
    if (name === "meeting.deleted") {
      await send("meeting.created", about(owner, meetingId)["meeting.created"]);
      await settle();
    }
    const before = await seen(owner.id, meetingId);
    const answer = await send(name, { ...about(owner, meetingId)[name], ...naming(owner) });
    expect([answer.status, answer.body]).toEqual([200, { status: "received" }]);
    await settle();
    expect(await seen(owner.id, meetingId)).toEqual(before);
  });

  it.each(names)("%s has its effect where both are the right ones", async (name) => {
    const owner = await connect();
    const meetingId = nextMeeting++;
    if (name === "meeting.deleted") {
      await send("meeting.created", about(owner, meetingId)["meeting.created"]);
      await settle();
    }
    const before = await seen(owner.id, meetingId);
    const right = { account_id: owner.account_id, client_id: tenant.clientId };
    expect((await send(name, { ...about(owner, meetingId)[name], ...right })).status).toBe(200);
    await settle();
    expect(await seen(owner.id, meetingId)).not.toEqual(before);
  });

  it("is not known by its header clientid, which nobody signs", async () => {
    const { id, user_id, account_id } = await connect();
    const text = JSON.stringify({
      event: "user.deactivated",
      payload: { account_id, object: { id: user_id } },
    });
    const timestamp = nowSeconds();
    await stack.request(`/external_webhooks/zoom/oauth_apps/${tenant.appId}`, {
      method: "POST",
      body: text,
      headers: {
        clientid: "another-client",
        "x-zm-request-timestamp": String(timestamp),
        "x-zm-signature": signWebhook(SECRET, timestamp, text),
      },
    });
    await waitFor(async () => (await read(id)).state === "disconnected", "the end");
  });
});

describe("endpoint.url_validation", () => {
  const validate = async (plainToken: unknown) => await send("endpoint.url_validation", { plainToken });
  const timestamp = nowSeconds();

  it.each([
    ["an event's signed text", `v0:${timestamp}:{"event":"app_deauthorized","payload":{}}`],
    ["the beginning of one", "v0:"],
    ["a colon", "qgg8vlvZRS6UYooatFL8A:"],
    ["a dot", "v0.1"],
    ["a space", "qgg8vlvZRS6UYooatFL8 w"],
    ["a line break", "qgg8vlvZRS6UYooatFL8Aw\n"],
    ["JSON", '{"event":"meeting.created"}'],
    ["letters beyond ASCII", "qgg8vlvZRS6UYooatFL8Äw"],
    ["101 characters", "a".repeat(101)],
    ["nothing", ""],
  ])("with %s is refused, and nothing is signed", async (_name, plainToken) => {
    const answer = await validate(plainToken);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    const signature = createHmac("sha256", SECRET).update(plainToken).digest("hex");
    expect(answer.text).not.toContain(signature);
  });

  it.each([["qgg8vlvZRS6UYooatFL8Aw"], ["_-_"], ["a".repeat(100)]])(
    "with %s is answered",
    async (plainToken) => {
      const encryptedToken = createHmac("sha256", SECRET).update(plainToken).digest("hex");
      expect((await validate(plainToken)).body).toEqual({ plainToken, encryptedToken });
    },
  );
});

describe("an event that is sent again", () => {
  const rows = async () =>
    Number(
      (
        await stack.sql("select count(*) as count from zoom_events where zoom_oauth_app_id = $1", [
          tenant.appId,
        ])
      )[0]?.count,
    );

  it("under 200 request ids leaves one row", async () => {
    const host = await connect();
    const text = JSON.stringify({
      event: "meeting.created",
      event_ts: Date.now(),
      payload: { object: { id: 866666661, host_id: host.user_id } },
    });
    const timestamp = nowSeconds();
    await settle();
    const before = await rows();
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        expect((await sendText(text, { timestamp })).status).toBe(200);
      }),
    );
    await settle();
    // The marker is the other one.
    expect((await rows()) - before).toBe(2);
    expect(await ownerOf(866666661)).toBe(host.id);
  });

  it("is another one with another body, whatever its request id", async () => {
    const host = await connect();
    for (const id of [866666662, 866666663]) {
      await send("meeting.created", { object: { id, host_id: host.user_id } }, { requestId: "the-same" });
    }
    await settle();
    expect([await ownerOf(866666662), await ownerOf(866666663)]).toEqual([host.id, host.id]);
  });
});

describe("what cannot be Zoom's", () => {
  it.each([
    ["without a signature", { signature: null }, 401],
    ["with half a signature", { signature: `v0=${"a".repeat(32)}` }, 401],
    ["with a timestamp that is no number", { timestamp: "now", signature: `v0=${"a".repeat(64)}` }, 401],
    ["of yesterday", { timestamp: nowSeconds() - 86_400 }, 401],
    ["for what can be no app", { appId: "zoa_short" }, 404],
  ])("%s is refused without a database round trip", async (_name, sending: Sending, status) => {
    stack.gateway.clearRequests();
    const answer = await sendText("x".repeat(32 * 1024), sending);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Server-Timing")).toContain('db;dur=0.0;desc="0"');
    expect(stack.gateway.requests).toHaveLength(0);
  });

  it.each([
    ["unsigned, before its body has arrived", {}, 1024 * 1024, 401],
    [
      "longer than 1 MiB, by its length alone",
      { "x-zm-signature": `v0=${"a".repeat(64)}`, "x-zm-request-timestamp": String(nowSeconds()) },
      1024 * 1024 + 1,
      413,
    ],
  ])("is refused %s", async (_name, headers, length, expected) => {
    stack.gateway.clearRequests();
    const { hostname, port } = stack.url;
    const status = await new Promise((done, fail) => {
      const sending = httpRequest({
        hostname,
        port,
        method: "POST",
        path: `/external_webhooks/zoom/oauth_apps/${tenant.appId}`,
        headers: { "Content-Type": "application/json", "Content-Length": String(length), ...headers },
      });
      sending.on("response", (response) => {
        done(response.statusCode);
        sending.destroy();
      });
      sending.on("error", fail);
      // The rest never comes.
      sending.write("{");
    });
    expect(status).toBe(expected);
    expect(stack.gateway.requests).toHaveLength(0);
  });
});

describe("an address over its limit of failed authentications", () => {
  const ADDRESS = "203.0.113.77";
  const marker = JSON.stringify({ event: "nobody.knows", payload: {} });
  const forge = async (appId = tenant.appId) =>
    await sendText(marker, { secret: "another", address: ADDRESS, appId });

  /** Fails until the address is shut out. */
  async function exhaust(): Promise<void> {
    for (let tries = 0; tries < 130; tries++) if ((await forge()).status === 503) return;
    throw new Error("no limit was met");
  }

  it("costs no database round trip, and the sender is asked to come back", { timeout: 60_000 }, async () => {
    const fresh = await createSignedTenant();
    await exhaust();
    stack.gateway.clearRequests();
    const answers = await Promise.all(Array.from({ length: 200 }, async () => await forge()));
    const codes = new Set(answers.map(({ status, body }) => `${status} ${body.code}`));
    expect([...codes]).toEqual(["503 event_rate_limited"]);
    expect(answers[0]?.headers.get("Retry-After")).toBe("60");
    expect(stack.gateway.requests).toHaveLength(0);
    // An app whose events this isolate has lately verified is not shut out by others' failures from the address.
    expect((await sendText(marker, { address: ADDRESS })).status).toBe(200);
    // Nor is another one: all apps hear of events from the same addresses.
    expect((await sendText(marker, { address: ADDRESS, appId: fresh.appId })).status).toBe(200);
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
