// The Hono types that routes share.

import { Hono } from "hono";
import type { Env } from "../env.ts";
import type { Trace } from "../log.ts";
import type { Scope } from "../scope.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** The services, and who asks. */
    scope: Scope;
    /** The round trips of the request. */
    trace: Trace;
    requestId: string;
    /** The stable code of the error that ends the request, for the log line. */
    errorCode?: string;
    /** The id of the object that the request has made, for the log line. */
    madeId?: string | undefined;
  };
}

export function createRouter(): Hono<AppEnv> {
  return new Hono<AppEnv>();
}
