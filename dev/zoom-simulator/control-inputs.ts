// What the controls take. Strict, so that a typing error is an error.

import * as z from "zod";

const text = z.string().min(1);
const httpUrl = z.url({ protocol: /^https?$/ });

export const codeInput = z.strictObject({
  client_id: text,
  redirect_uri: text,
  user_id: text.optional(),
  scopes: z.array(text).optional(),
  code_challenge: text.optional(),
  code_challenge_method: z.enum(["S256", "plain"]).default("plain"),
});

export const clientInput = z.strictObject({
  client_id: text,
  client_secret: text,
  webhook_secret: text.nullable().optional(),
  webhook_url: httpUrl.nullable().optional(),
  name: text.optional(),
  scopes: z.array(text).optional(),
  redirect_uris: z.array(text).nullable().optional(),
});

export const userInput = z.strictObject({
  id: text.optional(),
  account_id: text.optional(),
  email: text.optional(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  display_name: z.string().optional(),
  status: z.enum(["active", "inactive", "pending"]).optional(),
  type: z.int().optional(),
  pmi: z.int().nullable().optional(),
  vanity_url: text.nullable().optional(),
  local_recording: z.boolean().optional(),
});

export const meetingInput = z.strictObject({
  user_id: text,
  /** Nine to twelve digits, as the calls take it. */
  id: z.int().min(100_000_000).max(999_999_999_999).optional(),
  topic: z.string().optional(),
  type: z.int().optional(),
  pmi: z
    .union([text, z.int().transform(String)])
    .nullable()
    .optional(),
  webinar: z.boolean().optional(),
  /** Makes that many, with ids from `id` on where it is given, and answers their ids. */
  count: z.int().min(1).max(100_000).optional(),
});

export const webhookInput = z.strictObject({
  url: httpUrl,
  client_id: text.optional(),
  secret: text.optional(),
  event: text,
  payload: z.record(z.string(), z.unknown()),
  /** Unix milliseconds; null: left out. */
  event_ts: z.int().nullable().optional(),
  /** Unix seconds. */
  timestamp: z.int().optional(),
  request_id: text.optional(),
  /** In place of the right one; null: no signature at all. */
  signature: z.string().nullable().optional(),
});

export const grantInput = z.strictObject({
  client_id: text,
  user_id: text.optional(),
  scopes: z.array(text).optional(),
  /** Makes that many users, each with a grant. */
  count: z.int().min(1).max(100_000).optional(),
});

export const ownerInput = z.strictObject({ user_id: text.optional(), client_id: text.optional() });
export const userOwnerInput = ownerInput.extend({ user_id: text });

export const requestsQuery = z.strictObject({
  operation: text.nullable().default(null),
  since: z.coerce.number().int().min(0).default(0),
});

export const settingsInput = z.strictObject({
  old_access_token_after_refresh: z.enum(["valid", "dead"]).optional(),
  bad_client_status: z.literal([400, 401]).optional(),
  bad_code: z.enum(["invalid_grant", "invalid_request"]).optional(),
  missing_scope_status: z.literal([400, 401, 403]).optional(),
  expired_access_token_status: z.literal([400, 401]).optional(),
  api_url: z.string().nullable().optional(),
  overlap: z.enum(["invalid_token", "save_access_token"]).optional(),
  deauthorization: z.enum(["payload", "top_level", "never"]).optional(),
  last_page_token: z.enum(["empty", "missing"]).optional(),
  delay_ms: z.number().min(0).optional(),
});
