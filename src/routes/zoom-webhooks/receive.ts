import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { receiveZoomWebhook as receive } from "../../connections/zoom-events.ts";
import { ApiError, invalidRequest, notFound } from "../../errors.ts";

/** What is longer is no id, and not worth the memory. */
const MAX_ID_LENGTH = 20;

export const receiveZoomWebhook = defineOperation({
  operationId: "receiveZoomWebhook",
  method: "post",
  path: "/external_webhooks/zoom/oauth_apps/{id}",
  tag: "Zoom",
  summary: "Receive an event from Zoom",
  description:
    "Only Zoom calls this, at the `webhook_url` of an app. Zoom signs every event with the Zoom webhook secret token of the app, in the headers `x-zm-signature` and `x-zm-request-timestamp`. Events that concern no connection, or name another app or account, are accepted too. An event that Zoom sends twice has one effect.",
  security: "none",
  isIdempotent: true,
  params: z.object({
    id: z.string().meta({ description: "ID of the app.", examples: ["zoa_abcdef1234567890"] }),
  }),
  body: z.looseObject({
    event: z.string().meta({ description: "Zoom's name of the event.", examples: ["meeting.created"] }),
    payload: z.record(z.string(), z.unknown()).meta({ description: "What Zoom says about the event." }),
  }),
  isRawBody: true,
  status: 200,
  answer: z.union([
    z.strictObject({ status: z.literal("received") }),
    z
      .strictObject({ plainToken: z.string(), encryptedToken: z.string() })
      .meta({ description: "The answer to `endpoint.url_validation`." }),
  ]),
  errors: [
    "invalid_request",
    "unauthenticated",
    "not_found",
    "payload_too_large",
    "event_rate_limited",
    "database_unavailable",
    "schema_mismatch",
  ],
  handle: async (scope, { params, request }) => {
    const at = params.id.slice(0, MAX_ID_LENGTH);
    const answer = await receive(scope, {
      appId: params.id,
      headers: {
        signature: request.header("x-zm-signature"),
        timestamp: request.header("x-zm-request-timestamp"),
      },
      isShutOut: (await request.isShutOut()) || (await request.isShutOut(at)),
      readBody: request.rawBody,
    });
    switch (answer.kind) {
      case "not_found":
        throw notFound("Zoom OAuth app");
      case "unsigned":
        throw unverified();
      // Each of these has cost a database round trip, so they are counted.
      case "unknown_app":
        throw (await request.isFailureAllowed()) ? notFound("Zoom OAuth app") : limited();
      case "unverified":
        // By app: all events come from Zoom's addresses, and one whose secret is wrong keeps no other's events out.
        throw (await request.isFailureAllowed(at)) ? unverified() : limited();
      case "limited":
        throw limited();
      case "refused_validation":
        throw invalidRequest({ plainToken: ["Must be at most 100 characters, each of A-Z a-z 0-9 _ -."] });
      case "url_validation":
        return { plainToken: answer.plainToken, encryptedToken: answer.encryptedToken };
      case "received":
        return { status: "received" as const };
    }
  },
});

function unverified(): ApiError {
  return new ApiError("unauthenticated", {
    message:
      "The signature is missing, wrong or too old. Check that webhook_secret is the Secret Token of the app on the Zoom Marketplace.",
    headers: { "WWW-Authenticate": "x-zm-signature" },
  });
}

/** A 5xx, although the sender is at fault: Zoom's own addresses may be shut out for others' failures, and Zoom sends again. */
function limited(): ApiError {
  return new ApiError("event_rate_limited");
}
