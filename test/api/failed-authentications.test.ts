// The limit on failed authentications: what an address over it can still cost, counted at the other end.

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/crypto/ids.ts";
import { CONNECTIONS, countExchanges, createUnsynced } from "../support/connections.ts";
import { ADMIN_API_KEY, type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";
import { send } from "../support/vendors.ts";
import { createSession } from "../support/visitor.ts";

const MINUTE_MS = 60_000;
/** How much of a minute a test should have before it, in milliseconds. */
const NEEDED_MS = 10_000;
const TOO_MANY = [429, "rate_limited"];

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ rateLimits: { FAILED_AUTHENTICATION_RATE_LIMIT: "deployed" } });
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

type Ask = (ip: string, key: string, path?: string) => Promise<Answer>;
const asProject: Ask = async (ip, apiKey, path = `${CONNECTIONS}/zoc_0000000000000000`) =>
  await stack.request(path, { apiKey, headers: { "CF-Connecting-IP": ip } });
const asAdmin: Ask = async (ip, key, path = "/api/v1/projects") =>
  await stack.request(path, { headers: { "CF-Connecting-IP": ip, Authorization: `Bearer ${key}` } });
const outcome = ({ status, body }: Answer) => [status, body.code];

const minute = () => Math.floor(Date.now() / MINUTE_MS);

/**
 * The limit counts by the clock's minute. What did not end in the minute in which it began proves nothing, and runs again,
 * from other addresses.
 */
async function inOneMinute(work: (attempt: number) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const left = MINUTE_MS - (Date.now() % MINUTE_MS);
    if (left < NEEDED_MS) await delay(left + 50);
    const begun = minute();
    const failure = await work(attempt).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (failure === null && minute() === begun) return;
    if (failure !== null && (minute() === begun || attempt === 3)) throw failure.error;
    if (attempt === 3) throw new Error("no attempt ended within a minute");
  }
}

/** Fails until the address is over its limit. Returns how often it was not. */
async function exceed(ip: string, ask: Ask): Promise<number> {
  for (let failures = 0; ; failures++) {
    const answer = await ask(ip, "wrong");
    if (answer.status === 429) return failures;
    expect(outcome(answer)).toEqual([401, "unauthenticated"]);
  }
}

/** How many round trips to the database the work leads to. */
async function roundTripsOf(work: () => Promise<void>): Promise<number> {
  stack.gateway.clearRequests();
  await work();
  return stack.gateway.requests.length;
}

/** All of them, twenty at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const take = async () => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 20 }, take));
}

/** Of each form that a key can have. */
function unknownKeys(count: number): string[] {
  const forms = [
    createApiKey,
    () => `zock_${randomBytes(20).toString("hex")}`,
    () => randomBytes(16).toString("base64url"),
    () => `${createApiKey()}x`,
  ];
  return Array.from({ length: count }, (_, index) => (forms[index % forms.length] as () => string)());
}

