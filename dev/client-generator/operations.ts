// The client's functions, made of the operations of the OpenAPI document.

import { comment, type JsonSchema, nameOf, propertiesOf, typeOf, wrap } from "./schemas.ts";

export interface OpenApiDocument {
  paths: Record<string, Record<string, OpenApiOperation>>;
  webhooks?: Record<string, { post: { requestBody: Body } }>;
  components: { schemas: Record<string, JsonSchema> };
}

interface OpenApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  "x-idempotent": boolean;
  parameters: {
    name: string;
    in: "path" | "query";
    required: boolean;
    description?: string;
    schema: JsonSchema;
  }[];
  requestBody?: Body & { required: boolean };
  responses: Record<string, { content?: Body["content"] }>;
}

interface Body {
  content: { "application/json": { schema: JsonSchema } };
}

interface Operation extends OpenApiOperation {
  method: string;
  path: string;
}

/** What Zoom calls, and no client of the service. */
const FOREIGN_TAG = "Zoom";
/** Those that any call can meet, or no call of the client's. */
const UNLISTED_CODES = [
  ...["unauthenticated", "rate_limited", "internal_error", "database_unavailable"],
  ...["configuration_error", "schema_mismatch", "https_required"],
  ...["invalid_json", "unsupported_media_type", "payload_too_large"],
];

/** The operations that the client has. */
export function operationsOf({ paths }: OpenApiDocument): Operation[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        method: method.toUpperCase(),
        path,
      })),
    )
    .filter(({ tags }) => !tags.includes(FOREIGN_TAG));
}

/** What the client knows of them at run time. */
export function renderTable(operations: Operation[]): string {
  const entries = operations.map((operation) => {
    const { operationId, method, path } = operation;
    const entry = { method, path, isIdempotent: operation["x-idempotent"], answer: answerKindOf(operation) };
    return `${operationId}: ${JSON.stringify(entry)},\n`;
  });
  return `export const OPERATIONS = {\n${entries.join("")}} satisfies Record<keyof Client, Operation>;\n`;
}

/** The interface of the client, with one function for each. */
export function renderClient(operations: Operation[], schemas: Record<string, JsonSchema>): string {
  const functions = operations.map((operation) => {
    const input = inputOf(operation, schemas);
    const mark = input.isRequired ? "" : "?";
    const answer = answerTypeOf(operation, schemas);
    return `${comment(docOfOperation(operation))}${operation.operationId}(input${mark}: ${input.type}, options?: CallOptions): ${answer};\n`;
  });
  const every = UNLISTED_CODES.map((code) => `\`${code}\``).join(", ");
  const doc = comment([
    "One function for each operation of the service.",
    "",
    ...wrap(`\`@throws\` lists an operation's own codes. Every call may also fail with: ${every}.`),
  ]);
  return `${doc}export interface Client {\n${functions.join("\n")}}\n`;
}

/** The types of their inputs, where they are no schema of the document already. */
export function renderInputs(operations: Operation[], schemas: Record<string, JsonSchema>): string {
  return operations.map((operation) => inputOf(operation, schemas).declaration).join("\n");
}

interface Input {
  type: string;
  isRequired: boolean;
  declaration: string;
}

