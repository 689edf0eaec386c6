// The messages that travel through the queues. They carry ids, but for grants and token sets that the database did
// not take, which are sealed, and events from Zoom. A consumer of an older release meets messages of a newer one after
// a rollback: unknown fields are ignored, and a message of an unknown type or version waits. Whoever has written deliveries of
// webhooks announces them here.

import * as z from "zod";
import { describeError, log } from "./log.ts";
import { zoomEvent } from "./model/zoom-event.ts";

/** Raised where an older consumer would misread a message. */
const version = z.literal(1);

const syncMessage = z.object({
  type: z.literal("sync"),
  version,
  zoom_oauth_connection_id: z.string(),
});

const refreshMessage = z.object({
  type: z.literal("refresh"),
  version,
  zoom_oauth_connection_id: z.string(),
});

const finishConnectingMessage = z.object({
  type: z.literal("finish_connecting"),
  version,
  zoom_oauth_app_id: z.string(),
  code_sha256: z.string(),
  /** Everything else that is needed, tokens among it, sealed. */
  grant: z.string(),
});

const storeTokensMessage = z.object({
  type: z.literal("store_tokens"),
  version,
  zoom_oauth_connection_id: z.string(),
  /** The version that the token set replaces. */
  replaces_version: z.int(),
  /** Sealed as the row keeps them. */
  credentials: z.string(),
  access_token_expires_at: z.string(),
  /** The authorization that it comes from, and when its lease began. An earlier release says neither. */
  authorized_at: z.string().nullable().default(null),
  leased_at: z.string().nullable().default(null),
});

/** A verified event from Zoom, without anything that the effect does not need. */
const zoomEventMessage = z.object({
  type: z.literal("zoom_event"),
  version,
  zoom_oauth_app_id: z.string(),
  /** SHA-256 of the signed body. Known: the event was delivered before. */
  event_key: z.string(),
  /** The Zoom account that the event names; null: none. A connection of another account is none of its business. */
  account_id: z.string().nullable(),
  event: zoomEvent,
});

const deliverWebhookMessage = z.object({
  type: z.literal("deliver_webhook"),
  version,
  webhook_delivery_id: z.string(),
});

const queueMessage = z.discriminatedUnion("type", [
  syncMessage,
  refreshMessage,
  finishConnectingMessage,
  storeTokensMessage,
  zoomEventMessage,
  deliverWebhookMessage,
]);

/** A message as it travels. */
export type QueueMessage = z.output<typeof queueMessage>;
export type FinishConnectingMessage = z.output<typeof finishConnectingMessage>;
export type ZoomEventMessage = z.output<typeof zoomEventMessage>;
export type StoreTokensMessage = z.output<typeof storeTokensMessage>;

/** What a producer says; the version is added. */
type Unversioned<Message> = Message extends unknown ? Omit<Message, "version"> : never;
export type NewMessage = Unversioned<QueueMessage>;

/** The message in a body; null where this release cannot read it. */
export function readMessage(body: unknown): QueueMessage | null {
  return queueMessage.safeParse(body).data ?? null;
}

/** The queues, each for what may wait for the same: so nothing waits behind something slow. */
export const QUEUE_BINDINGS = {
  /** Token sets and grants, which exist nowhere else. */
  tokens: "JOBS",
  /** Zoom's events, and deliveries to receivers that may be slow. */
  events: "EVENT_JOBS",
  /** Syncs and refreshes, which ask Zoom and take their time. */
  due: "DUE_JOBS",
} as const;
export type QueueName = keyof typeof QUEUE_BINDINGS;

/** Every consumer works on messages of every type, so that one that is on another queue, as in an older release, is not lost. */
const QUEUE_OF: Record<QueueMessage["type"], QueueName> = {
  store_tokens: "tokens",
  finish_connecting: "tokens",
  zoom_event: "events",
  deliver_webhook: "events",
  sync: "due",
  refresh: "due",
};

export type Jobs = Record<QueueName, Queue<QueueMessage>>;

/** As many messages as Cloudflare's queues take at once. @see https://developers.cloudflare.com/queues/platform/limits/ */
const SEND_BATCH_SIZE = 100;

/** Sends one message. Throws where the queue is away. */
export async function send(
  jobs: Jobs,
  message: NewMessage,
  options?: { delaySeconds?: number },
): Promise<void> {
  await jobs[QUEUE_OF[message.type]].send(versioned(message), options);
}

/** Sends a message as it was, for a release that may be able to read it. Throws where the queue is away. */
export async function sendAsItWas(jobs: Jobs, body: unknown): Promise<void> {
  const type = readMessage(body)?.type;
  await jobs[type === undefined ? "tokens" : QUEUE_OF[type]].send(body as QueueMessage);
}

/** Sends any number of messages of one type. Throws where the queue is away; some may have been sent. */
export async function sendAll(
  jobs: Jobs,
  messages: readonly NewMessage[],
  options?: { delaySeconds?: number },
): Promise<void> {
  const [first] = messages;
  if (first === undefined) return;
  const queue = jobs[QUEUE_OF[first.type]];
  for (let start = 0; start < messages.length; start += SEND_BATCH_SIZE) {
    const batch = messages
      .slice(start, start + SEND_BATCH_SIZE)
      .map((message) => ({ body: versioned(message) }));
    await queue.sendBatch(batch, options);
  }
}

/** The message as it travels. */
export function versioned(message: NewMessage): QueueMessage {
  return { ...message, version: 1 };
}

/** Tells the queue of deliveries that the database has. Never throws: where the queue is away, a cron run finds them. */
export async function announce(
  { jobs }: { jobs: Jobs },
  deliveryIds: readonly string[],
  delaySeconds = 0,
): Promise<void> {
  try {
    const messages = deliveryIds.map((id) => ({ type: "deliver_webhook" as const, webhook_delivery_id: id }));
    await sendAll(jobs, messages, { delaySeconds });
  } catch (error) {
    log("warn", "deliveries_not_announced", { count: deliveryIds.length, ...describeError(error) });
  }
}
