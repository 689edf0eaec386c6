// One example of each request and each answer, for the OpenAPI document. In a file of its own, so that the Worker, which
// never shows them, does not carry them.

import type * as z from "zod";
import { CREATED_AT, testEvent } from "../api/examples.ts";
import type { OperationDescription } from "../api/operation.ts";
import { DEFAULT_KEY_SCOPES } from "../model/key-scopes.ts";
import { RECORDING_REFUSAL_SENTENCES, tokenReasonOf } from "../model/token-reasons.ts";
import type { operations } from "./index.ts";

type Operations = typeof operations;

// biome-ignore lint/suspicious/noExplicitAny: whatever the other schemas are.
type BodyOf<O> = O extends OperationDescription<any, any, any, infer Body, any> ? Body : never;
// biome-ignore lint/suspicious/noExplicitAny: whatever the other schemas are.
type AnswerOf<O> = O extends OperationDescription<any, any, any, any, infer Answer> ? Answer : never;

/** The type of a schema that an operation does not have is the constraint itself. */
type ExampleOf<O> = (z.ZodType extends BodyOf<O> ? object : { body: z.input<BodyOf<O>> }) &
  (AnswerOf<O> extends z.ZodType ? { answer: z.output<AnswerOf<O>> } : object);

const LATER = "2025-01-13T11:30:00.123456Z";

const connection = {
  id: "zoc_abcdef1234567890",
  zoom_oauth_app_id: "zoa_abcdef1234567890",
  user_id: "user_abcdef1234567890",
  account_id: "account_abcdef1234567890",
  state: "connected",
  metadata: { tenant_id: "1234567890" },
  is_local_recording_token_supported: true,
  is_onbehalf_token_supported: false,
  connection_failure_data: null,
  created_at: CREATED_AT,
  updated_at: CREATED_AT,
  last_successful_sync_at: null,
  last_attempted_sync_at: null,
} as const;

const app = {
  id: "zoa_abcdef1234567890",
  name: "Meeting notes",
  client_id: "your_zoom_client_id",
  has_webhook_secret: true,
  allowed_return_origins: ["https://app.example.com"],
  webhook_url: "https://zoom.example.com/external_webhooks/zoom/oauth_apps/zoa_abcdef1234567890",
  last_verified_webhook_received_at: null,
  last_unverified_webhook_received_at: null,
  credentials_invalid_at: null,
  connection_counts: { connected: 0, disconnected: 0 },
  created_at: CREATED_AT,
  updated_at: CREATED_AT,
};

const tokenLink = {
  id: "tl_abcdef1234567890",
  name: "Recall.ai, production",
  vendor: "recall",
  token: "onbehalf",
  connection: { from_request: "query.user" },
  zoom_oauth_app_id: null,
  meeting_id: null,
  has_verification_secret: true,
  is_active: true,
  expires_at: null,
  max_uses: null,
  use_count: 0,
  last_used_at: null,
  last_refusal: null,
  created_at: CREATED_AT,
  updated_at: CREATED_AT,
} satisfies z.output<AnswerOf<Operations["getTokenLink"]>>;

const webhook = {
  id: "webhook_abcdef1234567890",
  url: "https://hooks.example.com/zoom",
  triggers: ["zoom_oauth_connection.state_change", "zoom_oauth_app.credentials_invalid"],
  is_active: true,
  paused_at: null,
  pause_reason: null,
  created_at: CREATED_AT,
  updated_at: CREATED_AT,
} satisfies z.output<AnswerOf<Operations["getWebhook"]>>;

const pendingDelivery = {
  id: "whd_abcdef1234567890",
  webhook_id: "webhook_abcdef1234567890",
  trigger: "webhook.test",
  idempotency_key: testEvent.idempotency_key,
  zoom_oauth_connection_id: null,
  state: "pending",
  attempt_count: 0,
  next_attempt_at: CREATED_AT,
  attempts: [],
  payload: testEvent,
  created_at: CREATED_AT,
} as const satisfies z.output<AnswerOf<Operations["testWebhook"]>>;

const webhookSecret = {
  secret: "aGVsbG8gZnJvbSBhbiBleGFtcGxlIHNlY3JldCBrZXk=",
  previous_secret_expires_at: null,
};

const project = {
  id: "proj_abcdef1234567890",
  name: "Production",
  is_suspended: false,
  suspended_at: null,
  revocation: null,
  created_at: CREATED_AT,
};

