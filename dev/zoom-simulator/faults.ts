// Faults on command: which call fails how, and how often.

import { randomUUID } from "node:crypto";
import * as z from "zod";
import { readBearer } from "./api.ts";
import { type Answer, type Request, readForm } from "./http.ts";
import { readCredentials } from "./oauth.ts";
import type { State } from "./state.ts";

export const OPERATIONS = [
  "token.authorization_code",
  "token.refresh_token",
  "token.client_credentials",
  "revoke",
  "users.me",
  "users.me.meetings",
  "users.me.token",
  "users.me.zak",
  "meetings.get",
  "meetings.local_recording",
] as const;

/** `token`: any grant. `api`: any call under /v2. `any`: every call. */
const GROUPS = ["token", "api", "any"] as const;

export const faultInput = z.strictObject({
  operation: z.enum([...OPERATIONS, ...GROUPS]),
  /**
   * delay: late, then as usual. status: this status, and no effect. drop_before: the connection is cut before
   * anything happened. drop_after: the call takes effect, then the connection is cut. malformed: the call takes
   * effect, and the answer is a 200 that is not Zoom's. rate_limit: 429, and no effect.
   */
  kind: z.enum(["delay", "status", "drop_before", "drop_after", "malformed", "rate_limit"]),
  /** 0: until DELETE. */
  times: z.int().min(0).default(1),
  status: z.int().min(200).max(599).default(500),
  /** May hold {{client_secret}}, {{code}}, {{refresh_token}}, {{access_token}}: filled from the request. */
  body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  delay_ms: z.number().min(0).default(1_000),
  retry_after: z.string().optional(),
  client_id: z.string().optional(),
  user_id: z.string().optional(),
});

export type Fault = z.output<typeof faultInput> & { id: string; left: number };

export interface Call {
  operation: string;
  client_id: string | null;
  user_id: string | null;
}

export class Faults {
  #faults: Fault[] = [];

  add(input: z.output<typeof faultInput>): Fault {
    const fault = {
      ...input,
      id: randomUUID(),
      left: input.times === 0 ? Number.POSITIVE_INFINITY : input.times,
    };
    this.#faults.push(fault);
    return fault;
  }

  /** The fault that befalls this call, if any: the oldest that fits. */
  take(call: Call): Fault | null {
    const fault = this.#faults.find((candidate) => fits(candidate, call));
    if (!fault) return null;
    fault.left -= 1;
    if (fault.left <= 0) this.#faults = this.#faults.filter(({ id }) => id !== fault.id);
    return fault;
  }

  list(): Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
  }
}

function fits(fault: Fault, { operation, client_id, user_id }: Call): boolean {
  const isOperation =
    fault.operation === "any" ||
    fault.operation === operation ||
    (fault.operation === "token" && operation.startsWith("token.")) ||
    (fault.operation === "api" && /^(users|meetings)\./.test(operation));
  return (
    isOperation &&
    (fault.client_id === undefined || fault.client_id === client_id) &&
    (fault.user_id === undefined || fault.user_id === user_id)
  );
}

/** Zoom's own body for a 429 of the per-second kind ("Rate limits"). */
const RATE_LIMIT_BODY = {
  code: 429,
  message: "You have reached the maximum per-second rate limit for this API. Try again later.",
};

const MALFORMED_BODY = "<html><body><h1>Something is not right</h1></body></html>";

/** The answer under a fault; null: the connection is cut. */
export function answerWithFault(
  fault: Fault | null,
  request: Request,
  state: State,
  run: () => Answer,
): Answer | null {
  switch (fault?.kind) {
    case undefined:
    case "delay":
      return run();
    case "drop_before":
      return null;
    case "drop_after":
      run();
      return null;
    case "malformed":
      run();
      return { status: 200, body: fillSecrets(fault.body ?? MALFORMED_BODY, request, state) };
    case "rate_limit":
      return {
        status: 429,
        headers: fault.retry_after === undefined ? {} : { "Retry-After": fault.retry_after },
        body: fault.body ?? RATE_LIMIT_BODY,
      };
    case "status":
      return {
        status: fault.status,
        headers: {
          ...(fault.retry_after === undefined ? {} : { "Retry-After": fault.retry_after }),
          ...(fault.status >= 300 && fault.status < 400 ? { Location: "https://example.com/" } : {}),
        },
        body: fillSecrets(fault.body ?? { code: fault.status, message: "Internal error." }, request, state),
      };
  }
}

/** An upstream that repeats what it was sent, as Zoom's older error bodies do with the code. */
function fillSecrets(body: Fault["body"], request: Request, state: State): unknown {
  const { form } = readForm(request);
  const { clientId, clientSecret } = readCredentials(request);
  const holder = state.accessTokens.get(readBearer(request));
  const values: Record<string, string> = {
    client_secret: clientSecret || (state.clients.get(holder?.client_id ?? clientId)?.client_secret ?? ""),
    code: form.get("code") ?? "",
    refresh_token: form.get("refresh_token") ?? "",
    access_token: readBearer(request),
  };
  const filled = (text: string) => text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
  return typeof body === "string" ? filled(body) : JSON.parse(filled(JSON.stringify(body)));
}
