// Whatever is thrown at the endpoint: no 500, one shape, no secret in answer or log.

import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS } from "./support/connections.ts";
import { REDIRECT_URI, type Stack, startStack, type Tenant } from "./support/stack.ts";

const RUNS = 2_000;
const CODES_BY_STATUS: Record<number, string[]> = {
  400: [
    "invalid_json",
    "invalid_request",
    "authorization_code_rejected",
    "zoom_oauth_app_not_found",
    "missing_scopes",
  ],
  401: ["unauthenticated"],
  413: ["payload_too_large"],
  415: ["unsupported_media_type"],
};

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme" }),
  fc.webUrl(),
  fc.constantFrom(
    "",
    "\0",
    "\ud800",
    "__proto__",
    "constructor",
    "x".repeat(5_000),
    "'; drop table projects; --",
  ),
);

/** Bodies near the right one, so that the arbitrary parts get past the first check. */
const nearlyValid = fc
  .record(
    {
      authorization_code: fc.oneof(text, fc.jsonValue()),
      redirect_uri: fc.oneof(fc.constant(REDIRECT_URI), text, fc.jsonValue()),
      zoom_oauth_app_id: fc.oneof(fc.constant("own app"), text, fc.jsonValue()),
      is_local_recording_token_supported: fc.oneof(fc.boolean(), fc.jsonValue()),
      is_onbehalf_token_supported: fc.oneof(fc.boolean(), fc.jsonValue()),
      metadata: fc.oneof(fc.dictionary(text, text), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  .chain((body) =>
    fc.dictionary(text, fc.jsonValue(), { maxKeys: 1 }).map((extra) => ({ ...body, ...extra })),
  );

const body = fc.oneof(
  { weight: 4, arbitrary: nearlyValid.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: text },
);

/** What an HTTP client can send at all: Latin-1 without control characters. */
const headerCharacter = fc
  .integer({ min: 0x20, max: 0xff })
  .filter((code) => code !== 0x7f)
  .map((code) => String.fromCharCode(code));
const headerText = fc.string({ minLength: 1, unit: headerCharacter });
const headers = fc.record(
  {
    Authorization: fc.oneof(
      { weight: 8, arbitrary: fc.constant("own key") },
      { weight: 1, arbitrary: headerText },
      { weight: 1, arbitrary: headerText.map((value) => `Token ${value}`) },
    ),
    "Content-Type": fc.oneof(
      { weight: 8, arbitrary: fc.constant("application/json") },
      { weight: 1, arbitrary: headerText },
    ),
    "X-Request-Id": headerText,
    "X-HTTP-Method-Override": fc.constantFrom("DELETE", "GET"),
    Accept: headerText,
    Forwarded: headerText,
    "X-Arbitrary": headerText,
  },
  { requiredKeys: ["Authorization", "Content-Type"] },
);

it(`answers ${RUNS} arbitrary bodies and headers as the contract says`, { timeout: 300_000 }, async () => {
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(body, headers, async (given, givenHeaders) => {
      const sent = given.replace('"own app"', JSON.stringify(tenant.appId));
      const authorization = givenHeaders.Authorization.replace("own key", `Token ${tenant.apiKey}`);
      const response = await fetch(new URL(CONNECTIONS, stack.url), {
        method: "POST",
        // From an address of its own, so that the limit on failed authentications does not hide the answer.
        headers: { ...givenHeaders, Authorization: authorization, "CF-Connecting-IP": randomUUID() },
        body: sent,
      });
      const answer = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      const allowed = CODES_BY_STATUS[response.status];
      expect(allowed, `status ${response.status}: ${answer}`).toBeDefined();
      const { error, code, fields, request_id, ...rest } = JSON.parse(answer);
      expect(rest).toEqual({});
      expect(allowed).toContain(code);
      expect(typeof error).toBe("string");
      expect(fields === undefined).toBe(code !== "invalid_request");
      expect(response.headers.get("X-Request-Id")).toBe(request_id);
      expect(answer).not.toContain(tenant.apiKey);
      expect(answer).not.toContain(tenant.clientSecret);
    }),
    { numRuns: RUNS },
  );
  // The throw reaches every layer: authentication, media type, parser, schema, database and Zoom.
  expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([400, 401, 415]));
  const { requests } = await stack.control("requests?operation=token.authorization_code");
  expect(requests.length).toBeGreaterThan(0);
});
