// Whatever is thrown at the service: no 500, one shape, no secret in answer or log, and little work. SOAK_REQUESTS says how
// much is thrown at all operations together; SOAK_SEED repeats a run.

import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, type IncomingHttpHeaders, request as send } from "node:http";
import { text as readText } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import type { AnyOperation } from "../../src/api/operation.ts";
import { createApiKey } from "../../src/crypto/ids.ts";
import { ERROR_CODES } from "../../src/errors.ts";
import { operations } from "../../src/routes/index.ts";
import { CONNECTIONS, createConnection } from "../support/connections.ts";
import { ONCE } from "../support/service.ts";
import { ADMIN_API_KEY, REDIRECT_URI, type Stack, startStack, type Tenant } from "../support/stack.ts";

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

/** Bodies of which only Zoom can say that the code is none. */
const valid = fc.record({
  authorization_code: fc.stringMatching(/^[\x21-\x7e]{1,200}$/),
  redirect_uri: fc.constant(REDIRECT_URI),
  zoom_oauth_app_id: fc.constant("own app"),
});

const body = fc.oneof(
  { weight: 3, arbitrary: nearlyValid.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: valid.map((value) => JSON.stringify(value)) },
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
        headers: { ...ONCE, ...givenHeaders, Authorization: authorization, "CF-Connecting-IP": randomUUID() },
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

const REQUESTS = Number(process.env.SOAK_REQUESTS ?? 10_000);
/** Of the whole process, for one request. */
const MAX_CPU_MS = 50;
/** What is slow once may have met a collection of garbage or a compilation. What is slow each time is slow. */
const TRIES = 4;
const MAX_PARAMETERS = 2_500;

/** A request as it goes over the wire. */
interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Any text as a part of a URL. What RFC 3986 does not know is encoded: workerd refuses it before the Worker is asked. */
const inUrl = (value: string) =>
  value.replaceAll(/[^A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]+/g, (characters) =>
    encodeURIComponent(characters.toWellFormed()),
  );

const segment = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("zoc_", "zoa_", "webhook_", "whd_", "proj_", "key_")
      .chain((prefix) => fc.stringMatching(/^[A-Za-z0-9]{16}$/).map((rest) => `${prefix}${rest}`)),
  },
  {
    weight: 1,
    arbitrary: text.map((value) => value.slice(0, 2_000).replaceAll("/", "%2F").replaceAll("?", "%3F")),
  },
);

function parametersOf(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom("page_size", "cursor", "metadata[k]", "metadata[__proto__]", ...names),
    },
    { weight: 1, arbitrary: text.map((value) => encodeURIComponent(value.slice(0, 40).toWellFormed())) },
    { weight: 1, arbitrary: fc.constantFrom("%", "[", "a[b][c]", "metadata[", "metadata[]", "%ff", "+") },
  );
  const value = fc.oneof(
    fc.constantFrom("1", "connected", "true", "", "%00", "%ed%a0%80"),
    text.map((given) => encodeURIComponent(given.slice(0, 200).toWellFormed())),
  );
  const few = fc
    .array(fc.tuple(name, value), { maxLength: 4 })
    .map((pairs) => pairs.map((pair) => pair.join("=")).join("&"));
  const many = fc
    .tuple(
      fc.integer({ min: 150, max: MAX_PARAMETERS }),
      fc.constantFrom("m[k#]=v", "m#", "", "m[k]=v", "%ff=%ff"),
    )
    .map(([count, form]) =>
      Array.from({ length: count }, (_, index) => form.replace("#", String(index))).join("&"),
    );
  return fc.oneof({ weight: 30, arbitrary: few }, { weight: 1, arbitrary: many });
}

