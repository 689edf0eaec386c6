// How the client sends a request, and when it sends one again. The server is a real one, which answers as it is told.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  authorizeUrl,
  type Client,
  createClient,
  ZoomOAuthConnectionsError,
} from "../../client/src/index.ts";
import { pauseBeforeRetry } from "../../client/src/retries.ts";
import { freePort, LOOPBACK } from "../../dev/ports.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";

let server: Receiver;
let zoom: Client;

beforeAll(async () => {
  server = await startReceiver();
  // Waits are cut short, so that the tests are quick.
  zoom = createClient({ baseUrl: new URL("/", server.url).href, apiKey: "key", maxRetryWaitMs: 20 });
});
beforeEach(() => server.reset());
afterAll(async () => await server.close());

const ok = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
const failure = (status: number, code?: string, headers = {}) => ({
  status,
  body:
    code === undefined
      ? "<h1>Bad gateway</h1>"
      : JSON.stringify({ error: "It failed.", code, request_id: "r-1" }),
  headers,
});
const errorOf = async (call: Promise<unknown>) => {
  const error = await call.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ZoomOAuthConnectionsError);
  return error as ZoomOAuthConnectionsError;
};

describe("a request", () => {
  it("has the parts of its path, and everything else in the query or the body", async () => {
    server.answerWith(() => ok({ results: [], next: null }));
    await zoom.listZoomOAuthConnections({ page_size: 5, metadata: { "a&b": "c=d" }, state: "connected" });
    await zoom.updateWebhook({ id: "webhook_1/../2", is_active: false });
    const [list, change] = server.requests;
    expect(list).toMatchObject({ body: "", headers: { authorization: "Bearer key" } });
    const query = new URL(list?.path ?? "", server.url).searchParams;
    expect(Object.fromEntries(query)).toEqual({ page_size: "5", "metadata[a&b]": "c=d", state: "connected" });
    expect(change).toMatchObject({
      path: "/api/v1/webhooks/webhook_1%2F..%2F2",
      body: '{"is_active":false}',
    });
    expect(change?.headers["content-type"]).toBe("application/json");
  });

  it("sends true and false as the query has them, and leaves out what is undefined", async () => {
    await zoom.deleteZoomOAuthConnection({ id: "zoc_1", revoke: false });
    await zoom.deleteZoomOAuthConnection({ id: "zoc_1", ...({ revoke: undefined } as object) });
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/api/v1/zoom_oauth_connections/zoc_1?revoke=false",
      "/api/v1/zoom_oauth_connections/zoc_1",
    ]);
  });

  it.each(["", ".", "..", undefined])(
    "is not sent with the id %j, which would name something else",
    async (id) => {
      await expect(zoom.getWebhook({ id: id as string })).rejects.toThrow(new TypeError("id is missing."));
      expect(server.requests).toEqual([]);
    },
  );

  it.each([
    ["/zoom", "/zoom/api/v1/webhook_secret"],
    ["/zoom/", "/zoom/api/v1/webhook_secret"],
    ["/zoom/api/v1", "/zoom/api/v1/webhook_secret"],
    ["/api/v1/", "/api/v1/webhook_secret"],
    ["/", "/api/v1/webhook_secret"],
  ])("with the base path %s goes to %s", async (base, path) => {
    server.answerWith(() => ok({}));
    await createClient({ baseUrl: new URL(base, server.url).href, apiKey: "key" }).getWebhookSecret();
    expect(server.requests[0]?.path).toBe(path);
  });

  it("does not follow a redirect, which would take the key elsewhere", async () => {
    server.answerWith(() => ({ status: 307, headers: { Location: "/elsewhere" } }));
    expect((await errorOf(zoom.getWebhookSecret())).status).toBe(307);
    expect(server.requests).toHaveLength(1);
  });

  it("goes through the fetch that was given", async () => {
    const urls: string[] = [];
    const given = createClient({
      baseUrl: "https://zoom.example.com",
      apiKey: "key",
      fetch: async (url, init) => {
        urls.push(`${init.method} ${url}`);
        return Response.json({ secret: "c2VjcmV0", previous_secret_expires_at: null });
      },
    });
    expect((await given.getWebhookSecret()).secret).toBe("c2VjcmV0");
    expect(urls).toEqual(["GET https://zoom.example.com/api/v1/webhook_secret"]);
  });
});

