import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { findWebhook } from "../../db/webhooks.ts";
import { toWebhook, webhook } from "./webhook.ts";

export const getWebhook = defineOperation({
  operationId: "getWebhook",
  method: "get",
  path: "/api/v1/webhooks/{id}",
  tag: "Webhooks",
  summary: "Get a webhook",
  security: "api_key",
  scope: "webhooks:read",
  params: z.object({ id: givenId("webhook", "ID of the webhook.") }),
  status: 200,
  answer: webhook,
  errors: [],
  handle: async ({ db, caller }, { params }) =>
    toWebhook(await findWebhook(db, { ...caller, id: params.id })),
});
