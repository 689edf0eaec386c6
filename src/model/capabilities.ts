// What a connection may be used for, and what each capability needs of the grant. The API's fields, the database's
// checks and the check of the granted scopes derive from this table.

import * as z from "zod";

interface CapabilityFacts {
  description: string;
  /** Where the caller does not say. */
  default: boolean;
  /** Granular Zoom scopes that the capability needs. What else covers them stands in `zoom/scopes.ts`. */
  scopes: readonly string[];
}

export const CAPABILITIES = {
  is_local_recording_token_supported: {
    description: "Whether the connection supports generating local recording tokens.",
    default: true,
    scopes: [
      "user:read:user",
      "user:read:zak",
      "meeting:read:list_meetings",
      "meeting:read:local_recording_token",
    ],
  },
  is_onbehalf_token_supported: {
    description: "Whether the connection supports generating onbehalf tokens.",
    default: false,
    scopes: ["user:read:user", "user:read:token"],
  },
} as const satisfies Record<string, CapabilityFacts>;

export type Capability = keyof typeof CAPABILITIES;
export type Capabilities = Record<Capability, boolean>;
/** The scopes that any capability needs. */
export type RequiredScope = (typeof CAPABILITIES)[Capability]["scopes"][number];

export const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as Capability[];

/** One value for each capability. */
export function forEachCapability<T>(make: (name: Capability, facts: CapabilityFacts) => T) {
  const entries = CAPABILITY_NAMES.map((name) => [name, make(name, CAPABILITIES[name])]);
  return Object.fromEntries(entries) as Record<Capability, T>;
}

/** The capabilities as fields of a request, each with its default. */
export const capabilityFields = forEachCapability((_name, facts) =>
  z.boolean().default(facts.default).meta({ description: facts.description }),
);

/** The same for a request in which what is left out stays as it is. */
export const changedCapabilityFields = forEachCapability((_name, facts) =>
  z.boolean().optional().meta({ description: facts.description }),
);

/** Whether at least one capability is true: a connection without one is good for nothing. */
export function hasCapability(capabilities: Partial<Capabilities>): boolean {
  return CAPABILITY_NAMES.some((name) => capabilities[name]);
}
