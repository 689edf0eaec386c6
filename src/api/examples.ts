// Examples for the OpenAPI document that belong to no operation: of webhook events, and of what errors say. In a file of
// its own, so that the Worker, which never shows them, does not carry them.

import type * as z from "zod";
import type { ErrorCode } from "../errors.ts";
import { CONNECTION_FAILURES } from "../model/connection-failure.ts";
import type { webhookPayloads } from "../model/webhook-payloads.ts";
import type { Security } from "./operation.ts";

type WebhookPayloads = typeof webhookPayloads;

export const CREATED_AT = "2025-01-13T10:30:00.123456Z";

export const testEvent = {
  idempotency_key: "0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11",
  trigger: "webhook.test",
  webhook_id: "webhook_abcdef1234567890",
  data: {},
} as const;

export const WEBHOOK_EXAMPLES: { [Trigger in keyof WebhookPayloads]: z.output<WebhookPayloads[Trigger]> } = {
  "zoom_oauth_connection.state_change": {
    idempotency_key: "0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11",
    trigger: "zoom_oauth_connection.state_change",
    zoom_oauth_connection_id: "zoc_abcdef1234567890",
    zoom_oauth_connection_metadata: { tenant_id: "1234567890" },
    user_id: "user_abcdef1234567890",
    account_id: "account_abcdef1234567890",
    data: {
      state: "disconnected",
      connection_failure_data: {
        ...CONNECTION_FAILURES.grant_revoked,
        code: "grant_revoked",
        timestamp: CREATED_AT,
      },
      last_successful_sync_at: "2025-01-12T08:00:00.000000Z",
      last_attempted_sync_at: "2025-01-12T08:00:00.000000Z",
    },
  },
  "zoom_oauth_app.credentials_invalid": {
    idempotency_key: "0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11",
    trigger: "zoom_oauth_app.credentials_invalid",
    zoom_oauth_app_id: "zoa_abcdef1234567890",
    data: { client_id: "your_zoom_client_id", credentials_invalid_at: CREATED_AT },
  },
  "connect_session.completed": {
    idempotency_key: "0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11",
    trigger: "connect_session.completed",
    connect_session_id: "cs_abcdef1234567890",
    connect_session_metadata: { tenant_id: "1234567890" },
    zoom_oauth_app_id: "zoa_abcdef1234567890",
    zoom_oauth_connection_id: "zoc_abcdef1234567890",
    data: { state: "completed", failure: null },
  },
  "connect_session.failed": {
    idempotency_key: "0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11",
    trigger: "connect_session.failed",
    connect_session_id: "cs_abcdef1234567890",
    connect_session_metadata: { tenant_id: "1234567890" },
    zoom_oauth_app_id: "zoa_abcdef1234567890",
    zoom_oauth_connection_id: null,
    data: {
      state: "cancelled",
      failure: { code: "access_denied", message: "The user declined on Zoom's consent page." },
    },
  },
  "webhook.test": testEvent,
};

/** Where an error's sentence says more than the table of errors does. */
export function exampleSentence(code: ErrorCode, security: Security): string | undefined {
  switch (code) {
    case "missing_scopes":
      return "The grant lacks scopes that the requested capabilities need: user:read:zak. Add them to the app on the Zoom Marketplace and send the user through Zoom's consent page again.";
    case "meeting_not_available":
      return "Zoom: Meeting does not exist: 1234567890.";
    case "unauthenticated":
      return security === "admin"
        ? "Authentication failed. Send the admin key in the header 'Authorization: Bearer <admin key>'."
        : undefined;
    default:
      return undefined;
  }
}
