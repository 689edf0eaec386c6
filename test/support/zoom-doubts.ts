// What Zoom's documents leave in doubt, as settings of the simulator, and for which of them a suite is run.

import { DEFAULT_SETTINGS, type Settings } from "../../dev/zoom-simulator/records.ts";
import { IS_SOAK } from "./soak.ts";
import type { Stack } from "./stack.ts";

/** How Zoom may behave as well, in words that follow "where", and the setting that makes the simulator do so. */
type Doubt = [name: string, settings: Partial<Settings>];

export const DOUBTS = {
  /** What a create can meet. */
  create: [
    ["a rejected code is an invalid_request", { bad_code: "invalid_request" }],
    ["a token answer names no api_url", { api_url: null }],
  ],
  /** What a refresh can meet. */
  refresh: [
    ["an access token ends with the next one", { old_access_token_after_refresh: "dead" }],
    ["token calls for one user must not overlap", { overlap: "save_access_token" }],
    ["wrong client credentials are a 401", { bad_client_status: 401 }],
    ["a token answer names no api_url", { api_url: null }],
  ],
  /** What a call of the API can meet. */
  api: [
    ["an expired access token is a 400", { expired_access_token_status: 400 }],
    ["a missing scope is a 401", { missing_scope_status: 401 }],
    ["a missing scope is a 403", { missing_scope_status: 403 }],
  ],
  /** What a sync can meet. */
  sync: [["the last page has no next_page_token", { last_page_token: "missing" }]],
  /** How the removal of an app is told. */
  events: [
    ["event_ts stands beside the payload", { deauthorization: "top_level" }],
    ["a removal is never told", { deauthorization: "never" }],
  ],
} satisfies Record<string, Doubt[]>;

const DOCUMENTED: Doubt = ["Zoom does as it is documented", {}];

/** Zoom as it is documented, and the other way in each of these doubts. */
export function eachDoubt(of: keyof typeof DOUBTS): Doubt[] {
  return [DOCUMENTED, ...DOUBTS[of]];
}

/** The same for a suite that takes long: one at a time at length, and else all the doubts at once. */
export function eachDoubtAtLength(of: keyof typeof DOUBTS): Doubt[] {
  if (IS_SOAK) return eachDoubt(of);
  const all = Object.assign({}, ...DOUBTS[of].map(([, settings]) => settings)) as Partial<Settings>;
  return [DOCUMENTED, ["Zoom does the other thing wherever there is a doubt", all]];
}

/** Makes the stack's Zoom behave as it is documented, but for these settings. */
export function setZoom({ simulator }: Stack, settings: Partial<Settings>): void {
  Object.assign(simulator.state.settings, DEFAULT_SETTINGS, { api_url: undefined }, settings);
}
