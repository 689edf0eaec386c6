// Webhooks from Zoom: verified before they are parsed, answered at once, and worked on from the queue.

import { openWebhookSecret } from "../credentials.ts";
import { sha256Hex } from "../crypto/hash.ts";
import { hmacSha256, verifyHmacSha256 } from "../crypto/hmac.ts";
import { createId, isId } from "../crypto/ids.ts";
import {
  changePersonalMeeting,
  type EventSource,
  endGrant,
  findReleasedEvents,
  findWebhookApp,
  forgetHeldEvents,
  type GrantEnd,
  holdZoomEvent,
  mapHostedMeetings,
  noteEventType,
  noteWebhook,
  unmapMeeting,
  type WebhookApp,
} from "../db/zoom-events.ts";
import { log } from "../log.ts";
import type { ConnectionFailureCode } from "../model/connection-failure.ts";
import type { ZoomEvent } from "../model/zoom-event.ts";
import { announce, send, sendAll, type ZoomEventMessage } from "../queue.ts";
import type { Scope } from "../scope.ts";
import { readEvent, readSignature, type SignatureHeaders, type SignedText } from "../zoom/events.ts";
import { buryInJournal } from "./journaling.ts";

const encoder = new TextEncoder();
/** Held for an app whose project is suspended; the next sync finds the meetings of those beyond. */
const MAX_HELD_EVENTS = 10_000;
/** Held with the ends of grants, which nothing else would tell. */
const MAX_HELD_ENDS = 100_000;
/** Of so many apps an isolate knows the webhook secret that has lately verified an event. */
const MAX_REMEMBERED_SECRETS = 1_000;

export interface IncomingWebhook {
  appId: string;
  headers: SignatureHeaders;
  /**
   * The sender's address is over its limit of failed authentications: nobody asks the database for it, unless the event
   * is signed by what has lately verified another one.
   */
  isShutOut: boolean;
  /** Reads the body as it was received, byte for byte. */
  readBody(): Promise<ArrayBuffer>;
}

export type WebhookAnswer =
  | { kind: "not_found" }
  /** Without headers that a signature can be read from: neither the body was read nor the database asked. */
  | { kind: "unsigned" }
  | { kind: "unverified" }
  /** Signed for an app that does not exist. */
  | { kind: "unknown_app" }
  /** The address is shut out, or the app has sent too many events: to be sent again. */
  | { kind: "limited" }
  | { kind: "refused_validation" }
  | { kind: "url_validation"; plainToken: string; encryptedToken: string }
  | { kind: "received" };

/**
 * Takes a webhook from Zoom: one database round trip, and the queue. Throws where it could not be taken: Zoom sends
 * it again after a 5xx, and never after a 4xx.
 */
export async function receiveZoomWebhook(scope: Scope, webhook: IncomingWebhook): Promise<WebhookAnswer> {
  const { appId } = webhook;
  if (!isId("zoa", appId)) return { kind: "not_found" };
  const signed = readSignature(webhook.headers, Date.now());
  if (signed === null) return { kind: "unsigned" };
  const known = webhook.isShutOut ? scope.webhookSecrets.get(appId) : undefined;
  if (webhook.isShutOut && known === undefined) return { kind: "limited" };
  const body = await webhook.readBody();
  if (known !== undefined && !(await verify(scope, appId, known, signed, body))) return { kind: "limited" };

  const app = await findWebhookApp(scope.db, appId);
  if (app === null) return { kind: "unknown_app" };
  const secret = app.webhookSecret && (await verify(scope, appId, app.webhookSecret, signed, body));
  if (secret ? app.isVerifiedNoteDue : app.isUnverifiedNoteDue) {
    scope.waitUntil(noteWebhook(scope.db, appId, secret !== null).catch(() => {}));
  }
  if (!app.webhookSecret || !secret) return { kind: "unverified" };
  remember(scope, appId, app.webhookSecret);
  return await take(scope, { appId, app, secret, sentAtMs: signed.sentAtMs, body });
}

interface VerifiedWebhook {
  appId: string;
  app: WebhookApp;
  secret: string;
  sentAtMs: number;
  body: ArrayBuffer;
}

async function take(
  scope: Scope,
  { appId, app, secret, sentAtMs, body }: VerifiedWebhook,
): Promise<WebhookAnswer> {
  const read = readEvent(new TextDecoder().decode(body), sentAtMs);
  if ("type" in read && read.type !== null && !app.seenEventTypes.includes(read.type)) {
    scope.waitUntil(noteEventType(scope.db, appId, read.type).catch(() => {}));
  }
  switch (read.kind) {
    case "url_validation": {
      const encrypted = await hmacSha256(secret, read.plainToken);
      return { kind: "url_validation", plainToken: read.plainToken, encryptedToken: encrypted.toHex() };
    }
    case "refused_validation":
      return read;
    case "unknown":
      return { kind: "received" };
    case "event": {
      // Another app's, for example one that shares its webhook secret with this one.
      if (read.source.clientId !== null && read.source.clientId !== app.clientId) return { kind: "received" };
      // Counted only here, so that nobody but Zoom uses an app's limit up.
      if (!(await scope.limits.zoomEvents(appId))) return { kind: "limited" };
      const [eventKey, { accountId }] = [await sha256Hex(body), read.source];
      if (app.isSuspended) {
        const event = JSON.stringify(read.event);
        const limit = "occurred_at" in read.event ? MAX_HELD_ENDS : MAX_HELD_EVENTS;
        const isHeld = await holdZoomEvent(scope.db, {
          zoomOAuthAppId: appId,
          eventKey,
          accountId,
          event,
          limit,
        });
        if (!isHeld) log("warn", "zoom_event_not_held", { zoom_oauth_app_id: appId });
        return { kind: "received" };
      }
      await send(scope.jobs, toMessage(appId, eventKey, accountId, read.event));
      return { kind: "received" };
    }
  }
}