describe("a client", () => {
  it.each([
    ["zoom.example.com", "key", /baseUrl must be an absolute URL/],
    ["https://zoom.example.com", "", /apiKey is empty/],
  ])("is not made of %j and %j", (baseUrl, apiKey, message) => {
    expect(() => createClient({ baseUrl, apiKey })).toThrow(message);
  });
});

describe("a failure", () => {
  it("is retried where it may pass, until the answer comes", async () => {
    const answers = [failure(503, "database_unavailable"), failure(502), ok({ id: "zoc_1" })];
    server.answerWith((count) => answers[count - 1] ?? failure(500));
    expect(await zoom.getZoomOAuthConnection({ id: "zoc_1" })).toEqual({ id: "zoc_1" });
    expect(server.requests).toHaveLength(3);
  });

  it("ends the call with the last answer after the last retry", async () => {
    server.answerWith(() => failure(504, "zoom_timeout"));
    const error = await errorOf(zoom.createZakToken({ id: "zoc_1" }));
    expect(error).toMatchObject({
      status: 504,
      code: "zoom_timeout",
      requestId: "r-1",
      message: "It failed.",
    });
    expect(server.requests).toHaveLength(3);
    server.reset();
    server.answerWith(() => failure(504, "zoom_timeout"));
    await errorOf(zoom.createZakToken({ id: "zoc_1" }, { maxRetries: 0 }));
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["create a project", () => zoom.createProject({ name: "Acme" })],
    ["create a key", () => zoom.createApiKey({ id: "proj_1" })],
    ["register an app", () => zoom.createZoomOAuthApp({ client_id: "a", client_secret: "b" })],
    ["subscribe", () => zoom.createWebhook({ url: "https://example.com", triggers: [] })],
    ["send a test", () => zoom.testWebhook({ id: "webhook_1" })],
    ["resend a delivery", () => zoom.redeliverWebhookDelivery({ id: "webhook_1", whd_id: "whd_1" })],
    ["rotate the secret", () => zoom.rotateWebhookSecret()],
  ])("is not retried where a repeat could do it twice: %s", async (_, call) => {
    server.answerWith(() => failure(503, "database_unavailable"));
    expect((await errorOf(call())).code).toBe("database_unavailable");
    expect(server.requests).toHaveLength(1);
  });

  it("is retried even there where nothing was done: 429", async () => {
    server.answerWith((count) => (count === 1 ? failure(429, "rate_limited") : ok({ id: "proj_1" })));
    expect(await zoom.createProject({ name: "Acme" })).toEqual({ id: "proj_1" });
  });

  it.each([
    [
      "create",
      () => zoom.createZoomOAuthConnection({ authorization_code: "c", redirect_uri: "https://e.com" }),
    ],
    ["sync", () => zoom.syncZoomOAuthConnection({ id: "zoc_1" })],
    ["access token", () => zoom.createAccessToken({ id: "zoc_1" })],
    ["change", () => zoom.updateZoomOAuthConnection({ id: "zoc_1", metadata: null })],
    ["tokens of a meeting", () => zoom.createZoomTokens({ meeting_id: 1234567890 })],
  ])("is retried where a repeat does no harm: %s", async (_, call) => {
    server.answerWith((count) => (count === 1 ? failure(503, "database_unavailable") : ok({ id: "x" })));
    expect(await call()).toEqual({ id: "x" });
    expect(server.requests.map(({ body }) => body)).toEqual(Array(2).fill(server.requests[0]?.body));
  });

  it.each([
    [400, "invalid_request"],
    [404, "not_found"],
    [409, "connection_disconnected"],
    [500, "internal_error"],
    [502, "zoom_app_credentials_invalid"],
  ])("is not retried where it stays: %i %s", async (status, code) => {
    server.answerWith(() => failure(status, code));
    expect(await errorOf(zoom.createAccessToken({ id: "zoc_1" }))).toMatchObject({ status, code });
    expect(server.requests).toHaveLength(1);
  });

  it("of a removal whose first answer was lost is a success, since the object is gone", async () => {
    const answers = [failure(503, "database_unavailable"), failure(404, "not_found")];
    server.answerWith((count) => answers[count - 1] ?? failure(500));
    expect(await zoom.deleteZoomOAuthConnection({ id: "zoc_1" })).toBeUndefined();
    server.reset();
    server.answerWith(() => failure(404, "not_found"));
    expect((await errorOf(zoom.deleteZoomOAuthConnection({ id: "zoc_1" }))).code).toBe("not_found");
  });

  it("without an answer names the request, and nothing of its query", async () => {
    const port = await freePort();
    const away = createClient({ baseUrl: `http://${LOOPBACK}:${port}`, apiKey: "key", maxRetries: 0 });
    const error = await errorOf(away.listZoomOAuthConnections({ user_id: "somebody" }));
    expect(error).toMatchObject({ status: undefined, code: undefined, cause: expect.any(Error) });
    expect(error.message).toBe(
      `The service could not be reached: GET http://${LOOPBACK}:${port}/api/v1/zoom_oauth_connections`,
    );
  });

  it("asks whether the base URL is right where a page answers instead of the service", async () => {
    server.answerWith(() => ({ status: 200, body: "<h1>Hello</h1>" }));
    expect((await errorOf(zoom.getWebhookSecret())).message).toMatch(/Is baseUrl the address of the service/);
  });
});

