// The messages that travel through the JOBS queue. They carry ids; the one exception is a grant that the
// database or Zoom kept us from storing, and that is sealed.

import * as z from "zod";

const syncMessage = z.strictObject({
  type: z.literal("sync"),
  zoom_oauth_connection_id: z.string(),
});

const refreshMessage = z.strictObject({
  type: z.literal("refresh"),
  zoom_oauth_connection_id: z.string(),
});

const finishConnectingMessage = z.strictObject({
  type: z.literal("finish_connecting"),
  zoom_oauth_app_id: z.string(),
  code_sha256: z.string(),
  /** Everything else that is needed, tokens among it, sealed. */
  grant: z.string(),
});

const storeTokensMessage = z.strictObject({
  type: z.literal("store_tokens"),
  zoom_oauth_connection_id: z.string(),
  /** The version that the token set replaces. */
  version: z.int(),
  /** Sealed as the row keeps them. */
  credentials: z.string(),
  access_token_expires_at: z.string(),
});

/** An event of Zoom's, verified; without anything that the effect does not need. */
const zoomEventMessage = z.strictObject({
  type: z.literal("zoom_event"),
  zoom_oauth_app_id: z.string(),
  /** Any one of them known: the event was delivered before. */
  event_keys: z.array(z.string()),
  /** What happened, as the Zoom folder describes it. */
  event: z.record(z.string(), z.unknown()),
});

const deliverWebhookMessage = z.strictObject({
  type: z.literal("deliver_webhook"),
  webhook_delivery_id: z.string(),
});

export const queueMessage = z.discriminatedUnion("type", [
  syncMessage,
  refreshMessage,
  finishConnectingMessage,
  storeTokensMessage,
  zoomEventMessage,
  deliverWebhookMessage,
]);

export type QueueMessage = z.infer<typeof queueMessage>;
export type FinishConnectingMessage = z.infer<typeof finishConnectingMessage>;
export type ZoomEventMessage = z.infer<typeof zoomEventMessage>;
export type StoreTokensMessage = z.infer<typeof storeTokensMessage>;

/** As many messages as Cloudflare's queues take at once ("Limits" on its pages). */
const SEND_BATCH_SIZE = 100;

/** Sends any number of messages. Throws where the queue is away; some may have been sent. */
export async function sendAll(
  jobs: Queue<QueueMessage>,
  messages: readonly QueueMessage[],
  options?: QueueSendBatchOptions,
): Promise<void> {
  for (let start = 0; start < messages.length; start += SEND_BATCH_SIZE) {
    const batch = messages.slice(start, start + SEND_BATCH_SIZE).map((body) => ({ body }));
    await jobs.sendBatch(batch, options);
  }
}
