// The cron and its schedules: a connection that needs work has a time for it whatever becomes of it, what is due is asked
// for once, and what needs nothing is left alone.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  askForNewToken,
  CONNECTIONS,
  createConnection,
  createUnsynced,
  waitFor,
} from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());
beforeEach(async () => {
  tenant = await stack.createTenant();
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

/** How often Zoom was asked by the test's own app: what an earlier test has left on the queue is another one's. */
const requests = async (query = "") =>
  (await stack.control(`requests${query}`)).requests.filter(
    (request: { client_id: string }) => request.client_id === tenant.clientId,
  ).length as number;
const failSyncs = async () =>
  await stack.control("faults", { operation: "users.me.meetings", kind: "status", status: 500, times: 0 });
const refreshes = async () => await requests("?operation=token.refresh_token");
const syncs = async () => await requests("?operation=users.me.meetings");
/** Long enough for the queue to have taken what the cron run has put there. */
const settle = async () => await new Promise((done) => setTimeout(done, 700));

/** The connection's user authorizes, with a sync after it or without. */
async function connect(isSynced: boolean, user_id?: string): Promise<{ id: string; user_id: string }> {
  const create = isSynced ? createConnection : createUnsynced;
  const { body } = await create(stack, tenant, await stack.authorize(tenant, user_id ? { user_id } : {}));
  return body;
}

const patch = async (id: string, body: object) =>
  await stack.request(`${CONNECTIONS}/${id}`, { method: "PATCH", apiKey: tenant.apiKey, body });

/** For each kind of work that is scheduled, in how many hours it is due. */
async function schedule(id: string): Promise<Record<string, number>> {
  const rows = await stack.sql(
    `select work, extract(epoch from due_at - now())::float8 / 3600 as hours
     from zoom_oauth_connection_schedules where zoom_oauth_connection_id = $1`,
    [id],
  );
  return Object.fromEntries(rows.map(({ work, hours }) => [work, hours]));
}

/** Lets both come due in so many hours, and says when the token set was given. */
async function setDue(ids: string[], hours: number, refreshedAgo = "25 days"): Promise<void> {
  await stack.sql(
    `update zoom_oauth_connection_schedules set due_at = now() + $2 * interval '1 hour'
     where zoom_oauth_connection_id = any($1)`,
    [ids, hours],
  );
  await stack.sql(
    "update zoom_oauth_connections set last_refreshed_at = now() - $2::interval where id = any($1)",
    [ids, refreshedAgo],
  );
}

/** The ids of new connections whose first sync, and whatever it asked of Zoom, is over. */
async function connectSynced(count: number): Promise<string[]> {
  const connections = await Promise.all(Array.from({ length: count }, async () => await connect(true)));
  const ids = connections.map(({ id }) => id);
  const unsynced =
    "select from zoom_oauth_connections where id = any($1) and last_successful_sync_at is null";
  await waitFor(async () => (await stack.sql(unsynced, [ids])).length === 0, "the first syncs");
  await stack.control("requests", undefined, "DELETE");
  return ids;
}

const DAY = 24;
const near = (hours: number) => expect.closeTo(hours, 0);
/** Ten minutes, in hours. */
const SOON = expect.closeTo(10 / 60, 1);
/** Some time between 20 and 30 days. */
const isRefreshTime = (hours: number | undefined) =>
  hours !== undefined && hours > 20 * DAY - 1 && hours <= 30 * DAY;

describe("a connection", () => {
  it("has a time for its refresh, and one for its sync where it hands out local recording tokens", async () => {
    const unsynced = await schedule((await connect(false)).id);
    expect([Object.keys(unsynced), isRefreshTime(unsynced.refresh)]).toEqual([["refresh"], true]);
    // Should the queue lose the first one.
    await failSyncs();
    const synced = await schedule((await connect(true)).id);
    expect([synced.sync, isRefreshTime(synced.refresh)]).toEqual([SOON, true]);
  });

  it("is synced four to seven days after a sync", async () => {
    const [id] = await connectSynced(1);
    const { sync } = await schedule(id as string);
    expect(sync).toBeGreaterThan(4 * DAY - 1);
    expect(sync).toBeLessThanOrEqual(7 * DAY);
  });

  it("has no times from its end to its return", async () => {
    const { id, user_id } = await connect(false);
    await setDue([id], 5);
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
    expect((await askForNewToken(stack, tenant, id)).body.code).toBe("connection_disconnected");
    expect(await schedule(id)).toEqual({});
    expect((await connect(false, user_id)).id).toBe(id);
    const { refresh, ...others } = await schedule(id);
    expect([isRefreshTime(refresh), others]).toEqual([true, {}]);
    await stack.request(`${CONNECTIONS}/${id}`, { method: "DELETE", apiKey: tenant.apiKey });
    expect(await schedule(id)).toEqual({});
  });

  it.each([
    ["a new grant's", "authorized_at = now(), is_local_recording_token_supported = true"],
    ["its end's", "state = 'disconnected'"],
  ])("leaves no times where its removal meets %s change", async (_whose, change) => {
    const [first, second] = await Promise.all([connect(false), connect(false)]);
    const update = `update zoom_oauth_connections set ${change} where id = $1`;
    const remove = "delete from zoom_oauth_connections where id = $1";
    let waiting: Promise<unknown> | undefined;
    await stack.holding([[update, [first.id]]], async () => {
      waiting = stack.sql(remove, [first.id]);
      await new Promise((done) => setTimeout(done, 200));
    });
    await waiting;
    await stack.holding([[remove, [second.id]]], async () => {
      waiting = stack.sql(update, [second.id]);
      await new Promise((done) => setTimeout(done, 200));
    });
    await waiting;
    expect([await schedule(first.id), await schedule(second.id)]).toEqual([{}, {}]);
  });

  it("keeps its times over a refresh and over changes that do not concern them", async () => {
    const { id } = await connect(false);
    await setDue([id], 50);
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
    await patch(id, { metadata: { any: "thing" } });
    expect(await schedule(id)).toEqual({ refresh: near(50) });
  });

  it("gets and loses the time for its sync with the capability", async () => {
    await failSyncs();
    const { id } = await connect(false);
    await setDue([id], 50);
    await patch(id, { is_local_recording_token_supported: true });
    expect(await schedule(id)).toEqual({ refresh: near(50), sync: SOON });
    await patch(id, { is_local_recording_token_supported: false });
    expect(await schedule(id)).toEqual({ refresh: near(50) });
  });

  it("that authorizes anew is synced within minutes, and not later than it would have been", async () => {
    await failSyncs();
    const { id, user_id } = await connect(true);
    await setDue([id], 90);
    await connect(true, user_id);
    expect(await schedule(id)).toEqual({ refresh: near(90), sync: SOON });
    const inThreeMinutes = expect.closeTo(3 / 60, 1);
    await setDue([id], 3 / 60);
    await connect(true, user_id);
    expect(await schedule(id)).toEqual({ refresh: inThreeMinutes, sync: inThreeMinutes });
  });
});

describe("a cron run", () => {
  it("asks once for what is due, however many runs overlap, and sets the next time", async () => {
    const ids = await connectSynced(20);
    await setDue(ids, -0.1, "20 days 1 minute");
    await Promise.all([stack.runCron(), stack.runCron(), stack.runCron()]);
    await waitFor(async () => (await syncs()) >= 20 && (await refreshes()) >= 20, "the work");
    await settle();
    expect([await syncs(), await refreshes()]).toEqual([20, 20]);
    const [row] = await stack.sql(
      `select min(due_at) filter (where work = 'sync') > now() + interval '3 days' as sync,
         min(due_at) filter (where work = 'refresh') > now() + interval '23 hours' as refresh,
         count(distinct due_at) filter (where work = 'sync')::int as spread
       from zoom_oauth_connection_schedules where zoom_oauth_connection_id = any($1)`,
      [ids],
    );
    expect(row).toEqual({ sync: true, refresh: true, spread: 20 });
  });

  it("leaves what was refreshed in the last 20 days, and looks again before 30 have passed", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await connect(false)).id);
    await setDue(ids, -0.1, "19 days 23 hours");
    await stack.runCron();
    const [row] = await stack.sql(
      `select min(due_at) > now() as is_later, max(due_at - last_refreshed_at) <= interval '30 days' as is_in_time,
         count(distinct due_at)::int as spread
       from zoom_oauth_connection_schedules join zoom_oauth_connections on id = zoom_oauth_connection_id
       where id = any($1)`,
      [ids],
    );
    expect(row).toEqual({ is_later: true, is_in_time: true, spread: 5 });
    await settle();
    expect(await refreshes()).toBe(0);
  });

  it("leaves what is not due yet, and what has ended", async () => {
    const [early, ended] = (await connectSynced(2)) as [string, string];
    await setDue([early], 0.1);
    await setDue([ended], -0.1);
    await stack.sql("update zoom_oauth_connections set state = 'disconnected' where id = $1", [ended]);
    await stack.runCron();
    await settle();
    expect(await requests()).toBe(0);
  });

  it("asks again the next day where the work was lost", async () => {
    const { id } = await connect(false);
    await setDue([id], -0.1);
    // Not lost, but as good as: it leads to nothing.
    await stack.control("faults", {
      operation: "token.refresh_token",
      kind: "status",
      status: 500,
      times: 0,
    });
    await stack.runCron();
    await waitFor(async () => (await refreshes()) > 0, "the refresh");
    expect(await schedule(id)).toEqual({ refresh: near(DAY) });
  });

  it("leaves no connection out that ends and returns while it looks", { timeout: 60_000 }, async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, async () => await connect(true)));
    const ids = connections.map(({ id }) => id);
    let isOver = false;
    const cron = (async () => {
      while (!isOver) {
        await setDue(ids, -0.1, "1 day");
        await Promise.all([stack.runCron(), stack.runCron()]);
      }
    })();
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        ids.map(async (id) => {
          await stack.sql("update zoom_oauth_connections set state = 'disconnected' where id = $1", [id]);
          await stack.sql("update zoom_oauth_connections set state = 'connected' where id = $1", [id]);
        }),
      );
    }
    isOver = true;
    await cron;
    const works = await Promise.all(ids.map(async (id) => Object.keys(await schedule(id)).sort()));
    expect(works).toEqual(ids.map(() => ["refresh", "sync"]));
    expect(stack.logs().filter((line) => line.includes("due_work_failed"))).toEqual([]);
  });
});
