// The two generated files of the client.

import { type OpenApiDocument, operationsOf, renderClient, renderInputs, renderTable } from "./operations.ts";
import { declare, type JsonSchema } from "./schemas.ts";

const HEAD = "// Generated from the OpenAPI document by npm run generate:client. Do not edit.\n";

/** Shown to callers as the class of the client, except for its code. */
const ERROR_SCHEMA = "Error";

/** The types of the API, of its events, and of the client. */
export function renderTypes(document: OpenApiDocument): string {
  const { [ERROR_SCHEMA]: error, ...schemas } = document.components.schemas;
  const operations = operationsOf(document);
  const source = [
    HEAD,
    'import type { CallOptions } from "../call.ts";\n',
    renderClient(operations, schemas),
    renderInputs(operations, schemas),
    ...Object.entries(schemas).map(([name, schema]) => declare(name, schema)),
    declare("WebhookEvent", eventOf(document)),
    declare("ErrorCode", {
      description: "What an error means, for programs.",
      enum: error?.properties?.code?.enum ?? [],
    }),
  ].join("\n");
  assertDeclaredOnce(source);
  return source;
}

/** TypeScript would merge two interfaces of one name. */
function assertDeclaredOnce(source: string): void {
  const names = [...source.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`The generator of the client would declare ${twice} twice.`);
}

/** What the client knows of each operation at run time. */
export function renderOperations(document: OpenApiDocument): string {
  return [
    HEAD,
    'import type { Operation } from "../request.ts";\nimport type { Client } from "./types.ts";\n',
    renderTable(operationsOf(document)),
  ].join("\n");
}

/** Any event that the service sends. */
function eventOf({ webhooks = {} }: OpenApiDocument): JsonSchema {
  const payloads = Object.values(webhooks).map(
    ({ post }) => post.requestBody.content["application/json"].schema,
  );
  return {
    description: "What the service sends to a webhook. `trigger` tells which event it is.",
    anyOf: payloads,
  };
}
