// What Zoom gave is on the queue, in the token journal, or on its way, while the database is restored to an earlier moment, or
// while Zoom's word of a removal and a new grant meet in the wrong order. The newest token set of each connection lives on.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  askForNewToken,
  CONNECTIONS,
  createUnsynced,
  expireAccessToken,
  waitFor,
} from "../support/connections.ts";
import { dumpDatabase, restoreDatabase } from "../support/restore.ts";
import { ADMIN, type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createTenantWithSecret, sendRemoval } from "../support/zoom-events.ts";

const SECRET = "a-secret-of-the-app";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack({ isJournaled: true, canQueueFail: true });
  tenant = await createTenantWithSecret(stack, SECRET);
  // The journal is on, and filled.
  for (let run = 0; run < 3; run++) await stack.runCron();
});
afterEach(async () => {
  stack.gateway.setFault(null);
  await stack.setQueueAway(false);
  await stack.control("faults", undefined, "DELETE");
});
afterAll(async () => await stack.close());

interface Connected {
  id: string;
  user_id: string;
  account_id: string;
}

/** Connects a user, and waits until the journal has the token set. */
async function connect(user?: string): Promise<Connected> {
  const code = await stack.authorize(tenant, user === undefined ? {} : { user_id: user });
  const { status, body } = await createUnsynced(stack, tenant, code);
  expect(status).toBe(201);
  await waitFor(async () => (await entry(body.id))?.version !== undefined, "the entry");
  return body;
}

/** What stands beside the connection's entry in the journal. */
async function entry(id: string): Promise<Record<string, string> | undefined> {
  const objects = await (await stack.journal()).list();
  return objects.find(({ key }) => key === `connections/${id}`)?.customMetadata;
}

const kept = async () =>
  (await (await stack.journal()).list()).filter(({ key }) => key.startsWith("kept/")).length;

const ask = async (id: string) =>
  await stack.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey: tenant.apiKey });

/** The status of a request for a token that takes a refresh. */
const refreshed = async (id: string) => (await askForNewToken(stack, tenant, id)).status;

