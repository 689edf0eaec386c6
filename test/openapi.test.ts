// The OpenAPI document: valid, complete, and fit to generate a client from.

import { createConfig, lintDocument, Source } from "@redocly/openapi-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { operations } from "../src/api/index.ts";
import { type Stack, startStack } from "./support/stack.ts";

let stack: Stack;
// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes.
let document: any;

beforeAll(async () => {
  stack = await startStack();
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
  const { NewZoomOAuthConnection, ZoomOAuthConnection } = document.components.schemas;
  expect(NewZoomOAuthConnection.examples[0].authorization_code).toBe("AUTH_CODE_FROM_ZOOM");
  expect(Object.keys(ZoomOAuthConnection.examples[0])).toHaveLength(13);
  expect(NewZoomOAuthConnection.required).toEqual(["authorization_code", "redirect_uri"]);
  expect(NewZoomOAuthConnection.additionalProperties).toBe(false);
});
