// A call of a token link: whose it is, what it gets, and what is taken back where nothing came of it.
//
// A use counts before the token is asked for, in the statement that checks the link, so that calls at one moment never get
// more than `max_uses`. Where no token comes of it the use is given back, and the events that told of it are removed: an
// isolate that dies in between leaves a use too many and an event too many, never a token that nothing tells of.

import { createId } from "../../crypto/ids.ts";
import type { IssuedToken as IssuedEvent } from "../../db/connection-events.ts";
import {
  type LinkUse,
  type PlannedToken,
  settleTokenLinkUse,
  useTokenLink,
} from "../../db/token-link-uses.ts";
import type { TokenSource } from "../../db/token-sources.ts";
import { ApiError } from "../../errors.ts";
import { describeError, log } from "../../log.ts";
import { toActorText } from "../../model/actor.ts";
import { LINK_REFUSALS, type LinkRefusalCode, MAX_USERS } from "../../model/token-link.ts";
import {
  isPassing,
  type TokenReason,
  type TokenReasonCode,
  tokenReasonOf,
} from "../../model/token-reasons.ts";
import { type VendorName, vendorOf } from "../../model/vendors.ts";
import type { Scope, ServiceScope } from "../../scope.ts";
import { getCredentials, openUsableRow, type TokenScope } from "../access-token.ts";
import { withTimeLimit } from "../time-limit.ts";
import { findRefusal, toTokenReason } from "../token-refusals.ts";
import { type IssuedToken, mintFrom } from "../tokens.ts";
import { readCall, type VendorCall } from "./read-call.ts";
import { openLinkSecret } from "./secrets.ts";
import { verifyCall } from "./signatures.ts";

/** How long one token may take, in milliseconds, and after which time of a call none is begun any more. */
const TOKEN_TIMEOUT_MS = 8_000;
const LAST_TOKEN_AFTER_MS = 8_000;
/** How long an access token that is handed out still lives: Recall.ai wants two minutes. */
const ACCESS_TOKEN_TTL_MS = 5 * 60_000;
/** One for the local recording token, beside those of the users. */
const MAX_TOKENS = MAX_USERS + 1;

const SUSPENDED = {
  message: "The operator of the service has suspended the project. Try again later.",
  retryAfterSeconds: 300,
};
const NO_MEETING = {
  message:
    "The call names no meeting. Add meeting_id or meeting_url to it, or make a link with a meeting of its own.",
};

export type GivenToken = IssuedToken & { kind: PlannedToken["token"] };

export interface LinkRefusal {
  code: LinkRefusalCode;
  message: string;
  retry_after_seconds: number | null;
}

export type LinkOutcome =
  | { kind: "unknown" }
  /** In order: of each kind one, but onbehalf tokens for Attendee. */
  | { kind: "given"; vendor: VendorName; tokens: GivenToken[] }
  | { kind: "refused"; vendor: VendorName; refusal: LinkRefusal };

type Planned = PlannedToken & { source: TokenSource };
type Outcome = { planned: Planned } & ({ given: GivenToken } | { refusal: LinkRefusal } | { fault: unknown });

/**
 * Answers a call. One database round trip, and one to Zoom for each meeting token, where the access tokens live; one more
 * to the database where a signature is checked that this isolate has not seen the secret of, and where something is
 * refused. Throws what the database throws, and `rate_limited`. `isLate` tells that nobody waits for the answer any more.
 */
export async function callTokenLink(
  scope: ServiceScope,
  secretSha256: string,
  call: VendorCall,
  isLate: () => boolean,
): Promise<LinkOutcome> {
  const startedAt = Date.now();
  if (!(await scope.limits.tokens(secretSha256))) throw new ApiError("rate_limited");
  const use = await verifyAndUse(scope, secretSha256, call);
  if (use === null) return { kind: "unknown" };
  if (!use.isUsed) {
    const refusal = findUseRefusal(use);
    scope.waitUntil(settle(scope, use, [], refusal.code));
    return { kind: "refused", vendor: use.vendor, refusal };
  }
  const outcomes = await issueAll(toLinkScope(scope, use.id), use, startedAt);
  const given = outcomes.flatMap((outcome) => ("given" in outcome ? [outcome.given] : []));
  if (given.length > 0 && !isLate()) {
    if (outcomes.some((outcome) => !("given" in outcome)))
      scope.waitUntil(settle(scope, use, outcomes, null));
    return { kind: "given", vendor: use.vendor, tokens: given };
  }
  const refusal = isLate() ? refusalOf(tokenReasonOf("zoom_unavailable")) : chooseRefusal(outcomes);
  // Before the answer: a vendor that tries again at once must not find the link used up.
  await settle(
    scope,
    use,
    isLate() ? outcomes.map(({ planned }) => ({ planned, refusal })) : outcomes,
    refusal.code,
  );
  for (const outcome of outcomes) if ("fault" in outcome) throw outcome.fault;
  return { kind: "refused", vendor: use.vendor, refusal };
}

