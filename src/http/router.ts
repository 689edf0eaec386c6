// The Hono types that routes share, and the router that turns every refused input into the one error shape.

import { OpenAPIHono } from "@hono/zod-openapi";
import type { Deps, Env } from "../deps.ts";
import { invalidRequest } from "../errors.ts";
import { refuseInput } from "./authentication.ts";
import { toFieldErrors } from "./validation.ts";

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

export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: async (result, c) => {
      if (!result.success) await refuseInput(c, invalidRequest(toFieldErrors(result.error.issues)));
    },
  });
}
