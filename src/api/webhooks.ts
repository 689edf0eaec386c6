// Webhooks to the project, as callers see them.

import * as z from "zod";
import { givenId, noFields, pageOf, paging, shownId, timestamp } from "./fields.ts";
import { defineOperation } from "./operation.ts";

const PATH = "/api/v1/webhooks";
const SECRET_PATH = "/api/v1/webhook_secret";

const trigger = z.enum(["zoom_oauth_connection.state_change", "zoom_oauth_app.credentials_invalid"]);

const url = z
  .string()
  .min(1)
  .max(2048)
  .meta({
    description: "https, a public host name, the standard port. Redirects are not followed.",
    examples: ["https://hooks.example.com/zoom"],
  });
const triggers = z
  .array(trigger)
  .min(1, "Must name at least one trigger.")
  .max(trigger.options.length)
  .refine((list) => new Set(list).size === list.length, "Must not name a trigger twice.")
  .meta({ description: "What to send." });
const isActive = z.boolean().meta({ description: "Whether anything is sent." });

const webhook = z
  .strictObject({
    id: shownId("webhook", "Unique identifier of the subscription."),
    url: z.string(),
    triggers: z.array(trigger),
    is_active: isActive,
    paused_at: timestamp.nullable().meta({
      description: "When the service stopped sending by itself. Set `is_active` to true to go on.",
    }),
    pause_reason: z.enum(["gone", "failing"]).nullable().meta({
      description: "`gone`: the receiver answered 410. `failing`: nothing but failures for 5 days.",
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Webhook" });

const delivery = z
  .strictObject({
    id: shownId("whd", "Unique identifier of the delivery."),
    webhook_id: shownId("webhook", "The subscription that it belongs to."),
    trigger: z.string(),
    idempotency_key: z
      .uuid()
      .meta({ description: "Also the header `webhook-id`; the same in each attempt." }),
    zoom_oauth_connection_id: z.string().nullable(),
    state: z.enum(["pending", "succeeded", "failed"]),
    attempt_count: z.int(),
    next_attempt_at: timestamp.nullable(),
    attempts: z.array(
      z.strictObject({
        attempted_at: timestamp,
        status_code: z.int().nullable(),
        duration_ms: z.int(),
        response_body: z.string().nullable().meta({ description: "How the answer begins: 500 characters." }),
        error: z.string().nullable().meta({ description: "Why there was no answer." }),
      }),
    ),
    payload: z.record(z.string(), z.unknown()).meta({ description: "The body." }),
    created_at: timestamp,
  })
  .meta({ id: "WebhookDelivery" });

const webhookSecret = z
  .strictObject({
    secret: z.string().meta({ description: "Base64 of the key that both signatures use." }),
    previous_secret_expires_at: timestamp
      .nullable()
      .meta({ description: "Until when the secret before the last rotation signs along." }),
  })
  .meta({ id: "WebhookSecret" });

export type Webhook = z.output<typeof webhook>;
export type WebhookDelivery = z.output<typeof delivery>;

const params = z.object({ id: givenId("webhook") });
const deliveryParams = z.object({ id: givenId("webhook"), whd_id: givenId("whd") });
const common = { tag: "Webhooks", security: "api_key" } as const;

export const createWebhook = defineOperation({
  ...common,
  method: "post",
  path: PATH,
  operationId: "createWebhook",
  summary: "Subscribe to changes",
  body: z.strictObject({ url, triggers, is_active: isActive.default(true) }).meta({ id: "NewWebhook" }),
  status: 201,
  answer: webhook,
  errors: ["conflict"],
});

export const listWebhooks = defineOperation({
  ...common,
  method: "get",
  path: PATH,
  operationId: "listWebhooks",
  summary: "List subscriptions",
  query: z.strictObject(paging),
  status: 200,
  answer: pageOf(webhook).meta({ id: "WebhookPage" }),
  errors: [],
});

export const getWebhook = defineOperation({
  ...common,
  method: "get",
  path: `${PATH}/{id}`,
  operationId: "getWebhook",
  summary: "Read a subscription",
  params,
  status: 200,
  answer: webhook,
  errors: [],
});

export const updateWebhook = defineOperation({
  ...common,
  method: "patch",
  path: `${PATH}/{id}`,
  operationId: "updateWebhook",
  summary: "Change a subscription",
  description: "What is left out stays as it is. `is_active: true` ends a pause.",
  params,
  body: z
    .strictObject({ url: url.optional(), triggers: triggers.optional(), is_active: isActive.optional() })
    .meta({ id: "WebhookChanges" }),
  status: 200,
  answer: webhook,
  errors: [],
});

export const deleteWebhook = defineOperation({
  ...common,
  method: "delete",
  path: `${PATH}/{id}`,
  operationId: "deleteWebhook",
  summary: "Remove a subscription and its deliveries",
  params,
  status: 200,
  answer: null,
  errors: [],
});

export const testWebhook = defineOperation({
  ...common,
  method: "post",
  path: `${PATH}/{id}/test`,
  operationId: "testWebhook",
  summary: "Send a test event",
  description:
    "Its trigger is `webhook.test`. Signed and retried like any other; an inactive subscription gets none.",
  params,
  body: noFields,
  status: 202,
  answer: delivery,
  errors: ["not_found", "conflict"],
});

export const listWebhookDeliveries = defineOperation({
  ...common,
  method: "get",
  path: `${PATH}/{id}/deliveries`,
  operationId: "listWebhookDeliveries",
  summary: "List a subscription's deliveries",
  description: "Newest first, with their attempts; kept for 30 days.",
  params,
  query: z.strictObject(paging),
  status: 200,
  answer: pageOf(delivery).meta({ id: "WebhookDeliveryPage" }),
  errors: [],
});

export const redeliverWebhookDelivery = defineOperation({
  ...common,
  method: "post",
  path: `${PATH}/{id}/deliveries/{whd_id}/redeliver`,
  operationId: "redeliverWebhookDelivery",
  summary: "Send a delivery again",
  description: "At once, with the same body and idempotency key, and with all its retries before it.",
  params: deliveryParams,
  body: noFields,
  status: 202,
  answer: delivery,
  errors: ["not_found", "conflict"],
});

export const getWebhookSecret = defineOperation({
  ...common,
  method: "get",
  path: SECRET_PATH,
  operationId: "getWebhookSecret",
  summary: "Read the secret that signs webhooks",
  status: 200,
  answer: webhookSecret,
  errors: [],
});

export const rotateWebhookSecret = defineOperation({
  ...common,
  method: "post",
  path: `${SECRET_PATH}/rotate`,
  operationId: "rotateWebhookSecret",
  summary: "Replace the secret that signs webhooks",
  description: "The old one signs along in `webhook-signature` for 24 hours, or until the next rotation.",
  body: noFields,
  status: 200,
  answer: webhookSecret,
  errors: ["conflict"],
});
