// One project never sees another's objects: every operation of the API, with another project's key and ids.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../src/api/index.ts";
import { createUnsynced } from "./support/connections.ts";
import { ADMIN_API_KEY, REDIRECT_URI, type Stack, startStack, type Tenant } from "./support/stack.ts";

let stack: Stack;
let stranger: Tenant;
/** Ids of the owner's objects, by the kind that a path names. */
const ids: Record<string, string> = {};
let ownerKeyId: string;
let ownerDeliveryId: string;
let ownerSecret: string;

beforeAll(async () => {
  stack = await startStack();
  const owner = await stack.createTenant();
  stranger = await stack.createTenant();
  const code = await stack.authorize(owner);
  const connection = await createUnsynced(stack, owner, code, { metadata: { secret: "of the owner" } });
  ids.zoom_oauth_connections = connection.body.id;
  ids.zoom_oauth_apps = owner.appId;
  ids.oauth_apps = owner.appId;
  ids.projects = owner.projectId;
  const [key] = await stack.sql("select id from api_keys where project_id = $1", [owner.projectId]);
  ownerKeyId = key?.id as string;
  const asOwner = { method: "POST", apiKey: owner.apiKey };
  const hook = { url: "https://example.com/", triggers: ["zoom_oauth_connection.state_change"] };
  ids.webhooks = (await stack.request("/api/v1/webhooks", { ...asOwner, body: hook })).body.id;
  ownerDeliveryId = (await stack.request(`/api/v1/webhooks/${ids.webhooks}/test`, asOwner)).body.id;
  ownerSecret = (await stack.request("/api/v1/webhook_secret", { apiKey: owner.apiKey })).body.secret;
});
afterAll(async () => await stack.close());

type Expected =
  /** No key is needed, and nothing of anybody's is shown. */
  | "public"
  /** Another project's key gets nothing at all: the administrator's alone. */
  | "admin"
  /** The owner's object does not exist for a stranger. */
  | "not_found"
  /** A list without the owner's objects. */
  | "empty"
  /** Names the owner's app in the body. */
  | "app_not_found"
  /** Makes an object of the stranger's own and names nobody else's. */
  | "own"
  | "own_made"
  /** Shows the stranger's own secret. */
  | "own_secret"
  /** No key opens it: Zoom signs. */
  | "unsigned";

const PLACES: Record<keyof typeof operations, Expected> = {
  createZoomOAuthConnection: "app_not_found",
  listZoomOAuthConnections: "empty",
  getZoomOAuthConnection: "not_found",
  updateZoomOAuthConnection: "not_found",
  deleteZoomOAuthConnection: "not_found",
  listZoomOAuthConnectionEvents: "not_found",
  syncZoomOAuthConnection: "not_found",
  createAccessToken: "not_found",
  createLocalRecordingToken: "not_found",
  createOnbehalfToken: "not_found",
  createZakToken: "not_found",
  createZoomTokens: "app_not_found",
  createZoomOAuthApp: "own",
  listZoomOAuthApps: "empty",
  getZoomOAuthApp: "not_found",
  updateZoomOAuthApp: "not_found",
  deleteZoomOAuthApp: "not_found",
  createWebhook: "own_made",
  listWebhooks: "empty",
  getWebhook: "not_found",
  updateWebhook: "not_found",
  deleteWebhook: "not_found",
  testWebhook: "not_found",
  listWebhookDeliveries: "not_found",
  redeliverWebhookDelivery: "not_found",
  getWebhookSecret: "own_secret",
  rotateWebhookSecret: "own_secret",
  receiveZoomWebhook: "unsigned",
  createProject: "admin",
  listProjects: "admin",
  createApiKey: "admin",
  listApiKeys: "admin",
  disableApiKey: "admin",
  getEncryption: "admin",
  getLiveness: "public",
  getReadiness: "public",
  getOpenApiDocument: "public",
};

const BODIES: Partial<Record<keyof typeof operations, () => unknown>> = {
  createZoomOAuthConnection: () => ({
    authorization_code: "code",
    redirect_uri: REDIRECT_URI,
    zoom_oauth_app_id: ids.zoom_oauth_apps,
  }),
  createLocalRecordingToken: () => ({ meeting_id: "1234567890" }),
  createOnbehalfToken: () => ({ meeting_id: "1234567890" }),
  createZoomTokens: () => ({ meeting_id: "1234567890", zoom_oauth_app_id: ids.zoom_oauth_apps }),
  createZoomOAuthApp: () => ({ client_id: stranger.clientId, client_secret: stranger.clientSecret }),
  createWebhook: () => ({ url: "https://example.com/", triggers: ["zoom_oauth_app.credentials_invalid"] }),
  receiveZoomWebhook: () => ({ event: "app_deauthorized", payload: {} }),
  createProject: () => ({ name: "x" }),
};

it("every operation has its place in this test", () => {
  expect(Object.keys(PLACES).sort()).toEqual(Object.keys(operations).sort());
});

describe.each(Object.entries(PLACES) as Array<[keyof typeof operations, Expected]>)(
  "%s",
  (name, expected) => {
    const operation = operations[name];

    async function ask(headers: Record<string, string>) {
      const kind = operation.path.split("/")[3] ?? "";
      const path = operation.path
        .replace("{id}", ids[kind] ?? "")
        .replace("{key_id}", ownerKeyId)
        .replace("{whd_id}", ownerDeliveryId);
      const needsBody = "body" in operation && operation.body !== undefined;
      const body = BODIES[name]?.() ?? (needsBody ? {} : undefined);
      return await stack.request(path, { method: operation.method.toUpperCase(), headers, body });
    }

    it(`with a stranger's key: ${expected}`, async () => {
      const before = await stack.sql("select * from zoom_oauth_connections order by id");
      const answer = await ask({ Authorization: `Bearer ${stranger.apiKey}` });
      for (const id of Object.values(ids))
        if (expected !== "app_not_found") expect(answer.text).not.toContain(id);
      expect(answer.text).not.toContain("of the owner");
      switch (expected) {
        case "not_found":
          expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
          break;
        case "empty":
          expect(answer.status).toBe(200);
          expect(answer.body.results.some(({ id }: { id: string }) => Object.values(ids).includes(id))).toBe(
            false,
          );
          break;
        case "app_not_found":
          expect([answer.status, answer.body.code]).toEqual([400, "zoom_oauth_app_not_found"]);
          break;
        case "admin":
          expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
          break;
        case "own_made":
          expect(answer.status).toBe(201);
          break;
        case "own_secret":
          expect(answer.status).toBe(200);
          expect(answer.body.secret).not.toBe(ownerSecret);
          break;
        case "unsigned":
          expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
          break;
        case "own":
          expect([answer.status, answer.body.code]).toEqual([409, "conflict"]);
          break;
        case "public":
          expect(answer.status).toBe(200);
      }
      expect(await stack.sql("select * from zoom_oauth_connections order by id")).toEqual(before);
    });

    it("without a key, and with the other kind of key", async () => {
      if (expected === "public" || expected === "unsigned") return;
      expect((await ask({})).status).toBe(401);
      const wrongKind = expected === "admin" ? stranger.apiKey : ADMIN_API_KEY;
      expect((await ask({ Authorization: `Bearer ${wrongKind}` })).status).toBe(401);
    });
  },
);