const apiKey = {
  id: "key_abcdef1234567890",
  project_id: "proj_abcdef1234567890",
  name: "Backend",
  scopes: [...DEFAULT_KEY_SCOPES],
  expires_at: null,
  created_by_key_id: null,
  created_at: CREATED_AT,
  disabled_at: null,
  last_used_at: null,
};

const ownKey = {
  ...apiKey,
  name: "Bots",
  scopes: ["tokens:meeting" as const],
  expires_at: "2031-01-01T00:00:00.000000Z",
  created_by_key_id: apiKey.id,
};

const deadLetter = {
  id: "dl_abcdef1234567890",
  type: "store_tokens",
  zoom_oauth_connection_id: "zoc_abcdef1234567890",
  zoom_oauth_app_id: null,
  webhook_delivery_id: null,
  size: 2_310,
  created_at: CREATED_AT,
  resent_at: null,
};

const auditEvent = {
  id: "aud_abcdef1234567890",
  actor: { type: "api_key" as const, id: apiKey.id },
  action: "webhook.created" as const,
  object: { type: "webhook" as const, id: "webhook_abcdef1234567890" },
  ip_address: "203.0.113.7",
  request_id: "1c0f9e0e-6a55-4b5e-9a39-0a2a7f4f0f6e",
  created_at: LATER,
};

const issuedToken = { token: "TOKEN_FROM_ZOOM", expires_at: LATER };

const connectSession = {
  id: "cs_abcdef1234567890",
  state: "open",
  zoom_oauth_connection_id: null,
  failure: null,
  return_url: "https://app.example.com/zoom/connected",
  metadata: { tenant_id: "1234567890" },
  created_at: CREATED_AT,
  expires_at: LATER,
  completed_at: null,
} as const;

/** The last page of a list, with one object. */
function page<T>(item: T) {
  return { next: null, previous: null, results: [item] };
}

