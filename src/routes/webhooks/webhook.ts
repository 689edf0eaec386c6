// A webhook as requests and answers show it: where the service sends which events of a project.

import * as z from "zod";
import type { WebhookRow } from "../../db/webhooks.ts";
import { checkWebhookUrl } from "../../deliveries/url-safety.ts";
import { invalidRequest } from "../../errors.ts";
import { refuseInput } from "../../http/input.ts";
import { shownId, timestamp } from "../../model/fields.ts";
import { WEBHOOK_TRIGGERS } from "../../model/webhook-payloads.ts";
import type { ProjectScope } from "../../scope.ts";

const trigger = z.enum(WEBHOOK_TRIGGERS);

export const webhookFields = {
  url: z
    .string()
    .min(1)
    .max(2048)
    .meta({
      description:
        "Where events are sent: an https URL with a public host name and the standard port. Redirects are not followed.",
      examples: ["https://hooks.example.com/zoom"],
    }),
  triggers: z
    .array(trigger)
    .min(1, "Must name at least one trigger.")
    .max(trigger.options.length)
    .refine((list) => new Set(list).size === list.length, "Must not name a trigger twice.")
    .meta({ description: "Which events are sent.", uniqueItems: true }),
  is_active: z.boolean().meta({ description: "Whether events are sent." }),
};

export const webhook = z
  .strictObject({
    id: shownId("webhook", "Unique identifier of the webhook."),
    url: z.string().meta({ description: "Where events are sent." }),
    triggers: z.array(trigger).meta({ description: "Which events are sent." }),
    is_active: webhookFields.is_active,
    paused_at: timestamp.nullable().meta({
      description:
        "When the service paused the webhook because deliveries failed. Set `is_active` to true to resume. Null if it is not paused.",
    }),
    pause_reason: z.enum(["gone", "failing"]).nullable().meta({
      description:
        "`gone`: the receiver answered 410. `failing`: for 5 days every attempt failed. Null if the webhook is not paused.",
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Webhook" });

export function toWebhook(row: WebhookRow): z.input<typeof webhook> {
  const { id, url, triggers, is_active, paused_at, pause_reason, created_at, updated_at } = row;
  return { id, url, triggers, is_active, paused_at, pause_reason, created_at, updated_at };
}

/** Refuses a URL that events must not be sent to (400). */
export async function requireSafeUrl(scope: ProjectScope, url: string): Promise<void> {
  const checked = checkWebhookUrl(url, { isInsecureAllowed: scope.isInsecureWebhookUrlAllowed });
  if ("problem" in checked) await refuseInput(scope, invalidRequest({ url: [checked.problem] }));
}
