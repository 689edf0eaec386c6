// The service's own limits: writes per API key, failed authentications per IP address.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS } from "./support/connections.ts";
import { type Stack, startStack, type Tenant } from "./support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

/** The limits count by the clock's minute: a run that crosses from one into the next is allowed up to twice as many. */
const FAILED_AUTHENTICATIONS_PER_MINUTE = 60;
const WRITES_PER_MINUTE = 3_000;
const BATCH = 50;

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

it("answers 429 to a key's writes beyond 3,000 a minute, and lets it read", {
  timeout: 120_000,
}, async () => {
  // A key that has written nothing yet: registering an app is a write.
  const { apiKey: writer } = await stack.createProject();
  const write = async (apiKey: string) =>
    (await stack.request(`${CONNECTIONS}/zoc_0000000000000000`, { method: "DELETE", apiKey })).status;
  const counts = new Map<number, number>();
  while (!counts.has(429)) {
    const statuses = await Promise.all(Array.from({ length: BATCH }, async () => await write(writer)));
    for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([404, 429]);
  expect(counts.get(404)).toBeGreaterThanOrEqual(WRITES_PER_MINUTE);
  expect(counts.get(404)).toBeLessThanOrEqual(2 * WRITES_PER_MINUTE);
  expect((await stack.request(CONNECTIONS, { apiKey: writer })).status).toBe(200);
  const other = await stack.createProject();
  expect(await write(other.apiKey)).toBe(404);
});
