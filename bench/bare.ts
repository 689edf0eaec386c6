// The bare handler that a route is held against: it makes the calls that the route makes, byte for byte, and gives
// the same answer.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleForWorkerd } from "../dev/bundle.ts";
import type { Plan } from "./bare-worker.ts";
import { ask } from "./load.ts";
import type { RoundTrips } from "./peers.ts";
import { type Exchange, startRecorder, startReplay } from "./recorder.ts";
import type { Route } from "./routes.ts";
import type { BenchStack } from "./stack.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

/** The recorded request is one that meets a warm Worker and warm peers. */
const WARM_UP = 50;

export interface Recording {
  exchanges: Exchange[];
  answer: Plan["answer"];
}

/** What the Worker and its peers say to each other for one request of the route, and the answer. */
export async function record(stack: BenchStack, route: Route, workerFile: string): Promise<Recording> {
  const exchanges: Exchange[] = [];
  const gateway = new URL(stack.peers.gatewayUrl);
  const db = await startRecorder("db", gateway.origin, exchanges);
  const zoom = await startRecorder("zoom", stack.peers.simulatorUrl, exchanges);
  const worker = await startWorkerd(workerFile, {
    ...stack.environment,
    texts: {
      ...stack.environment.texts,
      DATABASE_FETCH_ENDPOINT: `${db.url}${gateway.pathname}`,
      ZOOM_OAUTH_BASE_URL: zoom.url,
      ZOOM_API_BASE_URL: `${zoom.url}/v2`,
    },
  });
  for (let i = 0; i < WARM_UP; i++) await ask(worker.url, await route.next());
  exchanges.length = 0;
  const answer = await ask(worker.url, await route.next());
  await worker.close();
  db.close();
  zoom.close();
  return { exchanges, answer };
}

/** Starts it. With `delays` its peers take that long, else as long as they took when they were recorded. */
export async function startBare(
  bareFile: string,
  { exchanges, answer }: Recording,
  delays?: RoundTrips,
): Promise<Workerd> {
  const replayed = exchanges.map((exchange) => ({
    ...exchange,
    durationMs: delays ? delays[exchange.peer] : exchange.durationMs,
  }));
  const replay = await startReplay(replayed);
  const calls = exchanges.map(({ method, requestHeaders: headers, requestBody: body }, i) => ({
    url: `${replay.url}/${i}`,
    method,
    headers,
    body,
  }));
  const worker = await startWorkerd(bareFile, {
    texts: { PLAN: JSON.stringify({ calls, answer } satisfies Plan) },
  });
  return {
    ...worker,
    close: async () => {
      await worker.close();
      replay.close();
    },
  };
}

/** Bundles it as the product; returns the file. */
export async function buildBareWorker(): Promise<string> {
  const { code } = await bundleForWorkerd(join(import.meta.dirname, "bare-worker.ts"));
  const dir = join("dist", "bare-worker");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "index.js"), code);
  return join(dir, "index.js");
}
