// Webhooks from Zoom: verified before they are parsed, answered at once, and worked on from the queue.

import { sha256Hex } from "../crypto/hash.ts";
import { hmacSha256, verifyHmacSha256 } from "../crypto/hmac.ts";
import { createId, isId } from "../crypto/ids.ts";
import {
  changePersonalMeeting,
  type EventKey,
  endGrant,
  findWebhookApp,
  type GrantEnd,
  mapHostedMeetings,
  noteWebhook,
  unmapMeeting,
} from "../db/zoom-events.ts";
import type { Deps, WaitUntil } from "../deps.ts";
import { log } from "../log.ts";
import type { ZoomEventMessage } from "../queue.ts";
import { announce } from "../webhooks/announce.ts";
import {
  readEvent,
  readSignature,
  type SignatureHeaders,
  type ZoomEvent,
  zoomEvent,
} from "../zoom/events.ts";
import { openWebhookSecret } from "./app-credentials.ts";

const encoder = new TextEncoder();

export interface IncomingWebhook {
  appId: string;
  headers: SignatureHeaders;
  /** `x-zm-request-id`. */
  requestId: string | undefined;
  /** As it was received, byte for byte. */
  body: ArrayBuffer;
}

export type WebhookAnswer =
  | { kind: "not_found" }
  | { kind: "unverified" }
  | { kind: "url_validation"; plainToken: string; encryptedToken: string }
  | { kind: "received" };

/**
 * Takes a webhook from Zoom: one database round trip, and the queue. Throws where it could not be taken: Zoom sends
 * it again after a 5xx, and never after a 4xx.
 */
export async function receiveZoomWebhook(
  deps: Deps,
  waitUntil: WaitUntil,
  webhook: IncomingWebhook,
): Promise<WebhookAnswer> {
  const { appId } = webhook;
  const app = isId("zoa", appId) ? await findWebhookApp(deps.db, appId) : null;
  if (app === null) return { kind: "not_found" };
  const secret = app.webhookSecret && (await openWebhookSecret(deps.keyring, appId, app.webhookSecret));
  const sentAtMs = secret ? await verify(secret, webhook) : null;
  const isVerified = sentAtMs !== null;
  if (isVerified ? app.isVerifiedNoteDue : app.isUnverifiedNoteDue) {
    waitUntil(noteWebhook(deps.db, appId, isVerified).catch(() => {}));
  }
  if (!secret || !isVerified) return { kind: "unverified" };

  const text = new TextDecoder().decode(webhook.body);
  const read = readEvent(text, sentAtMs);
  if (read.kind === "url_validation") {
    const { plainToken } = read;
    const encrypted = await hmacSha256(secret, plainToken);
    return { kind: "url_validation", plainToken, encryptedToken: encrypted.toHex() };
  }
  if (read.kind === "event") {
    await deps.jobs.send({
      type: "zoom_event",
      zoom_oauth_app_id: appId,
      event_keys: await keysOf(webhook.requestId, text),
      event: read.event,
    });
  }
  return { kind: "received" };
}

/** When Zoom sent it; null: Zoom did not. */
async function verify(secret: string, { headers, body }: IncomingWebhook): Promise<number | null> {
  const signed = readSignature(headers, Date.now());
  if (signed === null) return null;
  const prefix = encoder.encode(signed.prefix);
  const text = new Uint8Array(prefix.length + body.byteLength);
  text.set(prefix);
  text.set(new Uint8Array(body), prefix.length);
  return (await verifyHmacSha256(secret, signed.signature, text)) ? signed.sentAtMs : null;
}

/** The request id names the event but is not signed; the body is, and repeats with it. */
async function keysOf(requestId: string | undefined, body: string): Promise<string[]> {
  const keys = [`body:${await sha256Hex(body)}`];
  return requestId ? [...keys, `request:${await sha256Hex(requestId)}`] : keys;
}

/** What the connection's failure data say. */
const FAILURES = {
  app_deauthorized:
    "The user or an administrator removed the app at Zoom. Send the user through Zoom's consent page again.",
  user_deactivated:
    "The user was deactivated at Zoom. Once active again, send the user through Zoom's consent page.",
  user_deleted: "The user was deleted at Zoom.",
  user_disassociated:
    "The user was removed from the Zoom account. Send the user through Zoom's consent page again.",
} as const;

/** Does what an event says. Throws where it must be tried again; done twice it has one effect. */
export async function applyZoomEvent(deps: Deps, message: ZoomEventMessage): Promise<void> {
  const { db } = deps;
  const key = { zoomOAuthAppId: message.zoom_oauth_app_id, eventKeys: message.event_keys };
  const event = zoomEvent.parse(message.event);
  switch (event.kind) {
    case "meetings_hosted": {
      const { host_id: hostId, operator_id: operatorId, meeting_ids: meetingIds } = event;
      return await mapHostedMeetings(db, key, { hostId, operatorId, meetingIds });
    }
    case "meeting_deleted":
      return await unmapMeeting(db, key, event.meeting_id);
    case "personal_meeting_changed": {
      const { user_id: userId, meeting_id: meetingId, old_meeting_id: oldMeetingId } = event;
      return await changePersonalMeeting(db, key, { userId, meetingId, oldMeetingId });
    }
    case "user_removed":
      return await end(deps, key, event, { code: event.reason, eventType: "disconnected", isErased: false });
    case "app_deauthorized":
      return await end(deps, key, event, { code: event.kind, eventType: "deauthorized", isErased: true });
  }
}

async function end(
  deps: Deps,
  key: EventKey,
  event: Extract<ZoomEvent, { occurred_at: string }>,
  how: Pick<GrantEnd, "eventType" | "isErased"> & { code: keyof typeof FAILURES },
): Promise<void> {
  const outcome = await endGrant(deps.db, key, {
    userId: event.user_id,
    occurredAt: event.occurred_at,
    eventId: createId("evt"),
    error: FAILURES[how.code],
    ...how,
  });
  if (outcome.kind === "unchanged") return;
  const ids = { zoom_oauth_connection_id: outcome.connectionId, code: how.code };
  if (outcome.kind === "doubted") return log("warn", "grant_end_doubted", ids);
  log("warn", "connection_disconnected", ids);
  await announce(deps, outcome.deliveryIds);
}
