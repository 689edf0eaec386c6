// Webhooks to the project: subscriptions, signatures, retries, and no change without its delivery.

import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  askForNewToken,
  CONNECTIONS,
  createUnsynced,
  expireAccessToken,
  waitFor,
} from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

const WEBHOOKS = "/api/v1/webhooks";
const STATE_CHANGE = "zoom_oauth_connection.state_change";
const CREDENTIALS_INVALID = "zoom_oauth_app.credentials_invalid";

let stack: Stack;
let tenant: Tenant;
let receiver: Receiver;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});
afterEach(async () => {
  // Retries of one test are none of the next one's.
  await stack.sql("update webhooks set is_active = false");
  receiver.reset();
});

const call = async (path: string, method = "GET", body?: unknown, of: Tenant = tenant): Promise<Answer> =>
  await stack.request(path, { method, apiKey: of.apiKey, ...(body === undefined ? {} : { body }) });

async function subscribe(changes: Record<string, unknown> = {}): Promise<string> {
  tenant = await stack.createTenant();
  return await subscribeAgain(changes);
}

async function subscribeAgain(changes: Record<string, unknown> = {}): Promise<string> {
  const answer = await call(WEBHOOKS, "POST", { url: receiver.url, triggers: [STATE_CHANGE], ...changes });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function connect(changes: Record<string, unknown> = {}) {
  const answer = await createUnsynced(stack, tenant, await stack.authorize(tenant), changes);
  expect(answer.status).toBe(201);
  return answer.body as { id: string; user_id: string; account_id: string };
}

/** As Zoom's refusal of a refresh does it. */
async function disconnect({ id, user_id }: { id: string; user_id: string }): Promise<void> {
  await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
  expect((await askForNewToken(stack, tenant, id)).status).toBe(409);
}

const deliveries = async (webhookId: string) =>
  (await call(`${WEBHOOKS}/${webhookId}/deliveries`)).body.results;
const received = async (count: number) =>
  await waitFor(async () => receiver.requests.length >= count && receiver.requests, `${count} requests`);

describe("a subscription", () => {
  it("is created, read, listed, changed and removed", async () => {
    const id = await subscribe();
    const shown = (await call(`${WEBHOOKS}/${id}`)).body;
    expect(shown).toMatchObject({
      id,
      url: receiver.url,
      triggers: [STATE_CHANGE],
      is_active: true,
      paused_at: null,
      pause_reason: null,
    });
    expect((await call(WEBHOOKS)).body).toEqual({ next: null, previous: null, results: [shown] });
    const changes = { triggers: [CREDENTIALS_INVALID, STATE_CHANGE], is_active: false };
    expect((await call(`${WEBHOOKS}/${id}`, "PATCH", changes)).body).toMatchObject(changes);
    expect((await call(`${WEBHOOKS}/${id}`, "DELETE")).status).toBe(200);
    expect((await call(`${WEBHOOKS}/${id}`)).status).toBe(404);
  });

  it.each([
    [{ url: "https://10.0.0.1/hook" }, "url"],
    [{ url: "http://example.com@10.0.0.1/" }, "url"],
    [{ url: "ftp://example.com/" }, "url"],
    [{ triggers: [] }, "triggers"],
    [{ triggers: ["something.else"] }, "triggers.0"],
    [{ triggers: [STATE_CHANGE, STATE_CHANGE] }, "triggers"],
    [{ secret: "mine" }, "secret"],
  ])("of %j is refused", async (changes, field) => {
    tenant ??= await stack.createTenant();
    const body = { url: "https://hooks.example.com/", triggers: [STATE_CHANGE], ...changes };
    const answer = await call(WEBHOOKS, "POST", body);
    expect([answer.status, answer.body.code, Object.keys(answer.body.fields)]).toEqual([
      400,
      "invalid_request",
      [field],
    ]);
  });

  it("exists at most 20 times in a project", async () => {
    await subscribe();
    for (let count = 1; count < 20; count++) await subscribeAgain();
    const answer = await call(WEBHOOKS, "POST", { url: receiver.url, triggers: [STATE_CHANGE] });
    expect([answer.status, answer.body.code]).toEqual([409, "conflict"]);
  });

  it("exists at most 20 times in a project, also where 40 are created at the same moment", async () => {
    const { apiKey, projectId } = await stack.createProject();
    const body = { url: receiver.url, triggers: [STATE_CHANGE] };
    const create = async () => (await stack.request(WEBHOOKS, { method: "POST", apiKey, body })).status;
    const statuses = await Promise.all(Array.from({ length: 40 }, create));
    expect(statuses.toSorted()).toEqual([...Array(20).fill(201), ...Array(20).fill(409)]);
    const rows = await stack.sql("select from webhooks where project_id = $1", [projectId]);
    expect(rows).toHaveLength(20);
  });
});

it("without ALLOW_INSECURE_WEBHOOK_URLS takes https and public names only", async () => {
  const strict = await startStack();
  const { apiKey } = await strict.createTenant();
  for (const [url, status] of [
    [receiver.url, 400],
    ["http://hooks.example.com/", 400],
    ["https://localhost/", 400],
    ["https://hooks.example.com/", 201],
  ] as const) {
    const body = { url, triggers: [STATE_CHANGE] };
    expect((await strict.request(WEBHOOKS, { method: "POST", apiKey, body })).status, url).toBe(status);
  }
  await strict.close();
});

describe("a delivery", () => {
  it("tells of a disconnected and a reconnected connection, signed in both ways", async () => {
    const id = await subscribe();
    const connection = await connect({ metadata: { tenant_id: "1", "10": "a", "9": "ü" } });
    await disconnect(connection);
    const [first] = await received(1);
    const body = JSON.parse(first?.body ?? "");
    expect(body).toEqual({
      idempotency_key: expect.stringMatching(/^[0-9a-f-]{36}$/),
      zoom_oauth_connection_id: connection.id,
      zoom_oauth_connection_metadata: { tenant_id: "1", "10": "a", "9": "ü" },
      user_id: connection.user_id,
      account_id: connection.account_id,
      trigger: STATE_CHANGE,
      data: {
        state: "disconnected",
        connection_failure_data: {
          error: expect.any(String),
          code: "grant_revoked",
          recommended_action: "reconnect",
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        },
        last_successful_sync_at: null,
        last_attempted_sync_at: null,
      },
    });
    expect(first?.headers["webhook-id"]).toBe(body.idempotency_key);
    const { secret } = (await call("/api/v1/webhook_secret")).body;
    expect(new Webhook(secret).verify(first?.body ?? "", first?.headers ?? {})).toEqual(body);
    const plain = createHmac("sha256", Buffer.from(secret, "base64"))
      .update(first?.body ?? "")
      .digest("base64");
    expect(first?.headers["x-webhook-signature"]).toBe(plain);

    await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id: connection.user_id }));
    const [, second] = await received(2);
    expect(JSON.parse(second?.body ?? "")).toMatchObject({
      zoom_oauth_connection_metadata: {},
      data: { state: "connected", connection_failure_data: null },
    });
    const [newest, oldest] = await waitFor(async () => {
      const list = await deliveries(id);
      return list.every(({ state }: { state: string }) => state === "succeeded") && list;
    }, "both outcomes");
    expect(newest.payload).toEqual(JSON.parse(second?.body ?? ""));
    expect(oldest).toMatchObject({
      webhook_id: id,
      zoom_oauth_connection_id: connection.id,
      idempotency_key: body.idempotency_key,
      attempt_count: 1,
      next_attempt_at: null,
      attempts: [{ status_code: 200, response_body: "ok", error: null, duration_ms: expect.any(Number) }],
    });
  });

  it("tells of refused app credentials, once", async () => {
    await subscribe({ triggers: [CREDENTIALS_INVALID] });
    const [one, two] = [await connect(), await connect()];
    await stack.control("clients", { client_id: tenant.clientId, client_secret: "changed-at-zoom-2" });
    for (const { id } of [one, two]) {
      await expireAccessToken(stack, id);
    }
    await Promise.all(
      [one, two].map(async ({ id }) => await call(`${CONNECTIONS}/${id}/access_token`, "POST", {})),
    );
    const [request] = await received(1);
    expect(JSON.parse(request?.body ?? "")).toEqual({
      idempotency_key: expect.any(String),
      zoom_oauth_app_id: tenant.appId,
      trigger: CREDENTIALS_INVALID,
      data: { client_id: tenant.clientId, credentials_invalid_at: expect.any(String) },
    });
    await new Promise((done) => setTimeout(done, 500));
    expect(receiver.requests).toHaveLength(1);
  });

  it("goes to every active subscription of the trigger and to no other", async () => {
    const active = await subscribe();
    const inactive = await subscribeAgain({ is_active: false });
    const other = await subscribeAgain({ triggers: [CREDENTIALS_INVALID] });
    const second = await subscribeAgain();
    await disconnect(await connect());
    await received(2);
    const counts = await Promise.all(
      [active, second, inactive, other].map(async (id) => (await deliveries(id)).length),
    );
    expect(counts).toEqual([1, 1, 0, 0]);
  });

  it("is tried again after 5 s, with the same key and a signature of that moment", {
    timeout: 40_000,
  }, async () => {
    const id = await subscribe();
    receiver.answerWith((count) =>
      count === 1 ? { status: 500, body: "x".repeat(2_000) } : { status: 204 },
    );
    await disconnect(await connect());
    const [first, second] = await received(2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(4_500);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    const [delivery] = await waitFor(async () => {
      const list = await deliveries(id);
      return list[0].state === "succeeded" && list;
    }, "the success");
    expect(delivery.attempts.map((attempt: { status_code: number }) => attempt.status_code)).toEqual([
      500, 204,
    ]);
    expect(delivery.attempts[0].response_body).toBe("x".repeat(500));
  });

  it.each([
    [1, "waits 5 seconds", 5],
    [2, "waits 5 minutes", 300],
    [3, "waits 30 minutes", 1_800],
    [4, "waits 2 hours", 7_200],
    [5, "waits 5 hours", 18_000],
    [6, "waits 10 hours", 36_000],
    [7, "waits 10 hours", 36_000],
    [8, "is given up", null],
  ])("whose attempt %i fails %s", async (attempts, _what, seconds) => {
    const id = await subscribe();
    receiver.answerWith(() => ({ status: 503 }));
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await received(1);
    await waitFor(async () => (await deliveries(id))[0].attempts.length === 1, "the first attempt");
    const delivery = (await deliveries(id))[0];
    if (attempts > 1) {
      await stack.sql(
        "update webhook_deliveries set attempt_count = $2, next_attempt_at = now() - interval '20 seconds' where id = $1",
        [delivery.id, attempts - 1],
      );
      await stack.runCron();
      await waitFor(async () => (await deliveries(id))[0].attempts.length >= 2, "the attempt");
    }
    const { state, next_attempt_at, attempt_count } = (await deliveries(id))[0];
    expect([attempt_count, state]).toEqual([attempts, seconds === null ? "failed" : "pending"]);
    if (seconds !== null) {
      const waitSeconds = (Date.parse(next_attempt_at) - Date.now()) / 1000;
      expect(waitSeconds).toBeGreaterThan(seconds - 4);
      expect(waitSeconds).toBeLessThanOrEqual(seconds);
    }
  });

  it("counts no attempt while the signing secret cannot be decrypted", async () => {
    const id = await subscribe();
    await call("/api/v1/webhook_secret");
    const [project] = await stack.sql("select webhook_secret from projects where id = $1", [
      tenant.projectId,
    ]);
    const seal = async (secret: unknown) =>
      await stack.sql("update projects set webhook_secret = $2 where id = $1", [tenant.projectId, secret]);
    await seal(String(project?.webhook_secret).replace(/^v1\.test\./, "v1.gone."));
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    const logged = () => stack.logs().filter((line) => line.includes("delivery_not_recorded")).length;
    await waitFor(async () => logged() > 0, "the try");
    const [delivery] = await waitFor(async () => {
      const list = await deliveries(id);
      return list[0].attempt_count === 0 && list;
    }, "the count");
    expect([delivery.state, delivery.attempts]).toEqual(["pending", []]);
    await seal(project?.webhook_secret);
    await stack.sql(
      "update webhook_deliveries set next_attempt_at = now() - interval '1 minute' where id = $1",
      [delivery.id],
    );
    await stack.runCron();
    await received(1);
    await waitFor(async () => (await deliveries(id))[0].state === "succeeded", "the success");
    expect((await deliveries(id))[0].attempt_count).toBe(1);
  });

  it("has its URL checked again when it is sent", async () => {
    const id = await subscribe();
    await stack.sql("update webhooks set url = 'https://169.254.169.254/latest' where id = $1", [id]);
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await waitFor(async () => (await deliveries(id))[0].attempts.length === 1, "the attempt");
    expect((await deliveries(id))[0].attempts[0].error).toMatch(/^url: /);
  });

  it("can be sent again, with the same body and key", async () => {
    const id = await subscribe();
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await received(1);
    const [delivery] = await waitFor(async () => {
      const list = await deliveries(id);
      return list[0].state === "succeeded" && list;
    }, "the success");
    const again = await call(`${WEBHOOKS}/${id}/deliveries/${delivery.id}/redeliver`, "POST");
    expect([again.status, again.body.state]).toEqual([202, "pending"]);
    const [first, second] = await received(2);
    expect(second?.body).toBe(first?.body);
    expect(JSON.parse(second?.body ?? "")).toEqual(delivery.payload);
    const unknown = await call(`${WEBHOOKS}/${id}/deliveries/whd_0000000000000000/redeliver`, "POST");
    expect(unknown.status).toBe(404);
  });

  it("is removed with the connection that it tells of", async () => {
    const id = await subscribe();
    const connection = await connect({ metadata: { personal: "yes" } });
    await disconnect(connection);
    await received(1);
    await call(`${CONNECTIONS}/${connection.id}`, "DELETE");
    expect(await deliveries(id)).toEqual([]);
  });
});

