import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { preflightZoomTokens as preflight } from "../../connections/zoom-tokens.ts";
import { shownId } from "../../model/fields.ts";
import { tokenReason } from "../../model/token-reasons.ts";
import { meetingFacts } from "../zoom-meetings/meeting.ts";
import { readZoomTokensRequest, zoomTokensRequest } from "./request.ts";

const judged = z.strictObject({
  would_issue: z
    .boolean()
    .meta({ description: "Whether the service knows of nothing that stands against it." }),
  reason: tokenReason.nullable().meta({ description: "Why it would not be issued. Null if it would." }),
});

const { zoom_oauth_connection_id: _, ...mapped } = meetingFacts;

export const preflightZoomTokens = defineOperation({
  operationId: "preflightZoomTokens",
  method: "post",
  path: "/api/v1/zoom_tokens/preflight",
  tag: "Tokens",
  summary: "Find out which tokens a bot would get",
  description:
    "Takes the same body as `POST /api/v1/zoom_tokens`, asks Zoom nothing and issues nothing. Use it to see before a meeting whether its host and users are connected. If Zoom refused a local recording token for the meeting within the last hour because of a setting, that is the reason for `app_privilege_token`.",
  security: "api_key",
  scope: "connections:read",
  isRead: true,
  isIdempotent: true,
  body: zoomTokensRequest,
  status: 200,
  answer: z
    .strictObject({
      zoom_oauth_connection_id: shownId("zoc", "The connection of the meeting's host.").nullable().meta({
        description: "The connection of the meeting's host. Null if there is none that the request allows.",
      }),
      meeting: z
        .strictObject(mapped)
        .nullable()
        .meta({ description: "How the service knows the meeting. Null if it does not." }),
      tokens: z
        .strictObject({
          zak_token: judged,
          join_token: judged,
          app_privilege_token: judged,
          onbehalf_token: judged,
        })
        .meta({ description: "For each token, by its name." }),
    })
    .meta({ id: "ZoomTokensPreflight" }),
  errors: ["zoom_oauth_app_not_found"],
  handle: async (scope, { body }) => await preflight(scope, await readZoomTokensRequest(scope, body)),
});
