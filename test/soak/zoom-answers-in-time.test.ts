// How often the service asks Zoom again after a refusal, and what it does when Zoom relents: tests that wait, side by side,
// each with an app of its own.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowLocalRecording, CONNECTIONS, createUnsynced, waitFor } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const UNKNOWN = { code: 99_999, message: "Something new" };

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());

/** Zoom refuses the app's calls with a 400 and this body. `times`: 0 is for ever. */
async function refuse({ clientId }: Tenant, operation: string, body: unknown, times: number): Promise<void> {
  const refusal = { kind: "status", status: 400, body, times };
  await stack.control("faults", { operation, client_id: clientId, ...refusal });
}

async function countCalls({ clientId }: Tenant, operation: string): Promise<number> {
  const { requests } = await stack.control(`requests?operation=${operation}`);
  return requests.filter((request: { client_id: string }) => request.client_id === clientId).length;
}

async function connect(tenant: Tenant): Promise<{ id: string; user_id: string }> {
  const { status, body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
  expect(status).toBe(201);
  await allowLocalRecording(stack, body.id);
  return body;
}

async function askForSync({ apiKey }: Tenant, id: string): Promise<void> {
  const path = `${CONNECTIONS}/${id}/sync`;
  expect((await stack.request(path, { method: "POST", apiKey, body: {} })).status).toBe(202);
}

const read = async ({ apiKey }: Tenant, id: string) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey })).body;

describe.concurrent("refused in words that nobody knows", { timeout: 90_000 }, () => {
  it("the user at a create is not asked for without end, and is stored when Zoom relents", async ({
    expect,
  }) => {
    const tenant = await stack.createTenant();
    await refuse(tenant, "users.me", UNKNOWN, 0);
    const code = await stack.authorize(tenant);
    expect((await createUnsynced(stack, tenant, code)).status).toBeGreaterThanOrEqual(500);
    await new Promise((done) => setTimeout(done, 8_000));
    expect(await countCalls(tenant, "users.me")).toBeLessThan(15);
    await stack.control(`faults?client_id=${tenant.clientId}`, undefined, "DELETE");
    const isStored = async () => {
      const answer = await createUnsynced(stack, tenant, code);
      return answer.status === 201 && answer;
    };
    const stored = await waitFor(isStored, "the grant", 45_000);
    expect(stored.body.state).toBe("connected");
  });

  it("the list of meetings is not asked for without end", async ({ expect }) => {
    const tenant = await stack.createTenant();
    const { id } = await connect(tenant);
    await refuse(tenant, "users.me.meetings", UNKNOWN, 0);
    await askForSync(tenant, id);
    await waitFor(async () => (await countCalls(tenant, "users.me.meetings")) > 0, "the first call");
    await new Promise((done) => setTimeout(done, 4_000));
    expect(await countCalls(tenant, "users.me.meetings")).toBeLessThan(5);
    expect((await read(tenant, id)).state).toBe("connected");
  });
});

describe.concurrent("a list of meetings whose page token is refused", { timeout: 90_000 }, () => {
  it.each<[string, unknown]>([
    ["in words", { code: 300, message: "The next page token is invalid or expired." }],
    [
      "by its field",
      {
        code: 300,
        message: "Validation Failed.",
        errors: [{ field: "next_page_token", message: "Invalid field." }],
      },
    ],
    ["without a code", { message: "Invalid next_page_token" }],
  ])("%s keeps what was read, and begins again", async (_how, body) => {
    const tenant = await stack.createTenant();
    const { id, user_id } = await connect(tenant);
    await stack.control("meetings", { user_id, count: 1_000 });
    // Two pages as usual, and then the refusal.
    const asUsual = { kind: "delay", delay_ms: 0, times: 2 };
    await stack.control("faults", { operation: "users.me.meetings", client_id: tenant.clientId, ...asUsual });
    await refuse(tenant, "users.me.meetings", body, 1);
    await askForSync(tenant, id);
    const countMapped = async () => {
      const statement = "select from zoom_meetings where zoom_oauth_connection_id = $1";
      return (await stack.sql(statement, [id])).length;
    };
    await waitFor(async () => (await countMapped()) >= 600, "what was read");
    const isSynced = async () => (await read(tenant, id)).last_successful_sync_at !== null;
    await waitFor(isSynced, "the sync", 60_000);
    expect(await countMapped()).toBeGreaterThanOrEqual(1_000);
  });
});
