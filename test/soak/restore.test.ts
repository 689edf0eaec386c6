// The day on which the database is lost: it is restored to an earlier hour, while Zoom has gone on. With the token journal
// every living connection gives tokens and what was removed stays removed; without it the loss is counted.

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, waitFor } from "../support/connections.ts";
import { dumpDatabase, restoreDatabase } from "../support/restore.ts";
import { IS_SOAK } from "../support/soak.ts";
import { ADMIN_API_KEY, type Stack, startStack, type Tenant } from "../support/stack.ts";

const CONNECTIONS_BEFORE = IS_SOAK ? 1_000 : 60;
/** Of ten connections so many are refreshed after the dump, and so many are removed; the rest is left alone. */
const REFRESHED = 5;
const REMOVED = 1;
const SIDE_BY_SIDE = 20;

interface Connection {
  id: string;
  user_id: string;
}

/** The work for each item, some at a time, in their order. */
async function forEach<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += SIDE_BY_SIDE) {
    results.push(...(await Promise.all(items.slice(start, start + SIDE_BY_SIDE).map(work))));
  }
  return results;
}

describe.each([true, false])("a restored database, journal: %s", (isJournaled) => {
  it("loses no connection with the journal, and without it those that were refreshed or made since", {
    timeout: 900_000,
  }, async () => {
    const stack = await startStack({ isJournaled });
    const tenant = await stack.createTenant();
    for (let run = 0; run < 3; run++) await stack.runCron();

    const connections = await forEach(Array.from({ length: CONNECTIONS_BEFORE }), async () =>
      connect(stack, tenant),
    );
    const part = (from: number, count: number) =>
      connections.filter((_, index) => index % 10 >= from && index % 10 < from + count);
    const refreshed = part(0, REFRESHED);
    const removed = part(REFRESHED, REMOVED);
    const untouched = part(REFRESHED + REMOVED, 10 - REFRESHED - REMOVED);
    await dumpDatabase(stack);

    await expireAll(stack);
    expect(statusesOf(await forEach(refreshed, async ({ id }) => await ask(stack, tenant, id)))).toEqual([
      200,
    ]);
    await forEach(removed, async ({ id }) => {
      const { apiKey } = tenant;
      // Half of the grants live on at Zoom, so that only the journal keeps their tokens from being handed out.
      const query = removed.findIndex((other) => other.id === id) % 2 === 0 ? "?revoke=false" : "";
      await stack.request(`${CONNECTIONS}/${id}${query}`, { method: "DELETE", apiKey });
    });
    const made = await forEach(
      [
        ...removed.slice(0, removed.length / 2).map(({ user_id }) => user_id),
        ...removed.map(() => undefined),
      ],
      async (userId) => connect(stack, tenant, userId),
    );
    if (isJournaled) await settled(stack, [...refreshed, ...made], removed);

    await restoreDatabase(stack);
    await expireAll(stack);
    const living = [...refreshed, ...untouched, ...made];
    if (isJournaled) {
      // Some are asked for before anybody has run anything.
      const healed = refreshed.slice(0, refreshed.length / 2);
      expect(statusesOf(await forEach(healed, async ({ id }) => await ask(stack, tenant, id)))).toEqual([
        200,
      ]);
      const output = await recover(stack);
      expect(output).toContain("Done.");
      expect(output).toMatch(new RegExp(`made ${made.length},`));
      expect(output).toMatch(/refused 0$/m);
      await expireAll(stack);
    }
    const answers = await forEach(living, async ({ id }) => await ask(stack, tenant, id));
    const lost = answers.filter(({ status }) => status !== 200).length;
    console.log(`journal ${isJournaled ? "on" : "off"}: ${lost} of ${living.length} living connections lost`);
    expect(lost).toBe(isJournaled ? 0 : refreshed.length + made.length);
    if (isJournaled) {
      const users = await forEach(answers, async ({ body }) => await userOf(stack, body.access_token));
      expect(users).toEqual(living.map(({ user_id }) => user_id));
      const gone = await forEach(removed, async ({ id }) => await ask(stack, tenant, id));
      expect(statusesOf(gone)).toEqual([404]);
      await recover(stack);
      expect(statusesOf(await forEach(removed, async ({ id }) => await ask(stack, tenant, id)))).toEqual([
        404,
      ]);
    }
    await stack.close();
  });
});

async function connect(stack: Stack, tenant: Tenant, userId?: string): Promise<Connection> {
  const code = await stack.authorize(tenant, userId === undefined ? {} : { user_id: userId });
  const { status, body } = await createUnsynced(stack, tenant, code);
  expect(status).toBe(201);
  return body;
}

async function ask(stack: Stack, { apiKey }: Tenant, id: string) {
  return await stack.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey });
}

function statusesOf(answers: { status: number }[]): number[] {
  return [...new Set(answers.map(({ status }) => status))];
}

async function expireAll(stack: Stack): Promise<void> {
  await stack.sql("update zoom_oauth_connections set access_token_expires_at = now()");
}

/** Whose access token it is, by Zoom's word. */
async function userOf(stack: Stack, accessToken: string): Promise<string> {
  const headers = { Authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${stack.simulator.url}/v2/users/me`, { headers });
  return ((await response.json()) as { id: string }).id;
}

/** Waits until the journal has the newest token set of each, and a tombstone for the others. */
async function settled(stack: Stack, kept: Connection[], removed: Connection[]): Promise<void> {
  const bucket = await stack.journal();
  const rows = await stack.sql("select id, credentials_version from zoom_oauth_connections");
  const versions = new Map(
    rows.map(({ id, credentials_version }) => [id as string, String(credentials_version)]),
  );
  await waitFor(
    async () => {
      const labels = new Map((await bucket.list()).map(({ key, customMetadata }) => [key, customMetadata]));
      const labelOf = ({ id }: Connection) => labels.get(`connections/${id}`);
      return (
        kept.every((connection) => labelOf(connection)?.version === versions.get(connection.id)) &&
        removed.every((connection) => labelOf(connection)?.removed_at !== undefined)
      );
    },
    "the journal",
    60_000,
  );
}

/** What `npm run recover` prints. */
async function recover(stack: Stack): Promise<string> {
  const child = spawn("npm", ["run", "-s", "recover", "--", "--url", stack.url.origin], {
    env: { ...process.env, ADMIN_API_KEY },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((done) => child.once("exit", done)),
  ]);
  expect(code, output).toBe(0);
  return output;
}
