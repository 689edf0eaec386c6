// How a request names a meeting: by its ID, or by a link to it or a text with one.

import * as z from "zod";
import { type NamedMeeting, readMeeting } from "../connections/tokens.ts";
import { invalidRequest } from "../errors.ts";
import { refuseInput } from "../http/input.ts";
import type { ProjectScope } from "../scope.ts";

/** In characters: the longest description of an event that calendars take, and less than a body may have. */
const MAX_MEETING_TEXT_LENGTH = 60_000;

export const meetingFields = {
  meeting_id: z
    .union([z.string().min(1).max(40), z.int().positive()], {
      error: "Must be a Zoom meeting ID of 9 to 11 digits.",
    })
    .optional()
    .meta({
      description: "The Zoom meeting ID, 9 to 11 digits. Spaces and hyphens are ignored.",
      examples: ["1234567890"],
    }),
  meeting_url: z
    .string()
    .min(1)
    .max(MAX_MEETING_TEXT_LENGTH)
    .optional()
    .meta({
      description:
        "A link to the meeting, or a text with one in it, such as the description of a calendar event; in place of `meeting_id`. Links may be wrapped as mail gateways do.",
      examples: ["https://us02web.zoom.us/j/1234567890?pwd=abc"],
    }),
};

/** For bodies with {@link meetingFields}: exactly one of the two must be there. */
export const namesOneMeeting = (body: NamedMeeting) =>
  (body.meeting_id === undefined) !== (body.meeting_url === undefined);

export const ONE_MEETING = { path: ["meeting_id"], message: "Send either meeting_id or meeting_url." };

/** The meeting's ID in digits. Refuses the request where the fields name no meeting (400). */
export async function requireMeetingId(scope: ProjectScope, body: NamedMeeting): Promise<string> {
  const read = readMeeting(body);
  return typeof read === "string" ? read : await refuseInput(scope, invalidRequest(read));
}
