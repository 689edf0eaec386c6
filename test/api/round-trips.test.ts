// What requests cost, counted at the other end: at the gateway and at the simulator. A file of its own, in which no
// connection syncs and no cron runs after the start, so that nothing else asks meanwhile.

import { afterAll, beforeAll, expect, it } from "vitest";
import { askForNewToken, CONNECTIONS, createUnsynced, waitFor } from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  // With the token journal, which must cost none.
  stack = await startStack({ isJournaled: true });
  tenant = await stack.createTenant();
  // Turns it on.
  await stack.runCron();
});
afterAll(async () => await stack.close());

async function connect(): Promise<Answer["body"]> {
  const { status, body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
  expect(status).toBe(201);
  return body;
}

/** Whom the request made the Worker ask, in the order of arrival. */
async function asked(request: () => Promise<Answer>): Promise<string[]> {
  await stack.control("requests", undefined, "DELETE");
  stack.gateway.clearRequests();
  expect((await request()).status).toBeLessThan(300);
  const { requests } = await stack.control("requests");
  const zoom = requests.map(({ operation, t }: { operation: string; t: number }) => ({
    peer: operation,
    at: t,
  }));
  return [...stack.gateway.requests.map(({ at }) => ({ peer: "database", at })), ...zoom]
    .sort((a, b) => a.at - b.at)
    .map(({ peer }) => peer);
}

it.each([
  ["a new user", async () => await stack.authorize(tenant)],
  [
    "a user who connects again",
    async () => await stack.authorize(tenant, { user_id: (await connect()).user_id }),
  ],
])(
  "a create is two database and two Zoom round trips, one after the other, for %s",
  async (_who, authorize) => {
    const code = await authorize();
    const order = await asked(async () => await createUnsynced(stack, tenant, code));
    expect(order).toEqual(["database", "token.authorization_code", "users.me", "database"]);
  },
);

it.each([
  ["a connection is read in one database round trip", "", "GET", ["database"]],
  ["a connection's events are read in one database round trip", "/events", "GET", ["database"]],
  ["a cached token is handed out for one database round trip", "/access_token", "POST", ["database"]],
  ["a connection is removed in one database and one Zoom round trip", "", "DELETE", ["database", "revoke"]],
])("%s", async (_what, path, method, expected) => {
  const { id } = await connect();
  const { apiKey } = tenant;
  expect(
    await asked(async () => await stack.request(`${CONNECTIONS}/${id}${path}`, { method, apiKey })),
  ).toEqual(expected);
});

it("a page of the list is one database round trip", async () => {
  await connect();
  expect(await asked(async () => await stack.request(CONNECTIONS, { apiKey: tenant.apiKey }))).toEqual([
    "database",
  ]);
});

it("a refresh and its lease write no index of the connections", async () => {
  const { id } = await connect();
  const before = await readUpdates();
  for (let round = 0; round < 10; round++) {
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
  }
  const after = await readUpdates();
  const [all, hot] = [after.all - before.all, after.hot - before.hot];
  expect(all).toBeGreaterThanOrEqual(20);
  // A few go to another page, where theirs is full.
  expect(hot).toBeGreaterThanOrEqual(all - 5);
});

/** How many updates of connections there were, and how many of them wrote no index ("heap-only tuples"). */
async function readUpdates(): Promise<{ all: number; hot: number }> {
  // The Worker's sessions tell Postgres of their updates when they have been idle for ten seconds, or when they end.
  const sessions =
    "from pg_stat_activity where datname = current_database() and application_name like '%neon%'";
  await stack.sql(`select pg_terminate_backend(pid) ${sessions}`);
  await waitFor(async () => (await stack.sql(`select ${sessions}`)).length === 0, "the end of the sessions");
  const [row] = await stack.sql(
    "select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'zoom_oauth_connections'",
  );
  return row as { all: number; hot: number };
}
