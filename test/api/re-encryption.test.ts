// A second master key: everything moves to it in bounded batches, beside running refreshes, and nothing is lost.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createConnection } from "../support/connections.ts";
import { ADMIN, type Stack, startStack, type Tenant } from "../support/stack.ts";

const OLD_KEY = `test:${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const NEW_KEY = `next:${Buffer.from("fedcba9876543210fedcba9876543210").toString("base64")}`;

let old: Stack;
let next: Stack;
let tenant: Tenant;
let ids: string[];

beforeAll(async () => {
  old = await startStack();
  tenant = await old.createTenant();
  ids = [];
  for (let i = 0; i < 30; i++) {
    const answer = await createConnection(old, tenant, await old.authorize(tenant));
    ids.push(answer.body.id);
  }
  next = await startStack({
    database: old.database,
    vars: { ZOOM_OAUTH_BASE_URL: old.simulator.url, ZOOM_API_BASE_URL: `${old.simulator.url}/v2` },
    secrets: { CREDENTIAL_ENCRYPTION_KEYS: `${NEW_KEY},${OLD_KEY}` },
  });
});
afterAll(async () => {
  await next.close();
  await old.close();
});

const encryption = async () => (await next.request("/api/v1/encryption", { headers: ADMIN })).body;
const ask = async (id: string) =>
  await next.request(`${CONNECTIONS}/${id}/access_token`, {
    method: "POST",
    apiKey: tenant.apiKey,
    body: {},
  });

it("a new master key takes over every text while tokens are refreshed, and GET encryption shows both states", async () => {
  expect(await encryption()).toEqual({
    current_key_id: "next",
    keys: [
      { id: "next", is_current: true, is_configured: true, rows: 0 },
      { id: "test", is_current: false, is_configured: true, rows: ids.length + 2 },
    ],
  });
  await next.sql("update zoom_oauth_connections set access_token_expires_at = now()");
  const [answers] = await Promise.all([Promise.all(ids.map(ask)), next.runCron()]);
  expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
  await next.runCron();
  expect((await encryption()).keys).toEqual([
    { id: "next", is_current: true, is_configured: true, rows: ids.length + 2 },
    { id: "test", is_current: false, is_configured: true, rows: 0 },
  ]);
  await next.sql("update zoom_oauth_connections set access_token_expires_at = now()");
  for (const id of ids) expect((await ask(id)).status).toBe(200);
});

it("a row that cannot be decrypted stays as it is, is logged, and does not stop the others", async () => {
  const [id] = ids;
  await next.sql(
    "update zoom_oauth_connections set credentials = replace(credentials, 'v1.next.', 'v1.test.') where id = $1",
    [id],
  );
  const [before] = await next.sql("select credentials from zoom_oauth_connections where id = $1", [id]);
  await next.runCron();
  expect(await next.sql("select credentials from zoom_oauth_connections where id = $1", [id])).toEqual([
    before,
  ]);
  expect(next.logs().some((line) => line.includes("not_re_encrypted"))).toBe(true);
  expect((await ask(id as string)).body.code).toBe("configuration_error");
  const row = await next.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey });
  expect(row.body.state).toBe("connected");
});

it("a key that is not configured is never used, and its rows are counted", async () => {
  await next.sql(
    "update zoom_oauth_connections set credentials = replace(credentials, 'v1.next.', 'v1.gone.') where id = $1",
    [ids[1]],
  );
  await next.runCron();
  const { keys } = await encryption();
  expect(keys).toContainEqual({ id: "gone", is_current: false, is_configured: false, rows: 1 });
  expect((await ask(ids[1] as string)).status).toBe(500);
});
