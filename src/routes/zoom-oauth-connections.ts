// Zoom OAuth connections: the endpoint that the service exists for, and what reads its result.

import { createRoute, z } from "@hono/zod-openapi";
import { connect } from "../connections/connect.ts";
import { type ConnectionRow, findConnection } from "../db/zoom-oauth-connections.ts";
import { ApiError } from "../errors.ts";
import { apiKeySha256Of, requireApiKey, unauthenticated } from "../http/authentication.ts";
import { readJsonBody } from "../http/body.ts";
import { createRouter } from "../http/router.ts";
import {
  errorResponses,
  isStorableText,
  jsonBody,
  jsonResponse,
  pathId,
  timestamp,
} from "../http/schemas.ts";

const MAX_METADATA_CHARACTERS = 4096;

const metadataText = z.string().refine(isStorableText, "Must not contain U+0000 or unpaired surrogates.");

const metadata = z
  .record(metadataText, metadataText)
  .refine((object) => Object.keys(object).length > 0, "Must not be empty; send null, or leave it out.")
  .refine(
    (object) => JSON.stringify(object).length <= MAX_METADATA_CHARACTERS,
    `Must be at most ${MAX_METADATA_CHARACTERS} characters long as JSON.`,
  )
  .openapi({ example: { tenant_id: "1234567890" } });

/** Passed on to Zoom byte for byte, so it is checked and never rewritten. */
const redirectUri = z
  .string()
  .min(1)
  .max(4096)
  .refine(isAbsoluteUrl, "Must be an absolute URL, the same that was sent to Zoom's consent page.");

const newConnection = z
  .strictObject({
    authorization_code: z
      .string()
      .min(1)
      .max(4096)
      .refine(isStorableText, "Must not contain U+0000 or unpaired surrogates.")
      .openapi({ description: "The authorization code received from Zoom during the OAuth flow." }),
    redirect_uri: redirectUri.openapi({
      description: "The redirect URI used to obtain the authorization code.",
      example: "https://yourapp.com/oauth/callback",
    }),
    zoom_oauth_app_id: z.string().min(1).optional().openapi({
      description: "The Zoom OAuth app the connection is for. Required where the project has several.",
    }),
    is_local_recording_token_supported: z.boolean().default(true),
    is_onbehalf_token_supported: z.boolean().default(false),
    metadata: metadata.nullish(),
  })
  .refine((body) => body.is_local_recording_token_supported || body.is_onbehalf_token_supported, {
    path: ["is_local_recording_token_supported"],
    message:
      "At least one of is_local_recording_token_supported and is_onbehalf_token_supported must be true.",
  })
  .openapi("NewZoomOAuthConnection");

const connection = z
  .object({
    id: z.string().openapi({ example: "zoc_abcdef1234567890" }),
    zoom_oauth_app_id: z.string().openapi({ example: "zoa_abcdef1234567890" }),
    user_id: z.string().openapi({ description: "Zoom user ID." }),
    account_id: z.string().openapi({ description: "Zoom account ID." }),
    state: z.enum(["connected", "disconnected"]),
    metadata: z.record(z.string(), z.string()).nullable(),
    is_local_recording_token_supported: z.boolean(),
    is_onbehalf_token_supported: z.boolean(),
    connection_failure_data: z.record(z.string(), z.unknown()).nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    last_successful_sync_at: timestamp.nullable(),
    last_attempted_sync_at: timestamp.nullable(),
  })
  .openapi("ZoomOAuthConnection");

export const zoomOAuthConnectionRoutes = createRouter();

zoomOAuthConnectionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/zoom_oauth_connections",
    middleware: [requireApiKey, readJsonBody],
    request: { body: jsonBody(newConnection) },
    responses: {
      201: jsonResponse("The connection", connection),
      ...errorResponses(400, 401, 413, 415, 502, 503, 504),
    },
  }),
  async (c) => {
    const body = c.req.valid("json");
    const connecting = connect(c.get("deps"), (work) => c.executionCtx.waitUntil(work), {
      apiKeySha256: apiKeySha256Of(c),
      zoomOAuthAppId: body.zoom_oauth_app_id ?? null,
      authorizationCode: body.authorization_code,
      redirectUri: body.redirect_uri,
      isLocalRecordingTokenSupported: body.is_local_recording_token_supported,
      isOnbehalfTokenSupported: body.is_onbehalf_token_supported,
      metadata: body.metadata ?? null,
    });
    // A caller who hangs up must not stop us between Zoom's answer and our write.
    c.executionCtx.waitUntil(connecting.catch(() => {}));
    return c.json(toConnection(await connecting), 201);
  },
);

zoomOAuthConnectionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/zoom_oauth_connections/{id}",
    middleware: [requireApiKey],
    request: { params: z.object({ id: pathId("zoc") }) },
    responses: { 200: jsonResponse("The connection", connection), ...errorResponses(400, 401, 404, 503) },
  }),
  async (c) => {
    const key = { apiKeySha256: apiKeySha256Of(c), id: c.req.valid("param").id };
    const found = await findConnection(c.get("deps").db, key);
    if (found === "unauthenticated") throw unauthenticated();
    if (found === "not_found") throw new ApiError("not_found", { message: "No such Zoom OAuth connection." });
    return c.json(toConnection(found), 200);
  },
);

/** Exactly the published 13 keys, in their published order. */
function toConnection(row: ConnectionRow): z.infer<typeof connection> {
  return {
    id: row.id,
    zoom_oauth_app_id: row.zoom_oauth_app_id,
    user_id: row.user_id,
    account_id: row.account_id,
    state: row.state,
    metadata: row.metadata,
    is_local_recording_token_supported: row.is_local_recording_token_supported,
    is_onbehalf_token_supported: row.is_onbehalf_token_supported,
    connection_failure_data: row.connection_failure_data,
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_successful_sync_at: row.last_successful_sync_at,
    last_attempted_sync_at: row.last_attempted_sync_at,
  };
}

function isAbsoluteUrl(text: string): boolean {
  // URL.canParse trims and repairs; what Zoom compares is the text itself.
  return (
    /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e\u00a0-\u{10ffff}]+$/u.test(text) &&
    isStorableText(text) &&
    URL.canParse(text)
  );
}