describe("Retry-After", () => {
  it("is waited for where it is short", async () => {
    server.answerWith((count) =>
      count === 1 ? failure(503, "zoom_rate_limited", { "Retry-After": "1" }) : ok({ id: "zoc_1" }),
    );
    await zoom.getZoomOAuthConnection({ id: "zoc_1" }, { maxRetryWaitMs: 2_000 });
    const [first, second] = server.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  it.each([
    ["seconds", () => "60"],
    ["a date", () => new Date(Date.now() + 59_500).toUTCString()],
  ])("ends the call at once where it is long: %s", async (_, header) => {
    server.answerWith(() => failure(429, "rate_limited", { "Retry-After": header() }));
    const { retryAfterSeconds } = await errorOf(zoom.getZoomOAuthConnection({ id: "zoc_1" }));
    expect(retryAfterSeconds).toBeGreaterThan(57);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(server.requests).toHaveLength(1);
  });
});

describe("the pause before a retry", () => {
  const pause = (retryCount: number, random: number, retryAfterSeconds?: number, maxWaitMs = 10_000) => {
    const error = new ZoomOAuthConnectionsError("", { status: 503, retryAfterSeconds });
    return pauseBeforeRetry({ error, isIdempotent: true, retryCount }, maxWaitMs, random);
  };

  it("doubles, spreads over its upper half, and has an end", () => {
    expect([0, 1, 2, 3, 4, 5].map((count) => pause(count, 0))).toEqual([
      250, 500, 1_000, 2_000, 4_000, 4_000,
    ]);
    expect(pause(0, 1)).toBe(500);
    expect(pause(3, 1, undefined, 1_000)).toBe(1_000);
  });

  it("is never shorter than Retry-After", () => {
    expect(pause(0, 0, 5)).toBe(5_000);
    expect(pause(0, 0.5, 5)).toBe(5_125);
    expect(pause(0, 0, 10)).toBe(10_000);
    expect(pause(0, 0, 11)).toBeNull();
  });
});

describe("time and signals", () => {
  const SLOW = { ...ok({ secret: "c2VjcmV0" }), delayMs: 400 };

  it("an attempt ends after timeoutMs, and the next one may succeed", async () => {
    server.answerWith((count) => (count === 1 ? SLOW : ok({ secret: "c2VjcmV0" })));
    expect(await zoom.getWebhookSecret({}, { timeoutMs: 100 })).toEqual({ secret: "c2VjcmV0" });
    expect(server.requests).toHaveLength(2);
  });

  it("an operation that must not be repeated fails where its time is over", async () => {
    server.answerWith(() => SLOW);
    const error = await errorOf(zoom.rotateWebhookSecret({}, { timeoutMs: 100 }));
    expect(error.message).toMatch(/^No answer came within 100 ms: POST http/);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["an answer", SLOW],
    ["the next attempt", failure(503, "database_unavailable")],
  ])("a signal ends the call with its own reason while it waits for %s", async (_, answer) => {
    server.answerWith(() => answer);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("The user left.")), 50);
    const call = zoom.getWebhookSecret({}, { signal: controller.signal, maxRetryWaitMs: 10_000 });
    expect(await call.catch((error: unknown) => error)).toBe(controller.signal.reason);
    expect(server.requests).toHaveLength(1);
  });

  it("a signal that was aborted before lets nothing be sent", async () => {
    const call = zoom.getWebhookSecret({}, { signal: AbortSignal.abort(new Error("The user left.")) });
    await expect(call).rejects.toThrow("The user left.");
    expect(server.requests).toEqual([]);
  });
});

