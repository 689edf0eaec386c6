// Who is kept out, and from where: for every operation that wants a key, a valid request is proven to succeed, and then
// each denial takes one thing away from it.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../src/routes/index.ts";
import { createOwner, type Owner } from "../support/owner.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, ADMIN_API_KEY, type Stack, startStack } from "../support/stack.ts";
import {
  fillIn,
  type OperationName,
  operationsWith,
  type ValidRequest,
  validRequest,
} from "../support/valid-requests.ts";

let stack: Stack;
let receiver: Receiver;
/** Whose request the denials take something away from. */
let owner: Owner;
let request: ValidRequest;

beforeAll(async () => {
  stack = await startStack({ isJournaled: true, vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

const send = async ({ path, ...rest }: ValidRequest, headers: Record<string, string>) =>
  await stack.request(path, { ...rest, headers });
const token = (key: string) => ({ Authorization: `Token ${key}` });
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const inOtherCase = (key: string) =>
  key.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

it("every operation wants a project's key or the administrator's, but for these", () => {
  const open = Object.values(operations).filter(({ security }) => security === "none");
  expect(open.map(({ operationId }) => operationId).sort()).toEqual([
    "getLiveness",
    "getOpenApiDocument",
    "getReadiness",
    // Zoom signs it: its own denials stand with its other tests.
    "receiveZoomWebhook",
  ]);
});

describe.each(operationsWith("api_key"))("%s", (name) => {
  beforeAll(async () => {
    owner = await createOwner(stack, receiver);
    request = await validRequest(name, owner);
  });

  it("succeeds with a key of the project", async () => {
    const other = await createOwner(stack, receiver);
    const answer = await send(await validRequest(name, other), token(other.apiKey));
    expect(answer.status, answer.text).toBe(operations[name].status);
  });

  it.each<[string, (key: string) => Record<string, string>]>([
    ["without the header", () => ({})],
    ["with an empty header", () => ({ Authorization: "" })],
    ["with the key but no scheme", (key) => ({ Authorization: key })],
    ["with the scheme Basic", (key) => ({ Authorization: `Basic ${btoa(`${key}:`)}` })],
    ["with the scheme but no key", () => ({ Authorization: "Token " })],
    ["with an unknown key", () => token(`zock_${"0".repeat(40)}`)],
    ["with an unknown key and the scheme Bearer", () => bearer(`zock_${"0".repeat(40)}`)],
    ["with a key that is cut short", (key) => token(key.slice(0, -1))],
    ["with a key that is one character too long", (key) => token(`${key}0`)],
    ["with the key in the other case", (key) => token(inOtherCase(key))],
    ["with the key twice", (key) => token(`${key} ${key}`)],
    ["with the administrator's key", () => bearer(ADMIN_API_KEY)],
  ])("is denied %s", async (_how, headersOf) => {
    await expectDenied(request, headersOf(owner.apiKey));
  });

  it("is denied with a key that was disabled", async () => {
    await expectDenied(request, token(await owner.disabledKey()));
  });

  it.each(wrongInputs(name))("tells a stranger nothing about %s", async (_what, spoil) => {
    const wrong = spoil(request);
    expect([400, 404]).toContain((await send(wrong, token(owner.apiKey))).status);
    await expectDenied(wrong, token("unknown"));
  });

  it("succeeds after all that was denied, none of which had an effect", async () => {
    const answer = await send(request, token(owner.apiKey));
    expect(answer.status, answer.text).toBe(operations[name].status);
  });

  async function expectDenied(denied: ValidRequest, headers: Record<string, string>): Promise<void> {
    const answer = await send(denied, headers);
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
    expect(answer.headers.get("WWW-Authenticate")).toBe("Token");
  }
});

describe.each(operationsWith("admin"))("%s", (name) => {
  beforeAll(async () => {
    owner = await createOwner(stack, receiver);
    request = await validRequest(name, owner);
  });

  it("succeeds with the administrator's key", async () => {
    const other = await createOwner(stack, receiver);
    const answer = await send(await validRequest(name, other), ADMIN);
    expect(answer.status, answer.text).toBe(operations[name].status);
  });

  it.each<[string, (projectKey: string) => Record<string, string>]>([
    ["without the header", () => ({})],
    ["with an empty header", () => ({ Authorization: "" })],
    ["with the key but no scheme", () => ({ Authorization: ADMIN_API_KEY })],
    ["with the scheme Token", () => token(ADMIN_API_KEY)],
    ["with the scheme Basic", () => ({ Authorization: `Basic ${btoa(`${ADMIN_API_KEY}:`)}` })],
    ["with the scheme but no key", () => ({ Authorization: "Bearer " })],
    ["with an unknown key", () => bearer("wrong")],
    ["with a key that is cut short", () => bearer(ADMIN_API_KEY.slice(0, -1))],
    ["with a key that is one character too long", () => bearer(`${ADMIN_API_KEY}0`)],
    ["with the key in the other case", () => bearer(inOtherCase(ADMIN_API_KEY))],
    ["with a project's key", (projectKey) => bearer(projectKey)],
  ])("is denied %s", async (_how, headersOf) => {
    const answer = await send(request, headersOf(owner.apiKey));
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
  });

  it("succeeds after all that was denied, none of which had an effect", async () => {
    const answer = await send(request, ADMIN);
    expect(answer.status, answer.text).toBe(operations[name].status);
  });
});

describe("a service without an administrator's key", () => {
  let closed: Stack;
  beforeAll(async () => {
    closed = await startStack({ database: stack.database, secrets: { ADMIN_API_KEY: "" } });
    owner = await createOwner(stack, receiver);
  });
  afterAll(async () => await closed.close());

  it.each(operationsWith("admin"))("has no %s", async (name) => {
    const { path, ...rest } = await validRequest(name, owner);
    for (const headers of [ADMIN, {}, { Authorization: "Bearer " }]) {
      const answer = await closed.request(path, { ...rest, headers });
      expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    }
  });
});

/** What can be wrong about the operation's input, and the request with just that. */
function wrongInputs(name: OperationName): [what: string, spoil: (valid: ValidRequest) => ValidRequest][] {
  const operation = operations[name];
  const wrong: ReturnType<typeof wrongInputs> = [];
  if ("body" in operation && operation.body) {
    wrong.push(["a body that is not JSON", (valid) => ({ ...valid, body: "{" })]);
    wrong.push(["a body with an unknown field", (valid) => ({ ...valid, body: { nonsense: 1 } })]);
  }
  if ("query" in operation && operation.query) {
    wrong.push(["an unknown query parameter", (valid) => ({ ...valid, path: `${valid.path}?nonsense=1` })]);
  }
  for (const [, param = ""] of operation.path.matchAll(/\{(\w+)\}/g)) {
    wrong.push([
      `a malformed ${param}`,
      (valid) => ({ ...valid, path: fillIn(operation.path, { ...valid.params, [param]: "malformed" }) }),
    ]);
  }
  return wrong;
}
