// The database's gateway, Zoom's simulator and a queue in a process of their own, so that who measures does not share a
// thread with what answers. Run by `startPeers`, and told what to do over the channel between the processes.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { LOCAL_ZOOM_CLIENT } from "../dev/local-values.ts";
import { startNeonGateway } from "../dev/neon-gateway.ts";
import { LOOPBACK, listen } from "../dev/ports.ts";
import { startZoomSimulator } from "../dev/zoom-simulator/server.ts";

export type Peer = "db" | "zoom";
export type RoundTrips = Record<Peer, number>;

export interface Delays extends RoundTrips {
  /** Whether the database's work comes on top, or happens within the time. */
  isAdded: boolean;
}

interface Urls {
  gatewayUrl: string;
  simulatorUrl: string;
  /** Takes messages as a queue does, and forgets them: what comes of them is not the request's cost. */
  queueUrl: string;
}

export interface Peers extends Urls {
  /** Makes each call take so long, in milliseconds. */
  delay(delays: Delays): Promise<void>;
  /** How many calls arrived since it was asked the last time. */
  takeCounts(): Promise<RoundTrips>;
  close(): Promise<void>;
}

type Order = { delay: Delays } | "take counts";

/** Starts them in a child process, in front of the Postgres on that port. */
export async function startPeers(postgresPort: number): Promise<Peers> {
  const child = fork(import.meta.filename, [String(postgresPort)]);
  const urls = await ask<Urls>(child);
  return {
    ...urls,
    delay: async (delay) => void (await ask(child, { delay })),
    takeCounts: async () => await ask(child, "take counts"),
    close: async () => {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
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

async function serve(postgresPort: number): Promise<void> {
  const gateway = await startNeonGateway({ upstream: { host: LOOPBACK, port: postgresPort } });
  const simulator = await startZoomSimulator({ port: 0, clients: [LOCAL_ZOOM_CLIENT] });
  const queue = createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }));
    });
  });
  queue.keepAliveTimeout = 0;
  const queueUrl = `http://${LOOPBACK}:${await listen(queue, 0)}`;
  const tell = (message: unknown) => process.send?.(message);
  process.on("message", async (order: Order) => {
    if (order === "take counts") {
      const requests = new URL("/_simulator/requests", simulator.url);
      const { requests: calls } = (await (await fetch(requests)).json()) as { requests: unknown[] };
      await fetch(requests, { method: "DELETE" });
      tell({ db: gateway.requests.length, zoom: calls.length });
      gateway.clearRequests();
    } else {
      const { db, zoom, isAdded } = order.delay;
      gateway.delayMs = isAdded ? db : 0;
      gateway.callMs = isAdded ? 0 : db;
      simulator.delayMs = zoom;
      tell("done");
    }
  });
  process.on("disconnect", async () => {
    await Promise.all([gateway.close(), simulator.close()]);
    process.exit();
  });
  tell({ gatewayUrl: gateway.url, simulatorUrl: simulator.url, queueUrl } satisfies Urls);
}

if (import.meta.main) await serve(Number(process.argv[2]));
