// Syncs of meetings: bounded round trips, nothing lost, nothing twice at a time.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CONNECTIONS, createConnection, eventTypes, waitFor } from "../support/connections.ts";
import { IS_SOAK } from "../support/soak.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { eachDoubt, setZoom } from "../support/zoom-doubts.ts";

/** How many connections are synced side by side. */
const CONNECTION_COUNT = IS_SOAK ? 100 : 20;
/** How long Zoom limits the app, in milliseconds. */
const LIMIT_MS = process.env.TRIALS !== undefined ? 60_000 : IS_SOAK ? 10_000 : 5_000;

interface Connection {
  id: string;
  user_id: string;
}

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());
afterEach(async () => {
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

async function connect(of: Tenant = tenant): Promise<Connection> {
  const answer = await createConnection(stack, of, await stack.authorize(of));
  expect(answer.status).toBe(201);
  return answer.body;
}

const read = async (id: string, of = tenant) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: of.apiKey })).body;
const askForSync = async (id: string, of = tenant) =>
  await stack.request(`${CONNECTIONS}/${id}/sync`, { method: "POST", apiKey: of.apiKey });
const isSynced = async (id: string, after: string | null = null) => {
  const { last_successful_sync_at } = await read(id);
  return last_successful_sync_at !== null && last_successful_sync_at !== after && last_successful_sync_at;
};
const mapped = async (id: string) =>
  (
    await stack.sql("select meeting_id::text as id from zoom_meetings where zoom_oauth_connection_id = $1", [
      id,
    ])
  ).map((row) => row.id as string);
const lists = async () =>
  (await stack.control("requests?operation=users.me.meetings")).requests as {
    user_id: string;
    outcome: string;
    t: number;
  }[];

