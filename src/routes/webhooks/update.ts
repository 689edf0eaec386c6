import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { updateWebhook as changeWebhook } from "../../db/webhooks.ts";
import { requireSafeUrl, toWebhook, webhook, webhookFields } from "./webhook.ts";

export const updateWebhook = defineOperation({
  operationId: "updateWebhook",
  method: "patch",
  path: "/api/v1/webhooks/{id}",
  tag: "Webhooks",
  summary: "Update a webhook",
  description:
    "A field that is left out stays as it is. Setting `is_active` to true resumes a paused webhook and sends the deliveries that were waiting.",
  security: "api_key",
  scope: "webhooks:write",
  params: z.object({ id: givenId("webhook", "ID of the webhook.") }),
  body: z.strictObject(webhookFields).partial().meta({ id: "WebhookChanges" }),
  status: 200,
  answer: webhook,
  errors: [],
  handle: async (scope, { params, body }) => {
    if (body.url !== undefined) await requireSafeUrl(scope, body.url);
    const changes = { url: body.url, triggers: body.triggers, isActive: body.is_active };
    return toWebhook(await changeWebhook(scope.db, { ...scope.caller, id: params.id }, changes));
  },
});
