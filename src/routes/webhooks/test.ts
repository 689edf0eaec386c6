import * as z from "zod";
import { givenId, noFields } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { createId } from "../../crypto/ids.ts";
import { insertDelivery } from "../../db/webhook-deliveries.ts";
import { TEST_TRIGGER, type WebhookTest } from "../../model/webhook-payloads.ts";
import { announce } from "../../queue.ts";
import { delivery, toDelivery } from "./delivery.ts";

export const testWebhook = defineOperation({
  operationId: "testWebhook",
  method: "post",
  path: "/api/v1/webhooks/{id}/test",
  tag: "Webhooks",
  summary: "Send a test event",
  description:
    "Sends an event with the trigger `webhook.test`, whatever the triggers of the webhook are. It is signed and retried like any other event. Every request sends a new event. A webhook that is not active gets none (`conflict`). This operation takes no body.",
  security: "api_key",
  scope: "webhooks:write",
  params: z.object({ id: givenId("webhook", "ID of the webhook.") }),
  body: noFields,
  status: 202,
  answer: delivery,
  errors: ["not_found", "conflict"],
  handle: async (scope, { params }) => {
    const payload: Omit<WebhookTest, "idempotency_key"> = {
      trigger: TEST_TRIGGER,
      webhook_id: params.id,
      data: {},
    };
    const key = { ...scope.caller, id: params.id, deliveryId: createId("whd") };
    const row = await insertDelivery(scope.db, { ...key, trigger: TEST_TRIGGER, payload });
    await announce(scope, [row.id]);
    return toDelivery(row);
  },
});
