// The end of connect sessions whose time has passed, by the cron run.

import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createSession, createVisitor, SESSIONS } from "../support/visitor.ts";

let stack: Stack;
let tenant: Tenant;
let webhookId: string;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
  const body = { url: "https://example.com/hook", triggers: ["connect_session.failed"] };
  const hook = await stack.request("/api/v1/webhooks", { method: "POST", apiKey: tenant.apiKey, body });
  webhookId = hook.body.id;
});
afterAll(async () => await stack.close());

const read = async (id: string) => (await stack.request(`${SESSIONS}/${id}`, { apiKey: tenant.apiKey })).body;

async function told(): Promise<Record<string, unknown>[]> {
  const rows = await stack.sql("select payload from webhook_deliveries where webhook_id = $1", [webhookId]);
  return rows.map(({ payload }) => payload as Record<string, unknown>);
}

it("a cron run ends them, each as it was shown before, and the project hears of it once", async () => {
  const untouched = (await createSession(stack, tenant)).body;
  const declined = (await createSession(stack, tenant)).body;
  const gone = (await createSession(stack, tenant)).body;
  const inTime = (await createSession(stack, tenant)).body;
  await createVisitor(stack).press(gone.url);
  const visitor = createVisitor(stack);
  await visitor.get(await visitor.consent(declined.url, { decision: "decline" }));
  await stack.sql("update connect_sessions set expires_at = now() where id = any($1)", [
    [untouched.id, declined.id, gone.id],
  ]);
  const states = async () =>
    await Promise.all([untouched, declined, gone, inTime].map(async ({ id }) => (await read(id)).state));
  expect(await states()).toEqual(["expired", "failed", "expired", "open"]);
  expect(await told()).toEqual([]);

  const { failure } = await read(gone.id);
  await stack.runCron();
  await stack.runCron();
  expect(await states()).toEqual(["expired", "failed", "expired", "open"]);
  const stored = await stack.sql("select state from connect_sessions order by state");
  expect(stored.map(({ state }) => state)).toEqual(["expired", "expired", "failed", "open"]);
  const events = await told();
  const dataOf = ({ id }: { id: string }) => events.find((event) => event.connect_session_id === id)?.data;
  expect(events).toHaveLength(3);
  expect(dataOf(untouched)).toEqual({ state: "expired", failure: null });
  expect(dataOf(declined)).toMatchObject({ state: "failed", failure: { code: "access_denied" } });
  expect(failure.code).toBe("never_came_back");
  expect(dataOf(gone)).toEqual({ state: "expired", failure });
});

it("a cron run forgets them after 30 days, with their attempts", async () => {
  const { id, url } = (await createSession(stack, tenant)).body;
  await createVisitor(stack).press(url);
  await stack.sql("update connect_sessions set expires_at = now() - interval '31 days' where id = $1", [id]);
  await stack.runCron();
  expect(await stack.sql("select from connect_sessions where id = $1", [id])).toEqual([]);
  expect(await stack.sql("select from connect_attempts where connect_session_id = $1", [id])).toEqual([]);
});