describe("a pause", () => {
  it("follows 410, shows itself, and ends when the subscription is made active", async () => {
    const id = await subscribe();
    receiver.answerWith(() => ({ status: 410 }));
    await disconnect(await connect());
    const paused = await waitFor(async () => {
      const { body } = await call(`${WEBHOOKS}/${id}`);
      return body.paused_at !== null && body;
    }, "the pause");
    expect(paused).toMatchObject({ is_active: false, pause_reason: "gone" });
    expect((await call(`${WEBHOOKS}/${id}/test`, "POST")).status).toBe(409);
    // What waits is set back while nobody may send it, so that the cron run does not pass it each minute.
    await stack.sql(
      "update webhook_deliveries set next_attempt_at = now() - interval '1 minute' where webhook_id = $1",
      [id],
    );
    await stack.runCron();
    const waitHours = async () =>
      (Date.parse((await deliveries(id))[0].next_attempt_at) - Date.now()) / 3_600_000;
    expect(await waitHours()).toBeGreaterThan(11);
    receiver.answerWith(() => ({ status: 200 }));
    expect((await call(`${WEBHOOKS}/${id}`, "PATCH", { is_active: true })).body).toMatchObject({
      is_active: true,
      paused_at: null,
      pause_reason: null,
    });
    expect(await waitHours()).toBeLessThanOrEqual(0);
  });

  it("follows five days of nothing but failures", async () => {
    const id = await subscribe();
    receiver.answerWith(() => ({ status: 500 }));
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await waitFor(async () => (await deliveries(id))[0].attempts.length === 1, "the first failure");
    expect((await call(`${WEBHOOKS}/${id}`)).body.is_active).toBe(true);
    await stack.sql("update webhooks set failing_since = now() - interval '5 days 1 minute' where id = $1", [
      id,
    ]);
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await waitFor(async () => !(await call(`${WEBHOOKS}/${id}`)).body.is_active, "the pause");
    expect((await call(`${WEBHOOKS}/${id}`)).body.pause_reason).toBe("failing");
  });
});

