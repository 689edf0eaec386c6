// Zoom OAuth connections, as callers see them.

import * as z from "zod";
import { givenId, noFields, pageOf, paging, shownId, storableText, timestamp } from "./fields.ts";
import { defineOperation } from "./operation.ts";

const PATH = "/api/v1/zoom_oauth_connections";
const MAX_METADATA_CHARACTERS = 4096;

const metadata = z
  .record(storableText, storableText)
  .refine((object) => Object.keys(object).length > 0, "Must not be empty; send null, or leave it out.")
  .refine(
    (object) => JSON.stringify(object).length <= MAX_METADATA_CHARACTERS,
    `Must be at most ${MAX_METADATA_CHARACTERS} characters long as JSON.`,
  )
  .meta({
    description: `JSON object of strings to associate with the connection, at most ${MAX_METADATA_CHARACTERS} characters as JSON.`,
    examples: [{ tenant_id: "1234567890" }],
  });

const state = z.enum(["connected", "disconnected"]);

const newConnection = z
  .strictObject({
    authorization_code: storableText
      .min(1)
      .max(4096)
      .meta({
        description: "The authorization code received from Zoom during the OAuth flow.",
        examples: ["AUTH_CODE_FROM_ZOOM"],
      }),
    redirect_uri: storableText
      .min(1)
      .max(4096)
      .refine(isAbsoluteUrl, "Must be an absolute URL, the same that was sent to Zoom's consent page.")
      .meta({
        description: "The redirect URI used to obtain the authorization code. Passed on byte for byte.",
        examples: ["https://yourapp.com/oauth/callback"],
      }),
    zoom_oauth_app_id: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "The Zoom OAuth App the connection is for. Required where the project has several.",
        examples: ["zoa_abcdef1234567890"],
      }),
    is_local_recording_token_supported: z.boolean().default(true).meta({
      description: "Whether the connection supports generating local recording tokens.",
    }),
    is_onbehalf_token_supported: z.boolean().default(false).meta({
      description: "Whether the connection supports generating onbehalf tokens.",
    }),
    metadata: metadata.nullish(),
  })
  .refine((body) => body.is_local_recording_token_supported || body.is_onbehalf_token_supported, {
    path: ["is_local_recording_token_supported"],
    message: "Must be true where is_onbehalf_token_supported is not: a connection needs a capability.",
  })
  .meta({
    id: "NewZoomOAuthConnection",
    examples: [
      {
        zoom_oauth_app_id: "zoa_abcdef1234567890",
        authorization_code: "AUTH_CODE_FROM_ZOOM",
        redirect_uri: "https://yourapp.com/oauth/callback",
        is_local_recording_token_supported: true,
        is_onbehalf_token_supported: false,
        metadata: { tenant_id: "1234567890" },
      },
    ],
  });

const connectionChanges = z
  .strictObject({
    metadata: metadata.nullable().optional(),
    is_local_recording_token_supported: z.boolean().optional(),
    is_onbehalf_token_supported: z.boolean().optional(),
  })
  .meta({ id: "ZoomOAuthConnectionChanges" });

/** Exactly the published 13 keys, in their published order. */
const connection = z
  .strictObject({
    id: shownId("zoc", "Unique identifier of the connection."),
    zoom_oauth_app_id: shownId("zoa", "ID of the Zoom OAuth app this connection belongs to."),
    user_id: z.string().meta({ description: "Zoom user ID." }),
    account_id: z.string().meta({ description: "Zoom account ID." }),
    state,
    metadata: z.record(z.string(), z.string()).nullable(),
    is_local_recording_token_supported: z.boolean(),
    is_onbehalf_token_supported: z.boolean(),
    connection_failure_data: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "Why the connection is disconnected, if it is." }),
    created_at: timestamp,
    updated_at: timestamp,
    last_successful_sync_at: timestamp.nullable(),
    last_attempted_sync_at: timestamp.nullable(),
  })
  .meta({
    id: "ZoomOAuthConnection",
    examples: [
      {
        id: "zoc_abcdef1234567890",
        zoom_oauth_app_id: "zoa_abcdef1234567890",
        user_id: "user_abcdef1234567890",
        account_id: "account_abcdef1234567890",
        state: "connected",
        metadata: { tenant_id: "1234567890" },
        is_local_recording_token_supported: true,
        is_onbehalf_token_supported: false,
        connection_failure_data: null,
        created_at: "2025-01-13T10:30:00.123456Z",
        updated_at: "2025-01-13T10:30:00.123456Z",
        last_successful_sync_at: null,
        last_attempted_sync_at: null,
      },
    ],
  });

