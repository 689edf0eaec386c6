// Database and queue are away at the same time, from Zoom's answer on: the token journal keeps what Zoom gave, and a cron run
// brings it in.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, expireAccessToken, waitFor } from "../support/connections.ts";
import { IS_SOAK } from "../support/soak.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const TRIALS = IS_SOAK ? 100 : 10;
/** How long both are away, in milliseconds. */
const OUTAGE_MS = IS_SOAK ? 60_000 : 3_000;
/** The statements that store what Zoom gave: others may pass, so that every request gets as far as Zoom. */
const STORING = /^\/\* (store_grant|store_token_set|hold_authorization_code) \*\//;

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ isJournaled: true, canQueueFail: true });
  tenant = await stack.createTenant();
  await stack.runCron();
});
afterAll(async () => await stack.close());

async function duringOutage<T>(work: () => Promise<T>): Promise<T> {
  stack.gateway.setFault({ kind: "drop", matching: (text) => STORING.test(text) });
  await stack.setQueueAway(true);
  const [result] = await Promise.all([work(), new Promise((done) => setTimeout(done, OUTAGE_MS))]);
  // A cron run that comes meanwhile finds neither, and drops nothing.
  await stack.runCron();
  stack.gateway.setFault(null);
  await stack.setQueueAway(false);
  return result;
}

const kept = async () => (await (await stack.journal()).list()).filter(({ key }) => key.startsWith("kept/"));

async function bringIn(): Promise<void> {
  expect((await kept()).length).toBe(TRIALS);
  await stack.runCron();
  expect(await kept()).toEqual([]);
}

const ask = async (id: string) =>
  await stack.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey: tenant.apiKey });

const count = Array.from({ length: TRIALS });

it("no refresh is lost", { timeout: 300_000 }, async () => {
  const ids = await Promise.all(
    count.map(
      async () => (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body.id as string,
    ),
  );
  await Promise.all(ids.map(async (id) => await expireAccessToken(stack, id)));
  const during = await duringOutage(async () => await Promise.all(ids.map(ask)));
  expect(new Set(during.map(({ status }) => status))).toEqual(new Set([503]));
  await bringIn();
  const stored = "select from zoom_oauth_connections where id = any($1) and credentials_version = 2";
  await waitFor(async () => (await stack.sql(stored, [ids])).length === TRIALS, "the token sets", 60_000);
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(ids.map(ask));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await Promise.all(ids.map(async (id) => await expireAccessToken(stack, id)));
  }
  expect(stack.logs().some((line) => line.includes("grant_lost"))).toBe(false);
});

it("no create is lost, and its repeated request finds the connection", { timeout: 300_000 }, async () => {
  const codes = await Promise.all(count.map(async () => await stack.authorize(tenant)));
  const create = async (code: string) => await createUnsynced(stack, tenant, code);
  const during = await duringOutage(async () => await Promise.all(codes.map(create)));
  expect(new Set(during.map(({ status }) => status))).toEqual(new Set([503]));
  await bringIn();
  const answers = await waitFor(
    async () => {
      const found = await Promise.all(codes.map(create));
      return found.every(({ status }) => status === 201) && found;
    },
    "the connections",
    90_000,
  );
  const tokens = await Promise.all(answers.map(async ({ body }) => await ask(body.id)));
  expect(new Set(tokens.map(({ status }) => status))).toEqual(new Set([200]));
  expect(stack.logs().some((line) => line.includes("grant_lost"))).toBe(false);
});

it("a token set that Zoom has replaced is found in the journal before it is brought in", async () => {
  const { id } = (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body;
  await expireAccessToken(stack, id);
  stack.gateway.setFault({ kind: "drop", matching: (text) => STORING.test(text) });
  await stack.setQueueAway(true);
  expect((await ask(id)).status).toBe(503);
  stack.gateway.setFault(null);
  await stack.setQueueAway(false);
  // As if the time of the lease had passed.
  await stack.sql("update zoom_oauth_connections set refresh_lease_expires_at = now() where id = $1", [id]);
  expect((await ask(id)).status).toBe(200);
});
