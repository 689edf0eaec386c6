// A receiver of webhooks on this machine, which answers as it is told.

import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { LOOPBACK, listen } from "../../dev/ports.ts";

export interface Received {
  /** `performance.now()` on arrival. */
  at: number;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface ReceiverAnswer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
  /** Before the answer. */
  delayMs?: number;
}

export interface Receiver {
  url: string;
  requests: Received[];
  /** `count`: the number of this request, from 1 on. */
  answerWith(answer: (count: number, request: Received) => ReceiverAnswer): void;
  /** Forgets the requests, and answers 200 `ok` again. */
  reset(): void;
  close(): Promise<void>;
}

const OK = () => ({ status: 200, body: "ok" });

export async function startReceiver(): Promise<Receiver> {
  let answer: (count: number, request: Received) => ReceiverAnswer = OK;
  const requests: Received[] = [];
  const server = createServer(async (request, response) => {
    const at = performance.now();
    const received = {
      at,
      path: request.url ?? "",
      headers: flatten(request.headers),
      body: await text(request),
    };
    requests.push(received);
    const { status, body = "", headers = {}, delayMs = 0 } = answer(requests.length, received);
    if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs).unref());
    response.writeHead(status, headers).end(body);
  });
  const port = await listen(server, 0);
  return {
    url: `http://${LOOPBACK}:${port}/hook`,
    requests,
    answerWith: (next) => {
      answer = next;
    },
    reset: () => {
      requests.length = 0;
      answer = OK;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
