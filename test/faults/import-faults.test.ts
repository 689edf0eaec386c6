// Imports on bad days, many at a time. Once Zoom has renewed a refresh token the new one is in the row, on the queue or in the
// journal, and the same request finds the connection. `npm run test:faults` runs 50 of each and prints the table.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askForNewToken, CONNECTIONS, takeGrant, waitFor } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const TRIALS = Number(process.env.TRIALS ?? 3);
/** How long the database is away, in milliseconds: longer than a request waits before it hands a grant to the queue. */
const OUTAGE_MS = process.env.TRIALS === undefined ? 7_000 : 60_000;
const RECOVERY_MS = 120_000;
const TIMEOUT = { timeout: 400_000 };

interface Grant {
  userId: string;
  refreshToken: string;
}

/** How the grants of a trial end. */
type End = "connected" | "dead at Zoom";
const CONNECTED = "connected";
/** Zoom has renewed the token and nobody has heard its answer: Zoom refuses the old one, and says so. */
const DEAD = "dead at Zoom";

let stack: Stack;
let tenant: Tenant;
const table: Record<string, Record<string, string | number>> = {};

beforeAll(async () => {
  stack = await startStack({ isJournaled: true, canQueueFail: true });
  tenant = await stack.createTenant();
});
afterAll(async () => {
  if (process.env.TRIALS !== undefined) console.table(table);
  await stack.close();
});

const takeAll = async (): Promise<Grant[]> =>
  await Promise.all(
    Array.from({ length: TRIALS }, async () => {
      const { id: userId } = await stack.control("users", {});
      return { userId, refreshToken: await takeGrant(stack, tenant, { user_id: userId }) };
    }),
  );

const send = async ({ refreshToken }: Grant, to: Stack = stack) =>
  await to.request(`${CONNECTIONS}/import`, {
    method: "POST",
    apiKey: tenant.apiKey,
    body: {
      refresh_token: refreshToken,
      zoom_oauth_app_id: tenant.appId,
      is_local_recording_token_supported: false,
      is_onbehalf_token_supported: true,
    },
  });

/** Sends the import again until it has an end. A connection's next two tokens must come as well. */
async function finish(grant: Grant): Promise<End> {
  const deadline = performance.now() + RECOVERY_MS;
  while (performance.now() < deadline) {
    const answer = await send(grant);
    if (answer.status === 201) {
      expect(answer.body.user_id).toBe(grant.userId);
      for (let renewals = 0; renewals < 2; renewals++) {
        const token = await askForNewToken(stack, tenant, answer.body.id);
        expect(token.status, token.text).toBe(200);
      }
      return CONNECTED;
    }
    if (answer.body.code === "refresh_token_rejected") return DEAD;
    expect([409, 502, 503, 504], answer.text).toContain(answer.status);
    // As if the time of a claim whose holder died had passed.
    await stack.sql(
      "update used_authorization_codes set claim_expires_at = now() where claim_expires_at > now()",
    );
    await new Promise((done) => setTimeout(done, 300));
  }
  throw new Error(`the import of ${grant.userId} had no end`);
}

async function countConnections(grants: Grant[]): Promise<number> {
  const rows = await stack.sql("select id from zoom_oauth_connections where user_id = any($1)", [
    grants.map(({ userId }) => userId),
  ]);
  return rows.length;
}

/** Every grant ends so, and each user has one connection at most. */
async function finishAll(name: string, grants: Grant[], first: number[], end: End): Promise<void> {
  const ends = await Promise.all(grants.map(finish));
  table[name] = {
    trials: ends.length,
    "first answer": [...new Set(first)].sort().join(", "),
    connected: ends.filter((other) => other === CONNECTED).length,
    "dead at Zoom": ends.filter((other) => other === DEAD).length,
  };
  expect(new Set(ends)).toEqual(new Set([end]));
  expect(await countConnections(grants)).toBe(end === CONNECTED ? grants.length : 0);
}