function toMessage(appId: string, eventKey: string, accountId: string | null, event: ZoomEvent) {
  const ids = { zoom_oauth_app_id: appId, event_key: eventKey, account_id: accountId };
  return { type: "zoom_event" as const, ...ids, event };
}

/**
 * Puts events that were held during a suspension on the queue, up to the limit. One that is put there twice has one effect.
 * Returns how many.
 */
export async function releaseHeldEvents({ db, jobs }: Scope, limit: number): Promise<number> {
  const held = await findReleasedEvents(db, limit);
  if (held.length === 0) return 0;
  await sendAll(
    jobs,
    held.map((row) => toMessage(row.zoom_oauth_app_id, row.event_key, row.account_id, row.event)),
  );
  await forgetHeldEvents(
    db,
    held.map(({ event_key, zoom_oauth_app_id }) => ({ event_key, zoom_oauth_app_id })),
  );
  return held.length;
}

/** The app's secret, where it signed the body; null: it did not. */
async function verify(
  { keyring }: Scope,
  appId: string,
  sealedSecret: string,
  { prefix, signature }: SignedText,
  body: ArrayBuffer,
): Promise<string | null> {
  const secret = await openWebhookSecret(keyring, appId, sealedSecret);
  const start = encoder.encode(prefix);
  const text = new Uint8Array(start.length + body.byteLength);
  text.set(start);
  text.set(new Uint8Array(body), start.length);
  return (await verifyHmacSha256(secret, signature, text)) ? secret : null;
}

/** So that others' failures from Zoom's addresses do not keep this app's events out. */
function remember({ webhookSecrets }: Scope, appId: string, sealedSecret: string): void {
  webhookSecrets.delete(appId);
  webhookSecrets.set(appId, sealedSecret);
  const [oldest] = webhookSecrets.keys();
  if (webhookSecrets.size > MAX_REMEMBERED_SECRETS && oldest !== undefined) webhookSecrets.delete(oldest);
}

/** Does what an event says. Throws where it must be tried again; done twice it has one effect. */
export async function applyZoomEvent(scope: Scope, message: ZoomEventMessage): Promise<void> {
  const { db } = scope;
  const source: EventSource = {
    zoomOAuthAppId: message.zoom_oauth_app_id,
    eventKey: message.event_key,
    accountId: message.account_id,
  };
  const { event } = message;
  switch (event.kind) {
    case "meetings_hosted": {
      const { host_id: hostId, operator_id: operatorId, meeting_ids: meetingIds } = event;
      return await mapHostedMeetings(db, source, { hostId, operatorId, meetingIds });
    }
    case "meeting_deleted":
      return await unmapMeeting(db, source, event.meeting_id);
    case "personal_meeting_changed": {
      const { user_id: userId, meeting_id: meetingId, old_meeting_id: oldMeetingId } = event;
      return await changePersonalMeeting(db, source, { userId, meetingId, oldMeetingId });
    }
    case "user_removed":
      return await end(scope, source, event, {
        code: event.reason,
        eventType: "disconnected",
        isErased: false,
      });
    case "app_deauthorized":
      return await end(scope, source, event, { code: event.kind, eventType: "deauthorized", isErased: true });
  }
}

async function end(
  scope: Scope,
  source: EventSource,
  event: Extract<ZoomEvent, { occurred_at: string }>,
  how: Pick<GrantEnd, "eventType" | "isErased"> & { code: ConnectionFailureCode },
): Promise<void> {
  const outcome = await endGrant(scope.db, source, {
    userId: event.user_id,
    occurredAt: event.occurred_at,
    eventId: createId("evt"),
    ...how,
  });
  if (outcome.kind === "unchanged") return;
  const ids = { zoom_oauth_connection_id: outcome.connectionId, code: how.code };
  if (outcome.kind === "doubted") return log("warn", "grant_end_doubted", ids);
  log("warn", "connection_disconnected", { project_id: outcome.projectId, ...ids });
  if (how.isErased) {
    const { connectionId: id, endedAt: removed_at, authorizedAt: authorized_at } = outcome;
    buryInJournal(scope, { id, removed_at, authorized_at, code: how.code });
  }
  await announce(scope, outcome.deliveryIds);
}
