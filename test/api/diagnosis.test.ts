// The diagnosis of an app: what is right is called so, and what is wrong has something to do.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CHECKS } from "../../src/model/diagnosis.ts";
import { CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createTenantWithSecret, sendZoomEvent } from "../support/zoom-events.ts";

const SECRET = "webhook-secret-of-a-diagnosis";
const ALL_TYPES = [
  ...["meeting.created", "meeting.updated", "meeting.deleted", "user.updated"],
  ...["user.deactivated", "user.deleted", "user.disassociated", "app_deauthorized"],
];

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());
beforeEach(async () => {
  tenant = await createTenantWithSecret(stack, SECRET);
  await stack.control("faults", undefined, "DELETE");
});

const diagnose = async () =>
  await stack.request(`/api/v1/zoom_oauth_apps/${tenant.appId}/diagnosis`, { apiKey: tenant.apiKey });
const check = async (name: string) =>
  (await diagnose()).body.checks.find(({ check }: { check: string }) => check === name);
const send = async (event: string, secret = SECRET) =>
  await sendZoomEvent(
    stack,
    JSON.stringify({ event, event_ts: Date.now(), payload: { account_id: "nobody", object: { id: "1" } } }),
    { secret, appId: tenant.appId },
  );

describe("the diagnosis", () => {
  it("has each check in its order, with one database round trip and one question to Zoom", async () => {
    const { body, headers } = await diagnose();
    expect(body.checks.map(({ check }: { check: string }) => check)).toEqual(CHECKS);
    expect(headers.get("Server-Timing")).toMatch(/db;dur=[\d.]+;desc="1", zoom;dur=[\d.]+;desc="1"/);
  });

  it("says whether Zoom accepts the credentials, and knows an outage from a refusal", async () => {
    expect(await check("client_credentials")).toMatchObject({ status: "ok", action: null });
    await stack.control("faults", {
      operation: "token.client_credentials",
      kind: "status",
      status: 503,
      times: 9,
    });
    expect((await check("client_credentials")).status).toBe("unknown");
    await stack.control("faults", undefined, "DELETE");
    const marked =
      "select credentials_invalid_at is not null as is_marked from zoom_oauth_apps where id = $1";
    await stack.sql("update zoom_oauth_apps set credentials_invalid_at = now() where id = $1", [
      tenant.appId,
    ]);
    expect((await check("client_credentials")).status).toBe("ok");
    await expect.poll(async () => await stack.sql(marked, [tenant.appId])).toEqual([{ is_marked: false }]);
    await stack.control("clients", { client_id: tenant.clientId, client_secret: "another-secret" });
    expect(await check("client_credentials")).toMatchObject({ status: "failed", action: expect.any(String) });
  });

  it("names the redirect URL until a user has come back to it", async () => {
    const found = await check("redirect_uri");
    expect(found.status).toBe("unknown");
    expect(found.action).toContain(`${stack.url.origin}/oauth/zoom/callback`);
  });

  it("says which events have arrived, which have not, and which were refused", async () => {
    expect((await check("verified_webhook")).status).toBe("warning");
    expect((await check("refused_webhook")).status).toBe("ok");
    await send("meeting.created", "wrong-secret").catch(() => {});
    await expect.poll(async () => (await check("refused_webhook")).status).toBe("failed");
    await send("meeting.created");
    await expect.poll(async () => (await check("event_types")).message).toContain("Seen: meeting.created.");
    expect((await check("verified_webhook")).status).toBe("ok");
    for (const type of ALL_TYPES) await send(type);
    await expect.poll(async () => (await check("event_types")).status).toBe("ok");
    // A forged event once more, and a signed one after it, minutes before the next arrival would be noted anyhow.
    await stack.sql("update zoom_oauth_apps set last_unverified_webhook_received_at = null where id = $1", [
      tenant.appId,
    ]);
    await send("meeting.created", "wrong-secret").catch(() => {});
    await expect.poll(async () => (await check("refused_webhook")).status).toBe("warning");
    await send("meeting.created");
    await expect.poll(async () => (await check("refused_webhook")).status).toBe("ok");
    const [row] = await stack.sql("select seen_event_types from zoom_oauth_apps where id = $1", [
      tenant.appId,
    ]);
    expect(row?.seen_event_types).toHaveLength(ALL_TYPES.length);
  });

  it("says that the Secret Token is missing", async () => {
    await stack.request(`/api/v1/zoom_oauth_apps/${tenant.appId}`, {
      method: "PATCH",
      apiKey: tenant.apiKey,
      body: { webhook_secret: null },
    });
    expect(await check("webhook_secret")).toMatchObject({ status: "warning", action: expect.any(String) });
  });

  it("says which scopes the connections were granted, and which they lack", async () => {
    expect((await check("scopes")).status).toBe("unknown");
    const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
    expect((await check("scopes")).status).toBe("ok");
    const scopes = ["user:read:user", "user:read:token"];
    const narrow = await createUnsynced(stack, tenant, await stack.authorize(tenant, { scopes }));
    // As after a capability's scopes were taken away at Zoom.
    await stack.sql(
      "update zoom_oauth_connections set is_local_recording_token_supported = true where id = $1",
      [narrow.body.id],
    );
    const found = await check("scopes");
    expect(found.status).toBe("failed");
    expect(found.message).toContain("Missing from 1 of the newest 2 connections: user:read:zak");
    expect((await stack.request(`${CONNECTIONS}/${body.id}`, { apiKey: tenant.apiKey })).status).toBe(200);
  });
});
