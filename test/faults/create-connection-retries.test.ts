// The same request sent again, later or at the same time: one exchange that counts, one connection.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countExchanges, createUnsynced, eventTypes } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());
beforeEach(async () => {
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

describe("the same request", () => {
  it("gives the same connection when it is sent again, without asking Zoom", async () => {
    const code = await stack.authorize(tenant);
    const first = await createUnsynced(stack, tenant, code);
    const second = await createUnsynced(stack, tenant, code);
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect(await countExchanges(stack, tenant)).toEqual({ asked: 1, granted: 1 });
    expect(await eventTypes(stack, first.body.id)).toEqual(["created"]);
  });

  it.each([1, 2, 3])("sent 20 times at once gives one connection (round %i)", async () => {
    const code = await stack.authorize(tenant);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => await createUnsynced(stack, tenant, code)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await countExchanges(stack, tenant)).toEqual({ asked: 1, granted: 1 });
    expect(await eventTypes(stack, answers[0]?.body.id)).toEqual(["created"]);
  });

  it("waits for a first one that Zoom keeps waiting", async () => {
    await stack.control("faults", { operation: "token.authorization_code", kind: "delay", delay_ms: 1500 });
    const code = await stack.authorize(tenant);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => await createUnsynced(stack, tenant, code)),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(await countExchanges(stack, tenant)).toEqual({ asked: 1, granted: 1 });
  });

  it("finds the connection that a caller who hung up never heard of", async () => {
    await stack.control("faults", { operation: "users.me", kind: "delay", delay_ms: 700 });
    const code = await stack.authorize(tenant);
    const hangingUp = fetch(new URL("/api/v1/zoom_oauth_connections", stack.url), {
      method: "POST",
      headers: { Authorization: `Token ${tenant.apiKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        zoom_oauth_app_id: tenant.appId,
        authorization_code: code,
        redirect_uri: "https://example.com/oauth/callback?from=zoom&x=%2F",
      }),
      signal: AbortSignal.timeout(300),
    });
    await expect(hangingUp).rejects.toThrow();
    const answer = await createUnsynced(stack, tenant, code);
    expect(answer.status).toBe(201);
    expect(await countExchanges(stack, tenant)).toEqual({ asked: 1, granted: 1 });
  });

  it("hears the same refusal again, without asking Zoom", async () => {
    const code = await stack.authorize(tenant, { scopes: ["user:read:user"] });
    const first = await createUnsynced(stack, tenant, code);
    const second = await createUnsynced(stack, tenant, code);
    expect(second.status).toBe(400);
    expect(second.body.code).toBe("missing_scopes");
    expect(second.body.error).toBe(first.body.error);
    expect((await countExchanges(stack, tenant)).asked).toBe(1);
  });

  it("sent 20 times at once with a code that Zoom rejects is rejected each time", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => await createUnsynced(stack, tenant, "no-such-code")),
    );
    for (const { status, body } of answers)
      expect([status, body.code]).toEqual([400, "authorization_code_rejected"]);
  });
});

describe("the same code", () => {
  it("with a different redirect_uri is rejected, and the connection stays", async () => {
    const code = await stack.authorize(tenant);
    const first = await createUnsynced(stack, tenant, code);
    const other = await createUnsynced(stack, tenant, code, { redirect_uri: "https://example.com/other" });
    expect([other.status, other.body.code]).toEqual([400, "authorization_code_rejected"]);
    expect(other.body.error).toContain("redirect_uri");
    expect((await createUnsynced(stack, tenant, code)).body).toEqual(first.body);
  });

  it("can be sent with the right redirect_uri after a wrong one that Zoom rejected", async () => {
    const code = await stack.authorize(tenant);
    const wrong = await createUnsynced(stack, tenant, code, { redirect_uri: "https://example.com/wrong" });
    expect([wrong.status, wrong.body.code]).toEqual([400, "authorization_code_rejected"]);
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
  });

  it("means nothing to another project", async () => {
    const other = await stack.createTenant();
    const code = await stack.authorize(tenant);
    await createUnsynced(stack, tenant, code);
    const answer = await createUnsynced(stack, other, code);
    expect([answer.status, answer.body.code]).toEqual([400, "authorization_code_rejected"]);
  });

  it("is forgotten after 24 hours, and not before", async () => {
    const [old, young] = [await stack.authorize(tenant), await stack.authorize(tenant)];
    await createUnsynced(stack, tenant, old);
    const { body } = await createUnsynced(stack, tenant, young);
    const age = async (hours: number, connectionId?: string) =>
      await stack.sql(
        `update used_authorization_codes set created_at = now() - $1 * interval '1 hour'
         where $2::text is null or zoom_oauth_connection_id = $2`,
        [hours, connectionId ?? null],
      );
    await age(24.1);
    await age(23.9, body.id);
    await stack.runCron();
    await stack.control("requests", undefined, "DELETE");
    expect((await createUnsynced(stack, tenant, young)).status).toBe(201);
    expect((await countExchanges(stack, tenant)).asked).toBe(0);
    expect((await createUnsynced(stack, tenant, old)).body.code).toBe("authorization_code_rejected");
    expect((await countExchanges(stack, tenant)).asked).toBe(1);
  });
});

describe("a request that died with the claim", () => {
  it("is taken over when its claim has ended, and the code is exchanged", async () => {
    const code = await stack.authorize(tenant);
    await claimAsIfDied(code, "now() - interval '1 second'");
    expect((await createUnsynced(stack, tenant, code)).status).toBe(201);
  });

  it("whose code turns out to be spent is answered with 'try again' once, and then with the rejection", async () => {
    await claimAsIfDied("spent-code", "now() - interval '1 second'");
    const first = await createUnsynced(stack, tenant, "spent-code");
    expect([first.status, first.body.code]).toEqual([503, "request_in_progress"]);
    expect(first.headers.get("Retry-After")).toBe("5");
    await stack.sql("update used_authorization_codes set claim_expires_at = now() where claims = 2");
    const second = await createUnsynced(stack, tenant, "spent-code");
    expect([second.status, second.body.code]).toEqual([400, "authorization_code_rejected"]);
  });

  async function claimAsIfDied(code: string, expiry: string): Promise<void> {
    await stack.sql(
      `insert into used_authorization_codes
         (zoom_oauth_app_id, code_sha256, redirect_uri_sha256, claimed_by, claim_expires_at)
       select $1, encode(sha256($2), 'hex'), encode(sha256($3), 'hex'), 'a request that died', ${expiry}`,
      [tenant.appId, Buffer.from(code), Buffer.from("https://example.com/oauth/callback?from=zoom&x=%2F")],
    );
  }
});