describe("an address over the limit", { timeout: 120_000 }, () => {
  it.each([
    ["unknown keys", asProject],
    ["wrong admin keys", asAdmin],
  ])("costs no database round trip for 1,000 %s", async (_what, ask) => {
    await inOneMinute(async (attempt) => {
      const address = `198.51.${ask === asAdmin ? 100 : 101}.${attempt}`;
      expect(await exceed(address, ask)).toBe(60);
      const roundTrips = await roundTripsOf(async () => {
        await forEach(unknownKeys(1_000), async (key) => {
          expect(outcome(await ask(address, key))).toEqual(TOO_MANY);
        });
      });
      expect(roundTrips).toBe(0);
    });
  });

  it("is one network of IPv6, whichever of its addresses asks, and one address of IPv4, however it is written", async () => {
    await inOneMinute(async (attempt) => {
      const network = `2001:db8:1:${attempt}`;
      const [host, other] = [20 + attempt, 120 + attempt];
      await exceed(`${network}::1`, asProject);
      await exceed(`203.0.113.${host}`, asProject);
      const addresses = Array.from({ length: 100 }, () => {
        const parts = Array.from({ length: 4 }, () => randomBytes(2).toString("hex"));
        return `${network}:${parts.join(":")}`;
      });
      const others = [
        `${network.toUpperCase()}:0:0:0:FF`,
        `::ffff:203.0.113.${host}`,
        `::ffff:cb00:71${host.toString(16)}`,
        `203.0.113.${host}`,
      ];
      const roundTrips = await roundTripsOf(async () => {
        for (const address of [...addresses, ...others]) {
          expect(outcome(await asProject(address, createApiKey()))).toEqual(TOO_MANY);
        }
      });
      expect(roundTrips).toBe(0);
      for (const address of [
        `2001:db8:1:f${attempt}::1`,
        `203.0.113.${other}`,
        `::ffff:203.0.113.${other}`,
      ]) {
        expect(outcome(await asProject(address, "wrong"))).toEqual([401, "unauthenticated"]);
      }
    });
  });

  it("does not learn whether an admin key is right, and has no other key accepted", async () => {
    await inOneMinute(async (attempt) => {
      const [address, other] = [`203.0.113.${30 + attempt}`, `203.0.113.${130 + attempt}`];
      expect(await exceed(address, asAdmin)).toBe(60);
      expect(outcome(await asAdmin(address, ADMIN_API_KEY))).toEqual(TOO_MANY);
      expect((await asAdmin(other, ADMIN_API_KEY)).status).toBe(200);
      // Right, but never used in this isolate.
      const { projectId } = tenant;
      const path = `/api/v1/projects/${projectId}/api_keys`;
      const headers = { Authorization: `Bearer ${ADMIN_API_KEY}` };
      const { body } = await stack.request(path, { method: "POST", headers, body: {} });
      expect(outcome(await asProject(address, body.key))).toEqual(TOO_MANY);
      expect((await asProject(other, body.key)).status).toBe(404);
      // By now it has worked.
      expect((await asProject(address, body.key)).status).toBe(404);
      await stack.request(`${path}/${body.id}`, { method: "DELETE", headers });
      expect(outcome(await asProject(address, body.key))).toEqual(TOO_MANY);
      const roundTrips = await roundTripsOf(async () => {
        expect(outcome(await asProject(address, body.key))).toEqual(TOO_MANY);
      });
      expect(roundTrips).toBe(0);
    });
  });

  it("shuts no key out that has lately worked in the isolate, however its requests ended", async () => {
    await inOneMinute(async (attempt) => {
      const address = `203.0.113.${40 + attempt}`;
      await exceed(address, asProject);
      const { apiKey } = tenant;
      expect((await asProject(address, apiKey)).status).toBe(404);
      expect((await asProject(address, apiKey, CONNECTIONS)).status).toBe(200);
      expect((await asProject(address, apiKey, `${CONNECTIONS}?nonsense=1`)).status).toBe(400);
      expect((await asProject(address, apiKey)).status).toBe(404);
    });
  });
});

it("a right admin key counts once for an address, not for each request", { timeout: 120_000 }, async () => {
  await inOneMinute(async (attempt) => {
    const address = `203.0.113.${50 + attempt}`;
    for (let count = 0; count < 100; count++) {
      expect((await asAdmin(address, ADMIN_API_KEY)).status).toBe(200);
    }
    expect(await exceed(address, asAdmin)).toBeGreaterThanOrEqual(58);
  });
});

describe("without a round trip", () => {
  const key = createApiKey();
  const mistyped = `${key.slice(0, -1)}${key.endsWith("x") ? "y" : "x"}`;
  it.each([
    ["no header", {}],
    ["another scheme", { Authorization: "Basic YTpi" }],
    ["a key with a wrong checksum", { Authorization: `Token ${mistyped}` }],
    ["a wrong admin key", { Authorization: "Bearer wrong" }],
  ])("is refused: %s", async (what, headers) => {
    const path = what.includes("admin") ? "/api/v1/projects" : CONNECTIONS;
    const roundTrips = await roundTripsOf(async () => {
      expect(outcome(await stack.request(path, { headers }))).toEqual([401, "unauthenticated"]);
    });
    expect(roundTrips).toBe(0);
  });
});