async function verifyAndUse(
  scope: ServiceScope,
  secretSha256: string,
  call: VendorCall,
): Promise<LinkUse | null> {
  const eventIds = Array.from({ length: MAX_TOKENS }, () => createId("evt"));
  const request = { secretSha256, ...readCall(call), eventIds };
  const known = scope.linkSecrets.get(secretSha256);
  const isKnownGood = known !== undefined && (await isSigned(known, call));
  const use = await useTokenLink(scope.db, { ...request, verifiedSecret: isKnownGood ? known.sealed : null });
  const sealed = use?.verificationSecret ?? null;
  // No signature is needed, or the one that was checked is of the secret that the link has now.
  if (use === null || sealed === null || use.isVerified) {
    if (sealed === null) scope.linkSecrets.delete(secretSha256);
    // The secret was removed between two calls: nothing is signed any more.
    return use && sealed === null && isKnownGood
      ? await useTokenLink(scope.db, { ...request, verifiedSecret: null })
      : use;
  }
  if (sealed === known?.sealed) return use;
  const opened = await openLinkSecret(scope, { id: use.id, secretSha256, sealed, vendor: use.vendor });
  if (!(await isSigned(opened, call))) return use;
  return await useTokenLink(scope.db, { ...request, verifiedSecret: sealed });
}

async function isSigned(
  { vendor, secret }: { vendor: VendorName; secret: string },
  call: VendorCall,
): Promise<boolean> {
  const { signature } = vendorOf(vendor);
  return signature !== null && (await verifyCall(signature, secret, call, Date.now()));
}

function toLinkActor(tokenLinkId: string): string {
  return toActorText({ type: "token_link", id: tokenLinkId });
}

function toLinkScope(scope: ServiceScope, tokenLinkId: string): TokenScope {
  return { ...scope, caller: { kind: "token_link", tokenLinkId, acting: toLinkActor(tokenLinkId) } };
}

const linkRefusal = (code: keyof typeof LINK_REFUSALS): LinkRefusal => ({
  code,
  message: LINK_REFUSALS[code],
  retry_after_seconds: null,
});
const refusalOf = (reason: TokenReason): LinkRefusal => reason;

/** Why a call was not even counted. */
function findUseRefusal(use: LinkUse): LinkRefusal {
  if (!use.isVerified) return linkRefusal("signature_invalid");
  if (use.isInactive) return linkRefusal("link_inactive");
  if (use.isExpired) return linkRefusal("link_expired");
  if (use.isUsedUp) return linkRefusal("link_used_up");
  // A vendor tries again, and all goes on when it is lifted.
  if (use.isSuspended) return refusalOf(tokenReasonOf("zoom_unavailable", SUSPENDED));
  const [first] = use.sources;
  if (!first) return findAbsence(use);
  const needsMeeting = use.token !== "zak" && use.token !== "access";
  if (needsMeeting && use.meetingId === null) return refusalOf(tokenReasonOf("meeting_unknown", NO_MEETING));
  const kinds = PLANNED_KINDS[use.token];
  const refusals = use.sources.flatMap(({ source }) => kinds.map((kind) => findRefusal(source, kind)));
  const refusal = refusals.find((reason) => reason !== null);
  // What stood in the way has changed since the statement began: the last use was taken, or the link was switched off.
  return refusals.includes(null) || !refusal ? linkRefusal("link_used_up") : refusalOf(refusal);
}

const PLANNED_KINDS = {
  onbehalf: ["onbehalf_token"],
  zak: ["zak_token"],
  local_recording: ["local_recording_token"],
  access: ["zak_token"],
  all: ["local_recording_token", "onbehalf_token"],
} as const;

