// What an isolate remembers of who failed to authenticate and who succeeded. It decides who is asked about in the
// database, never who may do something.

import { Recent } from "./recent.ts";

/**
 * How long an address is shut out before the binding that counts is asked again, in milliseconds. The binding counts by
 * the minute, and does not tell when the minute ends.
 */
const SHUT_OUT_MS = 10_000;
/** How long one who succeeded is not shut out by others' failures from the same address, in milliseconds. */
const SUCCEEDED_MS = 10 * 60_000;
/** Some 100 bytes each. */
const MAX_REMEMBERED = 10_000;

export interface AuthenticationMemory {
  /** Addresses over the limit of failed authentications. */
  shutOut: Recent;
  /** SHA-256 of API keys that worked. */
  workingKeys: Recent;
  /** The project of each key that a statement has found, by the key's SHA-256. */
  projects: Map<string, string>;
  /** Addresses from which the admin key was right. */
  adminAddresses: Recent;
}

/** A key never changes its project, so that only the space is bounded. */
export function rememberProject({ projects }: AuthenticationMemory, apiKeySha256: string, id: string): void {
  if (projects.size >= MAX_REMEMBERED) projects.clear();
  projects.set(apiKeySha256, id);
}

export function createAuthenticationMemory(): AuthenticationMemory {
  return {
    shutOut: new Recent(SHUT_OUT_MS, MAX_REMEMBERED),
    workingKeys: new Recent(SUCCEEDED_MS, MAX_REMEMBERED),
    projects: new Map(),
    adminAddresses: new Recent(SUCCEEDED_MS, MAX_REMEMBERED),
  };
}
