// How the service knows a meeting, as answers show it.

import * as z from "zod";
import { shownId, timestamp } from "../../model/fields.ts";
import { MEETING_SOURCES } from "../../model/meeting.ts";

export const meetingFacts = {
  meeting_id: z.string().meta({ description: "The Zoom meeting ID in digits.", examples: ["1234567890"] }),
  zoom_oauth_connection_id: shownId("zoc", "The connection of the meeting's host."),
  source: z.enum(MEETING_SOURCES).meta({
    description:
      "How the meeting came to this connection: a `sync` read it, or an `event` of Zoom's named it.",
  }),
  mapped_at: timestamp.meta({ description: "When the meeting came to this connection." }),
};
