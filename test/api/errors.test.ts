// What the API refuses, and how it says so: one shape, each field named, nothing unbounded.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { ONCE } from "../support/service.ts";
import { REDIRECT_URI, type RequestOptions, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

const VALID = { authorization_code: "code", redirect_uri: REDIRECT_URI };
const post = async (body: unknown, options: RequestOptions = {}) =>
  await stack.request(CONNECTIONS, { method: "POST", apiKey: tenant.apiKey, body, ...options });

describe("an error", () => {
  it("has error, code and request_id, and fields where input was refused", async () => {
    const invalid = await post({ ...VALID, redirect_uri: undefined });
    expect(invalid.status).toBe(400);
    expect(invalid.body).toEqual({
      error: "redirect_uri: Required.",
      code: "invalid_request",
      fields: { redirect_uri: ["Required."] },
      request_id: invalid.headers.get("X-Request-Id"),
    });
    const missing = await stack.request("/nowhere");
    expect(missing.status).toBe(404);
    expect(Object.keys(missing.body)).toEqual(["error", "code", "request_id"]);
    expect(missing.body.code).toBe("not_found");
    expect(missing.headers.get("Server-Timing")).toContain("db;dur=0.0");
  });
});

const NOT_ALLOWED = "This name is not allowed.";
const withMetadata = (json: string) =>
  `{"authorization_code":"c","redirect_uri":"https://e.com","metadata":${json}}`;

describe("validation", () => {
  const long = (length: number) => "x".repeat(length);
  it.each([
    [{}, { authorization_code: ["Required."], redirect_uri: ["Required."] }],
    [[], { body: ["Must be a JSON object."] }],
    ["null", { body: ["Must be a JSON object."] }],
    [{ ...VALID, authorization_code: "" }, { authorization_code: ["Must not be empty."] }],
    [{ ...VALID, authorization_code: 1 }, { authorization_code: ["Must be a string."] }],
    [{ ...VALID, authorization_code: null }, { authorization_code: ["Must be a string."] }],
    [{ ...VALID, authorization_code: "a\0b" }, { authorization_code: [expect.stringContaining("U+0000")] }],
    [
      { ...VALID, authorization_code: long(4097) },
      { authorization_code: ["Must be at most 4096 characters long."] },
    ],
    [{ ...VALID, redirect_uri: "/callback" }, { redirect_uri: [expect.stringContaining("absolute URL")] }],
    [
      { ...VALID, redirect_uri: "//example.com" },
      { redirect_uri: [expect.stringContaining("absolute URL")] },
    ],
    [
      { ...VALID, redirect_uri: " https://example.com" },
      { redirect_uri: [expect.stringContaining("absolute URL")] },
    ],
    [
      { ...VALID, redirect_uri: "https://exa mple.com" },
      { redirect_uri: [expect.stringContaining("absolute URL")] },
    ],
    [{ ...VALID, redirect_uri: "https://" }, { redirect_uri: [expect.stringContaining("absolute URL")] }],
    [
      { ...VALID, redirect_uri: "https://e.com/\n" },
      { redirect_uri: [expect.stringContaining("absolute URL")] },
    ],
    [{ ...VALID, zoom_oauth_app_id: 7 }, { zoom_oauth_app_id: ["Must be a string."] }],
    [
      { ...VALID, is_local_recording_token_supported: "true" },
      { is_local_recording_token_supported: ["Must be true or false."] },
    ],
    [
      { ...VALID, is_local_recording_token_supported: false },
      { is_local_recording_token_supported: [expect.stringContaining("needs a capability")] },
    ],
    [{ ...VALID, metadata: {} }, { metadata: [expect.stringContaining("Must not be empty")] }],
    [{ ...VALID, metadata: [] }, { metadata: ["Must be a JSON object."] }],
    [{ ...VALID, metadata: "text" }, { metadata: ["Must be a JSON object."] }],
    [{ ...VALID, metadata: { key: 1 } }, { "metadata.key": ["Must be a string."] }],
    [
      { ...VALID, metadata: { "a\0": "b" } },
      { metadata: ["One of its names: Must not contain U+0000 or unpaired surrogates."] },
    ],
    [{ ...VALID, metadata: { key: null } }, { "metadata.key": ["Must be a string."] }],
    [{ ...VALID, metadata: { key: { deep: "x" } } }, { "metadata.key": ["Must be a string."] }],
    [{ ...VALID, metadata: { key: "\0" } }, { "metadata.key": [expect.stringContaining("U+0000")] }],
    [
      { ...VALID, metadata: { key: long(4087) } },
      { metadata: ["Must be at most 4096 characters long as JSON."] },
    ],
    [
      `{"authorization_code":"c","redirect_uri":"https://e.com","metadata":{"k":"\\ud800"}}`,
      { "metadata.k": [expect.stringContaining("surrogates")] },
    ],
    [
      { ...VALID, unknown: 1, tenant: 2 },
      { unknown: ["Unknown field."], tenant: ["Unknown field."] },
    ],
    [withMetadata('{"__proto__":"x"}'), { "metadata.__proto__": [NOT_ALLOWED] }],
    [withMetadata('{"kept":"x","__proto__":"x"}'), { "metadata.__proto__": [NOT_ALLOWED] }],
    [withMetadata('{"\\u005f_proto__":"x"}'), { "metadata.__proto__": [NOT_ALLOWED] }],
    [withMetadata('{"deep":{"__proto__":null}}'), { "metadata.deep.__proto__": [NOT_ALLOWED] }],
    [withMetadata('{},"__proto__":{"metadata":{}}'), JSON.parse(`{"__proto__":["${NOT_ALLOWED}"]}`)],
  ])("refuses %j", async (body, fields) => {
    const answer = await post(body);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(answer.body.fields).toEqual(fields);
    for (const field of Object.keys(fields)) expect(answer.body.error).toContain(`${field}: `);
  });

  it("answers a body of a thousand unknown fields in bounded size", async () => {
    const body = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`${long(20)}${index}`, index]),
    );
    const answer = await post({ ...VALID, ...body });
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(4096);
  });
});