const connectionEvent = z
  .strictObject({
    id: shownId("evt", "Unique identifier of the event."),
    type: z.enum([
      "created",
      "reconnected",
      "refreshed",
      "synced",
      "disconnected",
      "revoked",
      "deauthorized",
      "token_issued",
    ]),
    data: z.record(z.string(), z.unknown()).nullable(),
    created_at: timestamp,
  })
  .meta({ id: "ZoomOAuthConnectionEvent" });

const params = z.object({ id: givenId("zoc") });
const common = { tag: "Zoom OAuth connections", security: "api_key" } as const;

export type ZoomOAuthConnection = z.output<typeof connection>;
export type ZoomOAuthConnectionEvent = z.output<typeof connectionEvent>;

export const createZoomOAuthConnection = defineOperation({
  ...common,
  method: "post",
  path: PATH,
  operationId: "createZoomOAuthConnection",
  summary: "Create a connection",
  description:
    "Exchanges the authorization code at Zoom, checks scopes and user, and stores the connection. A second grant by the same Zoom user reconnects the existing one. Retries are safe: the same request gets the same connection again for 24 hours.",
  body: newConnection,
  status: 201,
  answer: connection,
  errors: [
    "authorization_code_rejected",
    "missing_scopes",
    "user_not_active",
    "zoom_oauth_app_not_found",
    "zoom_oauth_app_required",
    "zoom_error",
    "zoom_app_credentials_invalid",
    "zoom_rate_limited",
    "zoom_unavailable",
    "zoom_timeout",
  ],
});

export const listZoomOAuthConnections = defineOperation({
  ...common,
  method: "get",
  path: PATH,
  operationId: "listZoomOAuthConnections",
  summary: "List connections",
  query: z.strictObject({
    ...paging,
    state: state.optional(),
    user_id: storableText.optional(),
    account_id: storableText.optional(),
    zoom_oauth_app_id: givenId("zoa").optional(),
    metadata: metadata
      .optional()
      .meta({ description: "`metadata[key]=value`: connections with these values." }),
  }),
  status: 200,
  answer: pageOf(connection).meta({ id: "ZoomOAuthConnectionPage" }),
  errors: [],
});

export const getZoomOAuthConnection = defineOperation({
  ...common,
  method: "get",
  path: `${PATH}/{id}`,
  operationId: "getZoomOAuthConnection",
  summary: "Read a connection",
  params,
  status: 200,
  answer: connection,
  errors: [],
});

export const updateZoomOAuthConnection = defineOperation({
  ...common,
  method: "patch",
  path: `${PATH}/{id}`,
  operationId: "updateZoomOAuthConnection",
  summary: "Change metadata and capabilities",
  description: "What is left out stays as it is; metadata is replaced as a whole, null removes it.",
  params,
  body: connectionChanges,
  status: 200,
  answer: connection,
  errors: ["missing_scopes", "connection_disconnected", "conflict"],
});

export const deleteZoomOAuthConnection = defineOperation({
  ...common,
  method: "delete",
  path: `${PATH}/{id}`,
  operationId: "deleteZoomOAuthConnection",
  summary: "Remove a connection",
  description:
    "Erases its credentials, metadata and meetings, and revokes the grant at Zoom. The revocation is a best effort: the connection is gone whatever Zoom answers.",
  params,
  query: z.strictObject({
    revoke: z
      .enum(["true", "false"])
      .optional()
      .meta({ description: "`false` leaves the grant at Zoom as it is.", default: "true" }),
  }),
  status: 200,
  answer: null,
  errors: [],
});

export const syncZoomOAuthConnection = defineOperation({
  ...common,
  method: "post",
  path: `${PATH}/{id}/sync`,
  operationId: "syncZoomOAuthConnection",
  summary: "Read a connection's meetings from Zoom anew",
  description:
    "In the background; `last_successful_sync_at` tells when it is done. Connections that support local recording tokens are synced every week by themselves. Takes no body.",
  params,
  status: 202,
  answer: connection,
  body: noFields,
  errors: ["not_found", "connection_disconnected", "capability_not_supported"],
});

export const listZoomOAuthConnectionEvents = defineOperation({
  ...common,
  method: "get",
  path: `${PATH}/{id}/events`,
  operationId: "listZoomOAuthConnectionEvents",
  summary: "List what happened to a connection",
  description:
    "Newest first. `refreshed`, `synced` and `token_issued` last for 30 days, the others as long as the connection and 30 days longer.",
  params,
  query: z.strictObject(paging),
  status: 200,
  answer: pageOf(connectionEvent).meta({ id: "ZoomOAuthConnectionEventPage" }),
  errors: [],
});

/** Stricter than URL.canParse, which trims and repairs: what Zoom compares is the text itself. */
function isAbsoluteUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\p{Cc}]+$/u.test(text) && URL.canParse(text);
}