describe("a sync", () => {
  it("follows a create by itself, and maps meetings and the personal meeting id", async () => {
    const user = await stack.control("users", { pmi: 3542471135 });
    await stack.control("meetings", { user_id: user.id, id: 987654321 });
    await stack.control("meetings", { user_id: user.id, id: 987654322, pmi: "97891943927" });
    const { body } = await createConnection(
      stack,
      tenant,
      await stack.authorize(tenant, { user_id: user.id }),
    );
    await waitFor(async () => await isSynced(body.id), "the sync");
    expect((await mapped(body.id)).sort()).toEqual(
      ["3542471135", "97891943927", "987654321", "987654322"].sort(),
    );
    expect(await eventTypes(stack, body.id)).toEqual(["created", "synced"]);
    const { last_attempted_sync_at, last_successful_sync_at } = await read(body.id);
    expect(last_attempted_sync_at <= last_successful_sync_at).toBe(true);
  });

  it("follows each of many creates at once, once", async () => {
    const connections = await Promise.all(Array.from({ length: 30 }, async () => await connect()));
    await waitFor(
      async () => (await Promise.all(connections.map(({ id }) => isSynced(id)))).every(Boolean),
      "a sync of each",
    );
    const users = (await lists()).map(({ user_id }) => user_id).sort();
    expect(users).toEqual(connections.map(({ user_id }) => user_id).sort());
  });

  it("is asked for with 202, and refused for a connection that is disconnected", async () => {
    const { id } = await connect();
    const first = await waitFor(async () => await isSynced(id), "the first sync");
    expect((await askForSync(id)).status).toBe(202);
    await waitFor(async () => await isSynced(id, first), "the second sync");
    await stack.sql("update zoom_oauth_connections set state = 'disconnected' where id = $1", [id]);
    const refused = await askForSync(id);
    expect([refused.status, refused.body.code]).toEqual([409, "connection_disconnected"]);
  });

  it("takes a meeting over from another connection of the app, and forgets what no sync has seen for 30 days", async () => {
    const { id, user_id } = await connect();
    const other = await connect();
    await waitFor(async () => (await isSynced(id)) && (await isSynced(other.id)), "the first syncs");
    await stack.sql(
      `insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id, last_seen_at)
       values ($1, 111111111, $2, now() - interval '31 days'), ($1, 222222222, $2, now() - interval '29 days'),
         ($1, 333333333, $3, now())`,
      [tenant.appId, id, other.id],
    );
    await stack.control("meetings", { user_id, id: 333333333 });
    const before = (await read(id)).last_successful_sync_at;
    await askForSync(id);
    await waitFor(async () => await isSynced(id, before), "the sync");
    const ids = await mapped(id);
    expect(ids).toContain("222222222");
    expect(ids).toContain("333333333");
    expect(ids).not.toContain("111111111");
    expect(await mapped(other.id)).not.toContain("333333333");
  });

  it.each(eachDoubt("sync"))("ends at the last page of meetings, where %s", async (_name, zoom) => {
    setZoom(stack, zoom);
    const { id, user_id } = await connect();
    const first = await waitFor(async () => await isSynced(id), "the first sync");
    await stack.control("meetings", { user_id, count: 301 });
    await stack.control("requests", undefined, "DELETE");
    await askForSync(id);
    await waitFor(async () => await isSynced(id, first), "the sync");
    expect(await lists()).toHaveLength(2);
    expect((await mapped(id)).length).toBeGreaterThanOrEqual(301);
    setZoom(stack, {});
  });

  it(`of ${CONNECTION_COUNT} connections with 1,000 meetings each costs 4 lists and at most 6 database round trips each`, {
    timeout: 120_000,
  }, async () => {
    const many = await stack.createTenant();
    const connections = await Promise.all(
      Array.from({ length: CONNECTION_COUNT }, async () => await connect(many)),
    );
    const isDone = async () => {
      const [row] = await stack.sql(
        "select count(*)::int as count from zoom_oauth_connections where zoom_oauth_app_id = $1 and last_successful_sync_at >= last_attempted_sync_at and sync_lease_owner is null",
        [many.appId],
      );
      return row?.count === connections.length;
    };
    await waitFor(isDone, "the first syncs");
    for (const { user_id } of connections) await stack.control("meetings", { user_id, count: 1_000 });
    // As every week: the access token has expired long ago, so that each sync refreshes as well.
    await stack.sql(
      "update zoom_oauth_connections set access_token_expires_at = now() where zoom_oauth_app_id = $1",
      [many.appId],
    );
    await stack.control("requests", undefined, "DELETE");
    stack.gateway.clearRequests();
    await Promise.all(
      connections.map(async ({ id }) => expect((await askForSync(id, many)).status).toBe(202)),
    );
    await waitFor(
      async () => (await lists()).length >= 4 * CONNECTION_COUNT && (await isDone()),
      "the syncs of 1,000 meetings",
      60_000,
    );
    expect(await lists()).toHaveLength(4 * CONNECTION_COUNT);
    const asked = stack.gateway.requests.length - connections.length;
    expect(asked / connections.length).toBeLessThanOrEqual(6);
    const [row] = await stack.sql(
      "select count(*)::int as count from zoom_meetings where zoom_oauth_app_id = $1",
      [many.appId],
    );
    expect(row?.count).toBeGreaterThanOrEqual(1_000 * CONNECTION_COUNT);
  });

  it("that meets 429 waits as long as Zoom says, for all of the app, and none is lost or runs twice at once", {
    timeout: 180_000,
  }, async () => {
    const limited = await stack.createTenant();
    const connections = await Promise.all(Array.from({ length: 12 }, async () => await connect(limited)));
    const all = async (after: Map<string, string>) => {
      const bodies = await Promise.all(connections.map(async ({ id }) => await read(id, limited)));
      return (
        bodies.every(
          (body) =>
            body.last_successful_sync_at !== null && body.last_successful_sync_at !== after.get(body.id),
        ) && bodies
      );
    };
    const before = await waitFor(async () => await all(new Map()), "the first syncs");
    await stack.control("requests", undefined, "DELETE");
    await stack.control("faults", { operation: "api", kind: "rate_limit", retry_after: 2, times: 0 });
    for (const { id } of connections) await askForSync(id, limited);
    await new Promise((done) => setTimeout(done, LIMIT_MS));
    // The app as a whole waits: a call now and then, not one for each connection and second.
    const refused = (await stack.control("requests")).requests.length;
    expect(refused).toBeLessThan(connections.length * 3 + LIMIT_MS / 500);
    await stack.control("faults", undefined, "DELETE");
    const times = new Map(before.map((body) => [body.id as string, body.last_successful_sync_at as string]));
    await waitFor(async () => await all(times), "every sync after the limit", 90_000);
    const granted = (await lists()).filter(({ outcome }) => outcome === "ok").map(({ user_id }) => user_id);
    expect(granted.sort()).toEqual(connections.map(({ user_id }) => user_id).sort());
  });
});
