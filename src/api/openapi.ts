// The OpenAPI 3.1 document, made from the operations and the very schemas that validate requests: there is no
// second description that could differ.

import * as z from "zod";
import { describeErrorCode, ERROR_CODES, type ErrorCode } from "../errors.ts";
import { errorCodesOf, isBodyOptional, type Operation, TAGS } from "./operation.ts";

type Json = Record<string, unknown>;

const HEADERS_PATH = "#/components/headers/";
const SCHEMAS_PATH = "#/components/schemas/";

const error = z
  .strictObject({
    error: z.string().meta({ description: "A sentence for a person." }),
    code: z.enum(ERROR_CODES).meta({ description: "Stable, for programs." }),
    fields: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .meta({ description: "What is wrong, by field of the request. Only for validation." }),
    request_id: z.string().meta({ description: "Quote it when you report a problem." }),
  })
  .meta({
    id: "Error",
    examples: [
      {
        error: "redirect_uri: Required.",
        code: "invalid_request",
        fields: { redirect_uri: ["Required."] },
        request_id: "1c0f9e0e-6a55-4b5e-9a39-0a2a7f4f0f6e",
      },
    ],
  });

const HEADERS = {
  "X-Request-Id": { description: "Names the request in the service's log.", schema: { type: "string" } },
  "Server-Timing": {
    description: "Number (`desc`) and duration in ms (`dur`) of the round trips to the database and to Zoom.",
    schema: { type: "string", examples: ['db;dur=8.1;desc="2", zoom;dur=210.4;desc="2"'] },
  },
  "Retry-After": {
    description: "Seconds to wait before the next try.",
    schema: { type: "integer", minimum: 1 },
  },
  "WWW-Authenticate": { description: "The scheme to authenticate with.", schema: { type: "string" } },
};

const SECURITY_SCHEMES = {
  api_key: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "`Token <api key>`. `Bearer <api key>` is accepted too.",
  },
  admin: { type: "http", scheme: "bearer", description: "The `ADMIN_API_KEY` of the deployment." },
};

/** The whole document, of every operation given. */
export function createOpenApiDocument(operations: readonly Operation[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    path[operation.method] = describeOperation(operation);
    paths[operation.path] = path;
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Zoom OAuth connections",
      version: "1.0.0",
      description:
        "Connects, refreshes and looks after Zoom OAuth connections. Every error has one shape, and its `code` is stable.",
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: createComponentSchemas(),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function describeOperation(operation: Operation): Json {
  const { operationId, tag, summary, description, security, body, status, answer } = operation;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: security === "none" ? [] : [{ [security]: [] }],
    parameters: [...parametersOf(operation.params, "path"), ...parametersOf(operation.query, "query")],
    ...(body ? { requestBody: { required: !isBodyOptional(body), content: jsonContent(body) } } : {}),
    responses: {
      [status]: {
        description: "Success.",
        headers: headersOf(status),
        ...(answer ? { content: jsonContent(answer) } : {}),
      },
      ...errorResponses(operation),
    },
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: "path" | "query"): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...fieldSchema } = toJsonSchema(field as z.ZodType);
    return {
      name,
      in: place,
      required: place === "path" || !(field as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      ...(fieldSchema.type === "object" ? { style: "deepObject", explode: true } : {}),
      schema: fieldSchema,
    };
  });
}

/** One answer for each status; a code's sentence says when. */
function errorResponses(operation: Operation): Record<string, Json> {
  const codes = Map.groupBy(errorCodesOf(operation), (code) => describeErrorCode(code).status);
  const entries = [...codes].map(([status, codesOfStatus]): [string, Json] => [
    String(status),
    {
      description: codesOfStatus
        .map((code) => `\`${code}\`: ${describeErrorCode(code).sentence}`)
        .join("\n\n"),
      headers: headersOf(status),
      content: { "application/json": { schema: errorSchema(codesOfStatus) } },
    },
  ]);
  return Object.fromEntries(entries);
}

function errorSchema(codes: ErrorCode[]): Json {
  return { allOf: [toJsonSchema(error), { properties: { code: { enum: codes } } }] };
}

function headersOf(status: number): Json {
  const names = ["X-Request-Id", "Server-Timing"];
  if (status === 401) names.push("WWW-Authenticate");
  if (status === 429 || status === 503) names.push("Retry-After");
  return Object.fromEntries(names.map((name) => [name, { $ref: `${HEADERS_PATH}${name}` }]));
}

function jsonContent(schema: z.ZodType): Json {
  return { "application/json": { schema: toJsonSchema(schema) } };
}

/** A reference where the schema has an id, the schema itself elsewhere. */
function toJsonSchema(schema: z.ZodType): Json {
  const id = z.globalRegistry.get(schema)?.id;
  if (id !== undefined) return { $ref: `${SCHEMAS_PATH}${id}` };
  return withoutDialect(z.toJSONSchema(schema, { io: "input" }));
}

/** Every schema with an id. */
function createComponentSchemas(): Record<string, Json> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io: "input",
    uri: (id) => `${SCHEMAS_PATH}${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutDialect(schema as Json)]),
  );
}

/** JSON Schema 2020-12 is OpenAPI 3.1's own dialect, and the places make the identifiers. */
function withoutDialect({ $schema, $id, id, ...schema }: Json): Json {
  return schema;
}
