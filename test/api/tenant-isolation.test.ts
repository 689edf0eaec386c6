// One project never sees or changes another's objects: each operation's valid request, sent with a stranger's key.

import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../src/routes/index.ts";
import { CONNECTIONS } from "../support/connections.ts";
import { createOwner, type Owner } from "../support/owner.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Answer, type Stack, startStack } from "../support/stack.ts";
import {
  fillIn,
  type OperationName,
  operationsWith,
  type ValidRequest,
  validRequest,
} from "../support/valid-requests.ts";

let stack: Stack;
let receiver: Receiver;
let stranger: Owner;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
  stranger = await createOwner(stack, receiver);
  // So that no list of the stranger's is empty for want of objects.
  await Promise.all([
    stranger.connectionId(),
    stranger.deliveryId(),
    stranger.sessionId(),
    stranger.tokenLinkId(),
  ]);
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

type Outcome =
  /** A list of the stranger's own objects. */
  | "shows the stranger's own"
  /** Something new, which is the stranger's. */
  | "makes the stranger's own"
  /** The body names the owner's app, which the stranger's project does not have. */
  | "finds no such app"
  /** The query names the owner's connection, of which the stranger's project has nothing. */
  | "finds nothing"
  /** The body names the owner's connection, which the stranger's project does not have. */
  | "finds no such connection";

/** What a stranger gets where the path names nobody's object; elsewhere the object does not exist. */
const OUTCOMES: Partial<Record<OperationName, Outcome>> = {
  createZoomOAuthConnection: "finds no such app",
  importZoomOAuthConnection: "finds no such app",
  createZoomTokens: "finds no such app",
  preflightZoomTokens: "finds no such app",
  createConnectSession: "finds no such app",
  createTokenLink: "finds no such connection",
  listZoomMeetings: "finds nothing",
  listConnectSessions: "shows the stranger's own",
  listTokenLinks: "shows the stranger's own",
  listZoomOAuthConnections: "shows the stranger's own",
  listZoomOAuthApps: "shows the stranger's own",
  listWebhooks: "shows the stranger's own",
  getStatistics: "shows the stranger's own",
  getWebhookSecret: "shows the stranger's own",
  rotateWebhookSecret: "makes the stranger's own",
  createZoomOAuthApp: "makes the stranger's own",
  createOwnApiKey: "makes the stranger's own",
  listOwnApiKeys: "shows the stranger's own",
  listAuditEvents: "shows the stranger's own",
  createWebhook: "makes the stranger's own",
};

const namesObject = (name: OperationName) => operations[name].path.includes("{");
const send = async ({ path, ...rest }: Pick<ValidRequest, "path" | "method" | "body">, { apiKey }: Owner) =>
  await stack.request(path, { ...rest, apiKey });
/** Without what differs between two answers of the same kind. */
const told = ({ status, body }: Answer) => ({ status, ...body, request_id: undefined });

describe.each(operationsWith("api_key").filter(namesObject))("%s of another project's object", (name) => {
  it("answers as if there were none, and changes nothing", async () => {
    const owner = await createOwner(stack, receiver);
    const request = await validRequest(name, owner);
    const before = await rowsOf(owner);
    const foreign = await send(request, stranger);
    expect([foreign.status, foreign.body.code]).toEqual([404, "not_found"]);
    const absent = Object.entries(request.params).map(([key, id]) => [
      key,
      id.replace(/[^_]+$/, "0".repeat(16)),
    ]);
    const path = fillIn(operations[name].path, Object.fromEntries(absent));
    expect(told(foreign)).toEqual(told(await send({ ...request, path }, stranger)));
    expect(await rowsOf(owner)).toEqual(before);
    const own = await send(request, owner);
    expect(own.status, own.text).toBe(operations[name].status);
  });
});

it("an object of another project's is not found under an object of one's own", async () => {
  const owner = await createOwner(stack, receiver);
  const names = operationsWith("api_key").filter((name) => operations[name].path.match(/\{/g)?.length === 2);
  expect(names).toEqual(["redeliverWebhookDelivery"]);
  const request = await validRequest("redeliverWebhookDelivery", owner);
  const params = { ...request.params, id: await stranger.webhookId() };
  const path = fillIn(operations.redeliverWebhookDelivery.path, params);
  expect((await send({ ...request, path }, stranger)).status).toBe(404);
});

describe.each(operationsWith("api_key").filter((name) => !namesObject(name)))("%s", (name) => {
  it(`with a stranger's key ${OUTCOMES[name]}, and changes nothing of the owner's`, async () => {
    const outcome = OUTCOMES[name];
    const owner = await createOwner(stack, receiver);
    const ids = [owner.projectId, owner.appId, await owner.connectionId(), await owner.webhookId()];
    const { secret } = (await stack.request("/api/v1/webhook_secret", { apiKey: owner.apiKey })).body;
    const request = await validRequest(name, owner);
    const before = await rowsOf(owner);
    const answer = await send(request, stranger);
    if (outcome === "finds no such app") {
      expect([answer.status, answer.body.code]).toEqual([400, "zoom_oauth_app_not_found"]);
    } else if (outcome === "finds no such connection") {
      expect(answer.status).toBe(400);
      expect(answer.body.fields["connection.zoom_oauth_connection_id"]).toEqual([
        "The project has no connection with this ID.",
      ]);
    } else if (outcome === "finds nothing") {
      expect([answer.status, answer.body.results]).toEqual([200, []]);
    } else {
      expect(outcome, `${name} has no outcome here yet`).toBeDefined();
      expect(answer.status, answer.text).toBe(operations[name].status);
      if ("results" in answer.body) expect(answer.body.results).not.toEqual([]);
      for (const text of [...ids, secret]) expect(answer.text).not.toContain(text);
    }
    expect(await rowsOf(owner)).toEqual(before);
    const own = await send(request, owner);
    expect(own.status, own.text).toBe(operations[name].status);
  });
});

it("a list that is filtered by another project's app or user is empty", async () => {
  const owner = await createOwner(stack, receiver);
  const { user_id } = (
    await stack.request(`${CONNECTIONS}/${await owner.connectionId()}`, { apiKey: owner.apiKey })
  ).body;
  for (const filter of [`zoom_oauth_app_id=${owner.appId}`, `user_id=${user_id}`]) {
    const path = `${CONNECTIONS}?${filter}`;
    expect((await stack.request(path, { apiKey: owner.apiKey })).body.results).toHaveLength(1);
    expect((await stack.request(path, { apiKey: stranger.apiKey })).body.results).toEqual([]);
  }
});

/** Every row of the database that names the owner's project or app, as text. */
async function rowsOf({ projectId, appId }: Owner): Promise<string[]> {
  const tables = await stack.sql(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const rows = await Promise.all(
    tables.map(async ({ name }) => {
      const naming = `select row::text as text from ${name} row where row::text ~ $1`;
      const found = await stack.sql(naming, [`${projectId}|${appId}`]);
      return found.map(({ text }) => `${name}: ${shorten(text as string)}`);
    }),
  );
  return rows.flat().sort();
}

/** With a digest for each long ciphertext, so that a difference can be read. */
function shorten(row: string): string {
  const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 8);
  return row.replaceAll(/[\w.-]{80,}/g, digest);
}
