// The token journal: each token set once more, outside of the database, and what is read from it.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JournalBucket } from "../../dev/workerd.ts";
import { askForNewToken, CONNECTIONS, createUnsynced, eventTypes, waitFor } from "../support/connections.ts";
import { ADMIN, type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;
let bucket: JournalBucket;

beforeAll(async () => {
  stack = await startStack({ isJournaled: true, canQueueFail: true });
  tenant = await stack.createTenant();
  bucket = await stack.journal();
  await turnOn();
});
afterAll(async () => await stack.close());
beforeEach(async () => {
  stack.gateway.setFault(null);
  await stack.setQueueAway(false);
});

/** The first run turns the journal on, the second asks for checks of what there is, and the third makes them. */
async function turnOn(): Promise<void> {
  for (let run = 0; run < 3; run++) await stack.runCron();
}

type Body = Answer["body"];

async function connect(changes: Record<string, unknown> = {}, user?: string): Promise<Body> {
  const code = await stack.authorize(tenant, user ? { user_id: user } : {});
  const { status, body } = await createUnsynced(stack, tenant, code, changes);
  expect(status).toBe(201);
  return body;
}

const labelOf = async (id: string) =>
  (await bucket.list()).find(({ key }) => key === `connections/${id}`)?.customMetadata;

const versionInJournal = async (id: string) => Number((await labelOf(id))?.version);

/** Waits until the journal has this version of the connection's token set. */
const journaled = async (id: string, version: number) =>
  await waitFor(async () => (await versionInJournal(id)) === version, `version ${version} in the journal`);

const buried = async (id: string) =>
  await waitFor(async () => (await labelOf(id))?.removed_at, "the tombstone");

async function readRow(id: string): Promise<Body> {
  return (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey })).body;
}

const remove = async (id: string, query = "") =>
  await stack.request(`${CONNECTIONS}/${id}${query}`, { method: "DELETE", apiKey: tenant.apiKey });

/** The rows of connections and what hangs on them, as a dump would have them. */
async function dump(): Promise<Record<string, unknown>[]> {
  return await stack.sql("select row_to_json(row) as row from zoom_oauth_connections row");
}

/** The database has the connections of the dump, and no others. */
async function restore(rows: Record<string, unknown>[]): Promise<void> {
  await stack.sql("delete from token_journal_checks");
  await stack.sql("delete from zoom_oauth_connections");
  const [{ columns }] = (await stack.sql(
    `select string_agg(column_name, ', ') as columns from information_schema.columns
     where table_name = 'zoom_oauth_connections' and is_generated = 'NEVER'`,
  )) as [{ columns: string }];
  for (const { row } of rows) {
    await stack.sql(
      `insert into zoom_oauth_connections (${columns})
       select ${columns} from json_populate_record(null::zoom_oauth_connections, $1)`,
      [JSON.stringify(row)],
    );
  }
  // What the triggers have noted is no change that the dump knows of.
  await stack.sql("delete from token_journal_checks");
}

/** The key of what neither the database nor the queue took. */
const findKept = async () => (await bucket.list()).find(({ key }) => key.startsWith("kept/"))?.key;