describe("the secret", () => {
  it("is made once, and its replacement signs along with it for 24 hours", async () => {
    const id = await subscribe();
    const read = async () => (await call("/api/v1/webhook_secret")).body;
    const both = await Promise.all([read(), read()]);
    expect(both[0]).toEqual(both[1]);
    expect(both[0].previous_secret_expires_at).toBeNull();
    const rotated = (await call("/api/v1/webhook_secret/rotate", "POST")).body;
    expect(rotated.secret).not.toBe(both[0].secret);
    const hours = (Date.parse(rotated.previous_secret_expires_at) - Date.now()) / 3_600_000;
    expect(hours).toBeCloseTo(24, 1);
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    const [first] = await received(1);
    for (const { secret } of [both[0], rotated]) {
      expect(() => new Webhook(secret).verify(first?.body ?? "", first?.headers ?? {})).not.toThrow();
    }
    await stack.sql("update projects set previous_webhook_secret_expires_at = now() where id = $1", [
      tenant.projectId,
    ]);
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    const [, second] = await received(2);
    expect(() => new Webhook(both[0].secret).verify(second?.body ?? "", second?.headers ?? {})).toThrow();
    expect(() => new Webhook(rotated.secret).verify(second?.body ?? "", second?.headers ?? {})).not.toThrow();
    expect(await read()).toEqual({ secret: rotated.secret, previous_secret_expires_at: null });
    const again = (await call("/api/v1/webhook_secret/rotate", "POST")).body;
    const thrice = (await call("/api/v1/webhook_secret/rotate", "POST")).body;
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    const [, , third] = await received(3);
    for (const { secret } of [rotated, again, thrice]) {
      expect(() => new Webhook(secret).verify(third?.body ?? "", third?.headers ?? {})).not.toThrow();
    }
    const atOnce = (await call("/api/v1/webhook_secret/rotate", "POST", { immediate: true })).body;
    expect(atOnce).toEqual({ secret: expect.any(String), previous_secret_expires_at: null });
    expect(atOnce.secret).not.toBe(rotated.secret);
    expect(await read()).toEqual(atOnce);
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    const [, , , fourth] = await received(4);
    for (const { secret } of [rotated, again, thrice]) {
      expect(() => new Webhook(secret).verify(fourth?.body ?? "", fourth?.headers ?? {})).toThrow();
    }
  });
});

