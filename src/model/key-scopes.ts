// What an API key may do: its scopes, each once, with what it allows in a sentence.

import * as z from "zod";

export const KEY_SCOPES = {
  "connections:read": "List and read connections, their events and meetings, statistics, and preflight.",
  "connections:write": "Create, import, change, sync and delete connections.",
  "connections:export": "Take connections out, with their refresh tokens.",
  "tokens:access": "Get access tokens.",
  "tokens:meeting": "Get local recording tokens, onbehalf tokens and ZAKs.",
  "apps:read": "List and read Zoom OAuth apps, and their diagnosis.",
  "apps:write": "Create, change and delete Zoom OAuth apps.",
  "webhooks:read": "List and read webhooks and their deliveries.",
  "webhooks:write":
    "Create, change, delete and test webhooks, resend deliveries, read and rotate the signing secret.",
  "sessions:write": "Create, list, read, change and end connect sessions and token links.",
  "keys:write": "Create, list and disable API keys of the project.",
  "audit:read": "Read the project's audit events.",
} as const;

export type KeyScope = keyof typeof KEY_SCOPES;
export const KEY_SCOPE_NAMES = Object.keys(KEY_SCOPES) as [KeyScope, ...KeyScope[]];

/** Of a key that names none: everything but what lets grants leave the service. */
export const DEFAULT_KEY_SCOPES: readonly KeyScope[] = KEY_SCOPE_NAMES.filter(
  (name) => name !== "connections:export",
);

/** The scopes of a key, as a field of requests. */
export const keyScopes = z
  .array(z.enum(KEY_SCOPE_NAMES))
  .min(1)
  .refine((scopes) => new Set(scopes).size === scopes.length, "Must not name a scope twice.")
  .meta({ uniqueItems: true });
