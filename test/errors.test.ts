// The error table of the API, and the denials that every protected route gives.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../src/api/index.ts";
import { CONNECTIONS } from "./support/connections.ts";
import {
  ADMIN_API_KEY,
  REDIRECT_URI,
  type RequestOptions,
  type Stack,
  startStack,
  type Tenant,
} from "./support/stack.ts";

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

describe("one shape", () => {
  it("has error, code and request_id, and fields for validation only", async () => {
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
    [
      `{"authorization_code":"c","redirect_uri":"https://e.com","metadata":{"__proto__":"x"}}`,
      { metadata: [expect.stringContaining("Must not be empty")] },
    ],
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

describe("the body", () => {
  it.each([
    ["no JSON", "{", {}, [400, "invalid_json"]],
    ["nothing", "", {}, [400, "invalid_json"]],
    [
      "a form",
      "a=b",
      { "Content-Type": "application/x-www-form-urlencoded" },
      [415, "unsupported_media_type"],
    ],
    ["text", "{}", { "Content-Type": "text/plain" }, [415, "unsupported_media_type"]],
    [
      "a type that only begins alike",
      "{}",
      { "Content-Type": "application/jsonp" },
      [415, "unsupported_media_type"],
    ],
    ["64 KiB and a byte", JSON.stringify("x".repeat(64 * 1024 - 1)), {}, [413, "payload_too_large"]],
    ["64 KiB", JSON.stringify("x".repeat(64 * 1024 - 2)), {}, [400, "invalid_request"]],
    ["deep nesting", "[".repeat(60_000), {}, [400, "invalid_json"]],
    ["a charset", "{", { "Content-Type": "application/json; charset=utf-8" }, [400, "invalid_json"]],
  ])("of %s", async (_name, body, headers, expected) => {
    const answer = await post(body, { headers });
    expect([answer.status, answer.body.code]).toEqual(expected);
  });

  it("of more than 64 KiB in chunks of unknown length: 413", async () => {
    // A Worker of its own: whatever stands in front may break the connection whose request was not read to its end.
    const own = await startStack({ isBare: true });
    const { apiKey } = await own.createProject();
    const chunk = new TextEncoder().encode("x".repeat(16 * 1024));
    const body = ReadableStream.from(Array.from({ length: 8 }, () => chunk));
    const response = await fetch(new URL(CONNECTIONS, own.url), {
      method: "POST",
      headers: { Authorization: `Token ${apiKey}`, "Content-Type": "application/json" },
      body,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(((await response.json()) as { code: string }).code).toBe("payload_too_large");
    await own.close();
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
  ])("%s %s: 405 with Allow", async (method, path, allowed) => {
    const answer = await stack.request(path, { method, apiKey: tenant.apiKey });
    expect([answer.status, answer.body.code]).toEqual([405, "method_not_allowed"]);
    expect(answer.headers.get("Allow")).toContain(allowed);
  });

  it.each(["/", "/api/v1", "/api/v1/nothing", "/api/v2/zoom_oauth_connections", "//", "/%00", "/%ff"])(
    "GET %s: 404",
    async (path) => {
      const answer = await stack.request(path, { apiKey: tenant.apiKey });
      expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    },
  );

  it.each([
    ...["zoc_0000000000000000", "zoc_short", "zoa_0000000000000000", "zoc_does_not_exist", "1", "zoc_%00"],
    ...["zoc_%ff", "x".repeat(2_000)],
  ])("GET of the connection %s: 404", async (id) => {
    const answer = await stack.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey });
    expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    expect((await stack.request(`${CONNECTIONS}/${id}`, { apiKey: "unknown" })).status).toBe(401);
  });
});

const BODIES: Record<string, unknown> = {
  createZoomOAuthConnection: VALID,
  createZoomOAuthApp: { client_id: "id", client_secret: "secret" },
};

/** Every operation that wants a project's key. */
const PROTECTED = Object.values(operations)
  .filter(({ security }) => security === "api_key")
  .map((operation): [string, string, unknown] => [
    operation.method.toUpperCase(),
    operation.path.replace(
      "{id}",
      `${operation.path.includes("connections") ? "zoc" : "zoa"}_0000000000000000`,
    ),
    "body" in operation ? (BODIES[operation.operationId] ?? {}) : undefined,
  ]);

describe.each(PROTECTED)("%s %s", (method, path, body) => {
  it.each([
    ["no header", {}],
    ["an empty header", { Authorization: "" }],
    ["no scheme", { Authorization: "abc" }],
    ["another scheme", { Authorization: "Basic YTpi" }],
    ["an unknown key", { Authorization: "Token unknown" }],
    ["an unknown key with Bearer", { Authorization: "Bearer unknown" }],
    ["the admin key", { Authorization: `Bearer ${ADMIN_API_KEY}` }],
    ["a scheme without key", { Authorization: "Token " }],
    ["two keys", { Authorization: "Token a b" }],
  ])("denies %s", async (_name, headers) => {
    const answer = await stack.request(path, { method, headers, body });
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
    expect(answer.headers.get("WWW-Authenticate")).toBe("Token");
  });

  it("denies a disabled key", async () => {
    const { apiKey, projectId } = await stack.createProject();
    await stack.sql("update api_keys set disabled_at = now() where project_id = $1", [projectId]);
    expect((await stack.request(path, { method, apiKey, body })).status).toBe(401);
  });

  it("tells a stranger nothing about the input", async () => {
    if (body === undefined) return;
    const strange = await stack.request(path, { method, apiKey: "unknown", body: "{" });
    expect(strange.status).toBe(401);
    const unfit = await stack.request(path, { method, apiKey: "unknown", body: { nonsense: 1 } });
    expect(unfit.status).toBe(401);
  });
});

describe("another project's connection", () => {
  it("looks like one that does not exist", async () => {
    const code = await stack.authorize(tenant);
    const created = await post({ ...VALID, authorization_code: code, zoom_oauth_app_id: tenant.appId });
    const other = await stack.createTenant();
    const foreign = await stack.request(`${CONNECTIONS}/${created.body.id}`, { apiKey: other.apiKey });
    const absent = await stack.request(`${CONNECTIONS}/zoc_0000000000000000`, { apiKey: other.apiKey });
    const told = ({ status, body: { request_id: _, ...rest } }: typeof foreign) => ({ status, ...rest });
    expect(foreign.status).toBe(404);
    expect(told(foreign)).toEqual(told(absent));
  });
});
