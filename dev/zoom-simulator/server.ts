// The Zoom simulator: zoom.us/oauth, api.zoom.us/v2 and its own controls on one port. Owns the way of a call:
// who asks, which fault befalls it, its effect, its answer.

import { once } from "node:events";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "../ports.ts";
import { answerApi, apiOperation, readBearer } from "./api.ts";
import { answerAuthorize } from "./consent.ts";
import {
  answerControl,
  CONTROL_PREFIX,
  type Controls,
  listControls,
  type RecordedRequest,
  tellDeauthorized,
} from "./control.ts";
import { answerWithFault, Faults } from "./faults.ts";
import { type Answer, type Request, readForm, readRequest, send } from "./http.ts";
import { answerRevoke, answerToken, readCredentials } from "./oauth.ts";
import { type ClientInput, State } from "./state.ts";

const SAVE_DELAY_MS = 200;

export interface ZoomSimulator {
  /** For ZOOM_OAUTH_BASE_URL; with /v2 behind it, for ZOOM_API_BASE_URL. */
  url: string;
  port: number;
  /** Added to each of Zoom's calls, in milliseconds. */
  delayMs: number;
  close(): Promise<void>;
}

/** One of Zoom's calls, as far as it is known before it is worked on. */
interface Call {
  operation: string;
  client_id: string | null;
  user_id: string | null;
  run(isOverlapping: boolean): Answer;
}

/**
 * Starts the simulator on 127.0.0.1. With a `stateFile`, grants outlive it, as Zoom's outlive ours.
 * Throws an Error with code `EADDRINUSE` that names a taken port.
 */
export async function startZoomSimulator(options: {
  port?: number;
  clients?: readonly ClientInput[];
  stateFile?: string;
}): Promise<ZoomSimulator> {
  const state = new State(options.clients ?? []);
  const save = keepState(state, options.stateFile);
  const controls: Controls = { state, faults: new Faults(), requests: [], delayMs: 0 };
  const underWay = new Map<string, number>();

  const server = createServer({ noDelay: true }, (message, response) => {
    readRequest(message)
      .then(async (request) => await answer(request, response))
      .catch((error: unknown) => send(response, { status: 500, body: { error: String(error) } }));
  });
  // An idle connection that the server closes would fail the next call by chance.
  server.keepAliveTimeout = 0;
  const port = await listen(server, options.port ?? 8788);
  const url = `http://127.0.0.1:${port}`;

  async function answer(request: Request, response: ServerResponse): Promise<void> {
    if (request.path.startsWith(CONTROL_PREFIX))
      return send(response, await answerControl(controls, request));
    if (request.path === "/oauth/authorize") return send(response, answerAuthorize(state, request));
    const call = identify(state, request, baseUrlOf(request, url));
    if (call === null) return send(response, request.path === "/" ? welcome() : NOT_FOUND);
    const record = recordArrival(request, call);
    const fault = controls.faults.take(call);
    const owner = call.operation.startsWith("token.") ? call.user_id : null;
    if (owner !== null) underWay.set(owner, (underWay.get(owner) ?? 0) + 1);
    const isOverlapping = owner !== null && (underWay.get(owner) ?? 0) > 1;
    try {
      const delayMs = controls.delayMs + (fault?.kind === "delay" ? fault.delay_ms : 0);
      if (delayMs > 0) await sleep(delayMs);
      const result = answerWithFault(fault, request, state, () => call.run(isOverlapping));
      record.status = result?.status ?? null;
      const isFault = fault !== null && fault.kind !== "delay";
      record.outcome = isFault ? "fault" : result?.status === 200 ? "ok" : "refused";
      if (result === null) response.socket?.destroy();
      else send(response, result);
    } finally {
      if (owner !== null) underWay.set(owner, (underWay.get(owner) ?? 1) - 1);
    }
  }

  function recordArrival(request: Request, { operation, client_id, user_id }: Call): RecordedRequest {
    const at = new Date().toISOString();
    const { method, path } = request;
    const entry: RecordedRequest = {
      at,
      t: performance.now(),
      operation,
      method,
      path,
      client_id,
      user_id,
      status: null,
      outcome: "pending",
    };
    controls.requests.push(entry);
    return entry;
  }

  return {
    url,
    port,
    get delayMs() {
      return controls.delayMs;
    },
    set delayMs(delayMs: number) {
      controls.delayMs = delayMs;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      save();
    },
  };
}

const NOT_FOUND: Answer = {
  status: 404,
  body: { code: 2300, message: "This API endpoint is not recognized." },
};

/** Who asks for what, told from the request alone. */
function identify(state: State, request: Request, baseUrl: string): Call | null {
  if (request.method === "POST" && request.path === "/oauth/token") {
    const { form, get } = readForm(request);
    const holder = state.codes.get(get("code") ?? "") ?? state.findGrant(form.get("refresh_token") ?? "");
    return {
      operation: `token.${get("grant_type")}`,
      client_id: readCredentials(request).clientId || null,
      user_id: holder?.user_id ?? null,
      run: (isOverlapping) => answerToken(state, request, baseUrl, isOverlapping),
    };
  }
  if (request.method === "POST" && request.path === "/oauth/revoke") {
    const token = state.accessTokens.get(readForm(request).form.get("token") ?? "");
    return {
      operation: "revoke",
      client_id: readCredentials(request).clientId || null,
      user_id: token?.user_id ?? null,
      run: () => {
        const { answer, grant } = answerRevoke(state, request);
        if (grant) void tellDeauthorized(state, grant);
        return answer;
      },
    };
  }
  if (!request.path.startsWith("/v2/")) return null;
  const operation = apiOperation(request);
  const token = state.accessTokens.get(readBearer(request));
  return {
    operation: operation ?? "unknown",
    client_id: token?.client_id ?? null,
    user_id: token?.user_id ?? null,
    run: () => answerApi(state, operation, request),
  };
}

/** The name under which the caller knows us: `localhost` and `127.0.0.1` are two origins. */
function baseUrlOf(request: Request, url: string): string {
  return request.headers.host ? `http://${request.headers.host}` : url;
}

function welcome(): Answer {
  const list = listControls().map((control) => `<li><code>${control}</code></li>`);
  return {
    status: 200,
    body: `<!doctype html><meta charset="utf-8"><title>Zoom simulator</title>
<h1>Zoom simulator</h1>
<p>Stands in for zoom.us (<code>/oauth/…</code>) and api.zoom.us (<code>/v2/…</code>). Its controls:</p>
<ul>${list.join("")}</ul>`,
  };
}

/** Loads the state from the file and keeps writing it there, whole or not at all. Returns a last write. */
function keepState(state: State, file: string | undefined): () => void {
  if (file === undefined) return () => {};
  if (existsSync(file)) state.load(JSON.parse(readFileSync(file, "utf8")));
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    writeFileSync(`${file}.new`, JSON.stringify(state.toJson()), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  state.onChange = () => {
    timer ??= setTimeout(write, SAVE_DELAY_MS).unref();
  };
  return write;
}