/** One flat object: the parts of the path, and beside them the body's fields or the query's. */
function inputOf(operation: Operation, schemas: Record<string, JsonSchema>): Input {
  const { operationId, parameters } = operation;
  const reference = operation.requestBody?.content["application/json"].schema;
  const body = reference?.$ref === undefined ? reference : schemas[nameOf(reference.$ref)];
  const bodyFields = Object.keys(body?.properties ?? {});
  assertFlat(operation, body);
  const isRequired = parameters.some(({ required }) => required) || operation.requestBody?.required === true;
  if (parameters.length === 0 && bodyFields.length === 0) {
    return { type: "Record<string, never>", isRequired, declaration: "" };
  }
  if (parameters.length === 0 && reference?.$ref !== undefined) {
    return { type: nameOf(reference.$ref), isRequired, declaration: "" };
  }
  if (bodyFields.length === 0 && parameters.every((parameter) => parameter.in === "path")) {
    const fields = parameters.map(({ name, schema }) => `${name}: ${typeOf(schema)}`);
    return { type: `{ ${fields.join("; ")} }`, isRequired, declaration: "" };
  }
  const type = `${operationId[0]?.toUpperCase()}${operationId.slice(1)}Input`;
  const base = reference?.$ref === undefined ? "" : `extends ${nameOf(reference.$ref)} `;
  const own = propertiesOf({
    properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, toProperty(parameter)])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  });
  const declaration = `/** What \`${operationId}\` takes. */\nexport interface ${type} ${base}{\n${own}}\n`;
  return { type, isRequired, declaration };
}

/** At run time the method tells where a field goes that is no part of the path. */
function assertFlat({ operationId, method, parameters }: Operation, body: JsonSchema | undefined): void {
  const fail = (why: string): never => {
    throw new Error(`The generator of the client cannot make a flat input of ${operationId}: ${why}.`);
  };
  const hasQuery = parameters.some((parameter) => parameter.in === "query");
  const isQueryMethod = method === "GET" || method === "DELETE";
  if (body && isQueryMethod) fail(`${method} with a body`);
  if (hasQuery && !isQueryMethod) fail(`${method} with a query`);
  if (body && body.type !== "object") fail("its body is no object");
  if (parameters.some(({ name }) => body?.properties?.[name]))
    fail("a name stands both in its path and in its body");
}

function toProperty({ description, schema }: Operation["parameters"][number]): JsonSchema {
  // A query has no booleans, and TypeScript has them.
  const isBoolean = schema.enum?.join() === "true,false";
  const shown = isBoolean ? { type: "boolean", default: schema.default === "true" } : schema;
  return description === undefined ? shown : { ...shown, description };
}

function docOfOperation(operation: Operation): string[] {
  const { summary, description, method, path } = operation;
  const repeat = operation["x-idempotent"]
    ? []
    : ["", "Not retried after a lost answer: a repeat could do it twice."];
  const pages =
    answerKindOf(operation) === "page"
      ? ["", "Await it for one page, or go through every object with `for await`."]
      : [];
  const codes = errorCodesOf(operation).filter((code) => !UNLISTED_CODES.includes(code));
  return [
    ...wrap(`${summary}.`),
    ...(description === undefined ? [] : ["", ...wrap(description)]),
    ...pages,
    ...repeat,
    "",
    `\`${method} ${path}\``,
    ...(codes.length === 0
      ? []
      : [
          "",
          ...wrap(`@throws {ZoomOAuthConnectionsError} ${codes.map((code) => `\`${code}\``).join(", ")}`),
        ]),
  ];
}

function errorCodesOf({ responses }: Operation): string[] {
  return Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([, { content }]) => content?.["application/json"].schema.allOf ?? [])
    .flatMap(({ properties }) => (properties?.code?.enum ?? []) as string[]);
}

function answerOf({ operationId, responses }: Operation): JsonSchema | undefined {
  const found = Object.entries(responses).find(([status]) => status.startsWith("2"));
  if (!found) throw new Error(`${operationId} has no successful answer.`);
  return found[1].content?.["application/json"].schema;
}

function answerKindOf(operation: Operation): "empty" | "page" | "object" {
  const answer = answerOf(operation);
  if (answer === undefined) return "empty";
  return answer.$ref?.endsWith("Page") ? "page" : "object";
}

function answerTypeOf(operation: Operation, schemas: Record<string, JsonSchema>): string {
  const answer = answerOf(operation);
  if (answer === undefined) return "Promise<void>";
  const type = typeOf(answer);
  if (answerKindOf(operation) === "object") return `Promise<${type}>`;
  const item = typeOf(schemas[type]?.properties?.results?.items ?? {});
  return `Promise<${type}> & AsyncIterable<${item}>`;
}
