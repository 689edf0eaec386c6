// The tokens that a meeting bot hands to Zoom's Meeting SDK, minted with a connection's access token. A fault of a
// meeting is an answer about the meeting, never about the connection.

import { createId } from "../crypto/ids.ts";
import { recordIssued } from "../db/connection-events.ts";
import { findMeetingConnections } from "../db/meetings.ts";
import type { ConnectionKey } from "../db/zoom-oauth-connections.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { ApiError, type FieldErrors } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { MeetingToken, Zoom } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { parseMeetingId, parseMeetingUrl } from "../zoom/meeting-url.ts";
import { callWithAccessToken, type TokenRequest } from "./access-token.ts";
import type { UsableCredentials } from "./credentials.ts";
import { missingScopes } from "./finish-connecting.ts";
import {
  isAccessTokenRefused,
  MISSING_SCOPES_CODE,
  toApiError,
  USER_NOT_ACTIVE_CODES,
} from "./zoom-failure.ts";

/** An access token is spent at once, in milliseconds. */
const MIN_TTL_MS = 60_000;
const MAX_MESSAGE_LENGTH = 200;
/** Zoom's codes that speak of the meeting or of its host's settings. */
const MEETING_CODES = [300, 403, 3000, 3001, 3161];

/** What a caller named a meeting by: exactly one of the two. */
export interface NamedMeeting {
  meeting_id?: string | number | undefined;
  meeting_url?: string | undefined;
}

/** The meeting id in digits, or what is wrong with the fields. */
export function readMeeting({ meeting_id, meeting_url }: NamedMeeting): string | FieldErrors {
  if (meeting_id !== undefined) {
    return parseMeetingId(meeting_id) ?? { meeting_id: ["Must be a Zoom meeting id of 9 to 11 digits."] };
  }
  const parsed = parseMeetingUrl(meeting_url ?? "");
  if (parsed.kind === "meeting") return parsed.meetingId;
  return {
    meeting_url: [
      parsed.kind === "no_meeting_id"
        ? "Must contain a meeting id; personal link names and registration links have none. Send meeting_id."
        : "Must be a link to a meeting on zoom.us, zoom.com or zoomgov.com.",
    ],
  };
}

export interface IssuedToken {
  token: string;
  /** ISO 8601. */
  expires_at: string;
}

type Mint = (zoom: Zoom, usable: UsableCredentials) => Promise<MeetingToken>;
type NotFound = "unauthenticated" | "not_found";

export async function issueLocalRecordingToken(
  deps: Deps,
  waitUntil: WaitUntil,
  key: ConnectionKey,
  meeting: { meetingId: string; bypassWaitingRoom: boolean },
): Promise<IssuedToken | NotFound> {
  const request = { ...key, capability: "is_local_recording_token_supported" as const };
  return await issue(deps, waitUntil, request, "local_recording_token", async (zoom, usable) =>
    zoom.getLocalRecordingToken(toApiToken(usable), meeting),
  );
}

export async function issueOnbehalfToken(
  deps: Deps,
  waitUntil: WaitUntil,
  key: ConnectionKey,
  meetingId: string,
): Promise<IssuedToken | NotFound> {
  const request = { ...key, capability: "is_onbehalf_token_supported" as const };
  return await issue(deps, waitUntil, request, "onbehalf_token", async (zoom, usable) =>
    zoom.getOnbehalfToken(toApiToken(usable), meetingId),
  );
}

export async function issueZak(
  deps: Deps,
  waitUntil: WaitUntil,
  key: ConnectionKey,
): Promise<IssuedToken | NotFound> {
  return await issue(deps, waitUntil, key, "zak_token", async (zoom, usable) =>
    zoom.getZak(toApiToken(usable), usable.credentials.scopes),
  );
}

/**
 * Mints with the connection's access token. Where Zoom refuses that before its time, refreshes once and tries
 * again. Throws `meeting_not_available`, and what `getCredentials` throws.
 */
async function issue(
  deps: Deps,
  waitUntil: WaitUntil,
  key: ConnectionKey & Pick<TokenRequest, "capability">,
  name: string,
  mint: Mint,
): Promise<IssuedToken | NotFound> {
  const request = { ...key, minTtlMs: MIN_TTL_MS };
  return await callWithAccessToken(deps, waitUntil, request, null, async (usable) => {
    const token = await mint(deps.zoom, usable).catch((error: unknown) => {
      throw error instanceof ZoomFailure && !isAccessTokenRefused(error) ? judge(error, usable) : error;
    });
    waitUntil(tell(deps, usable.connection.id, name));
    return {
      token: token.token,
      expires_at: new Date(Date.now() + token.expiresInSeconds * 1000).toISOString(),
    };
  }).catch((error: unknown) => {
    throw error instanceof ZoomFailure ? toApiError(error) : error;
  });
}

