// Zoom's webhook events: what proves that Zoom sent one, and what it says, in our own words. Events that mean nothing
// to a connection are no events here.

import * as z from "zod";
import type { ZoomEvent } from "../model/zoom-event.ts";
import { meetingNumber, zoomId } from "./identifiers.ts";

/** How far ahead of us Zoom's clock may be, in milliseconds. */
const MAX_AHEAD_MS = 5 * 60_000;
/** Zoom tries again after 5, 25 and 85 minutes, perhaps with the first signature ("Using webhooks"). */
const MAX_AGE_MS = 2 * 3_600_000;

/** Seconds since 1970, as the header has them. */
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^v0=([0-9a-f]{64})$/i;

export interface SignatureHeaders {
  /** `x-zm-signature`. */
  signature: string | undefined;
  /** `x-zm-request-timestamp`. */
  timestamp: string | undefined;
}

export interface SignedText {
  signature: Uint8Array<ArrayBuffer>;
  /** What the HMAC is over, in front of the raw body: `v0:{timestamp}:`. */
  prefix: string;
  sentAtMs: number;
}

/**
 * What must be verified by HMAC-SHA256 with the app's secret token; null where the headers are missing, malformed,
 * from more than 5 minutes in the future or more than 2 hours old.
 */
export function readSignature({ signature, timestamp }: SignatureHeaders, nowMs: number): SignedText | null {
  const [, hex] = SIGNATURE.exec(signature ?? "") ?? [];
  if (hex === undefined || timestamp === undefined || !TIMESTAMP.test(timestamp)) return null;
  const sentAtMs = Number(timestamp) * 1000;
  if (sentAtMs > nowMs + MAX_AHEAD_MS || sentAtMs < nowMs - MAX_AGE_MS) return null;
  return { signature: Uint8Array.fromHex(hex), prefix: `v0:${timestamp}:`, sentAtMs };
}

/** A meeting id that may be missing, or be what is none. */
const maybeMeeting = meetingNumber.nullish().catch(null);

const envelope = z.object({
  event: z.string(),
  event_ts: z.unknown().optional(),
  payload: z.record(z.string(), z.unknown()),
});
/**
 * Zoom sends 22 of these characters. Whatever else is signed in answer could be used as a signature: `v0:…` above all,
 * which is what an event's signature is over.
 */
const PLAIN_TOKEN = /^[A-Za-z0-9_-]{1,100}$/;
const validationPayload = z.object({ plainToken: z.string() });
const sourcePayload = z.object({ account_id: zoomId.nullish(), client_id: zoomId.nullish() });
const userPayload = z.object({ object: z.object({ id: zoomId }) });
const deauthorizedPayload = z.object({
  user_id: zoomId,
  deauthorization_time: z.unknown().optional(),
  event_ts: z.unknown().optional(),
});
const meetingPayload = z.object({
  operator_id: zoomId.nullish().catch(null),
  object: z.object({ id: maybeMeeting, pmi: maybeMeeting, host_id: zoomId.nullish().catch(null) }),
});
const deletedPayload = z.object({
  operation: z.string().nullish().catch(null),
  object: z.object({ id: maybeMeeting, occurrences: z.array(z.unknown()).nullish().catch(null) }),
});
const updatedUserPayload = z.object({
  object: z.object({ id: zoomId, pmi: maybeMeeting }),
  old_object: z.object({ pmi: maybeMeeting }).nullish().catch(null),
});

/** Whose the event is. Each null where Zoom does not say. */
export interface EventSource {
  accountId: string | null;
  clientId: string | null;
}

