// The client: one function for each operation of the service's OpenAPI document.

import { type CallOptions, call, type Service } from "./call.ts";
import { OPERATIONS } from "./generated/operations.ts";
import type { Client } from "./generated/types.ts";
import { createList, type Page } from "./list.ts";
import type { Input, Operation } from "./request.ts";

/** Where the service is, who asks, and how every call is made that does not say otherwise. */
export interface ClientOptions {
  /** Where the service runs: `https://zoom.example.com`. With or without `/api/v1` behind it. */
  baseUrl: string;
  /** A project's API key, or the admin key for the administration. Never give it to a browser. */
  apiKey: string;
  /** Milliseconds for one attempt, its answer included. Default: 60,000, longer than the service takes. */
  timeoutMs?: number;
  /** How often a call is sent again after a failure that may pass. Default: 2. 0: never. */
  maxRetries?: number;
  /**
   * Milliseconds to wait at most before a retry. Default: 10,000. Where `Retry-After` asks for more, the call throws
   * at once, with `retryAfterSeconds`.
   */
  maxRetryWaitMs?: number;
  /** In place of the global `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/**
 * A client of the service. Its functions throw `ZoomOAuthConnectionsError` where the service answers with an error or
 * not at all. A failure that may pass is retried, where a repeat does no harm.
 *
 * @throws {TypeError} Where `baseUrl` is no URL or `apiKey` is empty.
 * @example
 * const zoom = createClient({ baseUrl: "https://zoom.example.com", apiKey: process.env.API_KEY ?? "" });
 * const connection = await zoom.createZoomOAuthConnection({ authorization_code, redirect_uri });
 */
export function createClient(options: ClientOptions): Client {
  const service = toService(options);
  const functions = Object.entries(OPERATIONS).map(([name, operation]) => [name, bind(service, operation)]);
  return Object.fromEntries(functions) as Client;
}

function toService({
  baseUrl,
  apiKey,
  timeoutMs = 60_000,
  maxRetries = 2,
  maxRetryWaitMs = 10_000,
  // The global one is looked up at each call: in Workers it must be called on the global object.
  fetch: send = async (url, init) => await fetch(url, init),
}: ClientOptions): Service {
  if (!URL.canParse(baseUrl)) {
    throw new TypeError("baseUrl must be an absolute URL, such as https://zoom.example.com.");
  }
  if (!apiKey) throw new TypeError("apiKey is empty. Is the environment variable set that holds it?");
  return {
    baseUrl: baseUrl.replace(/(\/api\/v1)?\/*$/, ""),
    apiKey,
    timeoutMs,
    maxRetries,
    maxRetryWaitMs,
    fetch: send,
  };
}

function bind(service: Service, operation: Operation) {
  if (operation.answer !== "page") {
    return async (input?: Input, options?: CallOptions) => await call(service, operation, input, options);
  }
  return (input?: Input, options?: CallOptions) =>
    createList(
      async (cursor) =>
        (await call(
          service,
          operation,
          cursor === undefined ? input : { ...input, cursor },
          options,
        )) as Page,
    );
}
