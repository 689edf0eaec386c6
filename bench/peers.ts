// The database's gateway in a process of its own, and Zoom's simulator, a queue and a bucket in another, so that who measures does not
// share a thread with what answers. Run by `startPeers`, and told what to do over the channel between the processes.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { LOCAL_ZOOM_CLIENT } from "../dev/local-values.ts";
import { startNeonGateway } from "../dev/neon-gateway.ts";
import { LOOPBACK, listen } from "../dev/ports.ts";
import { startZoomSimulator } from "../dev/zoom-simulator/server.ts";
import { createBucket } from "./bucket.ts";

export type Peer = "db" | "zoom";
export type RoundTrips = Record<Peer, number>;

interface DatabaseUrls {
  gatewayUrl: string;
}

interface ZoomUrls {
  simulatorUrl: string;
  /** Takes messages as a queue does, and forgets them: what comes of them is not the request's cost. */
  queueUrl: string;
  /** The token journal's. A call takes as long as one to the database. */
  bucketUrl: string;
}

export interface Peers extends DatabaseUrls, ZoomUrls {
  gatewayPid: number;
  /** Makes each call take so long, in milliseconds, whatever the work on it takes. */
  delay(delays: RoundTrips): Promise<void>;
  /** How many calls arrived since it was asked the last time. */
  takeCounts(): Promise<RoundTrips>;
  /** How many objects were written to the bucket so far. */
  countPuts(): Promise<number>;
  close(): Promise<void>;
}

/** `delay`: in milliseconds. */
type Order = { delay: number; bucketDelay?: number } | "take counts" | "count puts";

/** Starts them in child processes, in front of the Postgres on that port. */
export async function startPeers(postgresPort: number): Promise<Peers> {
  const database = fork(import.meta.filename, [String(postgresPort)]);
  const zoom = fork(import.meta.filename);
  const [ofDatabase, ofZoom] = await Promise.all([ask<DatabaseUrls>(database), ask<ZoomUrls>(zoom)]);
  return {
    ...ofDatabase,
    ...ofZoom,
    gatewayPid: database.pid as number,
    delay: async (delays) => {
      await Promise.all([
        ask(database, { delay: delays.db }),
        ask(zoom, { delay: delays.zoom, bucketDelay: delays.db }),
      ]);
    },
    takeCounts: async () => ({
      db: await ask<number>(database, "take counts"),
      zoom: await ask<number>(zoom, "take counts"),
    }),
    countPuts: async () => await ask<number>(zoom, "count puts"),
    close: async () => {
      const ended = [database, zoom].map(async (child) => {
        child.disconnect();
        await once(child, "exit");
      });
      await Promise.all(ended);
    },
  };
}

async function ask<T>(child: ChildProcess, order?: Order): Promise<T> {
  const stop = new AbortController();
  const { signal } = stop;
  if (order !== undefined) child.send(order);
  const ended = once(child, "exit", { signal }).then(() => {
    throw new Error("the peers' process ended");
  });
  try {
    const [message] = await Promise.race([once(child, "message", { signal }), ended]);
    return message as T;
  } finally {
    ended.catch(() => {});
    stop.abort();
  }
}

async function serveDatabase(postgresPort: number): Promise<void> {
  const gateway = await startNeonGateway({ upstream: { host: LOOPBACK, port: postgresPort } });
  const obey = async (order: Order) => {
    if (typeof order !== "string") gateway.callMs = order.delay;
    const count = gateway.requests.length;
    gateway.clearRequests();
    return count;
  };
  serve({ gatewayUrl: gateway.url } satisfies DatabaseUrls, obey, async () => await gateway.close());
}

async function serveZoom(): Promise<void> {
  const simulator = await startZoomSimulator({ port: 0, clients: [LOCAL_ZOOM_CLIENT] });
  const queue = createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }));
    });
  });
  queue.keepAliveTimeout = 0;
  const queueUrl = `http://${LOOPBACK}:${await listen(queue, 0)}`;
  let bucketMs = 0;
  let puts = 0;
  const bucket = createBucket(
    () => bucketMs,
    () => {
      puts += 1;
    },
  );
  bucket.keepAliveTimeout = 0;
  const bucketUrl = `http://${LOOPBACK}:${await listen(bucket, 0)}`;
  const requests = new URL("/_simulator/requests", simulator.url);
  const obey = async (order: Order) => {
    if (order === "count puts") return puts;
    if (order !== "take counts") {
      simulator.callMs = order.delay;
      bucketMs = order.bucketDelay ?? 0;
    }
    const { requests: calls } = (await (await fetch(requests)).json()) as { requests: unknown[] };
    await fetch(requests, { method: "DELETE" });
    return calls.length;
  };
  const urls = { simulatorUrl: simulator.url, queueUrl, bucketUrl } satisfies ZoomUrls;
  serve(urls, obey, async () => await simulator.close());
}

/** Obeys the parent: each order is answered with how many calls arrived since the last one. */
function serve(
  urls: DatabaseUrls | ZoomUrls,
  obey: (order: Order) => Promise<number>,
  close: () => Promise<void>,
) {
  process.on("message", async (order: Order) => process.send?.(await obey(order)));
  process.on("disconnect", async () => {
    await close();
    process.exit();
  });
  process.send?.(urls);
}

if (import.meta.main) await (process.argv[2] ? serveDatabase(Number(process.argv[2])) : serveZoom());
