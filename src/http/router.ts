// The Hono types that routes share.

import { Hono } from "hono";
import type { Deps, Env } from "../deps.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    deps: Deps;
    requestId: string;
    /** SHA-256 of the API key that was sent: whose it is, the statement that does the work finds out. */
    apiKeySha256?: string;
    /** The stable code of the error that ends the request, for the log line. */
    errorCode?: string;
  };
}

export function createRouter(): Hono<AppEnv> {
  return new Hono<AppEnv>();
}
