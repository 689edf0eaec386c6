// The examples of the OpenAPI document: they fit their schemas, and the service takes and answers what they show.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorsOf } from "../../src/api/operation.ts";
import { describeErrorCode, type ErrorCode } from "../../src/errors.ts";
import { EXAMPLES } from "../../src/routes/examples.ts";
import { operations } from "../../src/routes/index.ts";
import { createConnection } from "../support/connections.ts";
import { createSchemaCheck } from "../support/openapi.ts";
import { ADMIN_API_KEY, type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes.
type Json = any;
type Name = keyof typeof operations;
const NAMES = Object.keys(operations) as Name[];

let stack: Stack;
let tenant: Tenant;
let document: Json;
let connectionId: string;

beforeAll(async () => {
  stack = await startStack({ hasAssets: true, isJournaled: true });
  document = (await stack.request("/openapi.json")).body;
  tenant = await stack.createTenant();
  const capabilities = { is_local_recording_token_supported: true, is_onbehalf_token_supported: true };
  const connection = await createConnection(stack, tenant, await stack.authorize(tenant), capabilities);
  connectionId = connection.body.id;
});
afterAll(async () => await stack.close());

describe("an example", () => {
  it("of a body fits its schema, and every body has one", () => {
    const findProblems = createSchemaCheck(document);
    const bodies = [...walk(document)].filter(([pointer]) => pointer.endsWith("/application~1json"));
    expect(bodies.length).toBeGreaterThan(2 * Object.keys(operations).length);
    for (const [pointer, { examples }] of bodies) {
      expect(Object.keys(examples ?? {}), pointer).not.toEqual([]);
      for (const [name, { value }] of Object.entries<Json>(examples)) {
        expect(findProblems(`${pointer}/schema`, value), `${pointer} ${name}`).toEqual([]);
      }
    }
  });

  it("of a field or a parameter fits its schema", () => {
    const findProblems = createSchemaCheck(document);
    const schemas = [...walk(document)].filter(([, { examples }]) => Array.isArray(examples));
    expect(schemas.length).toBeGreaterThan(20);
    for (const [pointer, { examples }] of schemas) {
      for (const example of examples) expect(findProblems(pointer, example), pointer).toEqual([]);
    }
  });

  it("of an error stands for each code that an operation can answer", () => {
    for (const { operationId, responses } of describedOperations()) {
      for (const [status, { content }] of Object.entries<Json>(responses)) {
        if (Number(status) < 400) continue;
        const { schema, examples } = content["application/json"];
        const codes: ErrorCode[] = schema.allOf[1].properties.code.enum;
        const shown = Object.entries<Json>(examples).map(([name, { value }]) => [name, value.code]);
        expect(shown, `${operationId} ${status}`).toEqual(codes.map((code) => [code, code]));
        const declared = errorsOf(operations[operationId as Name]).filter((error) =>
          codes.includes(error.code),
        );
        expect(declared.map((error) => error.status)).toEqual(codes.map(() => Number(status)));
      }
    }
  });
});

describe("the service answers as the example of an error says", () => {
  const protectedOperations = Object.entries(operations).filter(([, { security }]) => security !== "none");

  it.each(protectedOperations)("to a stranger: %s", async (name, operation) => {
    const answer = await send(operation, { Authorization: "Bearer nobody" });
    expect(answer.body).toEqual(exampleError(name as Name, 401, "unauthenticated"));
  });

  const withBody = protectedOperations.filter(([, operation]) => "body" in operation && operation.body);

  it.each(withBody)("to a body that does not fit: %s", async (name, operation) => {
    const example = exampleError(name as Name, 400, "invalid_request");
    const [[field, [problem]]] = Object.entries(example.fields) as [[string, string[]]];
    const body = problem === "Required." ? {} : { [field]: 1 };
    const answer = await send(operation, keyOf(operation), body);
    expect(answer.status).toBe(400);
    expect(answer.body.fields[field]).toEqual([problem]);
    expect(answer.body.error).toContain(example.error);
  });
});

describe("text that cannot be stored is no fault of ours", () => {
  const parametersOf = (name: Name) =>
    Object.keys((operations[name] as { query?: { shape: object } }).query?.shape ?? {});
  const withParameters = NAMES.filter((name) => parametersOf(name).length > 0);

  it.each(withParameters)("in the query of %s", async (name) => {
    const { path, method } = operations[name];
    for (const parameter of parametersOf(name)) {
      for (const value of ["a%00b", "%ED%A0%80"]) {
        const answer = await send({ path: `${path}?${parameter}=${value}`, method }, keyOf(operations[name]));
        expect(answer.status, `${parameter}: ${answer.text}`).toBeLessThan(500);
      }
    }
  });

  const bodyOf = (name: Name): Json => (EXAMPLES[name] as { body?: Json }).body;
  const withTexts = NAMES.filter((name) => [...textsOf(bodyOf(name))].length > 0);

  it.each(withTexts)("in the body of %s", async (name) => {
    for (const place of textsOf(bodyOf(name))) {
      for (const text of ["a\0b", "\ud800"]) {
        const body = structuredClone(bodyOf(name));
        const holder = place.slice(0, -1).reduce((value, key) => value[key], body);
        holder[place.at(-1) as string] = text;
        const answer = await send(operations[name], keyOf(operations[name]), body);
        expect(answer.status, `${place.join(".")}: ${answer.text}`).toBeLessThan(500);
      }
    }
  });
});

describe("the service takes the example of a request", () => {
  /** What is not answered with success here, and why. */
  const REFUSED: Partial<Record<Name, ErrorCode>> = {
    // Its app and its code are nobody's.
    createZoomOAuthConnection: "zoom_oauth_app_not_found",
    importZoomOAuthConnection: "zoom_oauth_app_not_found",
    receiveZoomWebhook: "not_found",
  };
  const withFields = Object.entries(EXAMPLES).filter(
    ([, example]) => "body" in example && Object.keys(example.body).length > 0,
  ) as [Name, { body: Json }][];

  beforeAll(async () => {
    const { client_id, client_secret } = EXAMPLES.createZoomOAuthApp.body;
    await stack.control("clients", { client_id, client_secret });
    const { user_id } = (await read(connectionId)).body;
    await stack.control("meetings", { user_id, id: 1234567890 });
  });

  it.each(withFields)("%s", async (name, { body }) => {
    const operation = operations[name];
    if (name === "updateZoomOAuthApp") {
      await stack.control("clients", { client_id: tenant.clientId, client_secret: body.client_secret });
    }
    const answer = await send(operation, keyOf(operation), body);
    expect([answer.status, answer.body.code]).toEqual(
      name in REFUSED
        ? [describeErrorCode(REFUSED[name] as ErrorCode).status, REFUSED[name]]
        : [operation.status, undefined],
    );
  });
});

const read = async (id: string) =>
  await stack.request(`/api/v1/zoom_oauth_connections/${id}`, { apiKey: tenant.apiKey });

/** Asks for the objects of the tenant; what the tenant does not have is a name that nothing has. */
async function send(
  { path, method }: { path: string; method: string },
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const [, , , resource = ""] = path.split("/");
  const ids: Record<string, string> = {
    projects: tenant.projectId,
    zoom_oauth_apps: tenant.appId,
    zoom_oauth_connections: connectionId,
    webhooks: (await ownWebhook()) as string,
    token_links: await ownTokenLink(),
    dead_letters: "dl_none",
  };
  const url = path
    .replace("{id}", ids[resource] ?? "zoa_none")
    .replace("{whd_id}", "whd_none")
    .replace("{key_id}", "key_none");
  return await stack.request(url, {
    method: method.toUpperCase(),
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

let webhookId: Promise<string> | undefined;
async function ownWebhook(): Promise<string> {
  webhookId ??= stack
    .request("/api/v1/webhooks", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: EXAMPLES.createWebhook.body,
    })
    .then(({ body }) => body.id);
  return await webhookId;
}

let tokenLinkId: Promise<string> | undefined;
async function ownTokenLink(): Promise<string> {
  tokenLinkId ??= stack
    .request("/api/v1/token_links", {
      method: "POST",
      apiKey: tenant.apiKey,
      body: EXAMPLES.createTokenLink.body,
    })
    .then(({ body }) => body.id);
  return await tokenLinkId;
}

function keyOf({ security }: { security: string }): Record<string, string> {
  return { Authorization: `Bearer ${security === "admin" ? ADMIN_API_KEY : tenant.apiKey}` };
}

function exampleError(name: Name, status: number, code: ErrorCode): Json {
  const { path, method } = operations[name];
  const { content } = document.paths[path][method].responses[status];
  const { value } = content["application/json"].examples[code];
  return { ...value, request_id: expect.any(String) };
}

function describedOperations(): Json[] {
  return Object.values<Json>(document.paths).flatMap((item) => Object.values(item));
}

/** The places of the texts in a value. */
function* textsOf(value: Json, place: string[] = []): Generator<string[]> {
  if (typeof value === "string") yield place;
  if (value === null || typeof value !== "object") return;
  for (const [key, member] of Object.entries(value)) yield* textsOf(member, [...place, key]);
}

/** Every object of the document with its JSON pointer. */
function* walk(value: Json, pointer = ""): Generator<[string, Json]> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) yield [pointer, value];
  for (const [key, member] of Object.entries(value)) {
    yield* walk(member, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}
