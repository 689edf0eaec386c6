// One call to Zoom: time-out, the answer's form, and the failure. Knows no endpoint.

import * as z from "zod";
import { parseRetryAfter, ZoomFailure } from "./failure.ts";
import type { ZoomOperation, ZoomRefusal } from "./verdicts.ts";

/** Longest wait for one answer with its body, in milliseconds. */
export const ZOOM_TIMEOUT_MS = 10_000;
/** Zoom's answers are read up to this length, in bytes: a page of 300 meetings is about 300 KiB. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Of an answer, at first. Most are shorter, and a larger buffer costs a create a thirtieth of its processor time. */
const FIRST_READ_BYTES = 4 * 1024;
/** Of an answer that is longer, at a time. */
const READ_BYTES = 64 * 1024;

/** For an answer that is read at once. A longer one has a decoder of its own, since a letter may be cut in two. */
const utf8 = new TextDecoder();

const maybeText = z.string().optional().catch(undefined);
/** A number, or one in words. */
const maybeCode = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);
const maybeFields = z
  .array(z.object({ field: z.string() }))
  .optional()
  .catch(undefined);

/**
 * Zoom has several error envelopes: `reason` and `error` at OAuth, `code` and `message` at the REST API with the fields
 * that are not valid in `errors`, `errorCode` and `errorMessage` on some pages. Each part may be missing.
 */
const errorBody = z.object({
  error: maybeText,
  reason: maybeText,
  message: maybeText,
  errorMessage: maybeText,
  code: maybeCode,
  errorCode: maybeCode,
  errors: maybeFields,
});

/** The runtime's `fetch`, or one that counts as well. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Calls Zoom and reads a successful answer by the schema. Throws {@link ZoomFailure} for all else. */
export async function callZoom<T extends z.ZodType>(
  fetch: Fetch,
  operation: ZoomOperation,
  url: string,
  init: RequestInit,
  schema: T,
): Promise<z.output<T>> {
  const { response, text } = await request(fetch, operation, url, init);
  const { status } = response;
  if (response.ok) {
    const answer = schema.safeParse(parseJson(text));
    if (answer.success) return answer.data;
    throw new ZoomFailure(operation, { kind: "unexpected" }, { status });
  }
  const retryAfterSeconds = parseRetryAfter(response.headers.get("Retry-After"), Date.now());
  if (status === 429)
    throw new ZoomFailure(operation, { kind: "rate_limited" }, { status, retryAfterSeconds });
  if (status >= 500)
    throw new ZoomFailure(operation, { kind: "server_error" }, { status, retryAfterSeconds });
  if (status < 400) throw new ZoomFailure(operation, { kind: "unexpected" }, { status });
  throw new ZoomFailure(operation, { kind: "refused", refusal: parseRefusal(status, text) }, { status });
}

async function request(
  fetch: Fetch,
  operation: ZoomOperation,
  url: string,
  init: RequestInit,
): Promise<{ response: Response; text: string }> {
  try {
    // A redirect would carry credentials to a place that nobody chose.
    const signal = AbortSignal.timeout(ZOOM_TIMEOUT_MS);
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return { response, text: await readText(response) };
  } catch (error) {
    const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
    throw new ZoomFailure(operation, { kind: timedOut ? "timeout" : "unreachable" });
  }
}

/** The body as text; what is too long is cut off, and is no JSON any more. As a rule it is read at once. */
async function readText(response: Response): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.getReader({ mode: "byob" });
  let decoder: TextDecoder | undefined;
  let text = "";
  for (let length = 0; length < MAX_ANSWER_BYTES; ) {
    const size = length === 0 ? FIRST_READ_BYTES : Math.min(READ_BYTES, MAX_ANSWER_BYTES - length);
    // Fewer bytes come only at the end.
    const { value } = await reader.readAtLeast(size, new Uint8Array(size));
    const isEnd = value === undefined || value.length < size;
    if (!isEnd) decoder ??= new TextDecoder();
    text += (decoder ?? utf8).decode(value, { stream: !isEnd });
    if (isEnd) break;
    length += size;
  }
  // Lets go of the connection, whether all was read or not.
  await reader.cancel();
  return text;
}

/** What the body of a 4xx says: nothing, where it is not JSON. */
export function parseRefusal(status: number, text: string): ZoomRefusal {
  const body = errorBody.safeParse(parseJson(text)).data;
  if (!body) return { status };
  return {
    status,
    error: body.error,
    text: [body.reason, body.message, body.errorMessage].find((text) => text),
    code: body.code ?? body.errorCode,
    fields: body.errors?.map(({ field }) => field),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
