// Refuses a request for its input.

import { findProjectId } from "../db/authenticated.ts";
import type { ApiError } from "../errors.ts";
import type { Scope } from "../scope.ts";

/** Throws the error, but tells what is wrong only to those who have a valid key. Others get `unauthenticated`. */
export async function refuseInput({ caller, db }: Scope, error: ApiError): Promise<never> {
  if (caller.kind === "project") await findProjectId(db, caller);
  throw error;
}
