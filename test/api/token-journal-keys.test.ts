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
