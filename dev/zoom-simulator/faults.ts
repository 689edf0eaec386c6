// Faults on command: which call fails how, and how often.

import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import * as z from "zod";
import { API_OPERATIONS, apiHeaders } from "./api.ts";
import { type Answer, type Request, readBearer, readCredentials, readForm } from "./http.ts";
import type { State } from "./state.ts";

const OAUTH_OPERATIONS = [
  "token.authorization_code",
  "token.refresh_token",
  "token.client_credentials",
  "revoke",
] as const;

/** `token`: any grant. `api`: any call under /v2. `any` and `*`: every call. */
const GROUPS = ["token", "api", "any", "*"] as const;

export const faultInput = z.strictObject({
  operation: z.enum([...OAUTH_OPERATIONS, ...API_OPERATIONS, ...GROUPS]),
  /**
   * delay: late, then as usual. status: this status, and no effect. drop_before: the connection is cut before
   * anything happened. drop_after: the call takes effect, then the connection is cut. malformed: the answer is a
   * 200 that is not Zoom's, and no effect, unless `takes_effect`. rate_limit: 429, and no effect.
   */
  kind: z.enum(["delay", "status", "drop_before", "drop_after", "malformed", "rate_limit"]),
  /** 0: until DELETE. */
  times: z.int().min(0).default(1),
  status: z.int().min(200).max(599).default(500),
  /** May hold {{client_secret}}, {{code}}, {{refresh_token}}, {{access_token}}: filled from the request. */
  body: z.json().optional(),
  /** Of `body`. Default: JSON, or HTML where it is a string. */
  content_type: z.string().optional(),
  takes_effect: z.boolean().default(false),
  delay_ms: z.number().min(0).default(1_000),
  /** Seconds, or a date in words of HTTP or ISO. */
  retry_after: z.union([z.string(), z.int()]).transform(String).optional(),
  client_id: z.string().optional(),
  user_id: z.string().optional(),
});

export type Fault = z.output<typeof faultInput> & {
  id: string;
  /** How often it will still happen; null: until DELETE. */
  left: number | null;
};

/** One of Zoom's calls, as far as it is known before it is worked on. */
export interface CallInfo {
  /** One of the operations, or `token.` and another grant, or `unknown` under /v2. */
  operation: string;
  client_id: string | null;
  user_id: string | null;
}

export class Faults {
  #faults: Fault[] = [];

  add(input: z.output<typeof faultInput>): Fault {
    const fault = { ...input, id: randomUUID(), left: input.times === 0 ? null : input.times };
    this.#faults.push(fault);
    return fault;
  }

  /** The fault that befalls this call, if any: the oldest that fits. */
  take(call: CallInfo): Fault | null {
    const fault = this.#faults.find((candidate) => fits(candidate, call));
    if (!fault || fault.left === null) return fault ?? null;
    fault.left -= 1;
    if (fault.left === 0) this.#faults = this.#faults.filter((other) => other !== fault);
    return fault;
  }

  list(): Fault[] {
    return this.#faults;
  }

  /** Drops those of this client and of this user; without either, all of them. */
  clear(of: { client_id?: string | undefined; user_id?: string | undefined } = {}): void {
    this.#faults = this.#faults.filter(
      ({ client_id, user_id }) =>
        (of.client_id !== undefined && of.client_id !== client_id) ||
        (of.user_id !== undefined && of.user_id !== user_id),
    );
  }
}

/** The answer under a fault; null: the connection is cut. */
export function answerWithFault(
  fault: Fault | null,
  { operation }: CallInfo,
  request: Request,
  state: State,
  run: () => Answer,
): Answer | null {
  if (fault === null || fault.kind === "delay") return run();
  const { kind, status, retry_after } = fault;
  if (kind === "drop_after" || (kind === "malformed" && fault.takes_effect)) run();
  if (kind === "drop_before" || kind === "drop_after") return null;
  const body = fault.body === undefined ? undefined : fillIn(fault.body, readSecrets(request, state));
  if (kind === "malformed") return { status: 200, body: body ?? MALFORMED_BODY };
  const wait: Record<string, string> = retry_after === undefined ? {} : { "Retry-After": retry_after };
  if (kind === "rate_limit") {
    const headers = { ...rateHeaders(operation, retry_after !== undefined), ...wait };
    return { status: 429, headers, body: body ?? rateLimitBody(retry_after !== undefined) };
  }
  const elsewhere = status >= 300 && status < 400 ? { Location: "https://example.com/" } : {};
  const type: Record<string, string> =
    fault.content_type === undefined ? {} : { "Content-Type": fault.content_type };
  return { status, headers: { ...wait, ...elsewhere, ...type }, body: body ?? statusBody(operation, status) };
}

const MALFORMED_BODY = "<html><body><h1>Something is not right</h1></body></html>";

function fits(fault: Fault, { operation, client_id, user_id }: CallInfo): boolean {
  return (
    isMeant(fault.operation, operation) &&
    (fault.client_id === undefined || fault.client_id === client_id) &&
    (fault.user_id === undefined || fault.user_id === user_id)
  );
}

function isMeant(meant: Fault["operation"], operation: string): boolean {
  if (meant === "any" || meant === "*") return true;
  if (meant === "token") return operation.startsWith("token.");
  if (meant === "api") return !isOauth(operation);
  return meant === operation;
}

function isOauth(operation: string): boolean {
  return operation === "revoke" || operation.startsWith("token.");
}

/** The two envelopes of Zoom's: `reason` and `error` at OAuth, `code` and `message` at the API. */
function statusBody(operation: string, status: number): Record<string, unknown> {
  const text = STATUS_CODES[status] ?? "Error";
  if (isOauth(operation)) {
    return { reason: text, error: status >= 500 ? "server_error" : "invalid_request" };
  }
  return status === 401 ? { code: 124, message: "Invalid access token." } : { code: status, message: text };
}

/** The texts of "Rate limits": only the daily limit tells when to come back. */
function rateLimitBody(isDaily: boolean): Record<string, unknown> {
  const message = isDaily
    ? "You have reached the maximum daily rate limit for this API. Refer to the response header for details " +
      "on when you can make another request."
    : "You have reached the maximum per-second rate limit for this API. Try again later.";
  return { code: 429, message };
}

function rateHeaders(operation: string, isDaily: boolean): Record<string, string> {
  if (isOauth(operation)) return {};
  return { ...apiHeaders(operation, true), ...(isDaily ? { "X-RateLimit-Type": "Daily-limit" } : {}) };
}

/** What an upstream can repeat that repeats what it was sent, as Zoom's older error bodies do with the code. */
function readSecrets(request: Request, state: State): Record<string, string> {
  const { get } = readForm(request);
  const bearer = readBearer(request);
  const { clientId, clientSecret } = readCredentials(request);
  const owner = state.clients.get(state.grants.findAccessToken(bearer)?.client_id ?? clientId);
  return {
    client_secret: clientSecret || (owner?.client_secret ?? ""),
    code: get("code") ?? "",
    refresh_token: get("refresh_token") ?? "",
    access_token: bearer || (get("token") ?? ""),
  };
}

/** Fills the placeholders in every string of a JSON value. */
function fillIn(body: z.core.util.JSONType, secrets: Record<string, string>): z.core.util.JSONType {
  if (typeof body === "string") {
    return body.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => secrets[name] ?? whole);
  }
  if (Array.isArray(body)) return body.map((item) => fillIn(item, secrets));
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, fillIn(value, secrets)]));
}
