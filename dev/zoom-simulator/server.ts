// The Zoom simulator: zoom.us/oauth, api.zoom.us/v2 and its own controls on one port of this machine.

import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hasCode, LOOPBACK, portTaken } from "../ports.ts";
import { createCalls } from "./calls.ts";
import { answerAuthorize } from "./consent.ts";
import { answerControl, CONTROL_PREFIX, type Controls, listControls } from "./control.ts";
import { Faults } from "./faults.ts";
import { type Answer, type Request, readRequest, send } from "./http.ts";
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
  /** Added to each of Zoom's calls, in milliseconds; the consent page and the controls do not wait. */
  delayMs: number;
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
  options: { port?: number; host?: string; clients?: readonly ClientInput[]; stateFile?: string } = {},
): Promise<ZoomSimulator> {
  const { port: wantedPort = DEFAULT_PORT, host = LOOPBACK, clients = [], stateFile } = options;
  const state = new State(clients);
  const controls: Controls = { state, faults: new Faults(), requests: new RequestLog(), delayMs: 0 };
  const calls = createCalls(controls);

  const answer = async (request: Request): Promise<Answer | null> => {
    if (request.path.startsWith(CONTROL_PREFIX)) return await answerControl(controls, request);
    if (request.path === "/oauth/authorize") return answerAuthorize(state, request);
    const answered = await calls.answer(request, baseUrlOf(request, url));
    if (answered !== undefined) return answered;
    return request.path === "/" ? WELCOME : NOT_FOUND;
  };

  const server = createServer({ noDelay: true }, (message, response) => {
    readRequest(message)
      .then(async (request) => reply(response, await answer(request)))
      .catch((error: unknown) => reply(response, { status: 500, body: { error: String(error) } }));
  });
  // An idle connection that the server closes would fail the next call by chance.
  server.keepAliveTimeout = 0;
  const port = await listen(server, wantedPort, host);
  const url = `http://${reachable(host)}:${port}`;
  // Only the one that has the port may have the file.
  const save = stateFile === undefined ? () => {} : await keepOrClose(server, state, stateFile);

  let closed = false;
  return {
    url,
    port,
    state,
    get delayMs() {
      return controls.delayMs;
    },
    set delayMs(delayMs: number) {
      controls.delayMs = delayMs;
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

async function listen(server: Server, port: number, host: string): Promise<number> {
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    throw hasCode(error, "EADDRINUSE") ? portTaken(port, "by another process") : error;
  }
  return (server.address() as AddressInfo).port;
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

/** The name under which the caller knows us: `localhost` and `127.0.0.1` are two origins. */
function baseUrlOf(request: Request, url: string): string {
  return request.headers.host ? `http://${request.headers.host}` : url;
}

function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return LOOPBACK;
  return host.includes(":") ? `[${host}]` : host;
}

const NOT_FOUND: Answer = {
  status: 404,
  body: { code: 404, message: "Nothing of Zoom's is simulated here." },
};

const WELCOME: Answer = {
  status: 200,
  body: `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Zoom simulator</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem">
<h1>Zoom simulator</h1>
<p>Stands in for zoom.us (<code>/oauth/authorize</code>, <code>/oauth/token</code>, <code>/oauth/revoke</code>)
and api.zoom.us (<code>/v2/…</code>). No real account is involved. Its controls, in JSON:</p>
<ul>${listControls()
    .map((control) => `<li><code>${control}</code></li>`)
    .join("")}</ul>
</body></html>`,
};