describe("a list", () => {
  const pages = [
    {
      results: [{ id: "zoc_1" }, { id: "zoc_2" }],
      next: "https://evil.example.com/elsewhere?cursor=b%3D&page_size=2",
    },
    { results: [], next: "https://evil.example.com/?cursor=c" },
    { results: [{ id: "zoc_3" }], next: null },
  ];
  beforeEach(() => server.answerWith((count) => ok(pages[count - 1])));

  it("is every object of every page where it is iterated over", async () => {
    const ids: string[] = [];
    for await (const { id } of zoom.listZoomOAuthConnections({ state: "connected", page_size: 2 }))
      ids.push(id);
    expect(ids).toEqual(["zoc_1", "zoc_2", "zoc_3"]);
    // By the cursor alone: another host that an answer names gets no key.
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/api/v1/zoom_oauth_connections?state=connected&page_size=2",
      "/api/v1/zoom_oauth_connections?state=connected&page_size=2&cursor=b%3D",
      "/api/v1/zoom_oauth_connections?state=connected&page_size=2&cursor=c",
    ]);
  });

  it("is one page where it is awaited, and reads no more than is looked at", async () => {
    expect((await zoom.listZoomOAuthConnections()).results).toEqual(pages[0]?.results);
    server.reset();
    server.answerWith(() => ok(pages[0]));
    for await (const _ of zoom.listZoomOAuthConnections()) break;
    expect(server.requests).toHaveLength(1);
  });

  it("throws from the loop where a page fails", async () => {
    server.answerWith((count) => (count === 1 ? ok(pages[0]) : failure(401, "unauthenticated")));
    const read = async () => {
      for await (const _ of zoom.listZoomOAuthConnections());
    };
    expect((await errorOf(read())).code).toBe("unauthenticated");
  });
});

describe("authorizeUrl", () => {
  const options = { clientId: "id&1", redirectUri: "https://example.com/cb?x=%2F&y=a b", state: "s+1" };

  it("is Zoom's consent page with everything that it needs, byte for byte", () => {
    const url = new URL(authorizeUrl(options));
    expect(`${url.origin}${url.pathname}`).toBe("https://zoom.us/oauth/authorize");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "id&1",
      redirect_uri: options.redirectUri,
      state: "s+1",
    });
  });

  it("has a code challenge and another address where they are given", () => {
    const url = new URL(
      authorizeUrl({ ...options, codeChallenge: "abc", baseUrl: "http://localhost:8788/" }),
    );
    expect(`${url.origin}${url.pathname}`).toBe("http://localhost:8788/oauth/authorize");
    expect(url.searchParams.get("code_challenge")).toBe("abc");
    expect(url.searchParams.get("code_challenge_method")).toBe("S256");
  });

  it("is refused without a state", () => {
    expect(() => authorizeUrl({ ...options, state: "" })).toThrow(/state is empty/);
  });
});
