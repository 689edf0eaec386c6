import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { deleteWebhook as removeWebhook } from "../../db/webhooks.ts";

export const deleteWebhook = defineOperation({
  operationId: "deleteWebhook",
  method: "delete",
  path: "/api/v1/webhooks/{id}",
  tag: "Webhooks",
  summary: "Delete a webhook",
  description:
    "Deletes the webhook with its deliveries; those that were waiting are not sent. Deleting it again answers `not_found`.",
  security: "api_key",
  scope: "webhooks:write",
  params: z.object({ id: givenId("webhook", "ID of the webhook.") }),
  status: 200,
  answer: null,
  errors: [],
  handle: async ({ db, caller }, { params }) => {
    await removeWebhook(db, { ...caller, id: params.id });
    return undefined;
  },
});
