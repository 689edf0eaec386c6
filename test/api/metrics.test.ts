// GET /metrics: OpenMetrics text, for the operator only, from one database round trip.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAMILIES } from "../../src/routes/metrics/families.ts";
import { askForNewToken, CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { readOpenMetrics } from "../support/openmetrics.ts";
import { ADMIN, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

const scrape = async (headers: Record<string, string> = ADMIN) =>
  await fetch(new URL("/metrics", stack.url), { headers });
/** The value of a sample, by its name and the value of its label. */
const metric = async (name: string, label?: string) => {
  const families = readOpenMetrics(await (await scrape()).text());
  const samples = [...families.values()].flatMap((family) => family.samples);
  return samples.find((sample) => sample.name === name && Object.values(sample.labels)[0] === label)?.value;
};
const connect = async () => (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body;

describe("the metrics", () => {
  it("are OpenMetrics text with each family once, from one database round trip", async () => {
    const answer = await scrape();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toBe(
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    expect(answer.headers.get("Server-Timing")).toMatch(/db;dur=[\d.]+;desc="1"/);
    const families = readOpenMetrics(await answer.text());
    expect([...families.keys()]).toEqual(Object.keys(FAMILIES));
    for (const family of families.values()) expect(family.help).toMatch(/^[A-Z].*\.$/);
  });

  it("are for the admin key alone", async () => {
    for (const headers of [{}, { Authorization: `Token ${tenant.apiKey}` }, { Authorization: "Bearer no" }]) {
      expect((await scrape(headers)).status).toBe(401);
    }
  });

  it("count connections, refreshes and their failures by reason at once and after a cron run", async () => {
    const { id, user_id } = await connect();
    const other = await connect();
    await askForNewToken(stack, tenant, id);
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
    await askForNewToken(stack, tenant, id);
    await stack.request(`${CONNECTIONS}/${other.id}`, { method: "DELETE", apiKey: tenant.apiKey });
    for (const when of ["at once", "after a cron run", "after another one"]) {
      expect(await metric("zoom_oauth_connections", "connected"), when).toBe(0);
      expect(await metric("zoom_oauth_connections", "disconnected"), when).toBe(1);
      expect(await metric("zoom_oauth_connects_total"), when).toBe(2);
      expect(await metric("zoom_oauth_disconnects_total", "grant_revoked"), when).toBe(1);
      expect(await metric("zoom_oauth_disconnects_total", "removed"), when).toBe(1);
      expect(await metric("zoom_oauth_refreshes_total"), when).toBe(1);
      expect(await metric("zoom_oauth_failed_refreshes_total", "grant_revoked"), when).toBe(1);
      await stack.runCron();
    }
  });

  it("count what is due, and tell how long the oldest has waited", async () => {
    const { id } = await connect();
    await stack.sql(
      `update zoom_oauth_connection_schedules set due_at = now() - interval '5 minutes'
       where zoom_oauth_connection_id = $1 and work = 'refresh'`,
      [id],
    );
    expect(await metric("zoom_oauth_due_work", "refresh")).toBe(1);
    const age = await metric("zoom_oauth_due_work_oldest_age_seconds", "refresh");
    expect(age).toBeGreaterThanOrEqual(300);
    expect(age).toBeLessThan(330);
    expect(await metric("zoom_oauth_due_work_oldest_age_seconds", "sync")).toBe(0);
  });

  it("count deliveries that wait, marked apps, and the texts of each master key", async () => {
    await stack.sql(
      "insert into webhooks (id, project_id, url, triggers) values ('whk_m', $1, 'https://example.com/', '{test}')",
      [tenant.projectId],
    );
    await stack.sql(
      `insert into webhook_deliveries (id, project_id, webhook_id, trigger, payload, next_attempt_at)
       values ('whd_m', $1, 'whk_m', 'test', '{}', now() - interval '1 minute')`,
      [tenant.projectId],
    );
    await stack.sql("update zoom_oauth_apps set credentials_invalid_at = now() where id = $1", [
      tenant.appId,
    ]);
    expect(await metric("zoom_oauth_webhook_deliveries_waiting")).toBe(1);
    expect(await metric("zoom_oauth_webhook_deliveries_oldest_age_seconds")).toBeGreaterThanOrEqual(60);
    expect(await metric("zoom_oauth_apps_marked")).toBe(1);
    const { keys } = (await stack.request("/api/v1/encryption", { headers: ADMIN })).body;
    expect(await metric("zoom_oauth_sealed_texts", "test")).toBe(keys[0].rows);
    await stack.sql("update webhook_deliveries set state = 'failed', next_attempt_at = null");
    expect(await metric("zoom_oauth_webhook_deliveries_waiting")).toBe(0);
    expect(await metric("zoom_oauth_webhook_deliveries_failed_total")).toBe(1);
  });
});

describe("the reader of OpenMetrics refuses", () => {
  const FAMILY = "# TYPE a counter\n# HELP a A.\n";
  it.each([
    ["no end", `${FAMILY}a_total 1\n`],
    ["a second family of a name", `${FAMILY}a_total 1\n${FAMILY}# EOF\n`],
    ["a counter without its ending", `${FAMILY}a 1\n# EOF\n`],
    ["a sample twice", `${FAMILY}a_total 1\na_total 2\n# EOF\n`],
    ["a label that is not quoted", `${FAMILY}a_total{b=c} 1\n# EOF\n`],
    ["an empty line", `${FAMILY}\na_total 1\n# EOF\n`],
  ])("%s", (_, text) => expect(() => readOpenMetrics(text)).toThrow());
});
