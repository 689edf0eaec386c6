// Messages that a queue gave up, and those of other releases: kept, shown without their content, and resent. None is dropped.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced, waitFor } from "../support/connections.ts";
import { ADMIN, type Stack, startStack, type Tenant } from "../support/stack.ts";

const DEAD = "zoom-oauth-connections-jobs-dead";
const QUEUES = ["jobs", "events", "due"].map((name) => `zoom-oauth-connections-${name}`);

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

const list = async () =>
  (await stack.request("/api/v1/dead_letters", { headers: ADMIN })).body.results as Record<string, unknown>[];
const resend = async (id: unknown) =>
  await stack.request(`/api/v1/dead_letters/${id}/resend`, { method: "POST", headers: ADMIN, body: {} });
const connect = async () => (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body;
const versionOf = async (id: string) =>
  (
    await stack.sql("select credentials_version as version from zoom_oauth_connections where id = $1", [id])
  )[0]?.version;

/** A token set as a refresh would have handed it over, sealed for the connection. */
async function storeTokens(id: string) {
  const [row] = await stack.sql(
    "select credentials, credentials_version from zoom_oauth_connections where id = $1",
    [id],
  );
  return {
    type: "store_tokens",
    version: 1,
    zoom_oauth_connection_id: id,
    replaces_version: row?.credentials_version,
    credentials: row?.credentials,
    access_token_expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
}

it.each(QUEUES)(
  "a token set is stored from each queue, with fields that this release does not know: %s",
  async (queue) => {
    const { id } = await connect();
    const before = Number(await versionOf(id));
    await stack.enqueue(queue, { ...(await storeTokens(id)), from_the_future: { nested: true } });
    await waitFor(async () => Number(await versionOf(id)) === before + 1, "the token set");
  },
);

it("a token set that a queue gave up is kept, and stored all the same", async () => {
  const { id } = await connect();
  const message = await storeTokens(id);
  const before = Number(await versionOf(id));
  await stack.enqueue(DEAD, message);
  await waitFor(
    async () => (await list()).some((letter) => letter.zoom_oauth_connection_id === id),
    "the letter",
  );
  const letter = (await list()).find((one) => one.zoom_oauth_connection_id === id);
  expect(letter).toMatchObject({ type: "store_tokens", resent_at: expect.any(String) });
  expect(JSON.stringify(letter)).not.toContain(message.credentials);
  expect((await resend(letter?.id)).status).toBe(202);
  await waitFor(async () => Number(await versionOf(id)) === before + 1, "the token set");
});

it("a message of a newer release is kept until that release reads it: resent, it has its effect", async () => {
  const { id } = await connect();
  const message = await storeTokens(id);
  const before = Number(await versionOf(id));
  await stack.enqueue(DEAD, { ...message, version: 2 });
  await waitFor(async () => (await list()).some((one) => one.zoom_oauth_connection_id === id), "the letter");
  const letter = (await list()).find((one) => one.zoom_oauth_connection_id === id);
  expect(letter?.resent_at).toBeNull();
  // What the newer release reads, this one reads in its own version.
  await stack.sql("update dead_letters set body = jsonb_set(body, '{version}', '1') where id = $1", [
    letter?.id,
  ]);
  const answer = await resend(letter?.id);
  expect([answer.status, answer.body.resent_at]).toEqual([202, expect.any(String)]);
  await waitFor(async () => Number(await versionOf(id)) === before + 1, "the token set");
});

it.each([
  ["null", null],
  ["a text", "text"],
  ["an unknown kind", { type: "dance", version: 9 }],
])("%s is kept", async (_what, body) => {
  const before = (await list()).length;
  await stack.enqueue(DEAD, body);
  await waitFor(async () => (await list()).length === before + 1, "the letter");
  const [letter] = await list();
  expect(letter).toMatchObject({ zoom_oauth_connection_id: null, resent_at: null });
  expect((await stack.request(`${CONNECTIONS}`, { apiKey: tenant.apiKey })).status).toBe(200);
});

it("an unknown dead letter is not found", async () => {
  expect((await resend("dl_0000000000000000")).status).toBe(404);
});
