// What Zoom calls: the address of an app's event subscriptions.

import * as z from "zod";
import { defineOperation } from "./operation.ts";

export const receiveZoomWebhook = defineOperation({
  method: "post",
  path: "/external_webhooks/zoom/oauth_apps/{id}",
  operationId: "receiveZoomWebhook",
  tag: "Zoom",
  summary: "Take an event of Zoom's",
  description:
    "The app's `webhook_url`. Zoom signs its events with the app's secret token (`x-zm-signature`, `x-zm-request-timestamp`). Events that mean nothing to a connection are acknowledged too.",
  security: "none",
  params: z.object({ id: z.string().meta({ examples: ["zoa_abcdef1234567890"] }) }),
  body: z.looseObject({
    event: z.string().meta({ examples: ["meeting.created"] }),
    payload: z.record(z.string(), z.unknown()),
  }),
  isRawBody: true,
  status: 200,
  answer: z.union([
    z.strictObject({ status: z.literal("received") }),
    z
      .strictObject({ plainToken: z.string(), encryptedToken: z.string() })
      .meta({ description: "To `endpoint.url_validation`." }),
  ]),
  errors: ["unauthenticated", "not_found", "payload_too_large", "database_unavailable"],
});
