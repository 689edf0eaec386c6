// A thousand users go through the hosted pages at once, while Zoom and the database fail at random. Each session ends as
// connected, as failed with a reason, or is still running; none is lost, and none is doubled.

import { afterAll, beforeAll, expect, it } from "vitest";
import { waitFor } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createSession, createVisitor } from "../support/visitor.ts";

const SESSIONS = 1_000;
const AT_ONCE = 40;
/** How often a user tries again, by the button or by loading a page again. */
const MAX_STEPS = 12;
const DATABASE_FAULT_SHARE = 0.04;
const DATABASE_FAULTS = ["drop", "drop_after", "error"] as const;
/** Those after which Zoom has given nothing. */
const ZOOM_FAULTS = [
  { operation: "token.authorization_code", kind: "status" },
  { operation: "token.authorization_code", kind: "drop_before" },
  { operation: "token.authorization_code", kind: "rate_limit" },
  { operation: "token.authorization_code", kind: "delay", delay_ms: 300 },
  { operation: "users.me", kind: "status" },
  { operation: "users.me", kind: "drop_after" },
  { operation: "users.me", kind: "malformed" },
];

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

it("a thousand sessions with faults at random: none lost, none doubled", { timeout: 540_000 }, async () => {
  const users = await Promise.all(
    Array.from({ length: SESSIONS }, async () => (await stack.control("users", {})).id as string),
  );
  const links: string[] = [];
  while (links.length < SESSIONS) {
    const made = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => (await createSession(stack, tenant)).body.url as string),
    );
    links.push(...made);
  }
  links.length = SESSIONS;

  const isHit = () => Math.random() < DATABASE_FAULT_SHARE;
  const faults = setInterval(() => {
    stack.gateway.setFault({ kind: pick(DATABASE_FAULTS), matching: isHit });
    void stack.control("faults", pick(ZOOM_FAULTS)).catch(() => {});
  }, 100);
  const waiting = links.map((url, index) => ({ url, userId: users[index] as string }));
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await visit(next.url, next.userId);
    }),
  );
  clearInterval(faults);
  stack.gateway.setFault(null);
  await stack.control("faults", undefined, "DELETE");

  // What the queue has is finished, and what nobody holds any more is over with its lease.
  await waitFor(
    async () => (await stack.sql(RUNNING)).length === 0,
    "the end of the grants under way",
    180_000,
  );
  const sessions = await stack.sql("select * from connect_sessions");
  const connections = await stack.sql("select id, user_id, state from zoom_oauth_connections");
  expect(sessions).toHaveLength(SESSIONS);
  const completed = sessions.filter(({ state }) => state === "completed");
  // Each has a connection of its own, and there is no connection beside them.
  expect(new Set(completed.map((session) => session.zoom_oauth_connection_id)).size).toBe(completed.length);
  expect(connections).toHaveLength(completed.length);
  expect(new Set(connections.map(({ user_id }) => user_id)).size).toBe(connections.length);
  expect(connections.filter(({ state }) => state !== "connected")).toEqual([]);
  // The others are open, for another attempt.
  const others = sessions.filter(({ state }) => state !== "completed");
  expect(others.filter(({ state }) => state !== "open")).toEqual([]);
  // Every grant that Zoom gave led to a connection.
  const { requests } = await stack.control("requests?operation=token.authorization_code");
  const granted = requests.filter(({ outcome }: { outcome: string }) => outcome === "ok");
  const connected = new Set(connections.map(({ user_id }) => user_id));
  expect(granted.length).toBeGreaterThanOrEqual(completed.length);
  expect(granted.filter(({ user_id }: { user_id: string }) => !connected.has(user_id))).toEqual([]);
  const events = await stack.sql("select from connection_events where type in ('created', 'reconnected')");
  expect(events).toHaveLength(granted.length);
  expect(stack.logs().filter((line) => line.includes("grant_lost"))).toEqual([]);
  const failures = others.map(({ failure }) => (failure as { code: string } | null)?.code ?? "none");
  console.log(`${completed.length} connected, ${others.length} open: ${[...new Set(failures)].join(", ")}`);
  // Most get through within their patience.
  expect(completed.length).toBeGreaterThan(SESSIONS * 0.9);
});

/** Goes on until the product's page is reached, as a patient user would. */
async function visit(url: string, userId: string): Promise<void> {
  const visitor = createVisitor(stack);
  for (let step = 0; step < MAX_STEPS; step++) {
    const page = await visitor.get(url);
    if (page.status === 410) return;
    const isWaiting = page.status === 503 || page.location !== null;
    if (isWaiting) {
      await new Promise((done) => setTimeout(done, 200));
      continue;
    }
    const callback = await visitor.consent(url, { userId }).catch(() => null);
    if (callback === null) continue;
    // Some reload, and some have the answer open twice.
    const answers = await Promise.all(
      Array.from({ length: pick([1, 1, 2]) }, async () => await visitor.follow(callback)),
    );
    if (answers.some(({ location }) => location?.startsWith("https://app.example.com/"))) return;
  }
}

const RUNNING = `select from connect_attempts attempt join used_authorization_codes code using (code_sha256)
  where code.zoom_oauth_connection_id is null and code.refusal is null and code.claim_expires_at > now()`;
