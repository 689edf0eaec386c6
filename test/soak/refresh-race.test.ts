// Race: of 50 connections, 16 callers at once ask for the token of each, by two Workers on one database, 20 times over.
// Each time Zoom sees one refresh of each connection, and everybody hears the same token, which works.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const CONNECTION_COUNT = 50;
const REQUESTS_PER_CONNECTION = 16;
const ROUNDS = 20;

let first: Stack;
let second: Stack;
let tenant: Tenant;

beforeAll(async () => {
  // On workerd's own network: the harness's runs in this process, where 800 requests at once would wait in line.
  first = await startStack();
  second = await startStack({
    database: first.database,
    vars: {
      ZOOM_OAUTH_BASE_URL: first.simulator.url,
      ZOOM_API_BASE_URL: `${first.simulator.url}/v2`,
    },
  });
  tenant = await first.createTenant();
});
afterAll(async () => {
  const { secrets } = await first.control("secrets");
  const logged = second.logs().join("\n");
  expect(secrets.filter((secret: string) => logged.includes(secret))).toEqual([]);
  await second.close();
  await first.close();
});

it("refreshes each connection once a round, and answers everybody with a token that works", {
  timeout: 300_000,
}, async () => {
  const ids = await Promise.all(
    Array.from({ length: CONNECTION_COUNT }, async () => {
      const code = await first.authorize(tenant);
      const answer = await createUnsynced(first, tenant, code);
      return answer.body.id as string;
    }),
  );
  for (let round = 1; round <= ROUNDS; round++) {
    await first.sql("update zoom_oauth_connections set access_token_expires_at = now()");
    await first.control("access_tokens/expire", {});
    await first.control("requests", undefined, "DELETE");
    const tokens = await Promise.all(
      ids.map(async (id) => {
        const answers = await Promise.all(
          Array.from({ length: REQUESTS_PER_CONNECTION }, async (_, i) =>
            (i % 2 === 0 ? first : second).request(`${CONNECTIONS}/${id}/access_token`, {
              method: "POST",
              apiKey: tenant.apiKey,
              body: {},
            }),
          ),
        );
        expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([]);
        return answers.map(({ body }) => body.access_token as string);
      }),
    );
    // One refresh for each connection, and each gave the one token that all who asked were told.
    const { requests } = await first.control("requests?operation=token.refresh_token");
    expect(requests.map(({ outcome }: { outcome: string }) => outcome)).toEqual(ids.map(() => "ok"));
    for (const told of tokens) expect(new Set(told).size).toBe(1);
    await Promise.all(tokens.map(async ([token]) => expect(await works(token as string)).toBe(true)));
  }
  const states = await first.sql("select state, credentials_version from zoom_oauth_connections");
  expect(states).toEqual(ids.map(() => ({ state: "connected", credentials_version: 1 + ROUNDS })));
});

async function works(token: string): Promise<boolean> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`${first.simulator.url}/v2/users/me`, { headers })).ok;
}
