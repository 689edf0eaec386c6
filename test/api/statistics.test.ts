// What happened by day: counted where it happened, once, and the same after each cron run.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askForNewToken, CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let receiver: Receiver;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});
beforeEach(async () => {
  tenant = await stack.createTenant();
});

const statistics = async () => await stack.request("/api/v1/statistics", { apiKey: tenant.apiKey });
/** What today's row says of these fields. */
const today = async () => {
  const { days } = (await statistics()).body;
  return days.at(-1);
};
const connect = async (user_id?: string) =>
  (await createUnsynced(stack, tenant, await stack.authorize(tenant, user_id ? { user_id } : {}))).body;
const rows = async () =>
  await stack.sql("select counted, reason, count from project_daily_counts where project_id = $1", [
    tenant.projectId,
  ]);
const removeProject = async () =>
  await stack.sql(
    `with gone as (delete from zoom_oauth_connections where project_id = $1) delete from projects where id = $1`,
    [tenant.projectId],
  );
const fail = async (operation: string, kind: string, more: object = {}) =>
  await stack.control("faults", { operation, kind, times: 10, ...more });

describe("the statistics", () => {
  it("have each of the last 30 days in UTC, the oldest first, and one database round trip", async () => {
    const answer = await statistics();
    expect(answer.status).toBe(200);
    const dates = answer.body.days.map(({ date }: { date: string }) => date);
    const newest = Date.parse(dates.at(-1));
    expect(dates).toEqual(
      Array.from({ length: 30 }, (_, index) =>
        new Date(newest - (29 - index) * 86_400_000).toISOString().slice(0, 10),
      ),
    );
    expect(answer.body.connection_counts).toEqual({ connected: 0, disconnected: 0 });
    expect(answer.headers.get("Server-Timing")).toMatch(/db;dur=[\d.]+;desc="1"/);
  });

  it("count who was connected, lost and removed, by reason", async () => {
    const { id, user_id } = await connect();
    const removed = await connect();
    await connect(user_id);
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
    expect((await askForNewToken(stack, tenant, id)).body.code).toBe("connection_disconnected");
    await stack.request(`${CONNECTIONS}/${removed.id}`, { method: "DELETE", apiKey: tenant.apiKey });
    await connect(user_id);
    // One that is disconnected already is not lost again.
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
    await askForNewToken(stack, tenant, id);
    await stack.request(`${CONNECTIONS}/${id}`, { method: "DELETE", apiKey: tenant.apiKey });
    expect(await today()).toMatchObject({
      connected: 3,
      disconnected: 3,
      disconnected_by_reason: { grant_revoked: 2, removed: 1 },
      failed_refreshes: 2,
      failed_refreshes_by_reason: { grant_revoked: 2 },
    });
    expect((await statistics()).body.connection_counts).toEqual({ connected: 0, disconnected: 0 });
  });

  it("count refreshes, those that fail by the code that the caller heard, and tokens", async () => {
    const { id } = await connect();
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
    const path = `${CONNECTIONS}/${id}/access_token`;
    expect((await stack.request(path, { method: "POST", apiKey: tenant.apiKey })).status).toBe(200);
    await fail("token.refresh_token", "status", { status: 503 });
    const refused = await askForNewToken(stack, tenant, id);
    expect(refused.status).toBe(503);
    await stack.control("faults", undefined, "DELETE").catch(() => {});
    const counted = await today();
    expect(counted).toMatchObject({
      refreshes: 1,
      failed_refreshes: 1,
      failed_refreshes_by_reason: { [refused.body.code]: 1 },
      tokens_issued: 2,
    });
  });

  it("count deliveries that arrived and those that were given up", async () => {
    const webhook = await stack.request("/api/v1/webhooks", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: { url: receiver.url, triggers: ["zoom_oauth_connection.state_change"] },
    });
    const path = `/api/v1/webhooks/${webhook.body.id}`;
    const sent = await stack.request(`${path}/test`, { method: "POST", apiKey: tenant.apiKey });
    await expect
      .poll(async () => {
        const { results } = (await stack.request(`${path}/deliveries`, { apiKey: tenant.apiKey })).body;
        return results.find(({ id }: { id: string }) => id === sent.body.id).state;
      })
      .toBe("succeeded");
    await stack.sql(
      "update webhook_deliveries set state = 'pending', next_attempt_at = now() where id = $1",
      [sent.body.id],
    );
    await stack.sql("update webhook_deliveries set state = 'failed', next_attempt_at = null where id = $1", [
      sent.body.id,
    ]);
    expect(await today()).toMatchObject({ deliveries: 1, failed_deliveries: 1 });
  });

  it("are the same after cron runs, which leave one row for each kind and reason", async () => {
    await Promise.all([connect(), connect(), connect()]);
    const before = (await statistics()).body;
    await Promise.all([stack.runCron(), stack.runCron()]);
    await stack.runCron();
    expect((await statistics()).body).toEqual(before);
    expect((await rows()).filter(({ counted }) => counted === "connected")).toEqual([
      { counted: "connected", reason: null, count: "3" },
    ]);
  });

  it("forget a day after 31 days", async () => {
    await connect();
    await stack.runCron();
    const age = async (days: number) =>
      await stack.sql(
        "update project_daily_counts set day = (now() at time zone 'utc')::date - $2::integer where project_id = $1",
        [tenant.projectId, days],
      );
    await age(29);
    expect((await statistics()).body.days[0].connected).toBe(1);
    await age(31);
    await stack.runCron();
    expect((await rows()).length).toBe(1);
    await age(32);
    await stack.runCron();
    expect(await rows()).toEqual([]);
    await removeProject();
  });

  it("go with their project", async () => {
    await connect();
    await removeProject();
    expect(await rows()).toEqual([]);
  });
});
