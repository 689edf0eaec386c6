// A second master key, with the token journal: its entries move as well, and an old key is not dropped before they have.

import { afterAll, beforeAll, expect, it } from "vitest";
import { askForNewToken, createUnsynced, waitFor } from "../support/connections.ts";
import { dumpDatabase, restoreDatabase } from "../support/restore.ts";
import { ADMIN, MASTER_KEYS, type Stack, startStack, type Tenant } from "../support/stack.ts";

const NEW_KEY = `next:${Buffer.from("fedcba9876543210fedcba9876543210").toString("base64")}`;

let old: Stack;
let next: Stack;
let tenant: Tenant;

beforeAll(async () => {
  old = await startStack({ isJournaled: true });
  tenant = await old.createTenant();
  for (let run = 0; run < 3; run++) await old.runCron();
});
afterAll(async () => {
  await next.close();
  await old.close();
});

const labels = async (stack: Stack) => await (await stack.journal()).list();
const rowsOf = async (keyId: string): Promise<number> => {
  const { body } = await next.request("/api/v1/encryption", { headers: ADMIN });
  return body.keys.find(({ id }: { id: string }) => id === keyId).rows;
};

it("entries move to it, also one that is newer than its row, and until then the old key counts them", async () => {
  const create = async () =>
    (await createUnsynced(old, tenant, await old.authorize(tenant))).body.id as string;
  const ids = [await create(), await create(), await create()];
  const [stale = ""] = ids;
  await dumpDatabase(old);
  expect((await askForNewToken(old, tenant, stale)).status).toBe(200);
  await waitFor(async () => {
    const found = await labels(old);
    return found.length === ids.length && found.some(({ customMetadata }) => customMetadata.version === "2");
  }, "the journal");
  await restoreDatabase(old);

  next = await startStack({
    database: old.database,
    isJournaled: true,
    vars: { ZOOM_OAUTH_BASE_URL: old.simulator.url, ZOOM_API_BASE_URL: `${old.simulator.url}/v2` },
    secrets: { CREDENTIAL_ENCRYPTION_KEYS: `${NEW_KEY},${MASTER_KEYS}` },
  });
  const [from, to] = [await old.journal(), await next.journal()];
  for (const { key, customMetadata } of await from.list()) {
    await to.put(key, (await from.get(key)) as string, customMetadata);
  }
  // Nothing is known of the entries before the first run, however little the journal lacks.
  expect(await rowsOf("test")).toBeGreaterThanOrEqual(2 * ids.length);
  // The rows are encrypted anew in the first run, their entries in the next one.
  await next.runCron();
  expect(await rowsOf("test")).toBe(ids.length);
  await next.runCron();
  expect(await rowsOf("test")).toBe(0);
  expect(new Set((await labels(next)).map(({ customMetadata }) => customMetadata.key))).toEqual(
    new Set(["next"]),
  );
  expect((await askForNewToken(next, tenant, stale)).status).toBe(200);
});

it("what waits for the operator, or in the journal, counts for the key that it takes", async () => {
  expect(await rowsOf("test")).toBe(0);
  const sealed = "v1.test.salt.nonce.ciphertext";
  await next.sql(
    `insert into dead_letters (id, message_id, body, resent_at) values
       ('dl_0000000000000001', 'one', $1, null), ('dl_0000000000000002', 'two', $1, now())`,
    [JSON.stringify({ type: "store_tokens", version: 99, credentials: sealed })],
  );
  const bucket = await next.journal();
  const names = Array.from({ length: 101 }, (_, index) => `kept/grants/${String(index).padStart(3, "0")}`);
  for (const name of names) {
    await bucket.put(name, JSON.stringify({ type: "finish_connecting", version: 99, grant: sealed }), {});
  }
  expect(await rowsOf("test")).toBe(1 + names.length);
  // Unreadable ones are in the way of none that can be read.
  const { id } = (await createUnsynced(next, tenant, await old.authorize(tenant))).body;
  const [row] = await next.sql("select credentials from zoom_oauth_connections where id = $1", [id]);
  const message = {
    type: "store_tokens",
    version: 1,
    zoom_oauth_connection_id: id,
    replaces_version: 1,
    credentials: row?.credentials,
    access_token_expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
  await bucket.put(`kept/tokens/${id}/1`, JSON.stringify(message), {});
  await next.runCron();
  const stored = "select from zoom_oauth_connections where id = $1 and credentials_version = 2";
  await waitFor(async () => (await next.sql(stored, [id])).length === 1, "the kept token set");
});
