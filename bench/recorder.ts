// Stands between a Worker and whom it calls, and keeps what both said; then says it again, from a process of its own,
// to a Worker that makes the same calls and does nothing else.

import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, request as send } from "node:http";
import { waitUntil } from "../dev/delay.ts";
import { LOOPBACK, listen } from "../dev/ports.ts";
import type { Peer } from "./peers.ts";

export interface Exchange {
  peer: Peer;
  method: string;
  path: string;
  requestHeaders: Record<string, string>;
  requestBody: string;
  status: number;
  responseHeaders: Record<string, string>;
  responseBody: string;
  /** From the request's last byte until the answer's, in milliseconds. */
  durationMs: number;
}

interface Listener {
  url: string;
  close(): void;
}

/** Made anew for each message, by whoever sends it. */
const OWN_HEADERS = ["host", "connection", "keep-alive", "content-length", "transfer-encoding", "date"];

/** Passes requests on to the peer, and puts what was said into `exchanges`. */
export async function startRecorder(peer: Peer, target: string, exchanges: Exchange[]): Promise<Listener> {
  return await start(
    createServer(async (request, response) => {
      const requestBody = await read(request);
      const { method = "", url: path = "", headers } = request;
      const startedAt = performance.now();
      const forward = send(new URL(path, target), { method, headers }, async (answer) => {
        const responseBody = await read(answer);
        exchanges.push({
          peer,
          method,
          path,
          requestHeaders: keep(headers),
          requestBody,
          status: answer.statusCode ?? 0,
          responseHeaders: keep(answer.headers),
          responseBody,
          durationMs: performance.now() - startedAt,
        });
        response.writeHead(answer.statusCode ?? 0, answer.headers).end(responseBody);
      });
      forward.end(requestBody);
    }),
  );
}

/**
 * Answers a request to `/0` as the first exchange was answered, and so on, and takes as long: a Worker that waits for
 * its peers sleeps and wakes, which costs CPU time.
 */
export async function startReplay(exchanges: readonly Exchange[]): Promise<Listener> {
  const child = fork(import.meta.filename);
  child.send(exchanges);
  const [url] = await once(child, "message");
  return { url: url as string, close: () => child.disconnect() };
}

async function replay(exchanges: readonly Exchange[]): Promise<Listener> {
  return await start(
    createServer(async (request, response) => {
      const at = performance.now();
      await read(request);
      const exchange = exchanges[Number(request.url?.slice(1))];
      if (!exchange) return void response.writeHead(404).end();
      await waitUntil(at + exchange.durationMs);
      response.writeHead(exchange.status, exchange.responseHeaders).end(exchange.responseBody);
    }),
  );
}

async function start(server: Server): Promise<Listener> {
  server.keepAliveTimeout = 0;
  const url = `http://${LOOPBACK}:${await listen(server, 0)}`;
  return {
    url,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function read(message: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function keep(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

if (import.meta.main) {
  process.once("message", async (exchanges: Exchange[]) => process.send?.((await replay(exchanges)).url));
  process.once("disconnect", () => process.exit());
}
