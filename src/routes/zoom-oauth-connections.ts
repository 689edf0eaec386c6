// Zoom OAuth connections: the endpoint that the service exists for, and what reads its result.

import * as z from "zod";
import { connect } from "../connections/connect.ts";
import { type ConnectionRow, findConnection } from "../db/zoom-oauth-connections.ts";
import { ApiError } from "../errors.ts";
import { apiKeySha256Of, requireApiKey, unauthenticated } from "../http/authentication.ts";
import { readJsonBody } from "../http/body.ts";
import { createRouter } from "../http/router.ts";
import { pathId, storableText } from "../http/schemas.ts";
import { validate } from "../http/validation.ts";

const MAX_METADATA_CHARACTERS = 4096;

const metadata = z
  .record(storableText, storableText)
  .refine((object) => Object.keys(object).length > 0, "Must not be empty; send null, or leave it out.")
  .refine(
    (object) => JSON.stringify(object).length <= MAX_METADATA_CHARACTERS,
    `Must be at most ${MAX_METADATA_CHARACTERS} characters long as JSON.`,
  );

const newConnection = z
  .strictObject({
    authorization_code: storableText.min(1).max(4096),
    /** Passed on to Zoom byte for byte, so it is checked and never rewritten. */
    redirect_uri: storableText
      .min(1)
      .max(4096)
      .refine(isAbsoluteUrl, "Must be an absolute URL, the same that was sent to Zoom's consent page."),
    zoom_oauth_app_id: z.string().min(1).optional(),
    is_local_recording_token_supported: z.boolean().default(true),
    is_onbehalf_token_supported: z.boolean().default(false),
    metadata: metadata.nullish(),
  })
  .refine((body) => body.is_local_recording_token_supported || body.is_onbehalf_token_supported, {
    path: ["is_local_recording_token_supported"],
    message: "Must be true where is_onbehalf_token_supported is not: a connection needs a capability.",
  });

export const zoomOAuthConnectionRoutes = createRouter()
  .post(
    "/zoom_oauth_connections",
    requireApiKey,
    readJsonBody,
    validate("json", newConnection),
    async (c) => {
      const body = c.req.valid("json");
      const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
      const connecting = connect(c.get("deps"), waitUntil, {
        apiKeySha256: apiKeySha256Of(c),
        zoomOAuthAppId: body.zoom_oauth_app_id ?? null,
        authorizationCode: body.authorization_code,
        redirectUri: body.redirect_uri,
        isLocalRecordingTokenSupported: body.is_local_recording_token_supported,
        isOnbehalfTokenSupported: body.is_onbehalf_token_supported,
        metadata: body.metadata ?? null,
      });
      // A caller who hangs up must not stop us between Zoom's answer and our write.
      waitUntil(connecting.catch(() => {}));
      return c.json(toConnection(await connecting), 201);
    },
  )

  .get("/zoom_oauth_connections/:id", requireApiKey, validate("param", pathId("zoc")), async (c) => {
    const key = { apiKeySha256: apiKeySha256Of(c), id: c.req.valid("param").id };
    const found = await findConnection(c.get("deps").db, key);
    if (found === "unauthenticated") throw unauthenticated();
    if (found === "not_found") throw new ApiError("not_found", { message: "No such Zoom OAuth connection." });
    return c.json(toConnection(found));
  });

/** Exactly the published 13 keys, in their published order. */
function toConnection(row: ConnectionRow) {
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

/** Stricter than URL.canParse, which trims and repairs: what Zoom compares is the text itself. */
function isAbsoluteUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\p{Cc}]+$/u.test(text) && URL.canParse(text);
}
