// Refreshes on bad days, many at a time. No connection ends disconnected that Zoom still honours, and each recovers
// by itself. `npm run test:faults` runs 50 of each and prints the table.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, expireAccessToken, waitFor } from "./support/connections.ts";
import { type Stack, startStack, type Tenant } from "./support/stack.ts";

const TRIALS = Number(process.env.TRIALS ?? 3);
/** How long the database is away, in milliseconds. */
const OUTAGE_MS = process.env.TRIALS === undefined ? 2_000 : 60_000;
const RECOVERY_MS = 90_000;

interface Connection {
  id: string;
  user_id: string;
}
type Outcome = "at once" | "recovered" | "refresh_answer_lost";

const isLease = (statement: string) => statement.includes("leased as (");
const isStore = (statement: string) => statement.includes("credentials_version = credentials_version + 1");

let stack: Stack;
let tenant: Tenant;
const table: Record<string, Record<string, string | number>> = {};

beforeAll(async () => {
  stack = await startStack({ isBare: true });
  tenant = await stack.createTenant();
});
afterAll(async () => {
  if (process.env.TRIALS !== undefined) console.table(table);
  await stack.close();
});

async function connectAll(): Promise<Connection[]> {
  await stack.control("faults", undefined, "DELETE");
  stack.gateway.setFault(null);
  const all = await Promise.all(
    Array.from({ length: TRIALS }, async () => {
      const code = await stack.authorize(tenant);
      const answer = await createUnsynced(stack, tenant, code);
      return answer.body as Connection;
    }),
  );
  await stack.sql("update zoom_oauth_connections set access_token_expires_at = now() where id = any($1)", [
    all.map(({ id }) => id),
  ]);
  return all;
}

const ask = async ({ id }: Connection, of: Stack = stack) =>
  await of.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey: tenant.apiKey, body: {} });

/** Asks until there is a token that Zoom takes, or the connection is given up. */
async function recover(connection: Connection): Promise<Outcome> {
  const deadline = performance.now() + RECOVERY_MS;
  for (let tries = 0; performance.now() < deadline; tries++) {
    const answer = await ask(connection);
    if (answer.status === 200) {
      expect(await works(answer.body.access_token)).toBe(true);
      return tries === 0 ? "at once" : "recovered";
    }
    if (answer.status === 409) {
      const row = await stack.request(`${CONNECTIONS}/${connection.id}`, { apiKey: tenant.apiKey });
      return row.body.connection_failure_data.code;
    }
    expect([502, 503, 504]).toContain(answer.status);
    // As if the time in which a late result may still turn up had passed.
    await stack.sql(
      `update zoom_oauth_connections
       set refresh_lease_lost_at = refresh_lease_lost_at - interval '4 minutes', refresh_not_before = null
       where id = $1 and refresh_lease_lost_at > now() - interval '3 minutes'`,
      [connection.id],
    );
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`${connection.id} did not recover`);
}

async function works(token: string): Promise<boolean> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`${stack.simulator.url}/v2/users/me`, { headers })).ok;
}

/** After the token of now, the next one must come as well: what is stored is what Zoom honours. */
async function recoverTwice(connection: Connection): Promise<Outcome> {
  const outcome = await recover(connection);
  if (outcome === "refresh_answer_lost") return outcome;
  await expireAccessToken(stack, connection.id);
  expect(await recover(connection)).not.toBe("refresh_answer_lost");
  return outcome;
}

function note(name: string, first: number[], outcomes: Outcome[]): void {
  const count = (outcome: Outcome) => outcomes.filter((other) => other === outcome).length;
  table[name] = {
    trials: outcomes.length,
    "first answer": [...new Set(first)].sort().join(", "),
    "works at once": count("at once"),
    recovered: count("recovered"),
    "answer lost": count("refresh_answer_lost"),
  };
}

describe("Zoom", { timeout: 300_000 }, () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ["slow beyond the time-out", { kind: "delay", delay_ms: 120_000, times: 1 }, false],
    ["resets before rotating, once", { kind: "drop_before", times: 1 }, false],
    ["resets before rotating, again and again", { kind: "drop_before", times: 3 }, false],
    ["resets after rotating", { kind: "drop_after", times: 1 }, true],
    ["a broken body after rotating", { kind: "malformed", takes_effect: true, times: 1 }, true],
    ["a broken body without rotating", { kind: "malformed", times: 3 }, false],
    ["500", { kind: "status", status: 500, times: 3 }, false],
    ["502", { kind: "status", status: 502, times: 3 }, false],
    ["429 with Retry-After", { kind: "rate_limit", retry_after: 1, times: 1 }, false],
    ["HTML instead of JSON", { kind: "status", status: 200, body: "<html>Sorry</html>", times: 3 }, false],
    [
      "another token call under way",
      { kind: "status", status: 400, body: { reason: "Save Access token into Database" }, times: 3 },
      false,
    ],
  ])("%s", async (name, fault, isAnswerLost) => {
    const connections = await connectAll();
    for (const { user_id } of connections) {
      await stack.control("faults", { operation: "token.refresh_token", user_id, ...fault });
    }
    const first = await Promise.all(connections.map(async (connection) => (await ask(connection)).status));
    const outcomes = await Promise.all(connections.map(recoverTwice));
    note(`Zoom: ${name}`, first, outcomes);
    expect(outcomes.includes("refresh_answer_lost")).toBe(isAnswerLost);
  });
});

