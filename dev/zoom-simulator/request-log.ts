// What was asked of the simulated Zoom, in order of arrival. Holds no secret of any request.

import type { Request } from "./http.ts";

/** The oldest make room beyond this, in a long benchmark. */
const MAX_KEPT = 100_000;
const SECRET_PARAMETERS = /^(code|code_verifier|client_secret|token|access_token|refresh_token)$/;

export interface RecordedRequest {
  /** ISO 8601. */
  at: string;
  /** `performance.now()` on arrival. */
  t: number;
  operation: string;
  method: string;
  /** With its query, of which secrets are blanked out. */
  path: string;
  client_id: string | null;
  user_id: string | null;
  /** Null: none yet, or none at all. */
  status: number | null;
  outcome: "pending" | "ok" | "refused" | "fault";
}

export class RequestLog {
  #entries: RecordedRequest[] = [];
  #dropped = 0;

  add(request: Request, call: Pick<RecordedRequest, "operation" | "client_id" | "user_id">): RecordedRequest {
    const entry: RecordedRequest = {
      at: new Date().toISOString(),
      t: performance.now(),
      operation: call.operation,
      method: request.method,
      path: describePath(request),
      client_id: call.client_id,
      user_id: call.user_id,
      status: null,
      outcome: "pending",
    };
    if (this.#entries.length === MAX_KEPT) {
      this.#entries.splice(0, MAX_KEPT / 10);
      this.#dropped += MAX_KEPT / 10;
    }
    this.#entries.push(entry);
    return entry;
  }

  /** `since` and `next` count all requests from the last `clear` on. */
  list(operation: string | null, since: number): { requests: RecordedRequest[]; next: number } {
    const entries = this.#entries.slice(Math.max(0, since - this.#dropped));
    return {
      requests: entries.filter((entry) => operation === null || entry.operation === operation),
      next: this.#dropped + this.#entries.length,
    };
  }

  clear(): void {
    this.#entries = [];
    this.#dropped = 0;
  }
}

function describePath({ path, query }: Request): string {
  if (query.size === 0) return path;
  const shown = [...query].map(([name, value]) => [name, SECRET_PARAMETERS.test(name) ? "…" : value]);
  return `${path}?${new URLSearchParams(shown)}`;
}
