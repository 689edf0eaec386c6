import * as z from "zod";
import { givenId, noFields } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { restartDelivery } from "../../db/webhook-deliveries.ts";
import { announce } from "../../queue.ts";
import { delivery, toDelivery } from "./delivery.ts";

export const redeliverWebhookDelivery = defineOperation({
  operationId: "redeliverWebhookDelivery",
  method: "post",
  path: "/api/v1/webhooks/{id}/deliveries/{whd_id}/redeliver",
  tag: "Webhooks",
  summary: "Resend a delivery",
  description:
    "Resends immediately and restarts the retry schedule. The body and the idempotency key stay the same. A webhook that is not active gets nothing (`conflict`). This operation takes no body.",
  security: "api_key",
  scope: "webhooks:write",
  params: z.object({
    id: givenId("webhook", "ID of the webhook."),
    whd_id: givenId("whd", "ID of the delivery."),
  }),
  body: noFields,
  status: 202,
  answer: delivery,
  errors: ["not_found", "conflict"],
  handle: async (scope, { params }) => {
    const key = { ...scope.caller, id: params.id, deliveryId: params.whd_id };
    const row = await restartDelivery(scope.db, key);
    await announce(scope, [row.id]);
    return toDelivery(row);
  },
});
