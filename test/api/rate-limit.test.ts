// The service's own limits: writes per API key, tokens per project, failed authentications per IP address, Zoom's events
// per app.

import { afterAll, beforeAll, expect, it } from "vitest";
import { signWebhook } from "../../dev/zoom-simulator/webhooks.ts";
import { CONNECTIONS } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ isHarnessed: true });
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

/** The limits count by the clock's minute: a run that crosses from one into the next is allowed up to twice as many. */
const FAILED_AUTHENTICATIONS_PER_MINUTE = 60;
/** Deployed are 3,000, which the soak counts. */
const WRITES_PER_MINUTE = 20;

it("answers 429 to failed authentications beyond 60 a minute from an address, and to no other", async () => {
  const guess = async (ip: string, apiKey = "wrong") =>
    await stack.request(`${CONNECTIONS}/zoc_0000000000000000`, {
      apiKey,
      headers: { "CF-Connecting-IP": ip },
    });
  let failures = 0;
  let answer = await guess("203.0.113.1");
  for (; answer.status === 401; failures++) answer = await guess("203.0.113.1");
  expect([answer.status, answer.body.code]).toEqual([429, "rate_limited"]);
  expect(answer.headers.get("Retry-After")).toBe("60");
  expect(failures).toBeGreaterThanOrEqual(FAILED_AUTHENTICATIONS_PER_MINUTE);
  expect(failures).toBeLessThanOrEqual(2 * FAILED_AUTHENTICATIONS_PER_MINUTE);
  expect((await guess("203.0.113.2")).status).toBe(401);
  // A valid key works from the same address: only failures are counted.
  expect((await guess("203.0.113.1", tenant.apiKey)).status).toBe(404);
});

it("answers 429 to a key's writes beyond its limit, and lets it read and others write", async () => {
  const limited = await startStack({ writeLimit: WRITES_PER_MINUTE });
  // Keys that have written nothing yet: registering an app is a write.
  const [writer, other] = [await limited.createProject(), await limited.createProject()];
  const path = `${CONNECTIONS}/zoc_0000000000000000`;
  const write = async ({ apiKey }: { apiKey: string }) =>
    await limited.request(path, { method: "DELETE", apiKey });
  let writes = 0;
  let answer = await write(writer);
  for (; answer.status === 404; writes++) answer = await write(writer);
  expect([answer.status, answer.body.code]).toEqual([429, "rate_limited"]);
  expect(answer.headers.get("Retry-After")).toBe("60");
  expect(writes).toBeGreaterThanOrEqual(WRITES_PER_MINUTE);
  expect(writes).toBeLessThanOrEqual(2 * WRITES_PER_MINUTE);
  expect((await limited.request(CONNECTIONS, { apiKey: writer.apiKey })).status).toBe(200);
  expect((await write(other)).status).toBe(404);
  await limited.close();
});

it("answers 429 to a project's requests for tokens beyond its limit, whichever key asks", async () => {
  const limit = 20;
  const limited = await startStack({ rateLimits: { TOKEN_RATE_LIMIT: limit } });
  try {
    const [busy, other] = [await limited.createProject(), await limited.createProject()];
    const second = await limited.request("/api/v1/api_keys", {
      method: "POST",
      apiKey: busy.apiKey,
      body: {},
    });
    const path = `${CONNECTIONS}/zoc_0000000000000000/access_token`;
    const ask = async (apiKey: string) => await limited.request(path, { method: "POST", apiKey });
    // From here on the isolate knows whose keys they are.
    for (const apiKey of [busy.apiKey, second.body.key]) await limited.request(CONNECTIONS, { apiKey });
    let asked = 0;
    let answer = await ask(busy.apiKey);
    for (; answer.status === 404; asked++) answer = await ask(asked % 2 ? busy.apiKey : second.body.key);
    expect([answer.status, answer.body.code]).toEqual([429, "rate_limited"]);
    expect(answer.headers.get("Retry-After")).toBe("60");
    expect(asked).toBeGreaterThanOrEqual(limit);
    expect(asked).toBeLessThanOrEqual(2 * limit);
    expect((await ask(second.body.key)).status).toBe(429);
    expect((await ask(other.apiKey)).status).toBe(404);
    expect((await limited.request(CONNECTIONS, { apiKey: busy.apiKey })).status).toBe(200);
  } finally {
    await limited.close();
  }
});

it("answers 429 to diagnoses beyond the limit of tokens: each asks Zoom", async () => {
  const limit = 20;
  const limited = await startStack({ rateLimits: { TOKEN_RATE_LIMIT: limit } });
  try {
    const busy = await limited.createTenant();
    const diagnose = async () =>
      (
        await limited.request(`/api/v1/zoom_oauth_apps/${busy.appId}/diagnosis`, {
          apiKey: busy.apiKey,
        })
      ).status;
    let asked = 0;
    for (; (await diagnose()) === 200; asked++) expect(asked).toBeLessThanOrEqual(2 * limit);
    expect(await diagnose()).toBe(429);
  } finally {
    await limited.close();
  }
});

it("answers 503 to Zoom's events beyond the limit of their app, so that Zoom sends them again", async () => {
  const limit = 20;
  const limited = await startStack({ rateLimits: { ZOOM_EVENT_RATE_LIMIT: limit } });
  try {
    const { apiKey } = await limited.createProject();
    const apps: string[] = [];
    for (let count = 0; count < 2; count++) {
      const { appId } = await limited.createApp(apiKey);
      const body = { webhook_secret: "webhook-secret-of-this-test" };
      await limited.request(`/api/v1/zoom_oauth_apps/${appId}`, { method: "PATCH", apiKey, body });
      apps.push(appId);
    }
    const [busy, other] = apps as [string, string];
    const send = async (appId: string, body: unknown, secret = "webhook-secret-of-this-test") => {
      const timestamp = Math.floor(Date.now() / 1000);
      const text = JSON.stringify(body);
      return await limited.request(`/external_webhooks/zoom/oauth_apps/${appId}`, {
        method: "POST",
        body: text,
        headers: {
          "x-zm-request-timestamp": String(timestamp),
          "x-zm-signature": signWebhook(secret, timestamp, text),
        },
      });
    };
    const deletion = (id: number) => ({ event: "meeting.deleted", payload: { object: { id } } });
    // Neither what nobody has signed nor what means nothing uses the limit up.
    for (let count = 0; count < limit; count++) {
      expect((await send(busy, deletion(count), "another")).status).toBe(401);
      expect((await send(busy, { event: "nobody.knows", payload: {} })).status).toBe(200);
    }
    let answer = await send(busy, deletion(800_000_000));
    let taken = 0;
    for (; answer.status === 200; taken++) answer = await send(busy, deletion(800_000_001 + taken));
    expect([answer.status, answer.body.code]).toEqual([503, "event_rate_limited"]);
    expect(answer.headers.get("Retry-After")).toBe("60");
    expect(taken).toBeGreaterThanOrEqual(limit);
    expect(taken).toBeLessThanOrEqual(2 * limit);
    expect((await send(other, deletion(800_000_000))).status).toBe(200);
    const validation = {
      event: "endpoint.url_validation",
      payload: { plainToken: "qgg8vlvZRS6UYooatFL8Aw" },
    };
    expect((await send(busy, validation)).status).toBe(200);
  } finally {
    await limited.close();
  }
});