describe("names that JavaScript's objects have", () => {
  const NAMES = [
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "__defineGetter__",
    "toJSON",
  ];
  const METADATA = Object.fromEntries(NAMES.map((name) => [name, "kept"]));
  const PROTO = '{"__proto__":"x","kept":"x"}';

  it("are kept in metadata by a create, a change and a filter", async () => {
    const code = await stack.authorize(tenant);
    const created = await createUnsynced(stack, tenant, code, { metadata: METADATA });
    expect([created.status, created.body.metadata]).toEqual([201, METADATA]);
    const path = `${CONNECTIONS}/${created.body.id}`;
    const { apiKey } = tenant;
    const changed = await stack.request(path, {
      method: "PATCH",
      apiKey,
      body: { metadata: { ...METADATA, more: "x" } },
    });
    expect(changed.body.metadata).toEqual({ ...METADATA, more: "x" });
    for (const name of NAMES) {
      const found = await stack.request(`${CONNECTIONS}?metadata[${name}]=kept`, { apiKey });
      expect(found.body.results.map(({ id }: { id: string }) => id)).toEqual([created.body.id]);
      const none = await stack.request(`${CONNECTIONS}?metadata[${name}]=other`, { apiKey });
      expect(none.body.results).toEqual([]);
    }
    const refused = await stack.request(path, { method: "PATCH", apiKey, body: `{"metadata":${PROTO}}` });
    expect([refused.status, refused.body.fields]).toEqual([400, { "metadata.__proto__": [NOT_ALLOWED] }]);
    expect((await stack.request(path, { apiKey })).body.metadata).toEqual({ ...METADATA, more: "x" });
  });

  it.each(["metadata[__proto__]=x", "metadata[kept]=x&metadata[__proto__]=x", "metadata[%5f_proto__]=x"])(
    "but __proto__ is refused in a filter, not left out: %s",
    async (query) => {
      const answer = await stack.request(`${CONNECTIONS}?${query}`, { apiKey: tenant.apiKey });
      expect([answer.status, answer.body.fields]).toEqual([400, { "metadata.__proto__": [NOT_ALLOWED] }]);
    },
  );

  it.each(["__proto__=x", "__proto__[state]=connected", "constructor=x", "toString[x]=y"])(
    "are unknown parameters: %s",
    async (query) => {
      const answer = await stack.request(`${CONNECTIONS}?${query}`, { apiKey: tenant.apiKey });
      expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
      expect(Object.keys(answer.body.fields)).toEqual([/^\w+/.exec(query)?.[0]]);
    },
  );
});