export const EXAMPLES: { [Name in keyof Operations]: ExampleOf<Operations[Name]> } = {
  createZoomOAuthConnection: {
    body: {
      zoom_oauth_app_id: "zoa_abcdef1234567890",
      authorization_code: "AUTH_CODE_FROM_ZOOM",
      redirect_uri: "https://yourapp.com/oauth/callback",
      is_local_recording_token_supported: true,
      is_onbehalf_token_supported: false,
      metadata: { tenant_id: "1234567890" },
    },
    answer: connection,
  },
  importZoomOAuthConnection: {
    body: {
      zoom_oauth_app_id: "zoa_abcdef1234567890",
      refresh_token: "REFRESH_TOKEN_FROM_ZOOM",
      metadata: { tenant_id: "1234567890" },
    },
    answer: connection,
  },
  exportZoomOAuthConnection: {
    body: {},
    answer: {
      zoom_oauth_connection_id: connection.id,
      zoom_oauth_app_id: connection.zoom_oauth_app_id,
      user_id: connection.user_id,
      account_id: connection.account_id,
      refresh_token: "REFRESH_TOKEN_FROM_ZOOM",
      scopes: ["user:read:user", "user:read:zak"],
    },
  },
  listZoomOAuthConnections: { answer: page(connection) },
  getZoomOAuthConnection: { answer: connection },
  updateZoomOAuthConnection: {
    body: { metadata: { tenant_id: "0987654321" } },
    answer: { ...connection, metadata: { tenant_id: "0987654321" }, updated_at: LATER },
  },
  deleteZoomOAuthConnection: {},
  syncZoomOAuthConnection: { body: {}, answer: connection },
  listZoomOAuthConnectionEvents: {
    answer: page({
      id: "evt_abcdef1234567890",
      type: "created",
      data: null,
      actor: { type: "api_key", id: apiKey.id },
      created_at: CREATED_AT,
    }),
  },

  createConnectSession: {
    body: {
      return_url: "https://app.example.com/zoom/connected",
      is_local_recording_token_supported: true,
      metadata: { tenant_id: "1234567890" },
    },
    answer: { ...connectSession, url: "https://zoom.example.com/connect/SECRET_OF_THE_LINK" },
  },
  listConnectSessions: { answer: page(connectSession) },
  getConnectSession: {
    answer: {
      ...connectSession,
      state: "completed",
      zoom_oauth_connection_id: "zoc_abcdef1234567890",
      completed_at: CREATED_AT,
    },
  },
  deleteConnectSession: {},

  createAccessToken: {
    body: { min_ttl_seconds: 300 },
    answer: {
      access_token: "ACCESS_TOKEN_FROM_ZOOM",
      token_type: "bearer",
      expires_at: LATER,
      scopes: ["user:read:user", "user:read:zak"],
      api_url: "https://api.zoom.us",
    },
  },
  createLocalRecordingToken: {
    body: { meeting_url: "https://us02web.zoom.us/j/1234567890?pwd=abc", bypass_waiting_room: true },
    answer: issuedToken,
  },
  createOnbehalfToken: { body: { meeting_id: "1234567890" }, answer: issuedToken },
  createZakToken: { body: {}, answer: issuedToken },
  createZoomTokens: {
    body: {
      meeting_url: "https://us02web.zoom.us/j/1234567890?pwd=abc",
      onbehalf_user_ids: ["user_abcdef1234567890", "user_1234567890abcdef"],
      metadata: { tenant_id: "1234567890" },
    },
    answer: {
      zoom_oauth_connection_id: "zoc_abcdef1234567890",
      zak_token: null,
      join_token: null,
      app_privilege_token: "LOCAL_RECORDING_TOKEN_FROM_ZOOM",
      onbehalf_token: "ONBEHALF_TOKEN_FROM_ZOOM",
      onbehalf_tokens: [
        {
          user_id: "user_abcdef1234567890",
          zoom_oauth_connection_id: "zoc_abcdef1234567890",
          token: null,
          reason: tokenReasonOf("zoom_rate_limited", { retryAfterSeconds: 2 }),
        },
        {
          user_id: "user_1234567890abcdef",
          zoom_oauth_connection_id: "zoc_1234567890abcdef",
          token: "ONBEHALF_TOKEN_FROM_ZOOM",
          reason: null,
        },
      ],
      reasons: { zak_token: tokenReasonOf("not_requested"), join_token: tokenReasonOf("not_requested") },
    },
  },
  preflightZoomTokens: {
    body: { meeting_id: "1234567890", include_zak: true },
    answer: {
      zoom_oauth_connection_id: "zoc_abcdef1234567890",
      meeting: { meeting_id: "1234567890", source: "sync", mapped_at: CREATED_AT },
      tokens: {
        zak_token: { would_issue: true, reason: null },
        join_token: { would_issue: false, reason: tokenReasonOf("not_requested") },
        app_privilege_token: {
          would_issue: false,
          reason: tokenReasonOf("meeting_not_available", {
            message: RECORDING_REFUSAL_SENTENCES.recording_off,
          }),
        },
        onbehalf_token: { would_issue: false, reason: tokenReasonOf("not_requested") },
      },
    },
  },
  listZoomMeetings: {
    answer: page({
      meeting_id: "1234567890",
      zoom_oauth_connection_id: "zoc_abcdef1234567890",
      source: "sync",
      mapped_at: CREATED_AT,
    }),
  },

  createTokenLink: {
    body: {
      vendor: "recall",
      token: "onbehalf",
      connection: { from_request: "query.user" },
      verification_secret: "whsec_aGVsbG8gZnJvbSBhbiBleGFtcGxlIHNlY3JldCBrZXk=",
      name: "Recall.ai, production",
    },
    answer: { ...tokenLink, url: "https://zoom.example.com/t/SHOWN_IN_THIS_ANSWER_AND_NEVER_AGAIN" },
  },
  listTokenLinks: {
    answer: page({
      ...tokenLink,
      use_count: 12,
      last_used_at: LATER,
      last_refusal: { code: "user_not_connected", at: CREATED_AT },
    }),
  },
  getTokenLink: { answer: tokenLink },
  updateTokenLink: {
    body: { is_active: false },
    answer: { ...tokenLink, is_active: false, updated_at: LATER },
  },
  deleteTokenLink: {},

  createWebhook: { body: { url: webhook.url, triggers: webhook.triggers }, answer: webhook },
  listWebhooks: { answer: page(webhook) },
  getWebhook: { answer: webhook },
  updateWebhook: {
    body: { is_active: true },
    answer: { ...webhook, updated_at: LATER },
  },
  deleteWebhook: {},
  testWebhook: { body: {}, answer: pendingDelivery },
  listWebhookDeliveries: {
    answer: page({
      ...pendingDelivery,
      state: "succeeded",
      attempt_count: 1,
      next_attempt_at: null,
      attempts: [
        { attempted_at: CREATED_AT, status_code: 200, duration_ms: 87, response_body: "ok", error: null },
      ],
    }),
  },
  redeliverWebhookDelivery: { body: {}, answer: pendingDelivery },
  getWebhookSecret: { answer: webhookSecret },
  rotateWebhookSecret: {
    body: {},
    answer: { ...webhookSecret, previous_secret_expires_at: "2025-01-14T10:30:00.123456Z" },
  },

  createZoomOAuthApp: {
    body: {
      client_id: "your_zoom_client_id",
      client_secret: "your_zoom_client_secret",
      webhook_secret: "your_zoom_secret_token",
      name: "Meeting notes",
      allowed_return_origins: ["https://app.example.com"],
    },
    answer: app,
  },
  listZoomOAuthApps: { answer: page(app) },
  getZoomOAuthApp: { answer: app },
  updateZoomOAuthApp: {
    body: { client_secret: "your_new_zoom_client_secret" },
    answer: { ...app, updated_at: LATER },
  },
  deleteZoomOAuthApp: {},
  diagnoseZoomOAuthApp: {
    answer: {
      checks: [
        {
          check: "client_credentials",
          status: "ok",
          message: "Zoom accepts the client ID and the client secret.",
          action: null,
        },
        {
          check: "webhook_secret",
          status: "warning",
          message: "The Secret Token is not set, so that every event from Zoom is refused.",
          action:
            "Copy the Secret Token from the app's page on the Zoom Marketplace, and set it as webhook_secret.",
        },
      ],
    },
  },

  getStatistics: {
    answer: {
      connection_counts: { connected: 120, disconnected: 3 },
      days: [
        {
          date: "2025-01-13",
          connected: 4,
          disconnected: 2,
          disconnected_by_reason: { app_deauthorized: 1, removed: 1 },
          refreshes: 960,
          failed_refreshes: 1,
          failed_refreshes_by_reason: { zoom_unavailable: 1 },
          tokens_issued: 310,
          deliveries: 6,
          failed_deliveries: 0,
        },
      ],
    },
  },

  createProject: { body: { name: "Production" }, answer: project },
  listProjects: { answer: page(project) },
  getProject: { answer: project },
  updateProject: {
    body: { is_suspended: false },
    answer: project,
  },
  deleteProject: {},
  revokeAllGrants: {
    body: {},
    answer: { ...project, revocation: { requested_at: LATER, remaining: 128 } },
  },
  createApiKey: {
    body: { name: "Backend" },
    answer: { ...apiKey, key: "zock_SHOWN_IN_THIS_ANSWER_AND_NEVER_AGAIN" },
  },
  listApiKeys: { answer: page(apiKey) },
  disableApiKey: { answer: { ...apiKey, disabled_at: LATER } },
  listProjectAuditEvents: { answer: page(auditEvent) },
  listProjectWebhooks: { answer: page(webhook) },
  createOwnApiKey: {
    body: { name: "Bots", scopes: ["tokens:meeting"], expires_at: "2031-01-01T00:00:00Z" },
    answer: { ...ownKey, key: "zock_SHOWN_IN_THIS_ANSWER_AND_NEVER_AGAIN" },
  },
  listOwnApiKeys: { answer: page(ownKey) },
  disableOwnApiKey: { answer: { ...ownKey, disabled_at: LATER } },
  listAuditEvents: { answer: page(auditEvent) },
  listDeadLetters: { answer: page(deadLetter) },
  resendDeadLetter: { body: {}, answer: { ...deadLetter, resent_at: LATER } },
  getEncryption: {
    answer: {
      current_key_id: "2025-01",
      keys: [
        { id: "2025-01", is_current: true, is_configured: true, rows: 128 },
        { id: "2024-01", is_current: false, is_configured: true, rows: 0 },
      ],
    },
  },
  recoverConnections: {
    body: { cursor: null },
    answer: {
      cursor: "entry.",
      made: 0,
      updated: 0,
      unchanged: 0,
      removed: 3,
      erased: 1,
      refused: [],
    },
  },

  receiveZoomWebhook: {
    body: {
      event: "meeting.created",
      event_ts: 1736764200123,
      payload: {
        account_id: "account_abcdef1234567890",
        operator_id: "user_abcdef1234567890",
        object: { id: 1234567890, host_id: "user_abcdef1234567890" },
      },
    },
    answer: { status: "received" },
  },

  getLiveness: { answer: { status: "ok" } },
  getReadiness: { answer: { status: "ok" } },
  getOpenApiDocument: { answer: { openapi: "3.1.1", info: { title: "Zoom OAuth connections" }, paths: {} } },
};
