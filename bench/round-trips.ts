// How many calls each operation of the API makes, counted by whom it calls. The requests are those that the tests start
// from, so an operation cannot be left out.

import { setTimeout as sleep } from "node:timers/promises";
import { startBareWorker } from "../dev/workerd.ts";
import { operations } from "../src/routes/index.ts";
import { CONNECTIONS, expireAccessToken } from "../test/support/connections.ts";
import { createOwner } from "../test/support/owner.ts";
import { ADMIN, createService, type RequestOptions, type Service } from "../test/support/service.ts";
import { HANDLED_OPERATIONS, type HandledOperation, validRequest } from "../test/support/valid-requests.ts";
import type { RoundTrips } from "./peers.ts";
import type { BenchStack } from "./stack.ts";

/** How long work goes on after an answer, in milliseconds. */
const SETTLE_MS = 50;

export type RoundTripFigures = Record<string, RoundTrips>;

/**
 * By the operation's method and path, and one more for a second way through an operation. The built Worker in `dir` has
 * every binding, and nothing consumes its queues. Throws where an operation does not answer as it should, or was left out.
 */
export async function countRoundTrips(stack: BenchStack, dir: string): Promise<RoundTripFigures> {
  const worker = await startBareWorker(dir, stack.environment.texts, {
    isJournaled: true,
    isConsumer: false,
  });
  const service = createService({
    origin: worker.url.origin,
    simulator: { url: stack.peers.simulatorUrl },
    sql: stack.sql,
  });
  const figures: RoundTripFigures = {};
  try {
    // First, because a recovery turns the token journal on, whose work follows a refresh's answer.
    const others = await countSecondWays(stack, service);
    for (const name of HANDLED_OPERATIONS) Object.assign(figures, await countOperation(name, stack, service));
    Object.assign(figures, others);
  } finally {
    await worker.close();
  }
  const described = Object.values(operations).filter((operation) => "handle" in operation);
  const missing = described.map(nameOf).filter((name) => !(name in figures));
  if (missing.length > 0) throw new Error(`not asked for: ${missing.join(", ")}`);
  return figures;
}

/** Sends the operation's valid request for a project of its own. */
async function countOperation(
  name: HandledOperation,
  stack: BenchStack,
  service: Service,
): Promise<RoundTripFigures> {
  const owner = await createOwner(service, null);
  const { path, method, body, headers } = await validRequest(name, owner);
  const { security, status } = operations[name];
  const credentials = {
    admin: ADMIN,
    api_key: { Authorization: `Token ${owner.apiKey}` },
    none: {},
  }[security];
  const counts = await count(stack, async () => {
    await send(service, path, { method, body, headers: { ...headers, ...credentials } }, status);
  });
  return { [nameOf(operations[name])]: counts };
}

/** The same request again, and a token that must be refreshed. */
async function countSecondWays(stack: BenchStack, service: Service): Promise<RoundTripFigures> {
  const owner = await createOwner(service, null);
  const { apiKey } = owner;
  const create = await validRequest("createZoomOAuthConnection", owner);
  const createAgain = async () => await send(service, create.path, { ...create, apiKey }, 201);
  await createAgain();
  const again = await count(stack, async () => void (await createAgain()));
  const id = await owner.connectionId();
  await expireAccessToken(service, id);
  const refreshed = await count(stack, async () => {
    await send(service, `${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey }, 200);
  });
  return {
    [`${nameOf(operations.createZoomOAuthConnection)}, sent again`]: again,
    [`${nameOf(operations.createAccessToken)}, refreshed`]: refreshed,
  };
}

async function count(stack: BenchStack, work: () => Promise<void>): Promise<RoundTrips> {
  await sleep(SETTLE_MS);
  await stack.peers.takeCounts();
  await work();
  await sleep(SETTLE_MS);
  return await stack.peers.takeCounts();
}

async function send(service: Service, path: string, options: RequestOptions, expected: number) {
  const { status, text } = await service.request(path, options);
  if (status !== expected) throw new Error(`${options.method} ${path}: ${status} ${text}`);
}

/** As the figures name it. */
function nameOf({ method, path }: { method: string; path: string }): string {
  return `${method.toUpperCase()} ${path}`;
}
