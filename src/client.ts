// A typed client: one function for each operation of the API, with the types of the schemas that validate it.
// Needs nothing but `fetch`, so it runs in Workers, Node and browsers alike.

import type * as z from "zod";
import { operations } from "./api/index.ts";
import type { Operation } from "./api/operation.ts";
import type { ErrorBody, ErrorCode, FieldErrors } from "./errors.ts";

export type { ErrorCode } from "./errors.ts";

type Operations = typeof operations;

type Schema<O, Part extends string> = O extends { [P in Part]?: infer S } ? Extract<S, z.ZodType> : never;
/** A type parameter that nothing was inferred for is the constraint itself: the operation has no such part. */
type Has<S, Constraint> = [S] extends [never] ? false : Constraint extends S ? false : true;
/** Numbers travel as text in a query, and may be given as numbers. */
type QueryOf<S extends z.ZodType> = {
  [K in keyof z.input<S>]: z.input<S>[K] | z.output<S>[K & keyof z.output<S>];
};

type InputOf<O> = (Has<Schema<O, "params">, z.ZodObject> extends true
  ? { params: z.input<Schema<O, "params">> }
  : object) &
  (Has<Schema<O, "query">, z.ZodObject> extends true ? { query?: QueryOf<Schema<O, "query">> } : object) &
  (Has<Schema<O, "body">, z.ZodType> extends true ? { body: z.input<Schema<O, "body">> } : object);

type AnswerOf<O> = O extends { answer: infer A } ? (A extends z.ZodType ? z.output<A> : undefined) : never;

type Arguments<Input> = object extends Input ? [input?: Input] : [input: Input];

export type Client = {
  [Name in keyof Operations]: (
    ...input: Arguments<InputOf<Operations[Name]>>
  ) => Promise<AnswerOf<Operations[Name]>>;
};

export interface ClientOptions {
  /** Where the service runs: `https://zoom.example.com`. */
  baseUrl: string;
  /** A project's API key, or the admin key for the administration. Never give it to a browser. */
  apiKey: string;
  /** In place of the global one. */
  fetch?: typeof fetch;
}

/** An error answer of the service; `code` says what to do. */
export class ZoomOAuthConnectionsError extends Error {
  override readonly name = "ZoomOAuthConnectionsError";
  readonly status: number;
  /** Undefined where something between client and service answered. */
  readonly code: ErrorCode | undefined;
  readonly fields: FieldErrors;
  readonly requestId: string | undefined;
  /** Seconds to wait before the same request may be sent again; only with 429 and 503. */
  readonly retryAfterSeconds: number | undefined;

  constructor(response: Response, body: Partial<ErrorBody>) {
    super(body.error ?? `The service answered ${response.status}.`);
    this.status = response.status;
    this.code = body.code;
    this.fields = body.fields ?? {};
    this.requestId = body.request_id;
    const retryAfter = response.headers.get("Retry-After");
    this.retryAfterSeconds = retryAfter === null ? undefined : Number(retryAfter);
  }
}

/**
 * A client of the service. Its functions throw {@link ZoomOAuthConnectionsError} for an error answer, and what
 * `fetch` throws where there is none.
 */
export function createClient(options: ClientOptions): Client {
  const functions = Object.entries(operations).map(([name, operation]) => [
    name,
    async (input: Input = {}) => await call(options, operation as Operation, input),
  ]);
  return Object.fromEntries(functions) as Client;
}

interface Input {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

async function call(options: ClientOptions, operation: Operation, { params = {}, query = {}, body }: Input) {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ""));
  const url = new URL(path, options.baseUrl);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value !== "object") url.searchParams.set(name, String(value));
    else
      for (const [key, member] of Object.entries(value ?? {}))
        url.searchParams.set(`${name}[${key}]`, member);
  }
  const send = options.fetch ?? fetch;
  const response = await send(url, {
    method: operation.method.toUpperCase(),
    headers: {
      // Both kinds of key travel in this scheme.
      Authorization: `Bearer ${options.apiKey}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = parseJson(await response.text());
  if (!response.ok) throw new ZoomOAuthConnectionsError(response, (answer ?? {}) as Partial<ErrorBody>);
  return answer;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
