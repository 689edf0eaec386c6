// The OpenAPI document: valid, complete, and fit to generate a client from.

import { readFileSync } from "node:fs";
import { createConfig, lintDocument, Source } from "@redocly/openapi-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TEST_TRIGGER, WEBHOOK_TRIGGERS } from "../../src/model/webhook-payloads.ts";
import { operations } from "../../src/routes/index.ts";
import { askForNewToken, createUnsynced, waitFor } from "../support/connections.ts";
import { createEventCheck } from "../support/openapi.ts";
import { startReceiver } from "../support/receiver.ts";
import { type Stack, startStack } from "../support/stack.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes.
type Json = any;

let stack: Stack;
let document: Json;

beforeAll(async () => {
  stack = await startStack({ isHarnessed: true, vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  document = (await stack.request("/openapi.json")).body;
});
afterAll(async () => await stack.close());

it("passes a validator of OpenAPI 3.1, with the rules that make a good client", async () => {
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      // The licence is the deployer's matter, and the document is served by the server that it describes.
      "info-license": "off",
      "no-server-example.com": "off",
      // Liveness, readiness and this document have nothing that a caller could do wrong.
      "operation-4xx-response": "off",
    },
  });
  const source = new Source("openapi.json", JSON.stringify(document));
  const problems = await lintDocument({
    document: { source, parsed: document },
    config,
    externalRefResolver: new (await import("@redocly/openapi-core")).BaseResolver(),
  });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    [],
  );
});

it("has every operation, each with an id, a summary and security of its own", () => {
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, { operationId: string; summary: string; security: unknown[] }>).map(
      ([method, operation]) => ({ path, method, ...operation }),
    ),
  );
  expect(described.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(operations).sort());
  for (const { summary, security } of described) {
    expect(summary).not.toBe("");
    expect(Array.isArray(security)).toBe(true);
  }
});

it("shows the published request and answer as examples", () => {
  const { NewZoomOAuthConnection } = document.components.schemas;
  const { requestBody, responses } = document.paths["/api/v1/zoom_oauth_connections"].post;
  const exampleOf = (body: Json) => body.content["application/json"].examples.example.value;
  expect(exampleOf(requestBody).authorization_code).toBe("AUTH_CODE_FROM_ZOOM");
  expect(Object.keys(exampleOf(responses[201]))).toHaveLength(13);
  expect(NewZoomOAuthConnection.required).toEqual(["authorization_code", "redirect_uri"]);
  expect(NewZoomOAuthConnection.additionalProperties).toBe(false);
});

it("has the version of the package", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(document.info.version).toBe(version);
});

it("has every webhook event as it is sent", async () => {
  const receiver = await startReceiver();
  const tenant = await stack.createTenant();
  const { apiKey, clientId } = tenant;
  const post = async (path: string, body: unknown) =>
    await stack.request(path, { method: "POST", apiKey, body });
  const hook = { url: receiver.url, triggers: WEBHOOK_TRIGGERS };
  const { id: webhookId } = (await post("/api/v1/webhooks", hook)).body;
  await post(`/api/v1/webhooks/${webhookId}/test`, {});
  const connect = async (user = {}) =>
    (await createUnsynced(stack, tenant, await stack.authorize(tenant, user))).body;

  const revoked = await connect();
  await stack.control("grants/revoke", { client_id: clientId, user_id: revoked.user_id });
  await askForNewToken(stack, tenant, revoked.id);
  await connect({ user_id: revoked.user_id });
  await stack.control("clients", { client_id: clientId, client_secret: "changed-at-zoom" });
  await askForNewToken(stack, tenant, revoked.id);

  const events = await waitFor(
    async () => receiver.requests.length >= 4 && receiver.requests,
    "the test, two changes of state, and the refused credentials",
  );
  const checkEvent = createEventCheck(document);
  for (const event of events) checkEvent(event);
  expect(
    events.map(({ body }) => JSON.parse(body)).map(({ trigger, data }) => [trigger, data.state]),
  ).toEqual(
    expect.arrayContaining([
      [TEST_TRIGGER, undefined],
      ["zoom_oauth_connection.state_change", "disconnected"],
      ["zoom_oauth_connection.state_change", "connected"],
      ["zoom_oauth_app.credentials_invalid", undefined],
    ]),
  );
  expect(Object.keys(document.webhooks).sort()).toEqual([TEST_TRIGGER, ...WEBHOOK_TRIGGERS].sort());
  await receiver.close();
});