/** Bodies with the fields of the operation's own, so that the arbitrary parts get past the first check. */
function bodiesOf(schema: z.ZodType | undefined): fc.Arbitrary<string> {
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const value = fc.oneof(
    { weight: 3, arbitrary: text },
    { weight: 2, arbitrary: fc.jsonValue() },
    {
      weight: 3,
      arbitrary: fc.constantFrom<unknown>(
        true,
        false,
        null,
        300,
        "own app",
        REDIRECT_URI,
        "https://hooks.example.com/",
        ["zoom_oauth_connection.state_change"],
        "https://zoom.us/j/1234567890",
        1234567890,
        { tenant: "x" },
      ),
    },
    { weight: 1, arbitrary: fc.dictionary(text, text, { maxKeys: 5 }) },
  );
  const near = fc
    .record(Object.fromEntries(fields.map((name) => [name, value])), { requiredKeys: [] })
    .map((body) => JSON.stringify(body));
  const deep = fc
    .tuple(
      fc.constantFrom("[", '{"a":', '{"metadata":{"__proto__":', '"\\u'),
      fc.integer({ min: 1, max: 9_000 }),
    )
    .map(([part, count]) => part.repeat(count).slice(0, 66_000));
  return fc.oneof(
    { weight: 12, arbitrary: near },
    { weight: 2, arbitrary: near.map((json) => json.replace("{", '{"__proto__":{"metadata":{}},')) },
    {
      weight: 2,
      arbitrary: fc.tuple(near, fc.nat()).map(([json, at]) => json.slice(0, at % (json.length + 1))),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: deep },
  );
}

/** Nothing that was made for this run is removed or switched off: what an id names in such an operation is arbitrary. */
const isEnding = ({ method }: AnyOperation) => method === "delete";

function requestTo(operation: AnyOperation, ownIds: Record<string, string>): fc.Arbitrary<Sent> {
  const names = Object.keys((operation.query as z.ZodObject | undefined)?.shape ?? {});
  const pathParts = operation.path.split("/").map((part) => {
    if (!part.startsWith("{")) return fc.constant(part);
    const own = Object.entries(ownIds).find(([prefix]) => operation.path.includes(prefix))?.[1];
    return own === undefined || isEnding(operation)
      ? segment
      : fc.oneof({ weight: 3, arbitrary: fc.constant(own) }, { weight: 1, arbitrary: segment });
  });
  const own = operation.security === "admin" ? `Bearer ${ADMIN_API_KEY}` : "own key";
  const authorization = fc.oneof(
    { weight: 12, arbitrary: fc.constant(own) },
    { weight: 1, arbitrary: headers.map((given) => given.Authorization) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("Token ", "Bearer local-admin-key", `Token ${"x".repeat(8_000)}`),
    },
    { weight: 1, arbitrary: fc.nat().map(() => `Token ${createApiKey()}`) },
  );
  const method = fc.oneof(
    { weight: 20, arbitrary: fc.constant(operation.method.toUpperCase()) },
    { weight: 1, arbitrary: fc.constantFrom("GET", "PUT", "OPTIONS", "HEAD", "POST") },
  );
  return fc
    .tuple(
      method,
      fc.tuple(...pathParts),
      parametersOf(names),
      headers,
      authorization,
      bodiesOf(operation.body),
    )
    .map(([sentMethod, parts, query, given, Authorization, sentBody]) => ({
      method: sentMethod,
      path: inUrl(`${parts.join("/")}${query === "" ? "" : `?${query}`}`),
      headers: { ...given, Authorization },
      body: /^(GET|HEAD|OPTIONS)$/.test(sentMethod) ? "" : sentBody.toWellFormed(),
    }));
}

