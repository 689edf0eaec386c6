// What a request for tokens names: the meeting, the users to join on behalf of, and whose tokens may be given at all.

import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import type { ZoomTokensRequest } from "../../connections/zoom-tokens.ts";
import { wantedMetadata } from "../../model/connection.ts";
import { storableText } from "../../model/fields.ts";
import { MAX_USERS, zoomUserId, zoomUserIds } from "../../model/token-link.ts";
import type { ProjectScope } from "../../scope.ts";
import { meetingFields, namesOneMeeting, ONE_MEETING, requireMeetingId } from "../meeting.ts";

export const zoomTokensRequest = z
  .strictObject({
    ...meetingFields,
    onbehalf_user_id: zoomUserId.optional().meta({
      description: "Zoom user ID of the user on whose behalf the bot joins. In place of `onbehalf_user_ids`.",
    }),
    onbehalf_user_ids: zoomUserIds.optional().meta({
      description: `Zoom user IDs of up to ${MAX_USERS} users on whose behalf the bot may join. A token is fetched for each of them.`,
    }),
    include_zak: z.boolean().default(false).meta({
      description:
        "Whether to issue a ZAK, with which the bot joins as the host. Not together with users to join on behalf of.",
    }),
    zoom_oauth_app_id: storableText
      .min(1)
      .optional()
      .meta({
        description: "Only use connections of this Zoom OAuth app. Default: those of every app.",
        examples: ["zoa_abcdef1234567890"],
      }),
    zoom_oauth_connection_id: givenId("zoc", "Only use this connection.").optional(),
    account_id: storableText
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "Only use connections of this Zoom account ID." }),
    metadata: wantedMetadata.optional().meta({
      description:
        "Only use connections whose metadata has all of these values. Send what names your customer, so that a link to another customer's meeting gives no token.",
      examples: [{ tenant_id: "1234567890" }],
    }),
  })
  .refine(namesOneMeeting, ONE_MEETING)
  .refine((body) => body.onbehalf_user_id === undefined || body.onbehalf_user_ids === undefined, {
    path: ["onbehalf_user_id"],
    message: "Send either onbehalf_user_id or onbehalf_user_ids.",
  })
  .meta({ id: "ZoomTokensRequest" });

/** The request as the domain takes it. Refuses it where it names no meeting (400). */
export async function readZoomTokensRequest(
  scope: ProjectScope,
  body: z.output<typeof zoomTokensRequest>,
): Promise<ZoomTokensRequest> {
  const { onbehalf_user_id, onbehalf_user_ids } = body;
  return {
    meetingId: await requireMeetingId(scope, body),
    onbehalfUserIds: onbehalf_user_ids ?? (onbehalf_user_id === undefined ? [] : [onbehalf_user_id]),
    includesZak: body.include_zak,
    zoomOAuthAppId: body.zoom_oauth_app_id ?? null,
    zoomOAuthConnectionId: body.zoom_oauth_connection_id ?? null,
    accountId: body.account_id ?? null,
    metadata: body.metadata ?? null,
  };
}
