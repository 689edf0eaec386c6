import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { listDeliveries } from "../../db/webhook-deliveries.ts";
import { defineList } from "../../http/list.ts";
import { delivery, toDelivery } from "./delivery.ts";

export const listWebhookDeliveries = defineList({
  operationId: "listWebhookDeliveries",
  path: "/api/v1/webhooks/{id}/deliveries",
  tag: "Webhooks",
  summary: "List a webhook's deliveries",
  description: "Newest first, with their attempts. A delivery is kept for 30 days.",
  security: "api_key",
  scope: "webhooks:read",
  params: z.object({ id: givenId("webhook", "ID of the webhook.") }),
  item: delivery,
  pageName: "WebhookDeliveryPage",
  errors: [],
  rows: async ({ db, caller }, { params, page }) =>
    await listDeliveries(db, { ...caller, id: params.id }, page),
  show: toDelivery,
});
