// Every token that a bot needs for a meeting, from the connections of its host and of named users: issued, or judged in
// advance without asking Zoom. A fault that passes is never told as a final one.

import { createId } from "../crypto/ids.ts";
import { isDatabaseUnavailable } from "../db/client.ts";
import type { IssuedToken as IssuedTokenEvent } from "../db/connection-events.ts";
import {
  type FoundSources,
  findTokenSources,
  type SourceBounds,
  type TokenSource,
} from "../db/token-sources.ts";
import { ApiError } from "../errors.ts";
import type { MeetingSource } from "../model/meeting.ts";
import {
  isPassing,
  RECORDING_REFUSAL_SENTENCES,
  type TokenReason,
  tokenReasonOf,
} from "../model/token-reasons.ts";
import type { ProjectScope } from "../scope.ts";
import { withTimeLimit } from "./time-limit.ts";
import { findDelay, findRefusal, toTokenReason } from "./token-refusals.ts";
import { mintFrom, rememberRefusal, type TokenPurpose, tellIssued } from "./tokens.ts";

/**
 * How long one token may take, in milliseconds. Each has this time for itself, so that a user whose token is slow costs
 * the others no more.
 */
const TOKEN_TIMEOUT_MS = 8_000;

export const TOKEN_NAMES = ["zak_token", "join_token", "app_privilege_token", "onbehalf_token"] as const;
export type TokenName = (typeof TOKEN_NAMES)[number];

export interface ZoomTokensRequest extends SourceBounds {
  meetingId: string;
  /** On whose behalf, in order; none: on nobody's. */
  onbehalfUserIds: readonly string[];
  includesZak: boolean;
}

export interface OnbehalfToken {
  user_id: string;
  zoom_oauth_connection_id: string | null;
  token: string | null;
  reason: TokenReason | null;
}

export interface ZoomTokens extends Record<TokenName, string | null> {
  /** The connection of the meeting's host. */
  zoom_oauth_connection_id: string | null;
  onbehalf_tokens: OnbehalfToken[];
  reasons: Partial<Record<TokenName, TokenReason>>;
}

/** What became of one token. `fault`: nothing of Zoom's. */
type Outcome = { token: string } | { reason: TokenReason } | { fault: unknown };

/** A connection, or why there is none. */
type Chosen = { source: TokenSource } | { absent: TokenReason };

/**
 * Issues what can be issued, side by side. One database round trip, and one to Zoom for each token, where the access
 * tokens live. Throws `zoom_oauth_app_not_found`, and what the database threw where no token was issued for that.
 */
export async function issueZoomTokens(scope: ProjectScope, request: ZoomTokensRequest): Promise<ZoomTokens> {
  const found = await findSources(scope, request);
  const issued: IssuedTokenEvent[] = [];
  const attempt = async (chosen: Chosen, purpose: TokenPurpose): Promise<Outcome> => {
    const outcome = await issue(scope, chosen, purpose);
    if ("token" in outcome && "source" in chosen) {
      const event = { eventId: createId("evt"), connectionId: chosen.source.id, token: purpose.kind };
      issued.push({ ...event, issuedTo: scope.caller.acting });
    }
    return outcome;
  };
  const { meetingId } = request;
  const host = chooseHost(found);
  const zakReason = whyNoZak(request);
  const [recording, zak, ...users] = await Promise.all([
    attempt(host, { kind: "local_recording_token", meetingId, bypassWaitingRoom: true }),
    zakReason ? { reason: zakReason } : attempt(host, { kind: "zak_token" }),
    ...found.users.map(
      async (user) => await attempt(chooseUser(user), { kind: "onbehalf_token", meetingId }),
    ),
  ]);
  scope.waitUntil(tellIssued(scope, issued));
  forgetRefusal(scope, request, found, recording);
  const outcomes = [recording, zak, ...users] as Outcome[];
  throwFault(outcomes, issued.length > 0);
  return toAnswer(found, { recording: recording as Outcome, zak: zak as Outcome, users });
}

export interface Preflight {
  zoom_oauth_connection_id: string | null;
  meeting: { meeting_id: string; source: MeetingSource; mapped_at: string } | null;
  tokens: Record<TokenName, { would_issue: boolean; reason: TokenReason | null }>;
}

/** What {@link issueZoomTokens} would do, as far as is known without asking Zoom. One database round trip. */
export async function preflightZoomTokens(
  scope: ProjectScope,
  request: ZoomTokensRequest,
): Promise<Preflight> {
  const found = await findSources(scope, request);
  const { meeting } = found;
  const host = chooseHost(found);
  const judge = (chosen: Chosen, kind: TokenPurpose["kind"]) =>
    "absent" in chosen
      ? chosen.absent
      : (findRefusal(chosen.source, kind) ?? findDelay(chosen.source, Date.now()));
  const verdict = (reason: TokenReason | null) => ({ would_issue: reason === null, reason });
  const users = found.users.map((user) => judge(chooseUser(user), "onbehalf_token"));
  return {
    zoom_oauth_connection_id: found.host?.id ?? null,
    meeting: meeting && {
      meeting_id: request.meetingId,
      source: meeting.source,
      mapped_at: meeting.mappedAt,
    },
    tokens: {
      zak_token: verdict(whyNoZak(request) ?? judge(host, "zak_token")),
      join_token: verdict(NO_JOIN_TOKEN),
      app_privilege_token: verdict(judge(host, "local_recording_token") ?? rememberedRefusal(found)),
      onbehalf_token: verdict(users.includes(null) ? null : summarize(users as TokenReason[])),
    },
  };
}

