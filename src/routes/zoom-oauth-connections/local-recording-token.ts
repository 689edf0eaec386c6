import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { issueToken } from "../../connections/tokens.ts";
import { meetingFields, namesOneMeeting, ONE_MEETING, requireMeetingId } from "../meeting.ts";
import { issuedToken, MEETING_TOKEN_ERRORS, toIssuedToken } from "./token.ts";

export const createLocalRecordingToken = defineOperation({
  operationId: "createLocalRecordingToken",
  method: "post",
  path: "/api/v1/zoom_oauth_connections/{id}/local_recording_token",
  tag: "Tokens",
  summary: "Get a local recording token",
  description:
    "Lets a bot record a meeting without asking the host for permission. The connection's user must be the host of the meeting. Every request asks Zoom for a new token.",
  security: "api_key",
  scope: "tokens:meeting",
  isRead: true,
  isIdempotent: true,
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  body: z
    .strictObject({
      ...meetingFields,
      bypass_waiting_room: z
        .boolean()
        .default(true)
        .meta({ description: "Whether the bot skips the waiting room." }),
    })
    .refine(namesOneMeeting, ONE_MEETING)
    .meta({ id: "LocalRecordingTokenRequest" }),
  status: 200,
  answer: issuedToken,
  errors: MEETING_TOKEN_ERRORS,
  handle: async (scope, { params, body }) => {
    const meetingId = await requireMeetingId(scope, body);
    const bypassWaitingRoom = body.bypass_waiting_room;
    const purpose = { kind: "local_recording_token", meetingId, bypassWaitingRoom } as const;
    return toIssuedToken(await issueToken(scope, params.id, purpose));
  },
});
