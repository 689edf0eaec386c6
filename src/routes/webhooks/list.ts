import { listWebhooks as findWebhooks } from "../../db/webhooks.ts";
import { defineList } from "../../http/list.ts";
import { toWebhook, webhook } from "./webhook.ts";

export const listWebhooks = defineList({
  operationId: "listWebhooks",
  path: "/api/v1/webhooks",
  tag: "Webhooks",
  summary: "List webhooks",
  description: "Newest first.",
  security: "api_key",
  scope: "webhooks:read",
  item: webhook,
  pageName: "WebhookPage",
  errors: [],
  rows: async ({ db, caller }, { page }) => await findWebhooks(db, caller, page),
  show: toWebhook,
});
