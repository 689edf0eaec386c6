// The typed client: the types of the schemas, and errors that say what to do.

import { afterAll, beforeAll, expect, expectTypeOf, it } from "vitest";
import { type Client, createClient, ZoomOAuthConnectionsError } from "../src/client.ts";
import { ADMIN_API_KEY, REDIRECT_URI, type Stack, startStack, type Tenant } from "./support/stack.ts";

let stack: Stack;
let tenant: Tenant;
let client: Client;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
  client = createClient({ baseUrl: stack.url.href, apiKey: tenant.apiKey });
});
afterAll(async () => await stack.close());

it("creates, lists, changes and removes a connection", async () => {
  const created = await client.createZoomOAuthConnection({
    body: {
      authorization_code: await stack.authorize(tenant),
      redirect_uri: REDIRECT_URI,
      metadata: { tenant_id: "1" },
    },
  });
  expectTypeOf(created.state).toEqualTypeOf<"connected" | "disconnected">();
  const query = { page_size: 1, metadata: { tenant_id: "1" } };
  expect((await client.listZoomOAuthConnections({ query })).results).toEqual([created]);
  expect((await client.listZoomOAuthConnections({ query: { state: "disconnected" } })).results).toEqual([]);
  const params = { id: created.id };
  const body = { metadata: { tenant_id: "2" } };
  expect((await client.updateZoomOAuthConnection({ params, body })).metadata).toEqual({ tenant_id: "2" });
  expect(await client.deleteZoomOAuthConnection({ params, query: { revoke: "false" } })).toBeUndefined();
  const gone = await client.getZoomOAuthConnection({ params }).catch((error: unknown) => error);
  expect(gone).toBeInstanceOf(ZoomOAuthConnectionsError);
  expect(gone).toMatchObject({ status: 404, code: "not_found", requestId: expect.any(String) });
});

it("tells which fields are wrong, and how long to wait", async () => {
  const body = { authorization_code: "", redirect_uri: REDIRECT_URI };
  await expect(client.createZoomOAuthConnection({ body })).rejects.toMatchObject({
    code: "invalid_request",
    fields: { authorization_code: ["Must not be empty."] },
    retryAfterSeconds: undefined,
  });
  stack.gateway.setFault({ kind: "drop" });
  await expect(client.listZoomOAuthConnections()).rejects.toMatchObject({
    status: 503,
    code: "database_unavailable",
    retryAfterSeconds: 5,
  });
  stack.gateway.setFault(null);
});

it("serves the administrator too", async () => {
  const admin = createClient({ baseUrl: stack.url.href, apiKey: ADMIN_API_KEY });
  const project = await admin.createProject({ body: { name: "Made by the client" } });
  const key = await admin.createApiKey({ params: { id: project.id }, body: {} });
  expectTypeOf(key.key).toEqualTypeOf<string>();
  expect(key.project_id).toBe(project.id);
});

it("does not compile with a wrong input", () => {
  // @ts-expect-error: a path needs its id.
  const withoutId = async () => await client.getZoomOAuthConnection();
  // @ts-expect-error: a required field is missing.
  const withoutCode = async () => await client.createZoomOAuthConnection({ body: { redirect_uri: "x" } });
  expect([withoutId, withoutCode]).toHaveLength(2);
});