const statuses = async (grants: Grant[], to: Stack = stack) =>
  await Promise.all(
    grants.map((grant) =>
      send(grant, to).then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  );

describe("Zoom", TIMEOUT, () => {
  it.each<[string, End, Record<string, unknown>]>([
    ["resets the connection before renewing", CONNECTED, { kind: "drop_before", times: 2 }],
    ["resets the connection after renewing", DEAD, { kind: "drop_after", times: 1 }],
    ["breaks the body after renewing", DEAD, { kind: "malformed", takes_effect: true, times: 1 }],
    ["answers 500", CONNECTED, { kind: "status", status: 500, times: 2 }],
    ["answers 429 with Retry-After", CONNECTED, { kind: "rate_limit", retry_after: 1, times: 1 }],
    ["answers HTML", CONNECTED, { kind: "status", status: 200, body: "<html>Sorry</html>", times: 2 }],
    [
      "says that another token call is under way",
      CONNECTED,
      { kind: "status", status: 400, body: { reason: "Save Access token into Database" }, times: 2 },
    ],
  ])("%s: each grant is %s", async (name, end, fault) => {
    const grants = await takeAll();
    for (const { userId } of grants) {
      await stack.control("faults", { operation: "token.refresh_token", user_id: userId, ...fault });
    }
    const first = await statuses(grants);
    await finishAll(`Zoom ${name}`, grants, first, end);
    await stack.control("faults", undefined, "DELETE");
  });

  it("does not say who the user is, for a while: each grant is connected", async () => {
    const grants = await takeAll();
    for (const { userId } of grants) {
      await stack.control("faults", {
        operation: "users.me",
        user_id: userId,
        kind: "status",
        status: 500,
        times: 4,
      });
    }
    const first = await statuses(grants);
    await finishAll("Zoom does not say who it is", grants, first, CONNECTED);
    await stack.control("faults", undefined, "DELETE");
  });
});

describe("the database", TIMEOUT, () => {
  it("is away before the claim: each grant is connected", async () => {
    const grants = await takeAll();
    stack.failDatabase({ kind: "drop" });
    const first = await statuses(grants);
    stack.mendDatabase();
    await finishAll("database away before the claim", grants, first, CONNECTED);
  });

  it.each([
    ["claim", "claim_authorization_code"],
    ["store", "store_grant"],
  ])("loses its answer to the %s: each grant is connected", async (name, statement) => {
    const grants = await takeAll();
    stack.failStatement(statement, { kind: "drop_after", times: TRIALS });
    const first = await statuses(grants);
    stack.mendDatabase();
    await finishAll(`answer to the ${name} lost`, grants, first, CONNECTED);
  });

  it.each([300, OUTAGE_MS])(
    "is away for %i ms from Zoom's answer on: each grant is connected",
    async (outageMs) => {
      const grants = await takeAll();
      stack.gateway.clearRequests();
      stack.failFromStatement("store_grant", { kind: "drop" });
      const asking = statuses(grants);
      await waitFor(async () => stack.countStatements("store_grant") > 0, "Zoom's first answer");
      await new Promise((done) => setTimeout(done, outageMs));
      stack.mendDatabase();
      await finishAll(`database away for ${outageMs} ms`, grants, await asking, CONNECTED);
    },
  );

  it("and the queue are away from Zoom's answer on: each grant is connected, from the journal", async () => {
    const grants = await takeAll();
    await stack.setQueueAway(true);
    stack.gateway.clearRequests();
    stack.failFromStatement("store_grant", { kind: "drop" });
    const asking = statuses(grants);
    await waitFor(async () => stack.countStatements("store_grant") > 0, "Zoom's first answer");
    const first = await asking;
    await waitFor(
      async () => stack.logs().filter((line) => line.includes("grant_kept_in_journal")).length >= TRIALS,
      "the journal",
      60_000,
    );
    stack.mendDatabase();
    await stack.setQueueAway(false);
    await stack.runCron();
    await finishAll("database and queue away", grants, first, CONNECTED);
  });
});

describe.runIf(process.platform === "linux")("a Worker is killed", TIMEOUT, () => {
  /** How many of the victim's requests have got there. */
  type CountThere = (victim: Stack, grants: Grant[]) => Promise<number> | number;

  it.each<[string, (victim: Stack) => Promise<void>, CountThere]>([
    [
      "before the claim",
      async (victim) => victim.failStatement("claim_authorization_code", { kind: "hang" }),
      (victim) => victim.countStatements("claim_authorization_code"),
    ],
    [
      "before Zoom has the request",
      async () =>
        await stack.control("faults", {
          operation: "token.refresh_token",
          kind: "drop_before",
          delay_ms: 600_000,
          times: TRIALS,
        }),
      async () => (await stack.control("requests?operation=token.refresh_token")).requests.length,
    ],
    [
      "after the write",
      async (victim) => victim.failStatement("store_grant", { kind: "drop_after" }),
      async (_victim, grants) => await countConnections(grants),
    ],
  ])("%s: each grant is connected", async (name, prepare, countThere) => {
    const grants = await takeAll();
    await stack.control("requests", undefined, "DELETE");
    const victim = await startStack({
      database: stack.database,
      vars: { ZOOM_OAUTH_BASE_URL: stack.simulator.url, ZOOM_API_BASE_URL: `${stack.simulator.url}/v2` },
    });
    await prepare(victim);
    const asking = statuses(grants, victim);
    await waitFor(async () => (await countThere(victim, grants)) >= TRIALS, `${TRIALS} requests ${name}`);
    victim.kill();
    const first = await asking;
    await victim.close();
    await stack.control("faults", undefined, "DELETE");
    await finishAll(`killed ${name}`, grants, first, CONNECTED);
  });
});
