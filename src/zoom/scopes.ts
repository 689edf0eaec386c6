// Which granted scopes are enough for which capability. Pure rules; knows Zoom's names only.

export interface Capabilities {
  isLocalRecordingTokenSupported: boolean;
  isOnbehalfTokenSupported: boolean;
}

const LOCAL_RECORDING_SCOPES = [
  "user:read:user",
  "user:read:zak",
  "meeting:read:list_meetings",
  "meeting:read:local_recording_token",
] as const;

const ONBEHALF_SCOPES = ["user:read:user", "user:read:token"] as const;

type RequiredScope = (typeof LOCAL_RECORDING_SCOPES)[number] | (typeof ONBEHALF_SCOPES)[number];

/**
 * The classic scopes under which Zoom answers the same call, from the scope lists of each endpoint in
 * Zoom's Users and Meetings API references. Every granular scope has its `:admin` variant beside these.
 */
const CLASSIC_SCOPES: Record<RequiredScope, readonly string[]> = {
  "user:read:user": ["user:read", "user:read:admin", "user_info:read", "user_profile"],
  "user:read:token": ["user:read", "user:read:admin"],
  "user:read:zak": ["user_zak:read"],
  "meeting:read:list_meetings": ["meeting:read", "meeting:read:admin"],
  "meeting:read:local_recording_token": [
    "meeting_token:read:local_recording",
    "meeting_token:read:admin:local_recording",
  ],
};

/** The scopes that the capabilities need and the grant lacks, by their granular names, in a fixed order. */
export function findMissingScopes(granted: readonly string[], capabilities: Capabilities): string[] {
  const required = new Set<RequiredScope>([
    ...(capabilities.isLocalRecordingTokenSupported ? LOCAL_RECORDING_SCOPES : []),
    ...(capabilities.isOnbehalfTokenSupported ? ONBEHALF_SCOPES : []),
  ]);
  return [...required].filter((scope) => !isGranted(granted, scope));
}

/** Whether the grant reaches users/me/token, which gives ZAKs and onbehalf tokens of two hours. */
export function mayReadUserTokens(granted: readonly string[]): boolean {
  return isGranted(granted, "user:read:token");
}

function isGranted(granted: readonly string[], scope: RequiredScope): boolean {
  return [scope, `${scope}:admin`, ...CLASSIC_SCOPES[scope]].some((name) => granted.includes(name));
}
