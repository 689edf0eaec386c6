// The OpenAPI 3.1 document, made from the operations and the very schemas that validate requests: there is no
// second description that could differ.

import * as z from "zod";
import { describeErrorCode, ERROR_CODES, type ErrorCode } from "../errors.ts";
import { exampleSentence } from "./examples.ts";
import { createComponentSchemas, type Json, jsonContent, toJsonSchema } from "./json-content.ts";
import { describeWebhooks, SIGNATURE_HEADERS } from "./openapi-webhooks.ts";
import { errorsOf, isBodyOptional, isIdempotent, type OperationDescription, TAGS } from "./operation.ts";

/** Of an operation: of its request body and its answer, where it has them. */
interface Example {
  body?: unknown;
  answer?: unknown;
}

const HEADERS_PATH = "#/components/headers/";

const error = z
  .strictObject({
    error: z.string().meta({
      description: "What went wrong and what to do: a sentence for a person. It can change at any time.",
    }),
    code: z.enum(ERROR_CODES).meta({ description: "What went wrong, for programs. It never changes." }),
    fields: z.record(z.string(), z.array(z.string())).optional().meta({
      description: "What is wrong with each field of the request. Present only if fields are wrong.",
    }),
    request_id: z
      .string()
      .meta({ description: "Identifies the request. Quote it when you report a problem." }),
  })
  .meta({ id: "Error" });

const HEADERS = {
  "X-Request-Id": {
    description: "Identifies the request in the log of the service. Quote it when you report a problem.",
    schema: { type: "string" },
  },
  "Server-Timing": {
    description:
      "How many round trips (`desc`) the request made to the database and to Zoom, and how long they took in milliseconds (`dur`).",
    schema: { type: "string", examples: ['db;dur=8.1;desc="2", zoom;dur=210.4;desc="2"'] },
  },
  "Retry-After": {
    description: "How many seconds to wait before you try again.",
    schema: { type: "integer", minimum: 1 },
  },
  "WWW-Authenticate": {
    description: "The scheme to use in the header Authorization.",
    schema: { type: "string" },
  },
};

const SECURITY_SCHEMES = {
  api_key: {
    type: "http",
    scheme: "bearer",
    description:
      "The API key of a project. Send it as `Authorization: Token <api key>` or as `Authorization: Bearer <api key>`.",
  },
  admin: {
    type: "http",
    scheme: "bearer",
    description: "The admin key, which the operator of the service sets as `ADMIN_API_KEY`.",
  },
};

const INTRODUCTION = `Connects Zoom users to your product, keeps their OAuth tokens fresh, and hands out the tokens that your calls to Zoom and your meeting bots need.

- **Authentication.** Send the API key of your project in the header \`Authorization: Token <api key>\`.
- **Errors.** Every error has the same JSON shape. Decide by its \`code\`, which never changes. After 429 and 503, wait for as many seconds as the header \`Retry-After\` says, then try again.
- **Lists.** A list answers with a page of objects, the newest first, and with the URLs of the \`next\` and \`previous\` page.
- **Times.** ISO 8601, UTC, with six fractional digits. All bodies are JSON, and unknown fields in a request are refused.`;

/** The whole document, of every operation given, for this version of the service. `examples` are by operation. */
export function createOpenApiDocument(
  operations: readonly OperationDescription[],
  { version, examples }: { version: string; examples: Record<string, Example> },
): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    path[operation.method] = describeOperation(operation, examples[operation.operationId] ?? {});
    paths[operation.path] = path;
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Zoom OAuth connections",
      version,
      description: INTRODUCTION,
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: describeWebhooks(),
    components: {
      schemas: createComponentSchemas(),
      headers: HEADERS,
      parameters: SIGNATURE_HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function describeOperation(operation: OperationDescription, example: Example): Json {
  const { operationId, tag, summary, security, scope, body, status, answer } = operation;
  const description = [operation.description, scope && `The API key needs the scope \`${scope}\`.`];
  return {
    operationId,
    tags: [tag],
    summary,
    description: description.filter(Boolean).join(" "),
    // OpenAPI 3.1 lets any scheme name what its credentials must allow.
    security: security === "none" ? [] : [{ [security]: scope === undefined ? [] : [scope] }],
    ...(scope === undefined ? {} : { "x-required-scope": scope }),
    // For clients: what they may repeat by themselves.
    "x-idempotent": isIdempotent(operation),
    parameters: [...parametersOf(operation.params, "path"), ...parametersOf(operation.query, "query")],
    ...(body
      ? {
          requestBody: {
            required: !isBodyOptional(body),
            content: jsonContent(toJsonSchema(body), named(example.body)),
          },
        }
      : {}),
    responses: {
      [status]: {
        description: "Success.",
        headers: headersOf(status),
        ...(answer ? { content: jsonContent(toJsonSchema(answer), named(example.answer)) } : {}),
      },
      ...errorResponses(operation),
    },
  };
}

function named(example: unknown): Record<string, unknown> {
  return example === undefined ? {} : { example };
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
function errorResponses(operation: OperationDescription): Record<string, Json> {
  const entries = [...Map.groupBy(errorsOf(operation), ({ status }) => status)].map(
    ([status, errors]): [string, Json] => {
      const codesOfStatus = errors.map(({ code }) => code);
      const examples = codesOfStatus.map((code) => [code, exampleError(code, operation)]);
      return [
        String(status),
        {
          description: codesOfStatus
            .map((code) => `\`${code}\`: ${describeErrorCode(code).sentence}`)
            .join("\n\n"),
          headers: headersOf(status),
          content: jsonContent(errorSchema(codesOfStatus), Object.fromEntries(examples)),
        },
      ];
    },
  );
  return Object.fromEntries(entries);
}

function errorSchema(codes: ErrorCode[]): Json {
  return { allOf: [toJsonSchema(error), { properties: { code: { enum: codes } } }] };
}

function exampleError(code: ErrorCode, operation: OperationDescription): z.output<typeof error> {
  const fields = code === "invalid_request" ? exampleProblem(operation) : undefined;
  const sentence = fields
    ? Object.entries(fields)
        .map(([field, problems]) => `${field}: ${problems.join(" ")}`)
        .join(" ")
    : (exampleSentence(code, operation.security) ?? describeErrorCode(code).sentence);
  return {
    error: sentence,
    code,
    ...(fields ? { fields } : {}),
    request_id: "1c0f9e0e-6a55-4b5e-9a39-0a2a7f4f0f6e",
  };
}

/** What is wrong with an empty body, else with a field that the operation does not have. */
function exampleProblem({ body }: OperationDescription): Record<string, string[]> {
  const required = body instanceof z.ZodObject ? findRequired(body) : undefined;
  return required === undefined ? { colour: ["Unknown field."] } : { [required]: ["Required."] };
}

function findRequired(body: z.ZodObject): string | undefined {
  return Object.entries(body.shape).find(([, field]) => !field.safeParse(undefined).success)?.[0];
}

function headersOf(status: number): Json {
  const names = ["X-Request-Id", "Server-Timing"];
  if (status === 401) names.push("WWW-Authenticate");
  if (status === 429 || status === 503) names.push("Retry-After");
  return Object.fromEntries(names.map((name) => [name, { $ref: `${HEADERS_PATH}${name}` }]));
}
