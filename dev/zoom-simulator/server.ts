// The Zoom simulator: zoom.us/oauth, api.zoom.us/v2 and its own controls on one port of this machine.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { waitUntil } from "../delay.ts";
import { refusalOf } from "../foreign-page.ts";
import { LOOPBACK, listen } from "../ports.ts";
import { createCalls } from "./calls.ts";
import { answerAuthorize } from "./consent.ts";
import { answerControl, CONTROL_PREFIX, type Controls } from "./control.ts";
import { renderControlPage } from "./control-page.ts";
import { Faults } from "./faults.ts";
import { type Answer, readRequest, send } from "./http.ts";
import { PAGE_HEADERS } from "./page.ts";
import type { ClientInput } from "./records.ts";
import { RequestLog } from "./request-log.ts";
import { State } from "./state.ts";
import { keepInFile } from "./state-file.ts";

const DEFAULT_PORT = 8788;

export type { ClientInput } from "./records.ts";

export interface ZoomSimulator {
  /** For ZOOM_OAUTH_BASE_URL; with /v2 behind it, for ZOOM_API_BASE_URL. */
  url: string;
  port: number;
  /** How long each of Zoom's calls takes at least, in milliseconds, the work on it included; pages and controls do not wait. */
  callMs: number;
  /** What Zoom remembers, for tests that look deeper than the controls. */
  readonly state: State;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/**
 * Starts the simulator, on 127.0.0.1 and port 8788 unless told otherwise (0: any port). With a `stateFile`,
 * grants outlive it, as Zoom's outlive ours. Throws an Error with code `EADDRINUSE` that names a taken port.
 */
export async function startZoomSimulator(
  options: { port?: number; clients?: readonly ClientInput[]; stateFile?: string } = {},
): Promise<ZoomSimulator> {
  const { port: wantedPort = DEFAULT_PORT, clients = [], stateFile } = options;
  const state = new State(clients);
  const controls: Controls = { state, faults: new Faults(), requests: new RequestLog(), delayMs: 0 };
  const calls = createCalls(controls);
  let callMs = 0;

  const answer = async (message: IncomingMessage): Promise<Answer | null> => {
    const refusal = refusalOf(message);
    if (refusal !== null) return { status: 403, body: { error: refusal } };
    const request = await readRequest(message);
    const { method, path } = request;
    const baseUrl = `http://${request.headers.host}`;
    if (method === "GET" && (path === "/" || path === CONTROL_PREFIX)) {
      return { status: 200, headers: PAGE_HEADERS, body: renderControlPage(state, baseUrl) };
    }
    if (path.startsWith(CONTROL_PREFIX)) return await answerControl(controls, request);
    if (path === "/oauth/authorize") return answerAuthorize(state, request);
    const start = performance.now();
    const answered = await calls.answer(request, baseUrl);
    await waitUntil(start + callMs);
    return answered === undefined ? NOT_FOUND : answered;
  };

  const server = createServer({ noDelay: true }, (message, response) => {
    answer(message)
      .then((answered) => reply(response, answered))
      .catch((error: unknown) => reply(response, { status: 500, body: { error: String(error) } }));
  });
  // An idle connection that the server closes would fail the next call by chance.
  server.keepAliveTimeout = 0;
  const port = await listen(server, wantedPort);
  const url = `http://${LOOPBACK}:${port}`;
  // Only the one that has the port may have the file.
  const save = stateFile === undefined ? () => {} : await keepOrClose(server, state, stateFile);

  let closed = false;
  return {
    url,
    port,
    state,
    get callMs() {
      return callMs;
    },
    set callMs(milliseconds: number) {
      callMs = milliseconds;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await closeServer(server);
      save();
    },
  };
}

function reply(response: ServerResponse, answer: Answer | null): void {
  if (answer === null) response.socket?.destroy();
  else send(response, answer);
}

async function keepOrClose(server: Server, state: State, file: string): Promise<() => void> {
  try {
    return keepInFile(state, file);
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

const NOT_FOUND: Answer = {
  status: 404,
  body: { code: 404, message: "Nothing of Zoom's is simulated here." },
};
