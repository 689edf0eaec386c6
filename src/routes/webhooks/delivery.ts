// A delivery as answers show it: one event for one webhook, with every attempt to send it.

import * as z from "zod";
import type { DeliveryRow } from "../../db/webhook-deliveries.ts";
import { shownId, timestamp } from "../../model/fields.ts";

const attempt = z.strictObject({
  attempted_at: timestamp,
  status_code: z
    .int()
    .nullable()
    .meta({ description: "The HTTP status of the receiver's answer. Null if there was none." }),
  duration_ms: z.int().meta({ description: "How long the attempt took, in milliseconds." }),
  response_body: z
    .string()
    .nullable()
    .meta({ description: "The first 500 characters of the receiver's answer. Null if there was none." }),
  error: z.string().nullable().meta({ description: "Why there was no answer. Null if there was one." }),
});

export const delivery = z
  .strictObject({
    id: shownId("whd", "Unique identifier of the delivery."),
    webhook_id: shownId("webhook", "The webhook that it belongs to."),
    trigger: z.string().meta({ description: "The kind of event." }),
    idempotency_key: z.uuid().meta({
      description:
        "Identifies the event to its receiver: it is sent in the body and in the header `webhook-id`, and is the same in every attempt.",
    }),
    zoom_oauth_connection_id: z
      .string()
      .nullable()
      .meta({ description: "The connection that the event is about. Null if it is about none." }),
    state: z.enum(["pending", "succeeded", "failed"]).meta({
      description: "`pending`: another attempt is due. `failed`: no attempts are left.",
    }),
    attempt_count: z
      .int()
      .meta({ description: "How many attempts were made, counted from the last resend." }),
    next_attempt_at: timestamp
      .nullable()
      .meta({ description: "When the next attempt is due. Null if there is none." }),
    attempts: z.array(attempt).meta({ description: "Every attempt, the oldest first." }),
    payload: z.record(z.string(), z.unknown()).meta({ description: "The JSON body that is sent." }),
    created_at: timestamp,
  })
  .meta({ id: "WebhookDelivery" });

export function toDelivery(row: DeliveryRow): z.input<typeof delivery> {
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    trigger: row.trigger,
    idempotency_key: row.idempotency_key,
    zoom_oauth_connection_id: row.zoom_oauth_connection_id,
    state: row.state,
    attempt_count: row.attempt_count,
    next_attempt_at: row.next_attempt_at,
    attempts: row.attempts,
    payload: { ...row.payload, idempotency_key: row.idempotency_key },
    created_at: row.created_at,
  };
}