function judge(failure: ZoomFailure, { credentials }: UsableCredentials): ApiError {
  const { code, message = "" } = failure.refusal;
  if (failure.why !== "refused" || code === undefined) return toApiError(failure);
  if (code === MISSING_SCOPES_CODE) return missingScopes(["the scope of this kind of token"]);
  if (USER_NOT_ACTIVE_CODES.includes(code)) return new ApiError("user_not_active", { cause: failure });
  if (!MEETING_CODES.includes(code)) return toApiError(failure);
  const shown = redact(message, [credentials.access_token, credentials.refresh_token]);
  return new ApiError("meeting_not_available", { message: `Zoom: ${shown}`, cause: failure });
}

/** Zoom's words about a meeting, without anything that could be a secret. */
function redact(message: string, secrets: string[]): string {
  const known = secrets.reduce((text, secret) => text.replaceAll(secret, "…"), message);
  return known.replaceAll(/\S{20,}/g, "…").slice(0, MAX_MESSAGE_LENGTH);
}

function toApiToken({ credentials }: UsableCredentials) {
  return { accessToken: credentials.access_token, apiUrl: credentials.api_url };
}

async function tell({ db }: Deps, connectionId: string, token: string): Promise<void> {
  try {
    await recordIssued(db, connectionId, { eventIds: [createId("evt")], token });
  } catch (error) {
    log("warn", "event_not_written", { zoom_oauth_connection_id: connectionId, ...describeError(error) });
  }
}

export interface ZoomTokensRequest {
  apiKeySha256: string;
  meetingId: string;
  onbehalfUserId: string | null;
  zoomOAuthAppId: string | null;
}

const TOKEN_NAMES = ["zak_token", "join_token", "app_privilege_token", "onbehalf_token"] as const;
type TokenName = (typeof TOKEN_NAMES)[number];

export type ZoomTokens = Record<TokenName, string | null> & { reasons: Partial<Record<TokenName, string>> };

const JOIN_TOKEN_REASON =
  "Zoom has no such token for meeting bots any more: use app_privilege_token or onbehalf_token.";
const NO_HOST_REASON = "No connection of the project hosts this meeting.";
const ZAK_AND_ONBEHALF_REASON =
  "Zoom takes either a ZAK or an onbehalf token, and onbehalf_user_id asks for the latter.";

/** Everything that a bot needs for a meeting, from the connections that the meeting and the named user have. */
export async function issueZoomTokens(
  deps: Deps,
  waitUntil: WaitUntil,
  request: ZoomTokensRequest,
): Promise<ZoomTokens | "unauthenticated"> {
  const { apiKeySha256, meetingId, onbehalfUserId } = request;
  const connections = await findMeetingConnections(deps.db, request);
  if (connections === null) return "unauthenticated";
  if (connections === "no_app") throw new ApiError("zoom_oauth_app_not_found");
  const { hostId, onbehalfId } = connections;
  const tokens: ZoomTokens = {
    zak_token: null,
    join_token: null,
    app_privilege_token: null,
    onbehalf_token: null,
    reasons: { join_token: JOIN_TOKEN_REASON },
  };
  const fill = async (name: TokenName, issuing: Promise<IssuedToken | NotFound> | string) => {
    const outcome = typeof issuing === "string" ? issuing : await issuing.catch(toReason);
    if (typeof outcome === "string")
      tokens.reasons[name] = outcome === "not_found" ? NO_HOST_REASON : outcome;
    else tokens[name] = outcome.token;
  };
  const host = hostId === null ? null : { apiKeySha256, id: hostId };
  const meeting = { meetingId, bypassWaitingRoom: true };
  await Promise.all([
    fill(
      "app_privilege_token",
      host ? issueLocalRecordingToken(deps, waitUntil, host, meeting) : NO_HOST_REASON,
    ),
    fill(
      "zak_token",
      onbehalfUserId !== null
        ? ZAK_AND_ONBEHALF_REASON
        : host
          ? issueZak(deps, waitUntil, host)
          : NO_HOST_REASON,
    ),
    fill(
      "onbehalf_token",
      onbehalfUserId === null
        ? "No onbehalf_user_id was given."
        : onbehalfId === null
          ? "The project has no connection of the user onbehalf_user_id."
          : issueOnbehalfToken(deps, waitUntil, { apiKeySha256, id: onbehalfId }, meetingId),
    ),
  ]);
  return tokens;
}

function toReason(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  throw error;
}
