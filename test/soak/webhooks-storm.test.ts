// Storm: a thousand changes on a bad day, with a receiver that fails every second time, a Worker that is killed in the
// middle with all that was on its queue, and deliveries that stand still for a while. Each change is told, and nothing else.

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, waitFor } from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const CHANGES = 1_000;
const AT_ONCE = 20;
const VARS = { ALLOW_INSECURE_WEBHOOK_URLS: "true" };

let stack: Stack;
let victim: Stack;
let tenant: Tenant;
let receiver: Receiver;

beforeAll(async () => {
  stack = await startStack({ vars: VARS });
  const { url } = stack.simulator;
  const atZoom = { ZOOM_OAUTH_BASE_URL: url, ZOOM_API_BASE_URL: `${url}/v2` };
  victim = await startStack({ database: stack.database, vars: { ...VARS, ...atZoom } });
  tenant = await stack.createTenant();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await victim.close();
  await stack.close();
});

/** Does it for all, some at a time. */
async function forAll<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const queue = items.map((item, index) => ({ item, index }));
  const run = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next.item, next.index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
}

it("tells each change at least once, and nothing that did not happen", { timeout: 300_000 }, async () => {
  const webhook = await stack.request("/api/v1/webhooks", {
    method: "POST",
    apiKey: tenant.apiKey,
    body: { url: receiver.url, triggers: ["zoom_oauth_connection.state_change"] },
  });
  const secret = (await stack.request("/api/v1/webhook_secret", { apiKey: tenant.apiKey })).body.secret;
  const ids: string[] = [];
  await forAll(Array.from({ length: CHANGES }), async (_, index) => {
    const metadata = { number: String(index) };
    const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant), { metadata });
    ids.push(body.id);
  });
  const grants = await stack.sql("select user_id from zoom_oauth_connections");
  for (const { user_id } of grants) {
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
  }
  await stack.sql("update zoom_oauth_connections set access_token_expires_at = now()");
  receiver.answerWith((count) => ({ status: count % 2 === 0 ? 500 : 200 }));

  const end = async (of: Stack, id: string) =>
    await of.request(`${CONNECTIONS}/${id}/access_token`, {
      method: "POST",
      apiKey: tenant.apiKey,
      body: {},
    });
  let ended = 0;
  await forAll(ids.slice(0, CHANGES / 2), async (id) => {
    if (ended === CHANGES / 4) victim.kill();
    ended += 1;
    // The killed one answers nothing any more.
    await end(victim, id).catch(() => {});
  });
  stack.failStatement("claim_delivery", { kind: "error" });
  await stack.sql("update zoom_oauth_connections set refresh_lease_owner = null, refresh_not_before = null");
  await forAll(ids, async (id) => expect((await end(stack, id)).status).toBe(409));
  stack.mendDatabase();

  const isDone = async () => {
    // As if the time until the next attempts had passed.
    await stack.sql(
      "update webhook_deliveries set next_attempt_at = now() - interval '1 minute', enqueued_at = null where state = 'pending' and next_attempt_at > now() + interval '61 seconds'",
    );
    await stack.runCron();
    // Of a thousand some meet a failure eight times in a row, and are given up: sent again, as their owner would.
    for (const { id } of await stack.sql("select id from webhook_deliveries where state = 'failed'")) {
      const path = `/api/v1/webhooks/${webhook.body.id}/deliveries/${id}/redeliver`;
      expect((await stack.request(path, { method: "POST", apiKey: tenant.apiKey })).status).toBe(202);
    }
    const [row] = await stack.sql(
      "select count(*)::int as left from webhook_deliveries where state <> 'succeeded'",
    );
    return row?.left === 0;
  };
  await waitFor(isDone, "all deliveries", 200_000);

  const events = await stack.sql(
    "select zoom_oauth_connection_id as id from connection_events where type = 'disconnected'",
  );
  const written = await stack.sql(
    "select zoom_oauth_connection_id as id, idempotency_key::text as key from webhook_deliveries where webhook_id = $1",
    [webhook.body.id],
  );
  const sorted = (rows: Record<string, unknown>[]) => rows.map(({ id }) => id as string).sort();
  expect(sorted(events)).toEqual(ids.toSorted());
  expect(sorted(written)).toEqual(ids.toSorted());

  const verifier = new Webhook(secret);
  const numbers = new Map<string, string>();
  for (const { headers, body } of receiver.requests) {
    const told = verifier.verify(body, headers) as Record<string, unknown>;
    numbers.set(String(told.idempotency_key), String(told.zoom_oauth_connection_id));
    expect(told.data).toMatchObject({
      state: "disconnected",
      connection_failure_data: { code: expect.any(String) },
    });
  }
  expect([...numbers].sort()).toEqual(written.map(({ id, key }) => [key, id] as [string, string]).sort());
});
