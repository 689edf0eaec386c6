// One call to Zoom: time-out, the answer's form, and the failure's cause. Knows no endpoint.

import * as z from "zod";
import { parseRetryAfter, ZoomFailure, type ZoomRefusal } from "./failure.ts";

/** Longest wait for one answer with its body, in milliseconds. */
const ZOOM_TIMEOUT_MS = 10_000;

/** Zoom has two error envelopes: `reason` and `error` at OAuth, `code` and `message` at the REST API. */
const errorBody = z.union([
  z.object({ error: z.string(), reason: z.string().optional() }),
  z.object({ reason: z.string() }),
  z.object({ code: z.number(), message: z.string() }),
]);

/** Calls Zoom and reads a successful answer by the schema. Throws {@link ZoomFailure} for all else. */
export async function callZoom<T extends z.ZodType>(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
  schema: T,
): Promise<z.output<T>> {
  const { response, text } = await request(fetch, url, init);
  const { status } = response;
  if (status === 429 || status >= 500) {
    const retryAfterSeconds = parseRetryAfter(response.headers.get("Retry-After"), Date.now());
    throw new ZoomFailure(status === 429 ? "rate_limited" : "server_error", { status, retryAfterSeconds });
  }
  const json = parseJson(text);
  if (response.ok) {
    const answer = schema.safeParse(json);
    if (!answer.success) throw new ZoomFailure("unexpected", { status });
    return answer.data;
  }
  const refusal = errorBody.safeParse(json);
  if (status < 400 || !refusal.success) throw new ZoomFailure("unexpected", { status });
  throw new ZoomFailure("refused", { status, refusal: refusal.data satisfies ZoomRefusal });
}

async function request(fetch: typeof globalThis.fetch, url: string, init: RequestInit) {
  try {
    // A redirect would carry credentials to a place that nobody chose.
    const signal = AbortSignal.timeout(ZOOM_TIMEOUT_MS);
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return { response, text: await response.text() };
  } catch (error) {
    const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
    throw new ZoomFailure(timedOut ? "timeout" : "unreachable");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