it("a key of the older form, and one that an operator chose, are asked of the database and work", async () => {
  const keys = [`zock_${randomBytes(20).toString("hex")}`, "a-key-of-our-own"];
  for (const [index, apiKey] of keys.entries()) {
    expect(outcome(await asProject("203.0.113.60", apiKey))).toEqual([401, "unauthenticated"]);
    await stack.sql(
      "insert into api_keys (id, project_id, key_sha256) values ($1, $2, encode(sha256($3::bytea), 'hex'))",
      [`key_000000000000000${index}`, tenant.projectId, apiKey],
    );
    expect((await asProject("203.0.113.60", apiKey)).status).toBe(404);
  }
});

describe("guesses of links", { timeout: 120_000 }, () => {
  const guess = () => randomBytes(30).toString("base64url").replaceAll(/[-_]/g, "x");
  const own = { "Sec-Fetch-Site": "same-origin" };
  const visit = async (ip: string, path: string, method = "GET", headers: Record<string, string> = {}) =>
    await send(`${stack.url.origin}${path}`, { method, headers: { "CF-Connecting-IP": ip, ...headers } });

  const answerZoom = async (ip: string, said: string) => {
    const state = guess();
    const name = createHash("sha256").update(state).digest("hex").slice(0, 16);
    const Cookie = `__Host-connect-${name}=${guess()}.${guess()}`;
    return await visit(ip, `/oauth/zoom/callback?state=${state}&${said}`, "GET", { Cookie });
  };

  it.each([
    ["connect links", async (ip: string) => await visit(ip, `/connect/${guess()}`)],
    [
      "connect links, with the button",
      async (ip: string) => await visit(ip, `/connect/${guess()}`, "POST", own),
    ],
    ["answers of Zoom's", async (ip: string) => await answerZoom(ip, "code=x")],
    ["refusals of Zoom's", async (ip: string) => await answerZoom(ip, "error=access_denied")],
  ])("cost an address no database round trip after 60 %s", async (what, ask) => {
    await inOneMinute(async (attempt) => {
      // From all over one network of IPv6.
      const ip = () => `2001:db8:${attempt}:${what.length}:${randomBytes(2).toString("hex")}::1`;
      for (let count = 0; count < 60; count++) expect((await ask(ip())).status).toBeLessThan(429);
      await ask(ip());
      const roundTrips = await roundTripsOf(async () => {
        for (let count = 0; count < 100; count++) expect([303, 429]).toContain((await ask(ip())).status);
      });
      expect(roundTrips).toBe(0);
    });
  });

  it("of token links shut no link of the same address out, until there are as many as tokens may be asked for", async () => {
    const { body: connection } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    const link = await stack.request("/api/v1/token_links", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: { vendor: "plain", token: "access", connection: { zoom_oauth_connection_id: connection.id } },
    });
    const path = new URL(link.body.url).pathname;
    await inOneMinute(async (attempt) => {
      const ip = `198.51.102.${attempt}`;
      for (let count = 0; count < 100; count++) expect((await visit(ip, `/t/${guess()}`)).status).toBe(404);
      expect((await visit(ip, path)).status).toBe(200);
    });
  });

  it("of codes, by one connect link, ask Zoom 61 times a minute at most", async () => {
    const session = await createSession(stack, tenant);
    const path = new URL(session.body.url).pathname;
    const asked = async () => (await countExchanges(stack, tenant)).asked;
    await inOneMinute(async () => {
      const before = await asked();
      for (let count = 0; count < 100; count++) {
        const begun = await visit(randomUUID(), path, "POST", own);
        const state = new URL(begun.headers.get("Location") ?? "").searchParams.get("state");
        const [cookie = ""] = begun.headers.getSetCookie();
        const Cookie = cookie.split(";")[0] ?? "";
        const answer = await visit(
          randomUUID(),
          `/oauth/zoom/callback?state=${state}&code=bogus-${count}`,
          "GET",
          { Cookie },
        );
        expect(answer.status).toBe(303);
      }
      const count = (await asked()) - before;
      expect([count >= 60, count <= 61], String(count)).toEqual([true, true]);
    });
  });
});