/** The event types that mean something to a connection, as an app on the Zoom Marketplace subscribes to them. */
export const EVENT_TYPES = [
  "meeting.created",
  "meeting.updated",
  "meeting.deleted",
  "user.updated",
  "user.deactivated",
  "user.deleted",
  "user.disassociated",
  "app_deauthorized",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export type ReadEvent =
  /** Zoom wants to know whether somebody with the secret is here ("Validate your webhook endpoint"). */
  | { kind: "url_validation"; plainToken: string }
  /** The same with a text that Zoom would not send, and that is not to be signed. */
  | { kind: "refused_validation" }
  | { kind: "event"; type: EventType; event: ZoomEvent; source: EventSource }
  /** Not one of those that mean something to a connection (type null), or without what would make it so. */
  | { kind: "unknown"; type: EventType | null };

/** What a verified body says. Never throws. `sentAtMs`: by the signature's timestamp. */
export function readEvent(body: string, sentAtMs: number): ReadEvent {
  const parsed = envelope.safeParse(parseJson(body));
  if (!parsed.success) return { kind: "unknown", type: null };
  const { event, payload, event_ts } = parsed.data;
  if (event === "endpoint.url_validation") {
    const validation = validationPayload.safeParse(payload);
    if (!validation.success) return { kind: "unknown", type: null };
    const { plainToken } = validation.data;
    return PLAIN_TOKEN.test(plainToken)
      ? { kind: "url_validation", plainToken }
      : { kind: "refused_validation" };
  }
  const type = EVENT_TYPES.find((name) => name === event) ?? null;
  const source = sourcePayload.safeParse(payload);
  // It names what can be nobody's account or app.
  if (!source.success) return { kind: "unknown", type: null };
  const { account_id: accountId = null, client_id: clientId = null } = source.data;
  const known = type && describeEvent(type, payload, (claimed) => latest(sentAtMs, [...claimed, event_ts]));
  return type && known
    ? { kind: "event", type, event: known, source: { accountId, clientId } }
    : { kind: "unknown", type };
}

function describeEvent(
  name: EventType,
  payload: Record<string, unknown>,
  occurredAt: (claimed: unknown[]) => string,
): ZoomEvent | null {
  switch (name) {
    case "meeting.created":
    case "meeting.updated":
      return describeMeeting(payload);
    case "meeting.deleted":
      return describeDeletion(payload);
    case "user.updated":
      return describeUser(payload);
    case "user.deactivated":
    case "user.deleted":
    case "user.disassociated": {
      const { data } = userPayload.safeParse(payload);
      const reason = name.replace(".", "_") as "user_deactivated" | "user_deleted" | "user_disassociated";
      return data
        ? { kind: "user_removed", reason, user_id: data.object.id, occurred_at: occurredAt([]) }
        : null;
    }
    case "app_deauthorized": {
      const { data } = deauthorizedPayload.safeParse(payload);
      if (!data) return null;
      const occurred_at = occurredAt([data.deauthorization_time, data.event_ts]);
      return { kind: "app_deauthorized", user_id: data.user_id, occurred_at };
    }
  }
}

function describeMeeting(payload: Record<string, unknown>): ZoomEvent | null {
  const { data } = meetingPayload.safeParse(payload);
  if (!data) return null;
  const { id: meetingId, pmi, host_id = null } = data.object;
  const operator_id = data.operator_id ?? null;
  const meeting_ids = [meetingId, pmi].filter((number) => typeof number === "string");
  if (meeting_ids.length === 0 || (host_id === null && operator_id === null)) return null;
  return { kind: "meetings_hosted", host_id, operator_id, meeting_ids };
}

/** One occurrence of a series that goes on is no deletion of the meeting. */
function describeDeletion(payload: Record<string, unknown>): ZoomEvent | null {
  const { data } = deletedPayload.safeParse(payload);
  if (!data?.object.id) return null;
  const isOccurrence = data.operation === "single" && (data.object.occurrences?.length ?? 0) > 0;
  return isOccurrence ? null : { kind: "meeting_deleted", meeting_id: data.object.id };
}

function describeUser(payload: Record<string, unknown>): ZoomEvent | null {
  const { data } = updatedUserPayload.safeParse(payload);
  if (!data?.object.pmi) return null;
  return {
    kind: "personal_meeting_changed",
    user_id: data.object.id,
    meeting_id: data.object.pmi,
    old_meeting_id: data.old_object?.pmi ?? null,
  };
}

/**
 * The latest moment at which the event can have happened: a repeated delivery may be signed anew, so the earliest of
 * the times that it claims and that a delivery within its two hours can have, to the end of their second.
 */
function latest(sentAtMs: number, claimed: unknown[]): string {
  const times = claimed
    .map(toMs)
    .filter((ms) => ms !== null && ms <= sentAtMs && ms >= sentAtMs - MAX_AGE_MS);
  const earliest = Math.min(sentAtMs, ...(times as number[]));
  return new Date(earliest + 1_000).toISOString();
}

/** Zoom writes times as milliseconds, as ISO 8601, and as `2024-09-08 15:58:40`. */
function toMs(time: unknown): number | null {
  if (typeof time === "number") return time;
  if (typeof time !== "string") return null;
  const text = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time) ? `${time.replace(" ", "T")}Z` : time;
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
