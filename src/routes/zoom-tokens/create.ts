import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { issueZoomTokens } from "../../connections/zoom-tokens.ts";
import { shownId } from "../../model/fields.ts";
import { tokenReason } from "../../model/token-reasons.ts";
import { readZoomTokensRequest, zoomTokensRequest } from "./request.ts";

const token = z.string().nullable();

const zoomTokens = z
  .strictObject({
    zoom_oauth_connection_id: shownId("zoc", "ID of the connection.").nullable().meta({
      description:
        "The connection of the meeting's host, whose tokens `zak_token` and `app_privilege_token` are. Null if there is none that the request allows.",
    }),
    zak_token: token.meta({
      description: "Starts or joins the meeting as its host. Only with `include_zak`.",
    }),
    join_token: token.meta({
      description: "Always null: Zoom no longer has this kind of token for meeting bots.",
    }),
    app_privilege_token: token.meta({
      description: "The local recording token, which lets the bot record and skip the waiting room.",
    }),
    onbehalf_token: token.meta({
      description:
        "Joins the meeting on behalf of a user: the first of `onbehalf_tokens` that could be issued.",
    }),
    onbehalf_tokens: z
      .array(
        z.strictObject({
          user_id: z.string().meta({ description: "Zoom user ID, as it was asked for." }),
          zoom_oauth_connection_id: shownId(
            "zoc",
            "ID of the user's connection. Null if there is none.",
          ).nullable(),
          token,
          reason: tokenReason.nullable().meta({ description: "Why `token` is null." }),
        }),
      )
      .meta({
        description:
          "One for each user to join on behalf of, in the order of the request. When one user leaves the meeting, the bot can rejoin with the token of another.",
      }),
    reasons: z
      .strictObject({
        zak_token: tokenReason.optional(),
        join_token: tokenReason.optional(),
        app_privilege_token: tokenReason.optional(),
        onbehalf_token: tokenReason.optional(),
      })
      .meta({ description: "For each of the four tokens that is null, by its name: why." }),
  })
  .meta({ id: "ZoomTokens" });

export const createZoomTokens = defineOperation({
  operationId: "createZoomTokens",
  method: "post",
  path: "/api/v1/zoom_tokens",
  tag: "Tokens",
  summary: "Get every token that a bot needs for a meeting",
  description:
    "Finds the connection of the meeting's host and those of the named users, and asks Zoom for their tokens side by side. `metadata`, `account_id`, `zoom_oauth_connection_id` and `zoom_oauth_app_id` bound whose tokens may be given.\n\nThe answer is 200 even if some or all tokens cannot be issued: those are null, and `reasons` says why, with a stable code. A reason with `retry_after_seconds` passes: send the request again after that time. Each token takes at most 8 seconds.",
  security: "api_key",
  scope: "tokens:meeting",
  isRead: true,
  // A token that nobody received expires unused.
  isIdempotent: true,
  body: zoomTokensRequest,
  status: 200,
  answer: zoomTokens,
  errors: ["zoom_oauth_app_not_found"],
  handle: async (scope, { body }) => await issueZoomTokens(scope, await readZoomTokensRequest(scope, body)),
});
