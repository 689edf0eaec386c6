// What the service sends to a project's webhooks: one schema for each event, as its receiver reads it.

import * as z from "zod";
import { connectSessionFailure, ENDED_STATES } from "./connect-session.ts";
import { connectionFailure } from "./connection-failure.ts";
import { shownId, timestamp } from "./fields.ts";

/** What a webhook can subscribe to. */
export const WEBHOOK_TRIGGERS = [
  "zoom_oauth_connection.state_change",
  "zoom_oauth_app.credentials_invalid",
  "connect_session.completed",
  "connect_session.failed",
] as const;

/** The trigger of the event that a project sends to itself. No webhook subscribes to it. */
export const TEST_TRIGGER = "webhook.test";

export type WebhookTrigger = (typeof WEBHOOK_TRIGGERS)[number];

const idempotencyKey = z.uuid().meta({
  description:
    "Identifies the delivery, as the header `webhook-id` does. Every attempt and every resend has the same key, so that a receiver can recognise an event that it already has.",
  examples: ["0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11"],
});

const connectionStateChange = z
  .strictObject({
    idempotency_key: idempotencyKey,
    trigger: z.literal("zoom_oauth_connection.state_change" satisfies WebhookTrigger),
    zoom_oauth_connection_id: shownId("zoc", "The connection whose state changed."),
    zoom_oauth_connection_metadata: z
      .record(z.string(), z.string())
      .meta({ description: "The connection's metadata. An empty object if it has none." }),
    user_id: z.string().meta({ description: "Zoom user ID." }),
    account_id: z.string().meta({ description: "Zoom account ID." }),
    data: z.strictObject({
      state: z.enum(["connected", "disconnected"]).meta({ description: "The state after the change." }),
      connection_failure_data: connectionFailure
        .nullable()
        .meta({ description: "Why the connection is disconnected. Null if it is connected." }),
      last_successful_sync_at: timestamp
        .nullable()
        .meta({ description: "When the user's meetings were last read from Zoom. Null if never." }),
      last_attempted_sync_at: timestamp
        .nullable()
        .meta({ description: "When the service last tried to read them. Null if never." }),
    }),
  })
  .meta({
    id: "ZoomOAuthConnectionStateChange",
    title: "A connection's state changed",
    description:
      "Sent when a connection is disconnected and when a disconnected one is connected again. A new connection sends no event. Events can arrive late or out of order: where the order matters, read the connection.",
  });

const appCredentialsInvalid = z
  .strictObject({
    idempotency_key: idempotencyKey,
    trigger: z.literal("zoom_oauth_app.credentials_invalid" satisfies WebhookTrigger),
    zoom_oauth_app_id: shownId("zoa", "The app whose credentials Zoom refuses."),
    data: z.strictObject({
      client_id: z.string().meta({ description: "Client ID of the app on the Zoom Marketplace." }),
      credentials_invalid_at: timestamp.meta({ description: "When Zoom first refused the credentials." }),
    }),
  })
  .meta({
    id: "ZoomOAuthAppCredentialsInvalid",
    title: "Zoom refuses an app's client secret",
    description:
      "Sent once when Zoom starts to refuse the client ID and client secret of an app. Its connections stay connected, and work again as soon as the app has a valid client secret.",
  });

const connectSession = {
  idempotency_key: idempotencyKey,
  connect_session_id: shownId("cs", "The connect session that ended."),
  connect_session_metadata: z
    .record(z.string(), z.string())
    .meta({ description: "The session's metadata. An empty object if it has none." }),
  zoom_oauth_app_id: shownId("zoa", "The Zoom OAuth app of the session."),
};

const connectSessionCompleted = z
  .strictObject({
    ...connectSession,
    trigger: z.literal("connect_session.completed" satisfies WebhookTrigger),
    zoom_oauth_connection_id: shownId("zoc", "The connection of the user who was connected."),
    data: z.strictObject({ state: z.literal("completed"), failure: z.null() }),
  })
  .meta({
    id: "ConnectSessionCompleted",
    title: "A connect session connected a user",
    description: "Sent once, when the user of a connect session is connected.",
  });

const connectSessionFailed = z
  .strictObject({
    ...connectSession,
    trigger: z.literal("connect_session.failed" satisfies WebhookTrigger),
    zoom_oauth_connection_id: shownId("zoc", "The connection that the session should have reconnected.")
      .nullable()
      .meta({ description: "The connection that the session should have reconnected. Null if none." }),
    data: z.strictObject({
      state: z.enum(ENDED_STATES).meta({ description: "How the session ended." }),
      failure: connectSessionFailure
        .nullable()
        .meta({ description: "Why the last attempt failed. Null if none has failed." }),
    }),
  })
  .meta({
    id: "ConnectSessionFailed",
    title: "A connect session ended without a connection",
    description:
      "Sent once, when a connect session ends as `failed`, `cancelled` or `expired`. A failed attempt alone sends no event: the user can try again.",
  });

const webhookTest = z
  .strictObject({
    idempotency_key: idempotencyKey,
    trigger: z.literal(TEST_TRIGGER),
    webhook_id: shownId("webhook", "The webhook that the test was sent to."),
    data: z.strictObject({}).meta({ description: "Always empty." }),
  })
  .meta({
    id: "WebhookTest",
    title: "A test event",
    description:
      "Sent by the operation `testWebhook`, whatever the webhook's triggers are. Signed and retried like any other event.",
  });

/** The body of each event, by its trigger. */
export const webhookPayloads = {
  "zoom_oauth_connection.state_change": connectionStateChange,
  "zoom_oauth_app.credentials_invalid": appCredentialsInvalid,
  "connect_session.completed": connectSessionCompleted,
  "connect_session.failed": connectSessionFailed,
  [TEST_TRIGGER]: webhookTest,
} satisfies Record<WebhookTrigger | typeof TEST_TRIGGER, z.ZodObject>;

export type WebhookTest = z.output<typeof webhookTest>;
