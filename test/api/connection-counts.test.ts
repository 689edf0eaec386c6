// The counts of an app's connections: right at once, and right under changes that meet.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askForNewToken, CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const SUMS = `select coalesce(sum(connected), 0)::int as connected, coalesce(sum(disconnected), 0)::int as disconnected
  from zoom_oauth_app_connection_counts where zoom_oauth_app_id = $1`;

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());
beforeEach(async () => {
  tenant = await stack.createTenant();
});

const connect = async (user_id?: string) =>
  (await createUnsynced(stack, tenant, await stack.authorize(tenant, user_id ? { user_id } : {}))).body;
const remove = async (id: string) =>
  await stack.request(`${CONNECTIONS}/${id}`, { method: "DELETE", apiKey: tenant.apiKey });
const counts = async () => {
  const answer = await stack.request(`/api/v1/zoom_oauth_apps/${tenant.appId}`, { apiKey: tenant.apiKey });
  return answer.body.connection_counts;
};
const countRows = async () =>
  (
    await stack.sql(
      "select connected, disconnected from zoom_oauth_app_connection_counts where zoom_oauth_app_id = $1",
      [tenant.appId],
    )
  ).length;
/** Whether the sums are those of the connections: both seen in one snapshot. */
const isExact = async () => {
  const [row] = await stack.sql(
    `select sums.connected = count(*) filter (where state = 'connected')
       and sums.disconnected = count(*) filter (where state = 'disconnected') as is_exact
     from (${SUMS}) sums left join zoom_oauth_connections on zoom_oauth_app_id = $1
     group by sums.connected, sums.disconnected`,
    [tenant.appId],
  );
  return row?.is_exact;
};

describe("an app's counts", () => {
  it("are right at once after a create, an end, a reconnect and a removal", async () => {
    expect(await counts()).toEqual({ connected: 0, disconnected: 0 });
    const { id, user_id } = await connect();
    expect(await counts()).toEqual({ connected: 1, disconnected: 0 });
    await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
    const token = await askForNewToken(stack, tenant, id);
    expect(token.body.code).toBe("connection_disconnected");
    expect(await counts()).toEqual({ connected: 0, disconnected: 1 });
    expect((await connect(user_id)).id).toBe(id);
    expect(await counts()).toEqual({ connected: 1, disconnected: 0 });
    const renamed = await stack.request(`/api/v1/zoom_oauth_apps/${tenant.appId}`, {
      method: "PATCH",
      apiKey: tenant.apiKey,
      body: { name: "Counted" },
    });
    expect(renamed.body.connection_counts).toEqual({ connected: 1, disconnected: 0 });
    await remove(id);
    expect(await counts()).toEqual({ connected: 0, disconnected: 0 });
  });

  it("are written where the state changes, and by nothing else", async () => {
    const { id, user_id } = await connect();
    await connect(user_id);
    await stack.sql("update zoom_oauth_connections set state = state, updated_at = now() where id = $1", [
      id,
    ]);
    await stack.request(`${CONNECTIONS}/${id}`, {
      method: "PATCH",
      apiKey: tenant.apiKey,
      body: { metadata: { a: "b" } },
    });
    expect(await countRows()).toBe(1);
  });

  it("are one row after a cron run, which the next one leaves alone; and none where nothing is left", async () => {
    const { id } = await connect();
    await connect();
    await connect();
    expect(await countRows()).toBe(3);
    await stack.runCron();
    expect(await countRows()).toBe(1);
    const folded = await stack.sql("select xmin, id from zoom_oauth_app_connection_counts");
    await stack.runCron();
    expect(await stack.sql("select xmin, id from zoom_oauth_app_connection_counts")).toEqual(folded);
    await remove(id);
    await stack.runCron();
    expect([await countRows(), await counts()]).toEqual([1, { connected: 2, disconnected: 0 }]);
    await stack.sql("delete from zoom_oauth_connections where zoom_oauth_app_id = $1", [tenant.appId]);
    await stack.runCron();
    expect([await countRows(), await counts()]).toEqual([0, { connected: 0, disconnected: 0 }]);
  });

  it("stay exact while 50 creates and removals meet cron runs", { timeout: 60_000 }, async () => {
    const doomed = await Promise.all(Array.from({ length: 25 }, async () => await connect()));
    let isOver = false;
    const watching = (async () => {
      const looks: unknown[] = [];
      while (!isOver) looks.push(await isExact());
      return looks;
    })();
    const cron = (async () => {
      while (!isOver) await Promise.all([stack.runCron(), stack.runCron(), stack.runCron()]);
    })();
    const answers = await Promise.all([
      ...Array.from({ length: 50 }, async () => (await connect()).state),
      ...doomed.map(async ({ id }) => (await remove(id)).status),
    ]);
    isOver = true;
    await cron;
    const looks = await watching;
    expect(looks.length).toBeGreaterThan(10);
    expect(new Set(looks)).toEqual(new Set([true]));
    expect(new Set(answers)).toEqual(new Set(["connected", 200]));
    expect(await counts()).toEqual({ connected: 50, disconnected: 0 });
    await stack.runCron();
    expect(await counts()).toEqual({ connected: 50, disconnected: 0 });
    expect(stack.logs().filter((line) => line.includes("due_work_failed"))).toEqual([]);
  });

  it("lose nothing where two folds overlap, and neither fold waits", async () => {
    await connect();
    await stack.runCron();
    await Promise.all([connect(), connect(), connect(), connect()]);
    // A fold in another transaction that has taken the sum and a half of the changes.
    const taken = `with taken as (
        delete from zoom_oauth_app_connection_counts where id in (
          select id from zoom_oauth_app_connection_counts
          where zoom_oauth_app_id = $1 order by id limit 3 for update skip locked
        ) returning zoom_oauth_app_id, master_key_id, connected, disconnected
      )
      insert into zoom_oauth_app_connection_counts (zoom_oauth_app_id, master_key_id, connected, disconnected, is_folded)
      select zoom_oauth_app_id, master_key_id, sum(connected), sum(disconnected), true from taken group by 1, 2`;
    await stack.holding([[taken, [tenant.appId]]], async () => {
      await stack.runCron();
      expect(await counts()).toEqual({ connected: 5, disconnected: 0 });
      // The other one's three, and the sum of the rest.
      expect(await countRows()).toBe(4);
    });
    expect([await counts(), await countRows()]).toEqual([{ connected: 5, disconnected: 0 }, 2]);
    await connect();
    await stack.runCron();
    expect([await counts(), await countRows()]).toEqual([{ connected: 6, disconnected: 0 }, 1]);
  });

  it("do not hinder the end of the app, and go with it", async () => {
    const { id } = await connect();
    await stack.runCron();
    const path = `/api/v1/zoom_oauth_apps/${tenant.appId}`;
    const removeApp = async () => await stack.request(path, { method: "DELETE", apiKey: tenant.apiKey });
    expect((await removeApp()).status).toBe(409);
    await remove(id);
    expect((await removeApp()).status).toBe(200);
    await stack.runCron();
    expect(await countRows()).toBe(0);
  });

  it("do not hinder the end of connections, app and project in one statement", async () => {
    await connect();
    await stack.sql(
      `with gone as (delete from zoom_oauth_connections where project_id = $1)
       delete from projects where id = $1`,
      [tenant.projectId],
    );
    await stack.runCron();
    expect(await countRows()).toBe(0);
  });
});