describe("the size of a page", () => {
  it.each(["1000", "101", "0", "-1", "1.5", "1e2", "ten", "", " 5", "0x10", "99999999999999999999", "٥"])(
    "%j is refused with what it can be",
    async (size) => {
      const answer = await stack.request(`${CONNECTIONS}?page_size=${encodeURIComponent(size)}`, {
        apiKey: tenant.apiKey,
      });
      expect([answer.status, answer.body.fields]).toEqual([
        400,
        { page_size: ["Must be a whole number of at least 1 and at most 100."] },
      ]);
    },
  );

  it.each(["1", "100", "025"])("%j is taken", async (size) => {
    const answer = await stack.request(`${CONNECTIONS}?page_size=${size}`, { apiKey: tenant.apiKey });
    expect(answer.status).toBe(200);
  });
});

describe("a query that no list has", () => {
  it.each([
    ["foo=1", { foo: ["Unknown query parameter."] }],
    ["page_size=1&page_size=2", { page_size: ["Send it only once."] }],
    ["metadata[n]=1&metadata[n]=2", { "metadata[n]": ["Send it only once."] }],
    ["metadata=%7B%22tenant_id%22%3A%2242%22%7D", { metadata: ["Write it as metadata[name]=value."] }],
  ])("%s is refused with what it can be", async (query, fields) => {
    const answer = await stack.request(`${CONNECTIONS}?${query}`, { apiKey: tenant.apiKey });
    expect([answer.status, answer.body.fields]).toEqual([400, fields]);
  });
});

describe("a body that is not JSON", () => {
  it.each([
    ['{"authorization_code":"s3cret",}', "line 1, column 32"],
    ['{\n  "authorization_code": "s3cret"\n  "redirect_uri": "x"\n}', "line 3, column 3"],
    ["s3cret", "line 1, column 1"],
    ["", "line 1, column 1"],
  ])("%j is refused with the place of the error, and without what stands there", async (body, place) => {
    const answer = await post(body);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_json"]);
    expect(answer.body.error).toBe(`The request body is not valid JSON: see ${place}.`);
    expect(answer.text).not.toContain("s3cret");
  });
});