/** Processes of workerd's that this one has started, by /proc. */
function findWorkerds(): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/stat`, "utf8").startsWith(`${pid} (workerd) `) &&
        readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[3] === String(process.pid)
      );
    } catch {
      return false;
    }
  });
}

/** Processor time that all threads of a process have used, in milliseconds. */
function cpuMsOf(pid: string): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // A thread that has just ended.
    }
  }
  return nanoseconds / 1e6;
}

it(`answers ${REQUESTS} arbitrary requests to all operations in one shape, with little work and without a secret`, {
  timeout: 3_600_000,
}, async () => {
  const others = findWorkerds();
  const bare = await startStack();
  const [workerd] = findWorkerds().filter((pid) => !others.includes(pid));
  expect(workerd).toBeDefined();
  const owner = await bare.createTenant();
  const connection = (await createConnection(bare, owner, await bare.authorize(owner))).body;
  const ownIds = {
    zoom_oauth_connections: connection.id,
    zoom_oauth_apps: owner.appId,
    // Another one, which may be suspended or erased on the way: the others must stay within reach.
    projects: (await bare.createProject()).projectId,
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  const ask = async ({ method, path, headers: given, body: sentBody }: Sent): Promise<Answered> =>
    await new Promise((resolve, reject) => {
      const Authorization = String(given.Authorization).replace("own key", `Token ${owner.apiKey}`);
      const ownBody = sentBody.replace('"own app"', JSON.stringify(owner.appId));
      const outgoing = { ...given, Authorization, "Content-Length": String(Buffer.byteLength(ownBody)) };
      const sending = send(new URL(bare.url), { agent, method, path, headers: outgoing }, (response) => {
        const { statusCode = 0, headers: answered } = response;
        readText(response).then(
          (answer) => resolve({ status: statusCode, headers: answered, text: answer }),
          reject,
        );
      });
      sending.on("error", reject);
      sending.end(ownBody);
    });

  const secrets = [owner.apiKey, owner.clientSecret, ADMIN_API_KEY];
  const check = ({ method }: Sent, { status, headers: answered, text: answer }: Answered) => {
    for (const secret of secrets) expect(answer).not.toContain(secret);
    expect(status, answer).toBeLessThan(500);
    expect(answered["x-request-id"]).toBeDefined();
    if (status < 400 || method === "HEAD") return;
    const { error, code, fields, request_id, ...rest } = JSON.parse(answer);
    expect(rest).toEqual({});
    expect(ERROR_CODES).toContain(code);
    expect(typeof error).toBe("string");
    expect(answer.length).toBeLessThan(8_192);
    expect(fields === undefined).toBe(code !== "invalid_request");
    expect(answered["x-request-id"]).toBe(request_id);
  };

  const statuses = new Map<string, number>();
  let slowestMs = 0;
  let spentMs = 0;
  const measure = async (sent: Sent): Promise<number> => {
    const before = cpuMsOf(workerd as string);
    const answered = await ask(sent);
    const cpuMs = cpuMsOf(workerd as string) - before;
    check(sent, answered);
    const key = `${answered.status}`;
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
    spentMs += cpuMs;
    return cpuMs;
  };

  const all = Object.values(operations).filter((operation) => "handle" in operation) as AnyOperation[];
  const anyRequest = fc.oneof(...all.map((operation) => requestTo(operation, ownIds)));
  const start = performance.now();
  await fc.assert(
    fc.asyncProperty(anyRequest, async (sent) => {
      let cpuMs = await measure(sent);
      for (let tries = 1; cpuMs > MAX_CPU_MS && tries < TRIES; tries++)
        cpuMs = Math.min(cpuMs, await measure(sent));
      slowestMs = Math.max(slowestMs, cpuMs);
      expect(cpuMs, `milliseconds of processor time: ${sent.method} ${sent.path.slice(0, 200)}`).toBeLessThan(
        MAX_CPU_MS,
      );
    }),
    {
      numRuns: REQUESTS,
      ...(process.env.SOAK_SEED === undefined ? {} : { seed: Number(process.env.SOAK_SEED) }),
    },
  );
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${REQUESTS} requests in ${seconds.toFixed(0)} s: ${(spentMs / REQUESTS).toFixed(2)} ms of processor time each, at most ${slowestMs.toFixed(1)}; by status ${JSON.stringify(Object.fromEntries(statuses))}`,
  );
  expect([...statuses.keys()]).toEqual(
    expect.arrayContaining(["200", "201", "400", "401", "404", "405", "413", "415"]),
  );
  agent.destroy();
  await bare.close();
});
