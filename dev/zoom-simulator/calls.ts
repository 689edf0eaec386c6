// One of Zoom's calls from arrival to answer: who asks, which fault befalls it, its effect, its answer.

import { waitUntil } from "../delay.ts";
import { answerApi, apiHeaders, apiOperation } from "./api.ts";
import type { Controls } from "./control.ts";
import { answerWithFault, type CallInfo } from "./faults.ts";
import { type Answer, type Request, readBearer, readCredentials, readForm } from "./http.ts";
import { answerRevoke, answerToken } from "./oauth.ts";
import type { State } from "./state.ts";
import { tellDeauthorized } from "./webhooks.ts";

interface Call extends CallInfo {
  /** Takes effect, and answers. `isOverlapping`: another token call for the same user is under way. */
  run(isOverlapping: boolean): Answer;
}

/** Answers Zoom's calls; null from `answer`: the connection is to be cut, undefined: it is no call of Zoom's. */
export function createCalls(controls: Controls) {
  const { state, faults, requests } = controls;
  const underWay = new Map<string, number>();

  return {
    async answer(request: Request, baseUrl: string): Promise<Answer | null | undefined> {
      const start = performance.now();
      const call = identify(state, request, baseUrl);
      if (call === undefined) return undefined;
      const entry = requests.add(request, call);
      const fault = faults.take(call);
      const { isOverlapping, leave } = enter(underWay, call);
      try {
        // First the wait, then the effect: of two that overlap, the first to come is the first to win.
        const delayMs = controls.delayMs + (fault?.kind === "delay" ? fault.delay_ms : 0);
        await waitUntil(start + delayMs);
        const answer = answerWithFault(fault, call, request, state, () => call.run(isOverlapping));
        entry.status = answer?.status ?? null;
        const isFault = fault !== null && fault.kind !== "delay";
        entry.outcome = isFault ? "fault" : answer?.status === 200 ? "ok" : "refused";
        return answer;
      } finally {
        leave();
      }
    },
  };
}

/** Counts the token calls of each user and client that are under way. */
function enter(underWay: Map<string, number>, { operation, client_id, user_id }: CallInfo) {
  if (user_id === null || !operation.startsWith("token.")) return { isOverlapping: false, leave: () => {} };
  const key = JSON.stringify([client_id, user_id]);
  const others = underWay.get(key) ?? 0;
  underWay.set(key, others + 1);
  const leave = () => {
    const left = (underWay.get(key) ?? 1) - 1;
    if (left === 0) underWay.delete(key);
    else underWay.set(key, left);
  };
  return { isOverlapping: others > 0, leave };
}

/** Who asks for what, told from the request alone. */
function identify(state: State, request: Request, baseUrl: string): Call | undefined {
  if (request.path.startsWith("/v2/")) return identifyApi(state, request);
  if (request.method !== "POST") return undefined;
  const client_id = () => readCredentials(request).clientId || null;
  if (request.path === "/oauth/token") {
    const { form, get } = readForm(request);
    const owner =
      state.codes.get(get("code") ?? "") ?? state.grants.findOwner(form.get("refresh_token") ?? "");
    return {
      operation: `token.${get("grant_type") ?? "none"}`,
      client_id: client_id(),
      user_id: owner?.user_id ?? null,
      run: (isOverlapping) => answerToken(state, request, baseUrl, isOverlapping),
    };
  }
  if (request.path === "/oauth/revoke") {
    const token = state.grants.findAccessToken(readForm(request).form.get("token") ?? "");
    return {
      operation: "revoke",
      client_id: client_id(),
      user_id: token?.user_id ?? null,
      // Zoom's answer does not wait for whoever gets the event.
      run: () => answerRevoke(state, request, (grant) => void tellDeauthorized(state, grant)),
    };
  }
  return undefined;
}

function identifyApi(state: State, request: Request): Call {
  const known = apiOperation(request);
  const operation = known ?? "unknown";
  const token = state.grants.findAccessToken(readBearer(request));
  return {
    operation,
    client_id: token?.client_id ?? null,
    user_id: token?.user_id ?? null,
    run: () => ({ headers: apiHeaders(operation), ...answerApi(state, known, request) }),
  };
}
