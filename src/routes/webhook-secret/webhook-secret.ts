// The webhook signing secret as answers show it.

import * as z from "zod";
import { timestamp } from "../../model/fields.ts";

export const webhookSecret = z
  .strictObject({
    secret: z.string().meta({
      description: "The webhook signing secret, in base64. Decode it to get the HMAC key of both signatures.",
    }),
    previous_secret_expires_at: timestamp.nullable().meta({
      description:
        "Until when events also carry signatures made with the secrets from before the last rotations. Null if they do not.",
    }),
  })
  .meta({ id: "WebhookSecret" });