describe("a cron run", () => {
  it("finds what the queue was not told of", async () => {
    const id = await subscribe();
    const { id: connectionId } = await connect();
    await stack.sql(
      `insert into webhook_deliveries (id, project_id, webhook_id, trigger, zoom_oauth_connection_id, payload, next_attempt_at)
       values ('whd_abcdefghij012345', $1, $2, 'webhook.test', $3, '{"trigger":"webhook.test"}', now() - interval '1 minute')`,
      [tenant.projectId, id, connectionId],
    );
    await Promise.all([stack.runCron(), stack.runCron()]);
    await received(1);
    await new Promise((done) => setTimeout(done, 300));
    expect(receiver.requests).toHaveLength(1);
  });
});

describe("a slow receiver", () => {
  it("with thousands of overdue deliveries delays no other subscription's", { timeout: 60_000 }, async () => {
    const slow = await startReceiver();
    slow.answerWith(() => ({ status: 200, delayMs: 9_000 }));
    try {
      const many = await subscribe({ url: slow.url });
      const theirs = tenant;
      const one = await subscribe();
      const overdue = async (of: Tenant, webhookId: string, count: number, ago: string) =>
        await stack.sql(
          `insert into webhook_deliveries (id, project_id, webhook_id, trigger, payload, next_attempt_at)
           select 'whd_' || substr(md5($2 || n), 1, 16), $1, $2, 'test', '{"trigger":"test"}', now() - $4::interval
           from generate_series(1, $3::integer) n`,
          [of.projectId, webhookId, count, ago],
        );
      await overdue(theirs, many, 2_500, "1 hour");
      await overdue(tenant, one, 1, "1 minute");
      const before = receiver.requests.length;
      await stack.runCron();
      await waitFor(async () => receiver.requests.length > before, "the other's delivery");
    } finally {
      await stack.sql("delete from webhook_deliveries where state = 'pending'");
      await slow.close();
    }
  });

  it("delays no other subscription's deliveries", { timeout: 60_000 }, async () => {
    const slow = await startReceiver();
    slow.answerWith(() => ({ status: 200, delayMs: 12_000 }));
    await subscribe();
    const slowId = await subscribeAgain({ url: slow.url });
    for (let count = 0; count < 8; count++) await call(`${WEBHOOKS}/${slowId}/test`, "POST");
    await waitFor(async () => slow.requests.length > 0, "the slow one");
    const connection = await connect();
    const start = performance.now();
    await disconnect(connection);
    await received(1);
    expect(performance.now() - start).toBeLessThan(5_000);
    const [delivery] = await waitFor(async () => {
      const list = (await deliveries(slowId)).filter(
        ({ attempts }: { attempts: unknown[] }) => attempts.length > 0,
      );
      return list.length > 0 && list;
    }, "the time-out");
    expect(delivery.attempts[0]).toMatchObject({
      status_code: null,
      error: expect.stringContaining("10 seconds"),
    });
    await slow.close();
  });

  it("that answers without end is cut off", async () => {
    const id = await subscribe();
    receiver.answerWith(() => ({ status: 200, body: "y".repeat(1_000_000) }));
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await waitFor(async () => (await deliveries(id))[0].state === "succeeded", "the success");
    expect((await deliveries(id))[0].attempts[0].response_body).toBe("y".repeat(500));
  });
});

describe("a delivery", () => {
  it("does not follow redirects, and counts them as failures", async () => {
    const id = await subscribe();
    receiver.answerWith(() => ({ status: 302, headers: { Location: `${receiver.url}/elsewhere` } }));
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await received(1);
    await waitFor(async () => (await deliveries(id))[0].attempts.length === 1, "the attempt");
    expect((await deliveries(id))[0]).toMatchObject({ state: "pending", attempts: [{ status_code: 302 }] });
    expect(receiver.requests).toHaveLength(1);
  });

  it("to nobody who listens is a failure in our own words", async () => {
    const id = await subscribe({ url: "http://127.0.0.1:9/" });
    await call(`${WEBHOOKS}/${id}/test`, "POST");
    await waitFor(async () => (await deliveries(id))[0].attempts.length === 1, "the attempt");
    expect((await deliveries(id))[0].attempts[0]).toMatchObject({
      status_code: null,
      response_body: null,
      error: expect.stringContaining("connection failed"),
    });
  });
});
