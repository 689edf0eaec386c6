import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { rotateWebhookSecret as rotate } from "../../deliveries/secrets.ts";
import { webhookSecret } from "./webhook-secret.ts";

export const rotateWebhookSecret = defineOperation({
  operationId: "rotateWebhookSecret",
  method: "post",
  path: "/api/v1/webhook_secret/rotate",
  tag: "Webhooks",
  summary: "Rotate the webhook signing secret",
  description:
    "Replaces the secret with a new one. For 24 hours the header `webhook-signature` has a signature made with each of the two, so that receivers have time to change; rotations within these hours add theirs, up to four. The header `X-Webhook-Signature` changes at once. Every request makes a new secret.",
  security: "api_key",
  scope: "webhooks:write",
  body: z
    .strictObject({
      immediate: z.boolean().default(false).meta({
        description:
          "Ends all earlier secrets at once, as after a leak: no event is signed with them any more. Default: false.",
      }),
    })
    .meta({ id: "WebhookSecretRotation" }),
  status: 200,
  answer: webhookSecret,
  errors: ["conflict"],
  handle: async (scope, { body }) => await rotate(scope, { isImmediate: body.immediate }),
});