function findAbsence({ form, meetingId, userCount, hostCount, matchedCount }: LinkUse): LinkRefusal {
  if (form === "meeting_host") {
    if (meetingId === null) return refusalOf(tokenReasonOf("meeting_unknown", NO_MEETING));
    if (hostCount === 0) return refusalOf(tokenReasonOf("meeting_unknown"));
    return linkRefusal("connection_ambiguous");
  }
  if (form === "from_request" && userCount === 0) return linkRefusal("user_not_named");
  if (form === "metadata") {
    if (matchedCount > 0) return linkRefusal("connection_ambiguous");
    const message = "No connection has the metadata that this link names.";
    return refusalOf(tokenReasonOf("user_not_connected", { message }));
  }
  return refusalOf(tokenReasonOf("user_not_connected"));
}

/** Attendee gets every planned token, side by side; the others one, and the next candidate's where the first fails. */
async function issueAll(scope: TokenScope, use: LinkUse, startedAt: number): Promise<Outcome[]> {
  const planned = use.sources.flatMap(({ source, planned }) =>
    planned.map((token) => ({ ...token, source })),
  );
  const outcomes = await Promise.all(planned.map(async (one) => await issue(scope, use, one)));
  const [only] = outcomes;
  if (use.vendor === "attendee" || !only || "given" in only) return outcomes;
  const { token, source: first } = only.planned;
  for (const { source } of use.sources) {
    if (source.id === first.id || Date.now() > startedAt + LAST_TOKEN_AFTER_MS) continue;
    if (source.state === "disconnected" || (token !== "access_token" && findRefusal(source, token))) continue;
    const outcome = await issue(scope, use, { token, eventId: createId("evt"), source });
    outcomes.push(outcome);
    if ("given" in outcome) break;
  }
  return outcomes;
}

async function issue(scope: TokenScope, use: LinkUse, planned: Planned): Promise<Outcome> {
  const issuing = get(scope, use, planned);
  scope.waitUntil(issuing.catch(() => {}));
  try {
    const token = await withTimeLimit(issuing, TOKEN_TIMEOUT_MS, () => new ApiError("zoom_timeout"));
    return { planned, given: { ...token, kind: planned.token } };
  } catch (error) {
    const reason = toTokenReason(error, tokenReasonOf("user_not_connected"));
    return reason === null ? { planned, fault: error } : { planned, refusal: refusalOf(reason) };
  }
}

async function get(
  scope: TokenScope,
  { meetingId }: LinkUse,
  { token, source }: Planned,
): Promise<IssuedToken> {
  if (token === "zak_token") return await mintFrom(scope, source, { kind: token });
  if (token === "access_token") {
    const usable =
      (await openUsableRow(scope, source, ACCESS_TOKEN_TTL_MS)) ??
      (await getCredentials(scope, { id: source.id, minTtlMs: ACCESS_TOKEN_TTL_MS }));
    return { token: usable.credentials.access_token, expires_at: usable.credentials.expires_at };
  }
  // The statement plans these only where a meeting is named.
  const purpose = { kind: token, meetingId: meetingId as string, bypassWaitingRoom: true } as const;
  return await mintFrom(scope, source, purpose);
}

/** Of several refusals the first that passes, else the first. */
function chooseRefusal(outcomes: readonly Outcome[]): LinkRefusal {
  const refusals = outcomes.flatMap((outcome) => ("refusal" in outcome ? [outcome.refusal] : []));
  return (
    refusals.find(({ code }) => isPassing(code as TokenReasonCode)) ??
    refusals[0] ??
    refusalOf(tokenReasonOf("zoom_unavailable"))
  );
}

/** Never throws: the answer stands, whatever becomes of the book-keeping. */
async function settle(
  { db }: Scope,
  use: LinkUse,
  outcomes: readonly Outcome[],
  code: LinkRefusalCode | null,
): Promise<void> {
  const toldIds = new Set(use.sources.flatMap(({ planned }) => planned.map(({ eventId }) => eventId)));
  const given = outcomes.flatMap((outcome) => ("given" in outcome ? [outcome.planned] : []));
  const givenIds = new Set(given.map(({ eventId }) => eventId));
  const issued: IssuedEvent[] = given
    .filter(({ eventId }) => !toldIds.has(eventId))
    .map(({ eventId, token, source }) => ({
      eventId,
      token,
      connectionId: source.id,
      tokenLinkId: use.id,
      issuedTo: toLinkActor(use.id),
    }));
  try {
    await settleTokenLinkUse(db, {
      id: use.id,
      untoldEventIds: use.isUsed ? [...toldIds].filter((id) => !givenIds.has(id)) : [],
      issued,
      isGivenBack: use.isUsed && given.length === 0,
      code,
    });
  } catch (error) {
    log("warn", "token_link_not_settled", { token_link_id: use.id, ...describeError(error) });
  }
}
