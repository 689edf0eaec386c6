// One project's slow work does not hold up another's: B has hundreds of syncs against a slow Zoom and hundreds of deliveries to
// a slow receiver, and A's deliveries and A's grants that went by the queue come first all the same. Prints how long they took.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createConnection, createUnsynced, waitFor } from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createTenantWithSecret, sendZoomEvent } from "../support/zoom-events.ts";

const SYNCS = 500;
const DELIVERIES = 600;
const ZOOM_MS = 3_000;
const RECEIVER_MS = 9_000;
const ROUNDS = 8;
const SECRET = "the-webhook-secret-of-A";

let stack: Stack;
let fast: Receiver;
let slow: Receiver;
let a: Tenant;
let b: Tenant;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  [fast, slow] = [await startReceiver(), await startReceiver()];
  slow.answerWith(() => ({ status: 200, delayMs: RECEIVER_MS }));
  a = await createTenantWithSecret(stack, SECRET);
  b = await stack.createTenant();
});
afterAll(async () => {
  await fast.close();
  await slow.close();
  await stack.close();
});

/** Runs the work so often, some at a time. */
async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const one = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

const subscribe = async ({ apiKey }: Tenant, { url }: Receiver): Promise<string> =>
  (
    await stack.request("/api/v1/webhooks", {
      method: "POST",
      apiKey,
      body: { url, triggers: ["zoom_oauth_connection.state_change"] },
    })
  ).body.id;

it(`${SYNCS} slow syncs and ${DELIVERIES} slow deliveries of one project hold up no other`, {
  timeout: 900_000,
}, async () => {
  await subscribe(a, fast);
  const slowWebhook = await subscribe(b, slow);
  await times(SYNCS, async () => {
    const { status } = await createUnsynced(stack, b, await stack.authorize(b));
    expect(status).toBe(201);
  });
  const connections = [];
  for (let round = 0; round < ROUNDS; round++) {
    connections.push((await createUnsynced(stack, a, await stack.authorize(a))).body);
  }
  await stack.control("faults", {
    operation: "users.me.meetings",
    kind: "delay",
    delay_ms: ZOOM_MS,
    times: 0,
  });
  await stack.sql(
    "update zoom_oauth_connections set is_local_recording_token_supported = true where project_id = $1",
    [b.projectId],
  );
  await stack.sql("update zoom_oauth_connection_schedules set due_at = now() where work = 'sync'");
  await stack.runCron();
  await times(DELIVERIES, async () => {
    await stack.request(`/api/v1/webhooks/${slowWebhook}/test`, { method: "POST", apiKey: b.apiKey });
  });
  const { requests: syncing } = await stack.control("requests?operation=users.me.meetings");
  expect(syncing.length).toBeGreaterThan(0);

  const figures: Record<"delivery" | "grant", number[]> = { delivery: [], grant: [] };
  for (const { id, user_id, account_id } of connections) {
    const text = JSON.stringify({
      event: "app_deauthorized",
      event_ts: Date.now() + 1_000,
      payload: { user_id, account_id, client_id: a.clientId },
    });
    const toldAt = performance.now();
    await sendZoomEvent(stack, text, { appId: a.appId, secret: SECRET });
    const delivery = await waitFor(
      async () => fast.requests.find(({ body }) => body.includes(id)),
      "A's delivery",
      120_000,
    );
    figures.delivery.push(delivery.at - toldAt);

    stack.failStatement("store_grant", { kind: "error", times: 3 });
    const user = await stack.control("users", {});
    const code = await stack.authorize(a, { user_id: user.id });
    expect((await createConnection(stack, a, code)).status).toBe(503);
    const handedOverAt = performance.now();
    stack.mendDatabase();
    await waitFor(
      async () =>
        (await stack.request(`${CONNECTIONS}?user_id=${user.id}`, { apiKey: a.apiKey })).body.results
          .length === 1,
      "A's grant",
      120_000,
    );
    figures.grant.push(performance.now() - handedOverAt);
  }
  console.log(
    Object.entries(figures)
      .map(([what, ms]) => `${what}: ${ms.map((value) => value.toFixed(0)).join(", ")} ms`)
      .join("; "),
  );
  // On a quiet machine each takes less than two seconds. On any machine all of them come before most of B's work is done.
  const [left] = await stack.sql(
    `select (select count(*) from webhook_deliveries where state = 'pending')::integer as deliveries,
       (select count(*) from zoom_oauth_connections where project_id = $1 and last_successful_sync_at is null)::integer as syncs`,
    [b.projectId],
  );
  expect(left?.deliveries).toBeGreaterThan(DELIVERIES / 2);
  expect(left?.syncs).toBeGreaterThan(SYNCS / 2);
  await stack.control("faults", undefined, "DELETE");
  slow.answerWith(() => ({ status: 200 }));
});