describe("a body", () => {
  it.each([
    ["is not JSON", 400, "invalid_json", "{", {}],
    ["is empty", 400, "invalid_json", "", {}],
    [
      "is a form",
      415,
      "unsupported_media_type",
      "a=b",
      { "Content-Type": "application/x-www-form-urlencoded" },
    ],
    ["is text", 415, "unsupported_media_type", "{}", { "Content-Type": "text/plain" }],
    [
      "has a type that only begins like JSON's",
      415,
      "unsupported_media_type",
      "{}",
      { "Content-Type": "application/jsonp" },
    ],
    ["has 64 KiB and a byte", 413, "payload_too_large", JSON.stringify("x".repeat(64 * 1024 - 1)), {}],
    ["has 64 KiB", 400, "invalid_request", JSON.stringify("x".repeat(64 * 1024 - 2)), {}],
    ["is nested too deep", 400, "invalid_json", "[".repeat(60_000), {}],
    [
      "names a charset and is not JSON",
      400,
      "invalid_json",
      "{",
      { "Content-Type": "application/json; charset=utf-8" },
    ],
    [
      "is in another charset",
      415,
      "unsupported_media_type",
      "{}",
      { "Content-Type": "application/json; charset=iso-8859-1" },
    ],
  ])("that %s is refused with %i %s", async (_what, status, code, body, headers) => {
    const answer = await post(body, { headers });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it.each([
    'application/json; charset="UTF-8"',
    "application/json; profile=x; charset=us-ascii",
    "application/json;charset=utf8",
    "Application/JSON;",
  ])("of the type %s is JSON", async (type) => {
    const answer = await post(JSON.stringify({ ...VALID, redirect_uri: "" }), {
      headers: { "Content-Type": type },
    });
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
  });

  it("that is no UTF-8 is refused, so that nothing of it is replaced", async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"name":"'), 0xff, 0xfe, 0x22, 0x7d]);
    const response = await fetch(new URL(CONNECTIONS, stack.url), {
      method: "POST",
      headers: { ...ONCE, Authorization: `Token ${tenant.apiKey}`, "Content-Type": "application/json" },
      body: bytes,
    });
    const body = (await response.json()) as { code: string; error: string };
    expect([response.status, body.code, body.error]).toEqual([
      400,
      "invalid_json",
      "The request body is not encoded in UTF-8.",
    ]);
  });

  it("of more than 64 KiB in chunks of unknown length is refused with 413", async () => {
    const chunk = new TextEncoder().encode("x".repeat(16 * 1024));
    const body = ReadableStream.from(Array.from({ length: 8 }, () => chunk));
    const response = await fetch(new URL(CONNECTIONS, stack.url), {
      method: "POST",
      headers: { ...ONCE, Authorization: `Token ${tenant.apiKey}`, "Content-Type": "application/json" },
      body,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(((await response.json()) as { code: string }).code).toBe("payload_too_large");
  });
});

describe("the app", () => {
  it("is named as not found where the project has none of that id", async () => {
    const other = await stack.createTenant();
    for (const zoom_oauth_app_id of ["zoa_0000000000000000", other.appId, "nonsense", "zoc_abc", "a\0b"]) {
      const answer = await post({ ...VALID, zoom_oauth_app_id });
      expect([answer.status, answer.body.code]).toEqual([400, "zoom_oauth_app_not_found"]);
    }
  });

  it("is required where the project has none, or several", async () => {
    const empty = await stack.createProject();
    const none = await post(VALID, { apiKey: empty.apiKey });
    expect([none.status, none.body.code]).toEqual([400, "zoom_oauth_app_required"]);
    await stack.createApp(empty.apiKey);
    await stack.createApp(empty.apiKey);
    const several = await post(VALID, { apiKey: empty.apiKey });
    expect([several.status, several.body.code]).toEqual([400, "zoom_oauth_app_required"]);
  });
});

describe("paths and methods", () => {
  it.each([
    ["PUT", CONNECTIONS, "POST"],
    ["DELETE", "/healthz", "GET"],
    ["PUT", "/api/v1/projects/proj_0000000000000000/api_keys", "POST"],
  ])("%s %s is refused with 405 and says what is allowed", async (method, path, allowed) => {
    const answer = await stack.request(path, { method, apiKey: tenant.apiKey });
    expect([answer.status, answer.body.code]).toEqual([405, "method_not_allowed"]);
    expect(answer.headers.get("Allow")).toContain(allowed);
  });

  it.each(["/api/v1", "/api/v1/nothing", "/api/v2/zoom_oauth_connections", "//", "/%00", "/%ff"])(
    "GET %s is refused with 404",
    async (path) => {
      const answer = await stack.request(path, { apiKey: tenant.apiKey });
      expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
      expect(answer.body.error).toContain("/docs");
    },
  );

  it.each([
    ...["zoc_0000000000000000", "zoc_short", "zoa_0000000000000000", "zoc_does_not_exist", "1", "zoc_%00"],
    ...["zoc_%ff", "x".repeat(2_000)],
  ])("GET of the connection %s is refused with 404, and with 401 for an unknown key", async (id) => {
    const answer = await stack.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey });
    expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    expect((await stack.request(`${CONNECTIONS}/${id}`, { apiKey: "unknown" })).status).toBe(401);
  });
});
