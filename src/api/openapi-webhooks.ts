// The `webhooks` of the OpenAPI document: what the service sends to a project, with the headers that sign it.

import { webhookPayloads } from "../model/webhook-payloads.ts";
import { WEBHOOK_EXAMPLES } from "./examples.ts";
import { type Json, jsonContent, toJsonSchema } from "./json-content.ts";

const PARAMETERS_PATH = "#/components/parameters/";

/** What each event carries to prove where it comes from, as `components.parameters`. */
export const SIGNATURE_HEADERS: Record<string, Json> = {
  "webhook-id": signatureHeader(
    "webhook-id",
    "The event's `idempotency_key`. The same in each attempt and each resend.",
    "0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11",
  ),
  "webhook-timestamp": signatureHeader(
    "webhook-timestamp",
    "When this attempt was made, in seconds since 1970. Refuse one that is more than five minutes off.",
    "1736764200",
  ),
  "webhook-signature": signatureHeader(
    "webhook-signature",
    "Signatures as in Standard Webhooks, separated by spaces: `v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the base64-decoded secret. The body is signed byte for byte as it was received. For 24 hours after a rotation there is one signature for each of the two secrets: accept the event if one of them is right.",
    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  ),
  "X-Webhook-Signature": signatureHeader(
    "X-Webhook-Signature",
    "The base64 HMAC-SHA256 of the body as JSON with sorted keys and without spaces (the way the body is sent), keyed with the base64-decoded secret. Made with the current secret only, and without a time: prefer `webhook-signature`.",
    "K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  ),
};

/** How a receiver's answer is understood. */
const ANSWERS = {
  "2XX": {
    description: "The event was received. Answer within 10 seconds; the body of the answer does not matter.",
  },
  410: { description: "The receiver is gone: the webhook is paused with `pause_reason` `gone`." },
  default: {
    description:
      "Any other status, a redirect, or no answer within 10 seconds: the event is sent again after 5 seconds, 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours and 10 hours.",
  },
};

/** Every event that the service sends, by its trigger. */
export function describeWebhooks(): Record<string, Json> {
  const triggers = Object.keys(webhookPayloads) as (keyof typeof webhookPayloads)[];
  return Object.fromEntries(triggers.map((trigger) => [trigger, { post: describeEvent(trigger) }]));
}

function describeEvent(trigger: keyof typeof webhookPayloads): Json {
  const payload = webhookPayloads[trigger];
  const { title, description } = payload.meta() ?? {};
  return {
    operationId: trigger.replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase()),
    tags: ["Webhooks"],
    summary: title,
    description,
    security: [],
    parameters: Object.keys(SIGNATURE_HEADERS).map((name) => ({ $ref: `${PARAMETERS_PATH}${name}` })),
    requestBody: {
      required: true,
      content: jsonContent(toJsonSchema(payload), { [trigger]: WEBHOOK_EXAMPLES[trigger] }),
    },
    responses: ANSWERS,
  };
}

function signatureHeader(name: string, description: string, example: string): Json {
  return { name, in: "header", required: true, description, schema: { type: "string" }, example };
}