async function findSources(
  { db, caller }: ProjectScope,
  { onbehalfUserIds, ...request }: ZoomTokensRequest,
): Promise<FoundSources> {
  const { meetingId, zoomOAuthAppId, zoomOAuthConnectionId, accountId, metadata } = request;
  const bounds = { zoomOAuthAppId, zoomOAuthConnectionId, accountId, metadata };
  const found = await findTokenSources(db, caller, { meetingId, userIds: onbehalfUserIds, ...bounds });
  if (found === "no_app") throw new ApiError("zoom_oauth_app_not_found");
  return found;
}

const NO_JOIN_TOKEN = tokenReasonOf("not_requested", {
  message: "Zoom has no such token for meeting bots any more: use app_privilege_token or onbehalf_token.",
});

function whyNoZak({ includesZak, onbehalfUserIds }: ZoomTokensRequest): TokenReason | null {
  if (!includesZak) {
    return tokenReasonOf("not_requested", {
      message: "A ZAK lets the bot join as the host. Ask for it with include_zak.",
    });
  }
  return onbehalfUserIds.length === 0
    ? null
    : tokenReasonOf("not_requested", {
        message: "Zoom takes either a ZAK or an onbehalf token, and the request names users for the latter.",
      });
}

function chooseHost({ meeting, allowedHosts, host }: FoundSources): Chosen {
  if (host !== null) return { source: host };
  if (meeting === null) return { absent: tokenReasonOf("meeting_unknown") };
  if (allowedHosts === 0) return { absent: tokenReasonOf("host_not_connected") };
  return {
    absent: tokenReasonOf("host_not_connected", {
      message:
        "Connections of several Zoom users have this meeting, so that its host is not certain. Name one with zoom_oauth_connection_id.",
    }),
  };
}

function chooseUser({ source }: FoundSources["users"][number]): Chosen {
  return source === null ? { absent: tokenReasonOf("user_not_connected") } : { source };
}

const tooLate = () => new ApiError("zoom_timeout");

async function issue(scope: ProjectScope, chosen: Chosen, purpose: TokenPurpose): Promise<Outcome> {
  if ("absent" in chosen) return { reason: chosen.absent };
  const refusal = findRefusal(chosen.source, purpose.kind);
  if (refusal !== null) return { reason: refusal };
  const minting = mintFrom(scope, chosen.source, purpose);
  scope.waitUntil(minting.catch(() => {}));
  try {
    const { token } = await withTimeLimit(minting, TOKEN_TIMEOUT_MS, tooLate);
    return { token };
  } catch (error) {
    const absent = tokenReasonOf(
      purpose.kind === "onbehalf_token" ? "user_not_connected" : "host_not_connected",
    );
    const reason = toTokenReason(error, absent);
    return reason === null ? { fault: error } : { reason };
  }
}

/** Zoom gave a token that it had refused: the setting was changed. */
function forgetRefusal(
  scope: ProjectScope,
  { meetingId }: ZoomTokensRequest,
  { host, meeting }: FoundSources,
  recording: Outcome | undefined,
): void {
  if (host && meeting?.recordingRefusal && recording && "token" in recording) {
    scope.waitUntil(rememberRefusal(scope, host.id, meetingId, null));
  }
}

function rememberedRefusal({ meeting }: FoundSources): TokenReason | null {
  const refusal = meeting?.recordingRefusal;
  return refusal
    ? tokenReasonOf("meeting_not_available", { message: RECORDING_REFUSAL_SENTENCES[refusal] })
    : null;
}

/** A defect of ours ends the request in any case; a database that is away, where nothing could be issued. */
function throwFault(outcomes: readonly Outcome[], isAnyIssued: boolean): void {
  for (const outcome of outcomes) {
    if ("fault" in outcome && !(isAnyIssued && isDatabaseUnavailable(outcome.fault))) throw outcome.fault;
  }
}

/** Of several reasons the first that passes, else the first. */
function summarize(reasons: readonly TokenReason[]): TokenReason {
  return (
    reasons.find(({ code }) => isPassing(code)) ??
    reasons[0] ??
    tokenReasonOf("not_requested", { message: "The request names no user to join on behalf of." })
  );
}

function toAnswer(
  { host, users }: FoundSources,
  outcomes: { recording: Outcome; zak: Outcome; users: readonly Outcome[] },
): ZoomTokens {
  const onbehalfTokens = users.map(({ userId, source }, index) => ({
    user_id: userId,
    zoom_oauth_connection_id: source?.id ?? null,
    ...read(outcomes.users[index] as Outcome),
  }));
  const onbehalf = onbehalfTokens.find(({ token }) => token !== null)?.token ?? null;
  const byName = {
    zak_token: read(outcomes.zak),
    join_token: { token: null, reason: NO_JOIN_TOKEN },
    app_privilege_token: read(outcomes.recording),
    onbehalf_token: {
      token: onbehalf,
      reason: onbehalf === null ? summarize(onbehalfTokens.flatMap(({ reason }) => reason ?? [])) : null,
    },
  };
  const reasons: ZoomTokens["reasons"] = {};
  for (const name of TOKEN_NAMES) if (byName[name].reason !== null) reasons[name] = byName[name].reason;
  return {
    zoom_oauth_connection_id: host?.id ?? null,
    zak_token: byName.zak_token.token,
    join_token: null,
    app_privilege_token: byName.app_privilege_token.token,
    onbehalf_token: onbehalf,
    onbehalf_tokens: onbehalfTokens,
    reasons,
  };
}

function read(outcome: Outcome): { token: string | null; reason: TokenReason | null } {
  if ("token" in outcome) return { token: outcome.token, reason: null };
  return {
    token: null,
    reason:
      "reason" in outcome
        ? outcome.reason
        : tokenReasonOf("zoom_unavailable", {
            message: "The service could not work on this token right now. Try again.",
          }),
  };
}
