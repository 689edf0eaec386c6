// Who changed what: each change leaves one audit event that names the actor, the object, the address and the request.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHOSEN_FIELDS } from "../../src/model/connection.ts";
import { operations } from "../../src/routes/index.ts";
import { CONNECTIONS, createUnsynced, waitFor } from "../support/connections.ts";
import { createOwner, type Owner } from "../support/owner.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, MASTER_KEYS, type Stack, startStack } from "../support/stack.ts";
import { type OperationName, operationsWith, validRequest } from "../support/valid-requests.ts";

const NEW_KEY = `new:${Buffer.alloc(32, 7).toString("base64")}`;
const ADDRESS = "203.0.113.7";

let stack: Stack;
let receiver: Receiver;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

/** Operations that change nothing of what the audit tells of: tokens are events of their connection. */
const UNAUDITED: OperationName[] = [
  "createAccessToken",
  "createLocalRecordingToken",
  "createOnbehalfToken",
  "createZakToken",
  "createZoomTokens",
  "preflightZoomTokens",
  "syncZoomOAuthConnection",
  "testWebhook",
  "redeliverWebhookDelivery",
  // Its audit goes with it.
  "deleteProject",
  // The operator's work for the whole service: no project's objects are named.
  "recoverConnections",
  "resendDeadLetter",
];

const changing = (security: "api_key" | "admin") =>
  operationsWith(security).filter((name) => operations[name].method !== "get" && !UNAUDITED.includes(name));

const events = async (owner: Owner, query = "") =>
  (await stack.request(`/api/v1/audit_events${query}`, { apiKey: owner.apiKey })).body.results;

describe.each(changing("api_key"))("%s", (name) => {
  it("is one audit event, which names the key, the address and the request", async () => {
    const owner = await createOwner(stack, receiver);
    const keyId = await owner.keyId();
    const { path, method, body } = await validRequest(name, owner);
    // The project's first secret is made when it is first read.
    if (name === "rotateWebhookSecret")
      await stack.request("/api/v1/webhook_secret", { apiKey: owner.apiKey });
    const before = await events(owner);
    const headers = { Authorization: `Token ${owner.apiKey}`, "CF-Connecting-IP": ADDRESS };
    const answer = await stack.request(path, { method, body, headers });
    expect(answer.status, answer.text).toBe(operations[name].status);
    const added = (await events(owner)).slice(0, -before.length || undefined);
    expect(added).toEqual([
      {
        id: expect.stringMatching(/^aud_[A-Za-z0-9]{16}$/),
        actor: { type: "api_key", id: keyId },
        action: expect.any(String),
        object: { type: expect.any(String), id: expect.any(String) },
        ip_address: ADDRESS,
        request_id: answer.headers.get("X-Request-Id"),
        created_at: expect.any(String),
      },
    ]);
    const [{ action, object }] = added;
    expect(action.split(".")[0]).toBe(object.type);
    if (answer.body?.id) expect(object.id).toBe(answer.body.id);
  });
});

describe.each(changing("admin"))("%s", (name) => {
  it("is an audit event of the administrator's", async () => {
    const owner = await createOwner(stack, receiver);
    const { path, method, body } = await validRequest(name, owner);
    const headers = { ...ADMIN, "CF-Connecting-IP": ADDRESS };
    const answer = await stack.request(path, { method, body, headers });
    expect(answer.status, answer.text).toBe(operations[name].status);
    const projectId = name === "createProject" ? answer.body.id : owner.projectId;
    const list = await stack.request(`/api/v1/projects/${projectId}/audit_events?page_size=1`, {
      headers: ADMIN,
    });
    expect(list.body.results[0]).toMatchObject({
      actor: { type: "admin", id: null },
      ip_address: ADDRESS,
      request_id: answer.headers.get("X-Request-Id"),
    });
  });
});

it("reads and refused requests leave nothing", async () => {
  const owner = await createOwner(stack, receiver);
  const id = await owner.connectionId();
  const { length } = await events(owner);
  await stack.request(`${CONNECTIONS}/${id}`, { apiKey: owner.apiKey });
  await stack.request(`${CONNECTIONS}/${id}`, {
    apiKey: owner.apiKey,
    method: "PATCH",
    body: { nonsense: 1 },
  });
  await stack.request(`${CONNECTIONS}/${id}/access_token`, { apiKey: owner.apiKey, method: "POST" });
  expect((await events(owner)).length).toBe(length);
});

it("lists by actor, object, kind and action", async () => {
  const owner = await createOwner(stack, receiver);
  const [keyId, connectionId, webhookId] = [
    await owner.keyId(),
    await owner.connectionId(),
    await owner.webhookId(),
  ];
  const actions = async (query: string) =>
    (await events(owner, query)).map(({ action }: { action: string }) => action);
  expect(await actions(`?object_id=${connectionId}`)).toContain("zoom_oauth_connection.created");
  expect(await actions("?object_type=webhook")).toEqual(["webhook.created"]);
  expect(await actions(`?object_id=${webhookId}&action=webhook.deleted`)).toEqual([]);
  expect(await actions(`?actor_id=${keyId}&action=webhook.created`)).toEqual(["webhook.created"]);
  expect(await actions("?actor_type=admin")).toEqual(["api_key.created", "project.created"]);
  const wrong = await stack.request("/api/v1/audit_events?action=everything", { apiKey: owner.apiKey });
  expect([wrong.status, Object.keys(wrong.body.fields)]).toEqual([400, ["action"]]);
});

it("a connection's events name who did it", async () => {
  const owner = await createOwner(stack, receiver);
  const keyId = await owner.keyId();
  const { body } = await createUnsynced(stack, owner, await stack.authorize(owner));
  const path = `${CONNECTIONS}/${body.id}`;
  await stack.request(`${path}/access_token`, { method: "POST", apiKey: owner.apiKey });
  await stack.request(`${path}/zak_token`, { method: "POST", apiKey: owner.apiKey });
  const read = async () => (await stack.request(`${path}/events`, { apiKey: owner.apiKey })).body.results;
  await waitFor(async () => (await read()).length >= 3, "the events");
  for (const { type, actor } of await read()) {
    expect([type, actor]).toEqual([type, { type: "api_key", id: keyId }]);
  }
});

it("a text that is sealed anew is no change", async () => {
  const owner = await createOwner(stack, receiver);
  await stack.request("/api/v1/webhook_secret", { apiKey: owner.apiKey });
  const count = async () =>
    (
      await stack.sql("select count(*)::integer as count from audit_events where project_id = $1", [
        owner.projectId,
      ])
    )[0]?.count;
  const before = await count();
  const resealing = await startStack({
    database: stack.database,
    secrets: { CREDENTIAL_ENCRYPTION_KEYS: `${NEW_KEY},${MASTER_KEYS}` },
  });
  await resealing.runCron();
  await resealing.close();
  const [row] = await stack.sql("select webhook_secret from projects where id = $1", [owner.projectId]);
  expect(row?.webhook_secret).toMatch(/^v1\.new\./);
  expect(await count()).toBe(before);
});

it("a change of each field that callers decide is looked at", async () => {
  const columns = await stack.sql(
    `select attname::text as name from pg_trigger join pg_attribute
       on attrelid = tgrelid and attnum = any(tgattr)
     where tgname = 'zoom_oauth_connections_audit_update_trigger'`,
  );
  expect(columns.map(({ name }) => name).sort()).toEqual([...CHOSEN_FIELDS].sort());
});
