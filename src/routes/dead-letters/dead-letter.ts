// A dead letter as answers show it: never with its body.

import * as z from "zod";
import type { DeadLetterRow } from "../../db/dead-letters.ts";
import { shownId, timestamp } from "../../model/fields.ts";

export const deadLetter = z
  .strictObject({
    id: shownId("dl", "Unique identifier of the dead letter."),
    type: z.string().nullable().meta({
      description: "What the message asks for. Null where this release cannot read that.",
    }),
    zoom_oauth_connection_id: z
      .string()
      .nullable()
      .meta({ description: "The connection that it is about, if any." }),
    zoom_oauth_app_id: z.string().nullable().meta({ description: "The app that it is about, if any." }),
    webhook_delivery_id: z
      .string()
      .nullable()
      .meta({ description: "The delivery that it is about, if any." }),
    size: z.int().meta({ description: "How large the message is, in bytes." }),
    created_at: timestamp.meta({ description: "When the queue gave the message up." }),
    resent_at: timestamp.nullable().meta({
      description:
        "When it went to a queue again, by itself or by the operator. Null if it waits for the operator.",
    }),
  })
  .meta({ id: "DeadLetter" });

export function toDeadLetter(row: DeadLetterRow): z.input<typeof deadLetter> {
  const { id, type, zoom_oauth_connection_id, zoom_oauth_app_id, webhook_delivery_id } = row;
  const { size, created_at, resent_at } = row;
  return {
    id,
    type,
    zoom_oauth_connection_id,
    zoom_oauth_app_id,
    webhook_delivery_id,
    size,
    created_at,
    resent_at,
  };
}