/** No new token set gets into the database from now on, and so onto the queue. */
const refuseTokenSets = () =>
  stack.gateway.setFault({ kind: "drop", matching: (text) => /^\/\* store_token_set \*\//.test(text) });

/** Lets token sets in again, and waits until the queue has done with those of these connections. */
async function settleQueue(...ids: string[]): Promise<void> {
  stack.gateway.setFault(null);
  for (const id of ids) {
    const isDone = (line: string) => line.includes(id) && /"token_set_(superseded|stored_late)"/.test(line);
    await waitFor(async () => stack.logs().some(isDone), "the queue", 60_000);
  }
}

/** `npm run recover`: the sums of all its pages. */
async function recover(): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  let cursor: string | null = null;
  do {
    const { body } = await stack.request("/api/v1/recovery", {
      method: "POST",
      headers: ADMIN,
      body: { cursor },
    });
    for (const [name, count] of Object.entries(body)) {
      if (typeof count === "number") sums[name] = (sums[name] ?? 0) + count;
    }
    cursor = body.cursor;
  } while (cursor !== null);
  return sums;
}

describe("a token set on the queue", { timeout: 120_000 }, () => {
  afterEach(async () => {
    await stack.sql("drop schema if exists dump cascade");
    await recover();
  });

  it("gets into a database that is restored meanwhile, and into a row that is made again later", async () => {
    const older = await connect();
    await dumpDatabase(stack);
    expect(await refreshed(older.id)).toBe(200);
    await waitFor(async () => (await entry(older.id))?.version === "2", "the entry");
    const later = await connect();
    refuseTokenSets();
    for (const { id } of [older, later]) expect(await refreshed(id)).toBe(503);
    await restoreDatabase(stack);
    await settleQueue(older.id, later.id);
    expect(await recover()).toMatchObject({ made: 1 });
    for (const { id } of [older, later]) expect(await refreshed(id)).toBe(200);
  });

  it("brings a restored connection back that was refused with its old token set meanwhile", async () => {
    const { id } = await connect();
    await dumpDatabase(stack);
    // The journal knows nothing newer.
    const { id: _, ...journaled } = (await entry(id)) ?? {};
    expect(journaled.version).toBe("1");
    refuseTokenSets();
    expect(await refreshed(id)).toBe(503);
    await restoreDatabase(stack);
    const refused = await askForNewToken(stack, tenant, id);
    expect([refused.status, refused.body.code]).toEqual([409, "connection_disconnected"]);
    await settleQueue(id);
    expect(await refreshed(id)).toBe(200);
  });

  it("does not overwrite what the user authorized after the restore", async () => {
    const { id, user_id } = await connect();
    await dumpDatabase(stack);
    expect(await refreshed(id)).toBe(200);
    refuseTokenSets();
    expect(await refreshed(id)).toBe(503);
    await restoreDatabase(stack);
    expect((await connect(user_id)).id).toBe(id);
    await settleQueue(id);
    expect(await refreshed(id)).toBe(200);
    await waitFor(async () => (await entry(id))?.version === "3", "the entry");
    expect(await recover()).toMatchObject({ updated: 0 });
    expect(await refreshed(id)).toBe(200);
  });

  it("is not lost to a recovery beside the traffic, where the end of its grant is doubted", async () => {
    const before = new Date(Date.now() - 60_000);
    const connected = await connect();
    expect((await sendRemoval(stack, tenant, connected, before)).status).toBe(200);
    const isDoubted = (line: string) => line.includes(connected.id) && line.includes("grant_end_doubted");
    await waitFor(async () => stack.logs().some(isDoubted), "the doubt");
    refuseTokenSets();
    await expireAccessToken(stack, connected.id);
    expect((await ask(connected.id)).status).toBe(503);
    expect(await recover()).toMatchObject({ updated: 0 });
    await settleQueue(connected.id);
    expect(await refreshed(connected.id)).toBe(200);
  });
});

describe("messages of token sets in a restored database", { timeout: 60_000 }, () => {
  interface Row {
    credentials: string;
    credentials_version: number;
    authorized_at: string;
    leased_at: string;
  }

  /** The row as it is, and a moment in which a lease could begin. */
  async function snapshot(id: string): Promise<Row> {
    const [row] = await stack.sql(
      `select credentials, credentials_version, to_char(authorized_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as authorized_at,
         to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as leased_at
       from zoom_oauth_connections where id = $1`,
      [id],
    );
    return row as unknown as Row;
  }

  /** Puts the message on the queue that would store the later row's token set, and waits until it has had its effect. */
  async function deliver(id: string, before: Row, after: Row): Promise<void> {
    const done = () =>
      stack.logs().filter((line) => line.includes(id) && /"token_set_(superseded|stored_late)"/.test(line))
        .length;
    const earlier = done();
    await stack.enqueue("zoom-oauth-connections-jobs", {
      type: "store_tokens",
      version: 1,
      zoom_oauth_connection_id: id,
      replaces_version: before.credentials_version,
      credentials: after.credentials,
      access_token_expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      authorized_at: before.authorized_at,
      leased_at: before.leased_at,
    });
    await waitFor(async () => done() > earlier, "the message");
  }

  it("that follow each other both count, and one that is delivered twice does so once", async () => {
    const { id } = await connect();
    await dumpDatabase(stack);
    const rows: Row[] = [];
    for (let version = 1; version <= 4; version++) {
      rows.push(await snapshot(id));
      expect(await refreshed(id)).toBe(200);
    }
    const [, second, third, fourth] = rows as [Row, Row, Row, Row];
    const newest = await snapshot(id);
    await restoreDatabase(stack);
    await stack.sql("drop schema dump cascade");
    await deliver(id, second, third);
    await deliver(id, third, fourth);
    await deliver(id, fourth, newest);
    expect((await snapshot(id)).credentials_version).toBe(newest.credentials_version);
    expect(await refreshed(id)).toBe(200);
    await deliver(id, third, fourth);
    await deliver(id, fourth, newest);
    expect(await refreshed(id)).toBe(200);
  });

  it("that is older than the row's newest refresh counts no more, although the version is the same", async () => {
    const { id } = await connect();
    const first = await snapshot(id);
    expect(await refreshed(id)).toBe(200);
    const second = await snapshot(id);
    const earlier = new Date(Date.parse(second.leased_at) - 60_000).toISOString();
    await deliver(id, { ...second, leased_at: earlier }, first);
    expect((await snapshot(id)).credentials_version).toBe(second.credentials_version);
    expect(await refreshed(id)).toBe(200);
  });

  it("a grant waits for its app to be put back", async () => {
    const own = await createTenantWithSecret(stack, SECRET);
    const { id: user_id } = await stack.control("users", {});
    const code = await stack.authorize(own, { user_id });
    await stack.control("faults", { operation: "users.me", kind: "status", status: 500, times: 0 });
    expect((await createUnsynced(stack, own, code)).status).toBe(503);
    const [app] = await stack.sql("select to_jsonb(app) as row from zoom_oauth_apps app where id = $1", [
      own.appId,
    ]);
    await stack.sql("delete from zoom_oauth_apps where id = $1", [own.appId]);
    await stack.control("access_tokens/expire", { client_id: own.clientId });
    await stack.control("faults", undefined, "DELETE");
    await new Promise((done) => setTimeout(done, 5_000));
    await stack.sql(
      "insert into zoom_oauth_apps select * from jsonb_populate_record(null::zoom_oauth_apps, $1)",
      [JSON.stringify(app?.row)],
    );
    const found = "select id from zoom_oauth_connections where user_id = $1";
    await waitFor(async () => (await stack.sql(found, [user_id])).length > 0, "the connection", 50_000);
  });
});

it("a kept grant that is renewed while it is brought in stays kept", { timeout: 120_000 }, async () => {
  const { id: user_id } = await stack.control("users", {});
  const code = await stack.authorize(tenant, { user_id });
  await stack.control("faults", { operation: "users.me", kind: "status", status: 500, times: 0 });
  await stack.setQueueAway(true);
  expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
  await waitFor(async () => (await kept()) === 1, "the kept grant");
  // Zoom is back, an hour later. The queue is not, and who the user is Zoom does not say.
  await stack.control("access_tokens/expire", { client_id: tenant.clientId });
  await stack.control("faults", undefined, "DELETE");
  await stack.control("faults", { operation: "users.me", kind: "status", status: 401, times: 1 });
  await stack.control("faults", { operation: "users.me", kind: "status", status: 500, times: 5 });
  await stack.runCron();
  const { requests } = await stack.control("requests?operation=token.refresh_token");
  expect(requests.at(-1)).toMatchObject({ client_id: tenant.clientId, outcome: "ok" });
  expect(await kept()).toBe(1);
  await stack.control("faults", undefined, "DELETE");
  await stack.setQueueAway(false);
  await stack.runCron();
  const found = "select id from zoom_oauth_connections where user_id = $1";
  const rows = await waitFor(
    async () => {
      const rows = await stack.sql(found, [user_id]);
      return rows.length > 0 && rows;
    },
    "the connection",
    60_000,
  );
  expect((await createUnsynced(stack, tenant, code)).body.id).toBe(rows[0]?.id);
});

it("a grant that was given before a removal is told keeps its entry, and recovery leaves it alone", {
  timeout: 60_000,
}, async () => {
  const { id, user_id, account_id } = await connect();
  await new Promise((done) => setTimeout(done, 2_100));
  const removedAt = new Date();
  await new Promise((done) => setTimeout(done, 2_100));
  // Zoom has given the new grant, and is slow to say who the user is.
  await stack.control("faults", { operation: "users.me", kind: "delay", delay_ms: 3_000 });
  const creating = createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
  await waitFor(async () => {
    const grants = await stack.control(`grants?user_id=${user_id}`, undefined, "GET");
    return grants.some(({ generation }: { generation: number }) => generation > 1);
  }, "the exchange");
  expect((await sendRemoval(stack, tenant, { user_id, account_id }, removedAt)).status).toBe(200);
  await waitFor(async () => (await entry(id))?.removed_at !== undefined, "the tombstone");
  expect((await creating).body).toMatchObject({ id, state: "connected" });
  await waitFor(async () => (await entry(id))?.version !== undefined, "the entry");
  expect(await recover()).toMatchObject({ removed: 0, erased: 0 });
  expect(await refreshed(id)).toBe(200);
});

/** A user who has authorized twice, and a database that was restored to the moment between. `told`: when Zoom's word is from. */
async function restoreBeforeSecond(told: "between" | "after"): Promise<Connected> {
  const connected = await connect();
  await dumpDatabase(stack);
  await new Promise((done) => setTimeout(done, 2_100));
  const between = new Date();
  await new Promise((done) => setTimeout(done, 2_100));
  expect((await connect(connected.user_id)).id).toBe(connected.id);
  await waitFor(async () => (await entry(connected.id))?.version === "2", "the second grant");
  await new Promise((done) => setTimeout(done, 2_100));
  await restoreDatabase(stack);
  await stack.sql("drop schema dump cascade");
  const at = told === "between" ? between : new Date();
  expect((await sendRemoval(stack, tenant, connected, at)).status).toBe(200);
  const isEnded = "select from zoom_oauth_connections where id = $1 and state = 'disconnected'";
  await waitFor(async () => (await stack.sql(isEnded, [connected.id])).length > 0, "the end");
  return connected;
}

it("a removal from before the newest grant, told after a restore, does not keep that grant out", {
  timeout: 60_000,
}, async () => {
  const { id } = await restoreBeforeSecond("between");
  expect(await recover()).toMatchObject({ updated: 1 });
  expect(await refreshed(id)).toBe(200);
});

it("a removal from after the newest grant, told after a restore, ends that grant too", {
  timeout: 60_000,
}, async () => {
  const { id } = await restoreBeforeSecond("after");
  await waitFor(async () => (await entry(id))?.removed_at !== undefined, "the tombstone");
  expect(await recover()).toMatchObject({ updated: 0 });
  expect(await refreshed(id)).toBe(409);
});

it("an entry that a tombstone keeps out is looked at again", async () => {
  const { id } = await connect();
  const tombstone = { removed_at: "2999-01-01T00:00:00.000000Z" };
  await (await stack.journal()).put(`connections/${id}`, "", tombstone);
  await stack.sql(
    "update zoom_oauth_connections set updated_at = updated_at + interval '1 second' where id = $1",
    [id],
  );
  await stack.sql("update token_journal_checks set due_at = now() where zoom_oauth_connection_id = $1", [id]);
  await stack.runCron();
  const left = await stack.sql(
    "select due_at > now() as is_later from token_journal_checks where zoom_oauth_connection_id = $1",
    [id],
  );
  expect(left).toEqual([{ is_later: true }]);
  await (await stack.journal()).delete(`connections/${id}`);
});

it("what is removed while a release without the bucket runs is not made again", async () => {
  const [stays, goes] = [await connect(), await connect()];
  const without = await startStack({ database: stack.database });
  try {
    await without.runCron();
    await stack.sql("delete from zoom_oauth_connections where id = $1", [goes.id]);
    await without.runCron();
  } finally {
    await without.close();
  }
  await stack.sql("update token_journal_checks set due_at = now()");
  await stack.runCron();
  expect(await entry(goes.id)).toMatchObject({ removed_at: expect.any(String) });
  expect(await recover()).toMatchObject({ made: 0, removed: 0 });
  expect(await refreshed(stays.id)).toBe(200);
});
