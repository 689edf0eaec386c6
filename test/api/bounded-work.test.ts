// What a request costs before anybody knows whose it is, and what one with very much in it costs.

import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/crypto/ids.ts";
import { CONNECTIONS } from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

const outcome = ({ status, body }: Answer) => [status, body.code];
const roundTripsOf = async (work: () => Promise<unknown>) => {
  stack.gateway.clearRequests();
  await work();
  return stack.gateway.requests.length;
};

describe("query parameters", () => {
  const query = (count: number, name = (index: number) => `metadata[k${index}]=v`) =>
    Array.from({ length: count }, (_, index) => name(index)).join("&");
  const list = async (search: string, apiKey = tenant.apiKey) =>
    await stack.request(`${CONNECTIONS}?${search}`, { apiKey });

  it("are taken up to 200", async () => {
    expect((await list(query(200))).status).toBe(200);
    expect((await list("")).status).toBe(200);
  });

  it.each([
    ["names", query(201)],
    ["nothing but separators", "&".repeat(200)],
    ["one name again and again", query(2_240, () => "metadata[k]=v")],
    ["names without a value", query(2_240, (index) => `m${index}`)],
    ["names that do not decode", query(2_240, () => "%ff%5b=%")],
  ])("are refused beyond 200: %s", async (_what, search) => {
    const answer = await list(search);
    expect(outcome(answer)).toEqual([400, "invalid_request"]);
    expect(answer.body.fields).toEqual({ query: ["Must have at most 200 parameters."] });
  });

  it("are refused beyond 200 where an operation takes none, too", async () => {
    const { apiKey } = tenant;
    const answer = await stack.request(`/api/v1/webhook_secret?${"a&".repeat(200)}`, { apiKey });
    expect(outcome(answer)).toEqual([400, "invalid_request"]);
  });

  it("cost a stranger's request no round trip before the key has the right form, and tell nothing", async () => {
    const roundTrips = await roundTripsOf(async () => {
      const mistyped = createApiKey().replace(/^zock_./, (start) =>
        start.endsWith("x") ? "zock_y" : "zock_x",
      );
      for (const apiKey of ["", mistyped, "with space"]) {
        expect(outcome(await list(query(2_240), apiKey))).toEqual([401, "unauthenticated"]);
      }
    });
    expect(roundTrips).toBe(0);
    expect(outcome(await list(query(2_240), createApiKey()))).toEqual([401, "unauthenticated"]);
  });

  it("of one name, plain and with a key, are refused, and neither is dropped", async () => {
    for (const search of ["metadata=1&metadata[k]=2", "metadata[k]=2&metadata=1"]) {
      const answer = await list(search);
      expect(outcome(answer)).toEqual([400, "invalid_request"]);
      expect(Object.keys(answer.body.fields).sort()).toEqual(["metadata", "metadata[k]"]);
    }
  });
});

describe("a body", () => {
  it.each([
    ["without a key", {}],
    ["with a malformed header", { Authorization: "Token two keys" }],
    ["with the wrong admin key", { Authorization: "Bearer wrong" }],
  ])("is not waited for %s", async (what, headers) => {
    const bare = await startStack();
    const path = what.includes("admin") ? "/api/v1/projects" : CONNECTIONS;
    const posting = request(new URL(path, bare.url), {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
    });
    // Of which nothing more comes.
    posting.write('{"authorization_code":');
    const [response] = (await once(posting, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    expect(JSON.parse(await text(response)).code).toBe("unauthenticated");
    posting.destroy();
    await bare.close();
  });
});
