import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { createId } from "../../crypto/ids.ts";
import { insertWebhook } from "../../db/webhooks.ts";
import { ApiError } from "../../errors.ts";
import { requireSafeUrl, toWebhook, webhook, webhookFields } from "./webhook.ts";

/** Each change is a delivery to every one of them. */
const MAX_WEBHOOKS = 20;

export const createWebhook = defineOperation({
  operationId: "createWebhook",
  method: "post",
  path: "/api/v1/webhooks",
  tag: "Webhooks",
  summary: "Create a webhook",
  description: `Subscribes a URL to events. A project has at most ${MAX_WEBHOOKS} webhooks (\`conflict\`). The same request again creates another webhook.`,
  security: "api_key",
  scope: "webhooks:write",
  body: z
    .strictObject({ ...webhookFields, is_active: webhookFields.is_active.default(true) })
    .meta({ id: "NewWebhook" }),
  status: 201,
  answer: webhook,
  errors: ["conflict"],
  handle: async (scope, { body }) => {
    await requireSafeUrl(scope, body.url);
    const key = { ...scope.caller, id: createId("webhook") };
    const fields = { url: body.url, triggers: body.triggers, isActive: body.is_active };
    const row = await insertWebhook(scope.db, key, fields, MAX_WEBHOOKS);
    if (row === "too_many") {
      throw new ApiError("conflict", {
        message: `A project has at most ${MAX_WEBHOOKS} webhooks. Delete one first.`,
      });
    }
    return toWebhook(row);
  },
});