/** Refreshes the connection, and neither the database nor the queue takes the token set. Returns the key of the kept one. */
async function keepTokenSet(id: string): Promise<string> {
  stack.gateway.setFault({ kind: "drop", matching: (text) => /^\/\* store_token_set \*\//.test(text) });
  await stack.setQueueAway(true);
  expect((await askForNewToken(stack, tenant, id)).status).toBe(503);
  const key = await waitFor(findKept, "the kept token set");
  stack.gateway.setFault(null);
  await stack.setQueueAway(false);
  return key as string;
}

/** Walks the whole journal, and adds the pages up. */
async function recover(): Promise<Body> {
  const sum: Body = { made: 0, updated: 0, unchanged: 0, removed: 0, erased: 0, refused: [] };
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const { status, body } = await stack.request("/api/v1/recovery", {
      method: "POST",
      headers: ADMIN,
      body: { cursor },
    });
    expect(status).toBe(200);
    for (const name of ["made", "updated", "unchanged", "removed", "erased"]) sum[name] += body[name];
    sum.refused.push(...body.refused);
    cursor = body.cursor;
  }
  return sum;
}

describe("the journal has", () => {
  it("the token set of a create and of each refresh, sealed, and beside it ids and times alone", async () => {
    const { id, user_id, account_id } = await connect({ metadata: { tenant_id: "a-tenant" } });
    await journaled(id, 1);
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
    await journaled(id, 2);
    const text = JSON.stringify([await labelOf(id), await bucket.get(`connections/${id}`)]);
    for (const personal of [user_id, account_id, "a-tenant"]) expect(text).not.toContain(personal);
    expect(Object.keys((await labelOf(id)) ?? {}).sort()).toEqual([
      "app",
      "authorized_at",
      "key",
      "last_refreshed_at",
      "updated_at",
      "version",
    ]);
  });

  it("at once the tokens of a consent that was refused, which its user's connection has got", async () => {
    const { id, user_id } = await connect();
    await journaled(id, 1);
    const code = await stack.authorize(tenant, { user_id, scopes: ["user:read:user"] });
    expect((await createUnsynced(stack, tenant, code)).body.code).toBe("missing_scopes");
    await journaled(id, 2);
  });

  it("what the cron run has found missing, as after a Worker that ended between row and entry", async () => {
    const { id } = await connect();
    await journaled(id, 1);
    await bucket.delete(`connections/${id}`);
    await stack.sql("update token_journal_checks set due_at = now() where zoom_oauth_connection_id = $1", [
      id,
    ]);
    await stack.runCron();
    expect(await versionInJournal(id)).toBe(1);
    expect(
      await stack.sql("select from token_journal_checks where zoom_oauth_connection_id = $1", [id]),
    ).toEqual([]);
  });

  it("connections that were there before it was turned on", async () => {
    const { id } = await connect();
    await journaled(id, 1);
    await bucket.delete(`connections/${id}`);
    await stack.sql("delete from token_journal");
    await stack.sql("delete from token_journal_checks");
    await turnOn();
    expect(await versionInJournal(id)).toBe(1);
  });

  it("a changed metadata after the next cron run", async () => {
    const { id } = await connect({ metadata: { a: "1" } });
    await journaled(id, 1);
    const before = await labelOf(id);
    const body = { metadata: { a: "2" } };
    await stack.request(`${CONNECTIONS}/${id}`, { method: "PATCH", apiKey: tenant.apiKey, body });
    await stack.sql("update token_journal_checks set due_at = now() where zoom_oauth_connection_id = $1", [
      id,
    ]);
    await stack.runCron();
    expect((await labelOf(id))?.updated_at).not.toBe(before?.updated_at);
  });

  it("a tombstone without personal data for what was removed, which goes after 90 days", async () => {
    const { id, user_id } = await connect();
    await journaled(id, 1);
    expect((await remove(id)).status).toBe(200);
    await buried(id);
    expect(await bucket.get(`connections/${id}`)).toBe("");
    expect(JSON.stringify(await labelOf(id))).not.toContain(user_id);
    await stack.sql(
      `update token_journal_checks set due_at = now(), removed_at = now() - interval '91 days'
       where zoom_oauth_connection_id = $1`,
      [id],
    );
    await stack.runCron();
    expect(await labelOf(id)).toBeUndefined();
  });

  it("a tombstone for connections that were removed by other ways than the API", async () => {
    const { id } = await connect();
    await journaled(id, 1);
    await stack.sql("delete from zoom_oauth_connections where id = $1", [id]);
    await stack.sql("update token_journal_checks set due_at = now() where zoom_oauth_connection_id = $1", [
      id,
    ]);
    await stack.runCron();
    expect((await labelOf(id))?.removed_at).toBeDefined();
  });
});

describe("a put", () => {
  it("never replaces a newer token set by an older one", async () => {
    const { id } = await connect();
    await journaled(id, 1);
    const rows = await dump();
    await askForNewToken(stack, tenant, id);
    await journaled(id, 2);
    await restore(rows);
    await stack.sql(
      "insert into token_journal_checks (zoom_oauth_connection_id, due_at) values ($1, now())",
      [id],
    );
    await stack.runCron();
    expect(await versionInJournal(id)).toBe(2);
  });
});

it("a kept grant that comes once more makes no connection of one that was removed", {
  timeout: 60_000,
}, async () => {
  const code = await stack.authorize(tenant);
  const isOfGrant = (text: string) => /^\/\* (store_grant|hold_authorization_code) \*\//.test(text);
  stack.gateway.setFault({ kind: "drop", matching: isOfGrant });
  await stack.setQueueAway(true);
  expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
  const key = (await waitFor(findKept, "the kept grant", 30_000)) as string;
  const kept = (await bucket.get(key)) as string;
  stack.gateway.setFault(null);
  await stack.setQueueAway(false);
  await stack.runCron();
  const created = await waitFor(
    async () => {
      const { status, body } = await createUnsynced(stack, tenant, code);
      return status === 201 && body;
    },
    "the connection",
    30_000,
  );
  expect((await remove(created.id, "?revoke=false")).status).toBe(200);
  await bucket.put(key, kept, {});
  await stack.runCron();
  await waitFor(async () => (await findKept()) === undefined, "the message");
  const repeated = await createUnsynced(stack, tenant, code);
  expect([repeated.status, repeated.body.code]).toEqual([400, "authorization_code_rejected"]);
  expect(repeated.body.error).toContain("was removed");
  const rows = await stack.sql("select from zoom_oauth_connections where user_id = $1", [created.user_id]);
  expect(rows).toEqual([]);
});

describe("where Zoom refuses the newest token set of a row", () => {
  it("the journal's newer one is used, and the connection stays connected", async () => {
    const { id } = await connect();
    const rows = await dump();
    await askForNewToken(stack, tenant, id);
    await askForNewToken(stack, tenant, id);
    await journaled(id, 3);
    await restore(rows);
    const answer = await askForNewToken(stack, tenant, id);
    expect(answer.status).toBe(200);
    const headers = { Authorization: `Bearer ${answer.body.access_token}` };
    expect((await fetch(`${stack.simulator.url}/v2/users/me`, { headers })).ok).toBe(true);
    expect((await readRow(id)).state).toBe("connected");
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
    expect(await eventTypes(stack, id)).not.toContain("disconnected");
  });

  it("what was changed of the connection since comes back with the tokens", async () => {
    const { id } = await connect({ metadata: { tenant_id: "old" } });
    await journaled(id, 1);
    const rows = await dump();
    await askForNewToken(stack, tenant, id);
    await journaled(id, 2);
    const body = { metadata: { tenant_id: "new" } };
    await stack.request(`${CONNECTIONS}/${id}`, { method: "PATCH", apiKey: tenant.apiKey, body });
    await stack.sql("update token_journal_checks set due_at = now()");
    await stack.runCron();
    await restore(rows);
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
    expect((await readRow(id)).metadata).toEqual({ tenant_id: "new" });
  });

  it("and the journal's as well, the connection is disconnected", async () => {
    const { id, user_id } = await connect();
    await journaled(id, 1);
    await stack.control("grants/revoke", { user_id });
    expect((await askForNewToken(stack, tenant, id)).status).toBe(409);
    expect((await readRow(id)).connection_failure_data.code).toBe("grant_revoked");
  });

  it("and the row needs a kept token set no more, Zoom is asked once, and the connection is disconnected", async () => {
    const { id, user_id } = await connect();
    const rows = await dump();
    await askForNewToken(stack, tenant, id);
    await journaled(id, 2);
    await keepTokenSet(id);
    await restore(rows);
    // A later authorization has version 2 as well.
    expect((await connect({}, user_id)).id).toBe(id);
    await stack.control("grants/revoke", { user_id });
    await stack.control("requests", undefined, "DELETE");
    expect((await askForNewToken(stack, tenant, id)).status).toBe(409);
    expect((await stack.control("requests?operation=token.refresh_token")).requests).toHaveLength(1);
    await stack.runCron();
  });

  it("a removed connection is not brought back", async () => {
    const { id } = await connect();
    const rows = await dump();
    await remove(id);
    await buried(id);
    await restore(rows);
    expect((await askForNewToken(stack, tenant, id)).status).toBe(409);
  });

  it("an entry that was moved from another connection does not open: the connection is left as it is", async () => {
    const [one, other] = [await connect(), await connect()];
    const rows = await dump();
    await askForNewToken(stack, tenant, one.id);
    await askForNewToken(stack, tenant, other.id);
    await journaled(one.id, 2);
    await journaled(other.id, 2);
    await restore(rows);
    const text = (await bucket.get(`connections/${other.id}`)) as string;
    await bucket.put(`connections/${one.id}`, text, (await labelOf(other.id)) as Record<string, string>);
    const answer = await askForNewToken(stack, tenant, one.id);
    expect([answer.status, answer.body.code]).toEqual([503, "request_in_progress"]);
    expect((await readRow(one.id)).state).toBe("connected");
    expect((await askForNewToken(stack, tenant, other.id)).status).toBe(200);
  });
});

describe("recovery", () => {
  beforeEach(async () => {
    await stack.sql("delete from zoom_oauth_connections");
    await stack.sql("delete from token_journal_checks");
    for (const { key } of await bucket.list()) await bucket.delete(key);
  });

  it("makes unknown rows, updates older ones, removes what was removed, and does nothing when it runs again", async () => {
    const [kept, refreshed, removed] = [await connect(), await connect(), await connect()];
    const rows = await dump();
    await askForNewToken(stack, tenant, refreshed.id);
    await remove(removed.id, "?revoke=false");
    const late = await connect({ metadata: { tenant_id: "late" } });
    // The user of a connection that was removed has a new one.
    const again = await connect({}, removed.user_id);
    for (const [id, version] of [
      [kept.id, 1],
      [refreshed.id, 2],
      [late.id, 1],
      [again.id, 1],
    ] as const) {
      await journaled(id, version);
    }
    await buried(removed.id);
    const before = await Promise.all([kept, refreshed, late, again].map(async ({ id }) => await readRow(id)));
    await restore(rows);
    expect(await recover()).toMatchObject({ made: 2, updated: 1, removed: 1, refused: [] });
    expect(
      await Promise.all([kept, refreshed, late, again].map(async ({ id }) => await readRow(id))),
    ).toEqual(before);
    expect((await readRow(removed.id)).code).toBe("not_found");
    for (const { id } of [kept, refreshed, late, again]) {
      expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
    }
    expect(await recover()).toMatchObject({ made: 0, removed: 0, erased: 0, refused: [] });
  });

  it.each([
    ["grant_revoked", { reason: "Invalid Token!" }, "connected"],
    ["superseded", { code: 4741, error: "invalid_grant" }, "connected"],
    ["user_deleted", { code: 4735 }, "disconnected"],
  ])(
    "finds a row that ended with %s, with %j, while the journal was away: it is then %s",
    async (code, body, state) => {
      const { id } = await connect();
      const rows = await dump();
      await askForNewToken(stack, tenant, id);
      await journaled(id, 2);
      const key = `connections/${id}`;
      const [text, label] = [
        (await bucket.get(key)) as string,
        (await labelOf(id)) as Record<string, string>,
      ];
      await bucket.delete(key);
      await restore(rows);
      await stack.control("faults", {
        operation: "token.refresh_token",
        kind: "status",
        status: 400,
        body,
        times: 1,
      });
      expect((await askForNewToken(stack, tenant, id)).status).toBe(409);
      expect((await readRow(id)).connection_failure_data.code).toBe(code);
      await bucket.put(key, text, label);
      expect(await recover()).toMatchObject({ updated: 1 });
      expect((await readRow(id)).state).toBe(state);
      expect((await askForNewToken(stack, tenant, id)).status).toBe(state === "connected" ? 200 : 409);
    },
  );

  it("erases again what Zoom's deauthorization had erased, and leaves a later authorization alone", async () => {
    const { id, user_id } = await connect();
    await journaled(id, 1);
    const rows = await dump();
    await stack.sql(
      `update zoom_oauth_connections set state = 'disconnected', credentials = null, updated_at = now(),
         credentials_version = credentials_version + 1,
         connection_failure_data = '{"code":"app_deauthorized","error":"x","recommended_action":"reconnect","timestamp":"2025-01-01T00:00:00.000000Z"}'
       where id = $1`,
      [id],
    );
    await stack.sql("update token_journal_checks set due_at = now() where zoom_oauth_connection_id = $1", [
      id,
    ]);
    await stack.runCron();
    await restore(rows);
    expect(await recover()).toMatchObject({ erased: 1 });
    expect(await readRow(id)).toMatchObject({
      state: "disconnected",
      connection_failure_data: { code: "app_deauthorized" },
    });
    expect((await connect({}, user_id)).id).toBe(id);
    await waitFor(async () => (await labelOf(id))?.version, "the entry in place of the tombstone");
    expect(await recover()).toMatchObject({ erased: 0, removed: 0 });
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
  });

  it("makes a living connection of one that had ended for a token set which came late", async () => {
    const { id } = await connect();
    await journaled(id, 1);
    const key = await keepTokenSet(id);
    const kept = (await bucket.get(key)) as string;
    await bucket.delete(key);
    const failure = { code: "refresh_answer_lost", error: "x", recommended_action: "reconnect" };
    await stack.sql(
      `update zoom_oauth_connections set state = 'disconnected', updated_at = now(), refresh_lease_owner = null,
         refresh_lease_expires_at = null, connection_failure_data = $2 where id = $1`,
      [id, JSON.stringify({ ...failure, timestamp: "2025-01-01T00:00:00.000000Z" })],
    );
    await stack.sql("update token_journal_checks set due_at = now()");
    await stack.runCron();
    await restore([]);
    await bucket.put(key, kept, {});
    await stack.runCron();
    await journaled(id, 2);
    expect(await recover()).toMatchObject({ made: 1 });
    expect((await readRow(id)).state).toBe("connected");
    expect((await askForNewToken(stack, tenant, id)).status).toBe(200);
  });

  it("makes no row of what a later connection of the same user has outlived, also once that is removed", async () => {
    const old = await connect({ metadata: { tenant_id: "old" } });
    await journaled(old.id, 1);
    await restore([]);
    // The user authorizes again before the recovery.
    const again = await connect({}, old.user_id);
    await journaled(again.id, 1);
    expect(await recover()).toMatchObject({ made: 0, updated: 0, refused: [] });
    expect((await readRow(again.id)).metadata).toBeNull();
    await remove(again.id);
    await buried(again.id);
    expect(await recover()).toMatchObject({ made: 0 });
    expect(await stack.sql("select from zoom_oauth_connections where user_id = $1", [old.user_id])).toEqual(
      [],
    );
  });

  it("says which app a connection lacks, and makes no row of it", async () => {
    const other = await stack.createTenant();
    const { body } = await createUnsynced(stack, other, await stack.authorize(other));
    await journaled(body.id, 1);
    await stack.sql("delete from zoom_oauth_connections where project_id = $1", [other.projectId]);
    await stack.sql("delete from projects where id = $1", [other.projectId]);
    await stack.sql("delete from token_journal_checks");
    expect((await recover()).refused).toEqual([
      {
        zoom_oauth_connection_id: body.id,
        zoom_oauth_app_id: other.appId,
        project_id: other.projectId,
        reason: "app_missing",
      },
    ]);
  });

  it("refuses a cursor that is none, and is for the administrator alone", async () => {
    const body = { cursor: "somewhere" };
    const refused = await stack.request("/api/v1/recovery", { method: "POST", headers: ADMIN, body });
    expect([refused.status, refused.body.code]).toEqual([400, "invalid_request"]);
    const { status } = await stack.request("/api/v1/recovery", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: {},
    });
    expect(status).toBe(401);
  });
});
