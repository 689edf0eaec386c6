// The tokens that a connection gives, as callers see them. Answers are never cached by anybody.

import * as z from "zod";
import { givenId, noFields, storableText, timestamp } from "./fields.ts";
import { defineOperation } from "./operation.ts";

const PATH = "/api/v1/zoom_oauth_connections/{id}";
const DEFAULT_MIN_TTL_SECONDS = 300;
const MAX_MIN_TTL_SECONDS = 3000;

const meetingFields = {
  meeting_id: z
    .union([z.string().min(1).max(40), z.int().positive()])
    .optional()
    .meta({ description: "9 to 11 digits.", examples: ["1234567890"] }),
  meeting_url: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .meta({
      description: "A link to the meeting.",
      examples: ["https://us02web.zoom.us/j/1234567890?pwd=abc"],
    }),
};
const namesMeeting = (body: { meeting_id?: unknown; meeting_url?: unknown }) =>
  (body.meeting_id === undefined) !== (body.meeting_url === undefined);
const ONE_OF_TWO = { path: ["meeting_id"], message: "Send either meeting_id or meeting_url." };

const issuedToken = z
  .strictObject({
    token: z.string().meta({ description: "For Zoom's Meeting SDK." }),
    expires_at: timestamp,
  })
  .meta({ id: "IssuedToken" });

const params = z.object({ id: givenId("zoc") });
const common = {
  tag: "Tokens",
  security: "api_key",
  method: "post",
  isRead: true,
  status: 200,
  params,
} as const;

/** What every call that may refresh can meet. */
const refreshErrors = [
  "not_found",
  "connection_disconnected",
  "zoom_app_credentials_invalid",
  "zoom_error",
  "zoom_rate_limited",
  "zoom_unavailable",
  "zoom_timeout",
] as const;
const meetingErrors = [
  ...refreshErrors,
  "capability_not_supported",
  "meeting_not_available",
  "missing_scopes",
  "user_not_active",
] as const;

const accessToken = z
  .strictObject({
    access_token: z.string(),
    token_type: z.literal("bearer"),
    expires_at: timestamp,
    scopes: z.array(z.string()),
    api_url: z.url().meta({
      description: "Where Zoom wants this user's API calls, as in Zoom's own token answer.",
      examples: ["https://api.zoom.us"],
    }),
  })
  .meta({ id: "AccessToken" });

export type AccessToken = z.output<typeof accessToken>;

export const createAccessToken = defineOperation({
  ...common,
  path: `${PATH}/access_token`,
  operationId: "createAccessToken",
  summary: "Get an access token",
  description:
    "The stored one while it lives for at least `min_ttl_seconds`, else one fresh from Zoom, whatever its life. However many ask at once, the connection is refreshed once.",
  body: z
    .strictObject({
      min_ttl_seconds: z
        .int()
        .min(0)
        .max(MAX_MIN_TTL_SECONDS)
        .default(DEFAULT_MIN_TTL_SECONDS)
        .meta({ description: "Seconds for which the token must still live." }),
    })
    .meta({ id: "AccessTokenRequest" }),
  answer: accessToken,
  errors: [...refreshErrors],
});

export const createLocalRecordingToken = defineOperation({
  ...common,
  path: `${PATH}/local_recording_token`,
  operationId: "createLocalRecordingToken",
  summary: "Get a local recording token",
  description: "Lets a bot record the meeting, which the connection's user hosts.",
  body: z
    .strictObject({
      ...meetingFields,
      bypass_waiting_room: z.boolean().default(true).meta({ description: "Skip the waiting room." }),
    })
    .refine(namesMeeting, ONE_OF_TWO)
    .meta({ id: "LocalRecordingTokenRequest" }),
  answer: issuedToken,
  errors: [...meetingErrors],
});

export const createOnbehalfToken = defineOperation({
  ...common,
  path: `${PATH}/onbehalf_token`,
  operationId: "createOnbehalfToken",
  summary: "Get an onbehalf token",
  description: "Lets a bot join the meeting on behalf of the connection's user, who must be in it.",
  body: z.strictObject(meetingFields).refine(namesMeeting, ONE_OF_TWO).meta({ id: "OnbehalfTokenRequest" }),
  answer: issuedToken,
  errors: [...meetingErrors],
});

export const createZakToken = defineOperation({
  ...common,
  path: `${PATH}/zak_token`,
  operationId: "createZakToken",
  summary: "Get a ZAK",
  description:
    "A Zoom access key: lets a bot start or join meetings as the connection's user. Takes no body.",
  body: noFields,
  answer: issuedToken,
  errors: [...meetingErrors],
});

export const createZoomTokens = defineOperation({
  tag: "Tokens",
  security: "api_key",
  isRead: true,
  method: "post",
  path: "/api/v1/zoom_tokens",
  operationId: "createZoomTokens",
  summary: "Get every token that a bot needs for a meeting",
  description:
    "Finds the connection of the meeting's host, and that of the user to join on behalf of. A token that cannot be had is null, and `reasons` says why.",
  body: z
    .strictObject({
      ...meetingFields,
      onbehalf_user_id: storableText
        .min(1)
        .max(200)
        .optional()
        .meta({ description: "Zoom user id of the user to join on behalf of." }),
      zoom_oauth_app_id: storableText
        .min(1)
        .optional()
        .meta({ examples: ["zoa_abcdef1234567890"] }),
    })
    .refine(namesMeeting, ONE_OF_TWO)
    .meta({ id: "ZoomTokensRequest" }),
  status: 200,
  answer: z
    .strictObject({
      zak_token: z.string().nullable(),
      join_token: z.string().nullable(),
      app_privilege_token: z.string().nullable().meta({ description: "The local recording token." }),
      onbehalf_token: z.string().nullable(),
      reasons: z
        .record(z.string(), z.string())
        .meta({ description: "Why a token is null, by the token's name." }),
    })
    .meta({ id: "ZoomTokens" }),
  errors: ["zoom_oauth_app_not_found"],
});
