// A release that is rolled back and forward: messages of every kind, of this release and of others, on every queue. Each has
// its effect, or is kept until a release reads it, and none is tried without end.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Unstable_Config, unstable_readConfig } from "wrangler";
import type { QueueMessage } from "../../src/queue.ts";
import { allowLocalRecording, createUnsynced, waitFor } from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, type Stack, startStack, type Tenant } from "../support/stack.ts";

const { queues }: Pick<Unstable_Config, "queues"> = unstable_readConfig({ config: "wrangler.toml" });
const PRODUCED: string[] = (queues.producers ?? []).map(({ queue }) => queue as string);
const DEAD = "zoom-oauth-connections-jobs-dead";

let stack: Stack;
let receiver: Receiver;
let tenant: Tenant;

beforeAll(async () => {
  [stack, receiver] = await Promise.all([
    startStack({ isJournaled: true, canQueueFail: true, vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } }),
    startReceiver(),
  ]);
  tenant = await stack.createTenant();
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

interface Prepared {
  message: Omit<QueueMessage, "version">;
  /** Whether what the message asks for is done. */
  isDone(): Promise<boolean>;
}

const first = async (statement: string, values: unknown[]) => (await stack.sql(statement, values))[0];
const connect = async () => {
  const user_id: string = (await stack.control("users", {})).id;
  const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant, { user_id }));
  return { id: body.id as string, user_id };
};
const rowOf = async (id: string) => await first("select * from zoom_oauth_connections where id = $1", [id]);

/** Makes a message of each kind whose effect has not happened yet. */
const PREPARE: Record<QueueMessage["type"], () => Promise<Prepared>> = {
  sync: async () => {
    const { id } = await connect();
    await allowLocalRecording(stack, id);
    return {
      message: { type: "sync", zoom_oauth_connection_id: id },
      isDone: async () => (await rowOf(id))?.last_successful_sync_at != null,
    };
  },
  refresh: async () => {
    const { id } = await connect();
    await stack.sql(
      "update zoom_oauth_connections set last_refreshed_at = now() - interval '25 days' where id = $1",
      [id],
    );
    return {
      message: { type: "refresh", zoom_oauth_connection_id: id },
      isDone: async () => Number((await rowOf(id))?.credentials_version) === 2,
    };
  },
  store_tokens: async () => {
    const { id } = await connect();
    const row = await rowOf(id);
    const message = {
      type: "store_tokens" as const,
      zoom_oauth_connection_id: id,
      replaces_version: Number(row?.credentials_version),
      credentials: row?.credentials as string,
      access_token_expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
    return { message, isDone: async () => Number((await rowOf(id))?.credentials_version) === 2 };
  },
  finish_connecting: async () => {
    const user_id: string = (await stack.control("users", {})).id;
    const code = await stack.authorize(tenant, { user_id });
    // Neither database nor queue takes the grant: the journal keeps the message as it travels.
    const journal = await stack.journal();
    const known = (await journal.list()).map(({ key }) => key);
    stack.failStatement("store_grant", { kind: "error" });
    await stack.setQueueAway(true);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(503);
    const kept = await waitFor(
      async () => (await journal.list()).find(({ key }) => key.includes("grants/") && !known.includes(key)),
      "the grant in the journal",
    );
    stack.mendDatabase();
    await stack.setQueueAway(false);
    const message = JSON.parse((await journal.get(kept.key)) as string);
    await journal.delete(kept.key);
    return {
      message,
      isDone: async () =>
        (await first("select from zoom_oauth_connections where user_id = $1", [user_id])) !== undefined,
    };
  },
  zoom_event: async () => {
    const { id, user_id } = await connect();
    const account_id = (await rowOf(id))?.account_id as string;
    const event = { kind: "app_deauthorized" as const, user_id, occurred_at: new Date().toISOString() };
    const event_key = crypto.randomUUID();
    return {
      message: { type: "zoom_event", zoom_oauth_app_id: tenant.appId, event_key, account_id, event },
      isDone: async () => (await rowOf(id))?.state === "disconnected",
    };
  },
  deliver_webhook: async () => {
    const webhook = await stack.request("/api/v1/webhooks", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: { url: receiver.url, triggers: ["zoom_oauth_connection.state_change"] },
    });
    // The row is due, and no queue knows of it.
    await stack.setQueueAway(true);
    const path = `/api/v1/webhooks/${webhook.body.id}/test`;
    const { body: delivery } = await stack.request(path, {
      method: "POST",
      apiKey: tenant.apiKey,
      body: {},
    });
    await stack.setQueueAway(false);
    return {
      message: { type: "deliver_webhook", webhook_delivery_id: delivery.id },
      isDone: async () =>
        (await first("select state from webhook_deliveries where id = $1", [delivery.id]))?.state ===
        "succeeded",
    };
  },
};
const KINDS = Object.keys(PREPARE) as QueueMessage["type"][];

const letters = async () =>
  (await stack.request("/api/v1/dead_letters", { headers: ADMIN })).body.results as Record<string, unknown>[];

describe("every kind from every queue, with a field that this release does not know", () => {
  it.each(PRODUCED.flatMap((queue) => KINDS.map((kind) => [kind, queue] as const)))(
    "%s from %s has its effect",
    async (kind, queue) => {
      const { message, isDone } = await PREPARE[kind]();
      expect(await isDone()).toBe(false);
      await stack.enqueue(queue, { ...message, version: 1, from_the_future: { nested: [1] } });
      await waitFor(isDone, `the effect of ${kind}`);
    },
  );
});

describe("every kind in a version of a newer release", () => {
  it.each(KINDS)(
    "%s waits, is kept when the queue gives it up, and has its effect after the release is back",
    async (kind) => {
      const { message, isDone } = await PREPARE[kind]();
      const newer = { ...message, version: 2 };
      const from = stack.logs().length;
      for (const queue of PRODUCED) await stack.enqueue(queue, newer);
      await waitFor(
        async () =>
          stack
            .logs()
            .slice(from)
            .filter((line) => line.includes("job_unreadable")).length === PRODUCED.length,
        "its first try from each queue",
      );
      const known = (await letters()).map(({ id }) => id);
      await stack.enqueue(DEAD, newer);
      const letter = await waitFor(
        async () => (await letters()).find(({ id }) => !known.includes(id)),
        "the letter",
      );
      expect(letter.resent_at).toBeNull();
      expect(await isDone()).toBe(false);
      // What the newer release reads, this one reads in its own version.
      await stack.sql("update dead_letters set body = jsonb_set(body, '{version}', '1') where id = $1", [
        letter.id,
      ]);
      const resent = await stack.request(`/api/v1/dead_letters/${letter.id}/resend`, {
        method: "POST",
        headers: ADMIN,
        body: {},
      });
      expect(resent.status).toBe(202);
      await waitFor(isDone, `the effect of ${kind}`);
    },
  );
});

describe("no queue tries without end", () => {
  it.each(PRODUCED)("%s gives a message up after some tries, and then it is kept", (name) => {
    const consumer = (queues.consumers ?? []).find(({ queue }) => queue === name);
    expect(consumer?.max_retries).toBeLessThanOrEqual(100);
    expect(consumer?.dead_letter_queue).toBe(DEAD);
  });

  it("each queue that is written to is read", () => {
    const read = (queues.consumers ?? []).map(({ queue }) => queue);
    expect(read).toEqual(expect.arrayContaining([...PRODUCED, DEAD]));
  });
});
