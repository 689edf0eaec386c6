// POST /api/v1/zoom_oauth_connections while the database fails, at every step: no grant that Zoom has given is lost.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { countExchanges, createUnsynced, eventTypes, waitFor } from "../support/connections.ts";
import { IS_SOAK } from "../support/soak.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

/** How often the grant cannot be stored: three tries of the request's, and the rest of the queue's, with growing pauses. */
const STORES_FAILED = IS_SOAK ? 6 : 4;

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());
afterEach(async () => {
  stack.mendDatabase();
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

const outcome = ({ status, body }: Answer) => [status, body.code];

describe("a database that fails before the exchange", () => {
  it.each(["drop", "error", "drop_after", "hang"] as const)(
    "by a %s is a 503, and the code is not spent",
    async (kind) => {
      const code = await stack.authorize(tenant);
      stack.failDatabase({ kind });
      const answer = await createUnsynced(stack, tenant, code);
      expect(outcome(answer)).toEqual([503, "database_unavailable"]);
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect((await countExchanges(stack, tenant)).asked).toBe(0);
      stack.mendDatabase();
      expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
    },
  );

  it("by losing the answer to the claim leaves no claim in the way", async () => {
    const code = await stack.authorize(tenant);
    stack.failStatement("claim_authorization_code", { kind: "drop_after", times: 1 });
    expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
    expect((await countExchanges(stack, tenant)).granted).toBe(1);
  });
});

describe("a database that fails after the exchange", () => {
  it.each(["drop", "error", "drop_after"] as const)("by one %s is tried again: 201", async (kind) => {
    const code = await stack.authorize(tenant);
    stack.failStatement("store_grant", { kind, times: 1 });
    const answer = await createUnsynced(stack, tenant, code);
    expect(answer.status).toBe(201);
    expect(await eventTypes(stack, answer.body.id)).toEqual(["created"]);
  });

  it.each(["drop", "error", "drop_after"] as const)(
    "by a %s for a while is a 503; the queue stores the grant, and a retry finds the connection",
    async (kind) => {
      const code = await stack.authorize(tenant);
      stack.failStatement("store_grant", { kind, times: STORES_FAILED });
      const first = await createUnsynced(stack, tenant, code);
      expect(outcome(first)).toEqual([503, "database_unavailable"]);
      expect(first.headers.get("Retry-After")).toBe("5");
      const second = await createUnsynced(stack, tenant, code);
      expect(second.status).toBe(201);
      expect(await eventTypes(stack, second.body.id)).toEqual(["created"]);
      expect(await countExchanges(stack, tenant)).toEqual({ asked: 1, granted: 1 });
      const [row] = await stack.sql(
        "select count(*)::int as count from zoom_oauth_connections where user_id = $1",
        [second.body.user_id],
      );
      expect(row?.count).toBe(1);
    },
  );

  it("altogether gets the grant once it is back, without anyone asking", async () => {
    const user = await stack.control("users", {});
    const code = await stack.authorize(tenant, { user_id: user.id });
    await stack.control("faults", { operation: "token.authorization_code", kind: "delay", delay_ms: 400 });
    const creating = createUnsynced(stack, tenant, code);
    await new Promise((done) => setTimeout(done, 200));
    stack.failDatabase({ kind: "error" });
    expect(outcome(await creating)).toEqual([503, "database_unavailable"]);
    await new Promise((done) => setTimeout(done, 1_000));
    stack.mendDatabase();
    const stored = await waitFor(
      async () =>
        (await stack.sql("select state from zoom_oauth_connections where user_id = $1", [user.id]))[0],
      "the grant from the queue",
    );
    expect(stored.state).toBe("connected");
    expect(stack.logs().some((line) => line.includes("grant_handed_over"))).toBe(true);
  });

  it("does not let the late grant replace a later one of the same user", async () => {
    const user = await stack.control("users", {});
    const [late, later] = [
      await stack.authorize(tenant, { user_id: user.id }),
      await stack.authorize(tenant, { user_id: user.id }),
    ];
    stack.gateway.clearRequests();
    stack.failStatement("store_grant", { kind: "error", times: 4 });
    expect((await createUnsynced(stack, tenant, late, { metadata: { grant: "late" } })).status).toBe(503);
    await waitFor(async () => stack.countStatements("store_grant") >= 4, "the queue's first try");
    const { body } = await createUnsynced(stack, tenant, later, { metadata: { grant: "later" } });
    expect(body.metadata).toEqual({ grant: "later" });
    // The late one's request still gets its answer: the user's one connection, as the later grant left it.
    const retry = await createUnsynced(stack, tenant, late);
    expect(retry.status).toBe(201);
    expect(retry.body).toEqual(body);
    expect(await eventTypes(stack, body.id)).not.toContain("reconnected");
  });
});
