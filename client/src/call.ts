// One call: the attempts at its request, and the answer.

import { parseJson, toError, ZoomOAuthConnectionsError } from "./error.ts";
import { type Address, type Input, type Operation, type Request, toRequest } from "./request.ts";
import { pauseBeforeRetry } from "./retries.ts";

/** How one call is made. */
export interface CallOptions {
  /** Ends the call, with its retries. The call then throws the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds for one attempt, its answer included. */
  timeoutMs?: number;
  /** How often the call is sent again after a failure that may pass. 0: never. */
  maxRetries?: number;
  /** Milliseconds to wait at most before a retry. Where `Retry-After` asks for more, the call throws at once. */
  maxRetryWaitMs?: number;
}

/** Where calls go, and how each is made that does not say otherwise. */
export interface Service extends Address, Required<Omit<CallOptions, "signal">> {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** Throws {@link ZoomOAuthConnectionsError}, the reason of an aborted signal, or `TypeError` for an input without an id. */
export async function call(
  service: Service,
  operation: Operation,
  input: Input = {},
  options: CallOptions = {},
): Promise<unknown> {
  const {
    signal,
    timeoutMs = service.timeoutMs,
    maxRetries = service.maxRetries,
    maxRetryWaitMs = service.maxRetryWaitMs,
  } = options;
  const request = toRequest(service, operation, input);
  for (let retryCount = 0; ; retryCount++) {
    try {
      return await attempt(service, operation, request, timeoutMs, signal);
    } catch (error) {
      if (!(error instanceof ZoomOAuthConnectionsError)) throw error;
      // The attempt before this one has removed it.
      if (retryCount > 0 && isGone(operation, error)) return undefined;
      const { isIdempotent } = operation;
      const pauseMs = pauseBeforeRetry({ error, isIdempotent, retryCount }, maxRetryWaitMs);
      if (retryCount >= maxRetries || pauseMs === null) throw error;
      await sleep(pauseMs, signal);
    }
  }
}

async function attempt(
  service: Service,
  operation: Operation,
  { url, init, name }: Request,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await service.fetch(url, {
      ...init,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    const why = timeout.aborted
      ? `No answer came within ${timeoutMs} ms`
      : "The service could not be reached";
    throw new ZoomOAuthConnectionsError(`${why}: ${name}`, { cause });
  }
  if (!response.ok) throw toError(response, text);
  if (operation.answer === "empty") return undefined;
  const answer = parseJson(text);
  if (answer === undefined) {
    const { status } = response;
    throw new ZoomOAuthConnectionsError("The answer is not JSON. Is baseUrl the address of the service?", {
      status,
    });
  }
  return answer;
}

function isGone({ method, answer }: Operation, { code }: ZoomOAuthConnectionsError): boolean {
  return method === "DELETE" && answer === "empty" && code === "not_found";
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
