// Flood: one API key writes as fast as it can, and gets 3,000 writes a minute, as deployed, not one fewer.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS } from "../support/connections.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ writeLimit: "deployed" });
});
afterAll(async () => await stack.close());

/** The limit counts by the clock's minute: a run that crosses from one into the next is allowed up to twice as many. */
const WRITES_PER_MINUTE = 3_000;
const BATCH = 50;

it("answers 429 to a key's writes beyond 3,000 a minute, and lets it read", {
  timeout: 300_000,
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