describe("the database", { timeout: 300_000 }, () => {
  it("gone before the lease", async () => {
    const connections = await connectAll();
    stack.gateway.setFault({ kind: "drop" });
    const first = await Promise.all(connections.map(async (connection) => (await ask(connection)).status));
    stack.gateway.setFault(null);
    const outcomes = await Promise.all(connections.map(recoverTwice));
    note("database: gone before the lease", first, outcomes);
    expect(outcomes).not.toContain("refresh_answer_lost");
  });

  it.each([
    ["gone between exchange and write, for a moment", 300],
    [`gone for ${OUTAGE_MS / 1000} s after the exchange`, OUTAGE_MS],
  ])("%s", async (name, outageMs) => {
    const connections = await connectAll();
    let isGone = false;
    stack.gateway.setFault({
      kind: "drop",
      matching: (statement) => {
        isGone ||= isStore(statement);
        return isGone;
      },
    });
    const asking = connections.map(async (connection) => (await ask(connection)).status);
    await new Promise((done) => setTimeout(done, outageMs));
    stack.gateway.setFault(null);
    const first = await Promise.all(asking);
    const outcomes = await Promise.all(connections.map(recoverTwice));
    note(`database: ${name}`, first, outcomes);
    expect(outcomes).not.toContain("refresh_answer_lost");
  });
});

describe.runIf(process.platform === "linux")("a Worker killed", { timeout: 300_000 }, () => {
  const countStatements = (victim: Stack, isMeant: (statement: string) => boolean) =>
    victim.gateway.requests.filter(({ statements }) => statements.some(isMeant)).length;

  /** How it is held up there, how many requests have got there, and whether what Zoom gave died with it. */
  it.each<[string, (victim: Stack) => Promise<void>, (victim: Stack) => Promise<number> | number, boolean]>([
    [
      "before the lease",
      async (victim) => victim.gateway.setFault({ kind: "hang", matching: isLease }),
      (victim) => countStatements(victim, isLease),
      false,
    ],
    [
      "while it asks Zoom",
      async () => {
        await stack.control("faults", {
          operation: "token.refresh_token",
          kind: "delay",
          delay_ms: 600_000,
          times: TRIALS,
        });
      },
      async () => (await stack.control("requests?operation=token.refresh_token")).requests.length,
      false,
    ],
    [
      "between Zoom's answer and the write",
      async (victim) => victim.gateway.setFault({ kind: "hang", matching: isStore }),
      (victim) => countStatements(victim, isStore),
      true,
    ],
    [
      "after the write",
      async (victim) => victim.gateway.setFault({ kind: "drop_after", matching: isStore }),
      (victim) => countStatements(victim, isStore),
      false,
    ],
  ])("%s", async (name, prepare, countThere, isAnswerLost) => {
    const connections = await connectAll();
    await stack.control("requests", undefined, "DELETE");
    const victim = await startStack({
      isBare: true,
      database: stack.database,
      vars: { ZOOM_OAUTH_BASE_URL: stack.simulator.url, ZOOM_API_BASE_URL: `${stack.simulator.url}/v2` },
    });
    await prepare(victim);
    const asking = connections.map(async (connection) =>
      ask(connection, victim).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await waitFor(async () => (await countThere(victim)) >= TRIALS, `${TRIALS} requests ${name}`);
    victim.kill();
    const first = await Promise.all(asking);
    await victim.close();
    await stack.control("faults", undefined, "DELETE");
    // As if the time of the leases had passed.
    await stack.sql(
      "update zoom_oauth_connections set refresh_lease_expires_at = now() where refresh_lease_owner is not null",
    );
    const outcomes = await Promise.all(connections.map(recoverTwice));
    note(`killed ${name}`, first, outcomes);
    expect(new Set(outcomes.map((outcome) => outcome === "refresh_answer_lost"))).toEqual(
      new Set([isAnswerLost]),
    );
  });
});
