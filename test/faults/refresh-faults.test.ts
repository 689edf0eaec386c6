// Refreshes on bad days, many at a time. No connection ends disconnected that Zoom still honours, and each recovers
// by itself. `npm run test:faults` runs 50 of each and prints the table.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, expireAccessToken, waitFor } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { eachDoubtAtLength } from "../support/zoom-doubts.ts";

const TRIALS = Number(process.env.TRIALS ?? 3);
/** How long the database is away, in milliseconds. */
const OUTAGE_MS = process.env.TRIALS === undefined ? 2_000 : 60_000;
const RECOVERY_MS = 90_000;

interface Connection {
  id: string;
  user_id: string;
}
type Outcome = "at once" | "recovered" | "refresh_answer_lost";

const RECOVERS = "recovers";
const LOST = "ends with refresh_answer_lost";
type End = typeof RECOVERS | typeof LOST;

function expectEnd(outcomes: Outcome[], end: End): void {
  const isLost = outcomes.map((outcome) => outcome === "refresh_answer_lost");
  expect(new Set(isLost)).toEqual(new Set([end === LOST]));
}

describe.each(eachDoubtAtLength("refresh"))("refreshes where %s", (_name, zoom) => {
  let stack: Stack;
  let tenant: Tenant;
  /** Zoom goes on with a call whose caller is gone, and refuses the next one meanwhile: what it gives is lost. */
  const isOverlapRefused = zoom.overlap === "save_access_token";
  const table: Record<string, Record<string, string | number>> = {};

  beforeAll(async () => {
    stack = await startStack({ zoom });
    tenant = await stack.createTenant();
  });
  afterAll(async () => {
    if (process.env.TRIALS !== undefined) console.table(table);
    await stack.close();
  });

  async function connectAll(): Promise<Connection[]> {
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
    await of.request(`${CONNECTIONS}/${id}/access_token`, {
      method: "POST",
      apiKey: tenant.apiKey,
      body: {},
    });

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

  // Each fault is bound to the users of its test. Of very many trials one test is enough at a time.
  const testZoom = TRIALS > 10 ? it : it.concurrent;

  describe("Zoom", { timeout: 300_000 }, () => {
    testZoom.each<[string, End, Record<string, unknown>]>([
      [
        "is slow beyond the time-out",
        isOverlapRefused ? LOST : RECOVERS,
        { kind: "delay", delay_ms: 15_000, times: 1 },
      ],
      ["resets the connection before rotating, once", RECOVERS, { kind: "drop_before", times: 1 }],
      ["resets the connection before rotating, three times", RECOVERS, { kind: "drop_before", times: 3 }],
      ["resets the connection after rotating", LOST, { kind: "drop_after", times: 1 }],
      ["breaks the body after rotating", LOST, { kind: "malformed", takes_effect: true, times: 1 }],
      ["breaks the body without rotating", RECOVERS, { kind: "malformed", times: 3 }],
      ["answers 500", RECOVERS, { kind: "status", status: 500, times: 3 }],
      ["answers 502", RECOVERS, { kind: "status", status: 502, times: 3 }],
      ["answers 429 with Retry-After", RECOVERS, { kind: "rate_limit", retry_after: 1, times: 1 }],
      [
        "answers HTML instead of JSON",
        RECOVERS,
        { kind: "status", status: 200, body: "<html>Sorry</html>", times: 3 },
      ],
      [
        "says that another token call is under way",
        RECOVERS,
        { kind: "status", status: 400, body: { reason: "Save Access token into Database" }, times: 3 },
      ],
    ])("%s: each connection %s", async (name, end, fault) => {
      const connections = await connectAll();
      for (const { user_id } of connections) {
        await stack.control("faults", { operation: "token.refresh_token", user_id, ...fault });
      }
      const first = await Promise.all(connections.map(async (connection) => (await ask(connection)).status));
      const outcomes = await Promise.all(connections.map(recoverTwice));
      note(`Zoom ${name}`, first, outcomes);
      expectEnd(outcomes, end);
    });
  });

  describe("the database is away", { timeout: 300_000 }, () => {
    it("before the lease: each connection recovers", async () => {
      const connections = await connectAll();
      stack.failDatabase({ kind: "drop" });
      const first = await Promise.all(connections.map(async (connection) => (await ask(connection)).status));
      stack.mendDatabase();
      const outcomes = await Promise.all(connections.map(recoverTwice));
      note("database away before the lease", first, outcomes);
      expectEnd(outcomes, RECOVERS);
    });

    it.each([300, OUTAGE_MS])(
      "for %i ms from Zoom's answer on: each connection recovers",
      async (outageMs) => {
        const connections = await connectAll();
        stack.gateway.clearRequests();
        stack.failFromStatement("store_token_set", { kind: "drop" });
        const asking = connections.map(async (connection) => (await ask(connection)).status);
        await waitFor(async () => stack.countStatements("store_token_set") > 0, "Zoom's first answer");
        await new Promise((done) => setTimeout(done, outageMs));
        stack.mendDatabase();
        const first = await Promise.all(asking);
        const outcomes = await Promise.all(connections.map(recoverTwice));
        note(`database away for ${outageMs} ms after the exchange`, first, outcomes);
        expectEnd(outcomes, RECOVERS);
      },
    );
  });

  describe.runIf(process.platform === "linux")("a Worker is killed", { timeout: 300_000 }, () => {
    /** What becomes of its connections, how it is held up there, and how many requests have got there. */
    it.each<
      [
        string,
        End,
        (victim: Stack) => Promise<void>,
        (victim: Stack, ids: string[]) => Promise<number> | number,
      ]
    >([
      [
        "before the lease",
        RECOVERS,
        async (victim) => victim.failStatement("use_or_lease", { kind: "hang" }),
        (victim) => victim.countStatements("use_or_lease"),
      ],
      [
        "while it asks Zoom",
        isOverlapRefused ? LOST : RECOVERS,
        async () => {
          await stack.control("faults", {
            operation: "token.refresh_token",
            kind: "delay",
            delay_ms: isOverlapRefused ? 3_000 : 600_000,
            times: TRIALS,
          });
        },
        async () => (await stack.control("requests?operation=token.refresh_token")).requests.length,
      ],
      [
        "between Zoom's answer and the write",
        LOST,
        async (victim) => victim.failStatement("store_token_set", { kind: "hang" }),
        (victim) => victim.countStatements("store_token_set"),
      ],
      [
        "after the write",
        RECOVERS,
        async (victim) => victim.failStatement("store_token_set", { kind: "drop_after" }),
        // A statement that has come need not have run yet.
        async (_, ids) => {
          const [written] = await stack.sql(
            `select count(*)::integer as count from connection_events
             where type = 'refreshed' and zoom_oauth_connection_id = any($1)`,
            [ids],
          );
          return Number(written?.count);
        },
      ],
    ])("%s: each connection %s", async (name, end, prepare, countThere) => {
      const connections = await connectAll();
      await stack.control("requests", undefined, "DELETE");
      const victim = await startStack({
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
      const ids = connections.map(({ id }) => id);
      await waitFor(async () => (await countThere(victim, ids)) >= TRIALS, `${TRIALS} requests ${name}`);
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
      expectEnd(outcomes, end);
    });
  });
});
