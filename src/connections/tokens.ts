// The tokens that a meeting bot hands to Zoom's Meeting SDK, minted with a connection's access token. A fault of a
// meeting is an answer about the meeting, never about the connection.

import { createId } from "../crypto/ids.ts";
import { type IssuedToken as IssuedTokenEvent, recordIssuedTokens } from "../db/connection-events.ts";
import { noteRecordingRefusal } from "../db/meetings.ts";
import type { TokenSource } from "../db/token-sources.ts";
import type { FieldErrors } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { Capability } from "../model/capabilities.ts";
import type { UsableCredentials } from "../model/credentials.ts";
import type { RecordingRefusal } from "../model/token-reasons.ts";
import type { ProjectScope, Scope } from "../scope.ts";
import type { MeetingToken, Zoom } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { type ParsedMeetingUrl, parseMeetingId, parseMeetingUrl } from "../zoom/meeting-url.ts";
import { isVerdict, missingScopes, toCallerError } from "../zoom-errors.ts";
import { callWithAccessToken, openUsableRow, type TokenScope } from "./access-token.ts";

/** An access token is spent at once, in milliseconds. */
const MIN_TTL_MS = 60_000;

/** What a caller named a meeting by: exactly one of the two. */
export interface NamedMeeting {
  meeting_id?: string | number | undefined;
  meeting_url?: string | undefined;
}

/** The meeting id in digits, or what is wrong with the fields. */
export function readMeeting({ meeting_id, meeting_url }: NamedMeeting): string | FieldErrors {
  if (meeting_id !== undefined) {
    return parseMeetingId(meeting_id) ?? { meeting_id: ["Must be a Zoom meeting ID of 9 to 11 digits."] };
  }
  const parsed = parseMeetingUrl(meeting_url ?? "");
  return parsed.kind === "meeting" ? parsed.meetingId : { meeting_url: [describeProblem(parsed)] };
}

const MAX_LISTED_MEETINGS = 10;

function describeProblem(parsed: Exclude<ParsedMeetingUrl, { kind: "meeting" }>): string {
  switch (parsed.kind) {
    case "several_meetings": {
      const listed = parsed.meetingIds.slice(0, MAX_LISTED_MEETINGS).join(", ");
      const isCut = parsed.meetingIds.length > MAX_LISTED_MEETINGS;
      return `Must name one meeting; this names several: ${listed}${isCut ? " and more" : ""}. Send the link to one of them.`;
    }
    case "no_meeting_id":
      return "Must contain a meeting id; personal link names and registration links have none. Send meeting_id.";
    case "hidden_link":
      return `Must show where it leads; a link of ${parsed.host} does not. Open it and send the link to the meeting.`;
    case "not_a_zoom_url":
      return "Must be or contain a link to a Zoom meeting, such as https://zoom.us/j/1234567890.";
  }
}

/** The kinds of token, by their names in events: what each needs of the grant, and of the connection. */
const KINDS = {
  local_recording_token: {
    scope: "meeting:read:local_recording_token",
    capability: "is_local_recording_token_supported",
  },
  onbehalf_token: { scope: "user:read:token", capability: "is_onbehalf_token_supported" },
  zak_token: { scope: "user:read:zak", capability: null },
} as const satisfies Record<string, { scope: string; capability: Capability | null }>;

export type TokenKind = keyof typeof KINDS;

export interface IssuedToken {
  token: string;
  /** ISO 8601. */
  expires_at: string;
}

/** What a token is for. A ZAK is for no meeting. */
export type TokenPurpose =
  | { kind: "local_recording_token"; meetingId: string; bypassWaitingRoom: boolean }
  | { kind: "onbehalf_token"; meetingId: string }
  | { kind: "zak_token" };

/** The capability without which a connection gives no such token; null: none is needed. */
export function capabilityFor(kind: TokenKind): Capability | null {
  return KINDS[kind].capability;
}

/**
 * Gets a token for a connection of the project and tells of it in the connection's events. Throws
 * `meeting_not_available`, and what `getCredentials` throws.
 */
export async function issueToken(
  scope: ProjectScope,
  connectionId: string,
  purpose: TokenPurpose,
): Promise<IssuedToken> {
  const token = await mint(scope, connectionId, purpose);
  const event = { eventId: createId("evt"), connectionId, token: purpose.kind };
  scope.waitUntil(tellIssued(scope, [{ ...event, issuedTo: scope.caller.acting }]));
  return token;
}

/** The same for a connection that was read already. Tells nothing: whether the token is handed out, the caller decides. */
export async function mintFrom(
  scope: TokenScope,
  source: TokenSource,
  purpose: TokenPurpose,
): Promise<IssuedToken> {
  return await mint(scope, source.id, purpose, await openUsableRow(scope, source, MIN_TTL_MS));
}

/**
 * Mints with the connection's access token. Where Zoom refuses that before its time, refreshes once and tries
 * again. With which setting Zoom refuses a local recording token is remembered.
 */
async function mint(
  scope: TokenScope,
  id: string,
  purpose: TokenPurpose,
  known: UsableCredentials | null = null,
): Promise<IssuedToken> {
  const { capability, scope: needed } = KINDS[purpose.kind];
  const request = { id, minTtlMs: MIN_TTL_MS, ...(capability ? { capability } : {}) };
  try {
    const { token, expiresInSeconds } = await callWithAccessToken(
      scope,
      request,
      known,
      async (usable) => await askZoom(scope.zoom, usable, purpose),
    );
    return { token, expires_at: new Date(Date.now() + expiresInSeconds * 1000).toISOString() };
  } catch (error) {
    if (isVerdict(error, "missing_scopes")) throw missingScopes([needed]);
    const setting = settingOf(error);
    if (setting !== undefined && purpose.kind === "local_recording_token") {
      scope.waitUntil(rememberRefusal(scope, id, purpose.meetingId, setting));
    }
    throw toCallerError(error);
  }
}

async function askZoom(
  zoom: Zoom,
  { credentials }: UsableCredentials,
  purpose: TokenPurpose,
): Promise<MeetingToken> {
  const token = { accessToken: credentials.access_token, apiUrl: credentials.api_url };
  switch (purpose.kind) {
    case "local_recording_token":
      return await zoom.getLocalRecordingToken(token, purpose);
    case "onbehalf_token":
      return await zoom.getOnbehalfToken(token, purpose.meetingId);
    case "zak_token":
      return await zoom.getZak(token, credentials.scopes);
  }
}

function settingOf(error: unknown): RecordingRefusal | undefined {
  return error instanceof ZoomFailure && error.verdict.kind === "meeting_not_available"
    ? error.verdict.setting
    : undefined;
}

/** Null forgets it. Never throws. */
export async function rememberRefusal(
  { db }: Scope,
  connectionId: string,
  meetingId: string,
  refusal: RecordingRefusal | null,
): Promise<void> {
  await noteRecordingRefusal(db, { connectionId, meetingId, refusal }).catch((error: unknown) =>
    log("warn", "recording_refusal_not_noted", {
      zoom_oauth_connection_id: connectionId,
      ...describeError(error),
    }),
  );
}

/** Tells the connections' events that tokens were handed out. Never throws. */
export async function tellIssued({ db }: Scope, tokens: readonly IssuedTokenEvent[]): Promise<void> {
  if (tokens.length === 0) return;
  await recordIssuedTokens(db, tokens).catch((error: unknown) => {
    for (const { connectionId } of tokens) {
      log("warn", "event_not_written", { zoom_oauth_connection_id: connectionId, ...describeError(error) });
    }
  });
}
