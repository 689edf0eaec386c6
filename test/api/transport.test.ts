// Which way requests come, and where the links in answers lead.

import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createTestHarness, type TestHarness } from "wrangler";
import { CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const PUBLIC = "https://zoom.example.com";

describe("https", () => {
  let harness: TestHarness;

  beforeAll(async () => {
    harness = createTestHarness({
      workers: [
        {
          configPath: "wrangler.toml",
          prebuiltWorkerDir: inject("workerDir"),
          secrets: {
            DATABASE_URL: "postgresql://user:password@127.0.0.1:1/none",
            CREDENTIAL_ENCRYPTION_KEYS: `k1:${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`,
          },
        },
      ],
    });
    await harness.listen();
  });
  afterAll(async () => await harness.close());

  it.each(["/healthz", "/nowhere", "/docs", CONNECTIONS])(
    "is asked for again by every answer: %s",
    async (path) => {
      const { headers } = await harness.getWorker().fetch(`${PUBLIC}${path}`);
      expect(headers.get("Strict-Transport-Security")).toBe("max-age=63072000");
    },
  );

  it.each(["/healthz", "/nowhere", "/docs", "/openapi.json", CONNECTIONS])(
    "is required outside loopback: %s",
    async (path) => {
      const hosts = [
        "zoom.example.com",
        "127.0.0.2",
        "localhost.example.com",
        "127.0.0.1.nip.io",
        "10.0.0.1",
      ];
      for (const host of hosts) {
        const answer = await harness.getWorker().fetch(`http://${host}${path}`, {
          headers: { Authorization: "Token a-key" },
          redirect: "manual",
        });
        const body = (await answer.json()) as Record<string, unknown>;
        expect([answer.status, body.code], host).toEqual([403, "https_required"]);
        expect(Object.keys(body)).toEqual(["error", "code", "request_id"]);
        expect(answer.headers.get("X-Request-Id")).toBe(body.request_id);
        expect(answer.headers.get("Strict-Transport-Security")).toBeNull();
      }
    },
  );

  it.each(["localhost", "127.0.0.1:8787", "[::1]:8787"])("is not required on %s", async (host) => {
    const answer = await harness.getWorker().fetch(`http://${host}/healthz`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Strict-Transport-Security")).toBeNull();
  });
});

describe("links", () => {
  let stack: Stack;
  let tenant: Tenant;

  beforeAll(async () => {
    stack = await startStack({ vars: { PUBLIC_BASE_URL: `${PUBLIC}/` } });
    tenant = await stack.createTenant();
    for (let count = 0; count < 3; count++)
      await createUnsynced(stack, tenant, await stack.authorize(tenant));
  });
  afterAll(async () => await stack.close());

  /** As `stack.request`, with any `Host`, which fetch does not allow. */
  async function ask(path: string, host: string): Promise<Record<string, unknown>> {
    const headers = { Host: host, Authorization: `Token ${tenant.apiKey}` };
    const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
      request(new URL(path, stack.url), { headers }, resolve).on("error", reject).end();
    });
    expect(response.statusCode).toBe(200);
    return JSON.parse(await text(response));
  }

  it("start with PUBLIC_BASE_URL, whatever host is named in the request", async () => {
    for (const host of [stack.url.host, "localhost", "127.0.0.1:1", "[::1]:80"]) {
      const { webhook_url } = await ask(`/api/v1/zoom_oauth_apps/${tenant.appId}`, host);
      expect(webhook_url).toBe(`${PUBLIC}/external_webhooks/zoom/oauth_apps/${tenant.appId}`);
      const first = await ask(`${CONNECTIONS}?page_size=1&state=connected`, host);
      expect(first.next).toMatch(`${PUBLIC}${CONNECTIONS}?page_size=1&state=connected&cursor=`);
      const { pathname, search } = new URL(String(first.next));
      const second = await ask(`${pathname}${search}`, host);
      expect(second.next).toMatch(`${PUBLIC}${CONNECTIONS}?`);
      expect(second.previous).toMatch(`${PUBLIC}${CONNECTIONS}?`);
    }
  });
});
