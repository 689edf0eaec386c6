import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { issueToken } from "../../connections/tokens.ts";
import { meetingFields, namesOneMeeting, ONE_MEETING, requireMeetingId } from "../meeting.ts";
import { issuedToken, MEETING_TOKEN_ERRORS, toIssuedToken } from "./token.ts";

export const createOnbehalfToken = defineOperation({
  operationId: "createOnbehalfToken",
  method: "post",
  path: "/api/v1/zoom_oauth_connections/{id}/onbehalf_token",
  tag: "Tokens",
  summary: "Get an onbehalf token",
  description:
    "Lets a bot join a meeting on behalf of the connection's user, who must be in the meeting too. Every request asks Zoom for a new token.",
  security: "api_key",
  scope: "tokens:meeting",
  isRead: true,
  isIdempotent: true,
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  body: z
    .strictObject(meetingFields)
    .refine(namesOneMeeting, ONE_MEETING)
    .meta({ id: "OnbehalfTokenRequest" }),
  status: 200,
  answer: issuedToken,
  errors: MEETING_TOKEN_ERRORS,
  handle: async (scope, { params, body }) => {
    const meetingId = await requireMeetingId(scope, body);
    return toIssuedToken(await issueToken(scope, params.id, { kind: "onbehalf_token", meetingId }));
  },
});
