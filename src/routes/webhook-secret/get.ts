import { defineOperation } from "../../api/operation.ts";
import { readWebhookSecret } from "../../deliveries/secrets.ts";
import { webhookSecret } from "./webhook-secret.ts";

export const getWebhookSecret = defineOperation({
  operationId: "getWebhookSecret",
  method: "get",
  path: "/api/v1/webhook_secret",
  tag: "Webhooks",
  summary: "Get the webhook signing secret",
  description:
    "The secret that signs the events of every webhook of the project. Use it to check that an event comes from this service.",
  security: "api_key",
  scope: "webhooks:write",
  status: 200,
  answer: webhookSecret,
  errors: [],
  handle: async (scope) => await readWebhookSecret(scope),
});
