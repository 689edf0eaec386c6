// Which granted scopes are enough for which capability. Pure rules; knows Zoom's names only.

import {
  CAPABILITIES,
  CAPABILITY_NAMES,
  type Capabilities,
  type RequiredScope,
} from "../model/capabilities.ts";

/**
 * The classic scopes under which Zoom answers the same call: for each operation the whole list of its reference, which
 * agrees with the operations listed at each scope. Every granular scope has its `:admin` variant beside these; those
 * that end in `:master` are for calls on behalf of other accounts, never for users/me.
 * @see https://developers.zoom.us/docs/integrations/oauth-scopes/
 * @see https://developers.zoom.us/docs/integrations/oauth-scopes-granular/
 */
const CLASSIC_SCOPES: Record<RequiredScope, readonly string[]> = {
  // Get a user: https://developers.zoom.us/docs/api/users/#tag/users/GET/users/{userId}
  "user:read:user": [
    ...["user:read", "user:read:admin", "user:write", "user:write:admin"],
    ...["user_info:read", "user_profile"],
  ],
  // Get a user's token: https://developers.zoom.us/docs/api/users/#tag/users/GET/users/{userId}/token
  "user:read:token": ["user:read", "user:read:admin", "user:write", "user:write:admin", "user_profile"],
  // Get the user's ZAK: https://developers.zoom.us/docs/api/users/#tag/users/GET/users/me/zak
  "user:read:zak": ["user_zak:read"],
  // List meetings: https://developers.zoom.us/docs/api/meetings/#tag/meetings/GET/users/{userId}/meetings
  "meeting:read:list_meetings": ["meeting:read", "meeting:read:admin"],
  // Get a meeting's join token for local recording:
  // https://developers.zoom.us/docs/api/meetings/#tag/meetings/GET/meetings/{meetingId}/jointoken/local_recording
  "meeting:read:local_recording_token": [
    "meeting_token:read:local_recording",
    "meeting_token:read:admin:local_recording",
  ],
};

/** The scopes that the capabilities need and the grant lacks, by their granular names, in a fixed order. */
export function findMissingScopes(granted: readonly string[], capabilities: Partial<Capabilities>): string[] {
  const wanted = CAPABILITY_NAMES.filter((name) => capabilities[name]);
  const required = new Set<RequiredScope>(wanted.flatMap((name) => [...CAPABILITIES[name].scopes]));
  return [...required].filter((scope) => !isGranted(granted, scope));
}

/** Whether the grant reaches users/me/token, which gives ZAKs and onbehalf tokens of two hours. */
export function mayReadUserTokens(granted: readonly string[]): boolean {
  return isGranted(granted, "user:read:token");
}

function isGranted(granted: readonly string[], scope: RequiredScope): boolean {
  return [scope, `${scope}:admin`, ...CLASSIC_SCOPES[scope]].some((name) => granted.includes(name));
}
