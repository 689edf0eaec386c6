import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { listMeetings, type ShownMeeting } from "../../db/meetings.ts";
import { invalidRequest } from "../../errors.ts";
import { refuseInput } from "../../http/input.ts";
import { defineList } from "../../http/list.ts";
import { requireMeetingId } from "../meeting.ts";
import { meetingFacts } from "./meeting.ts";

/** A cursor ends with a meeting's digits, as far as Postgres can hold them. */
const MEETING_DIGITS = /^\d{1,18}$/;

export const listZoomMeetings = defineList({
  operationId: "listZoomMeetings",
  path: "/api/v1/zoom_meetings",
  tag: "Tokens",
  summary: "List known meetings",
  description:
    "Which connection's user hosts which meeting, as the service knows it from syncs and from Zoom's events; what was mapped last comes first. Send `meeting_id`, `zoom_oauth_connection_id` or both.",
  security: "api_key",
  scope: "connections:read",
  filters: {
    meeting_id: z
      .string()
      .min(1)
      .max(40)
      .optional()
      .meta({
        description: "Only this Zoom meeting ID, 9 to 11 digits. Spaces and hyphens are ignored.",
        examples: ["1234567890"],
      }),
    zoom_oauth_connection_id: givenId("zoc", "Only meetings of this connection.").optional(),
  },
  item: z.strictObject(meetingFacts).meta({ id: "ZoomMeeting" }),
  pageName: "ZoomMeetingPage",
  errors: [],
  rows: async (scope, { filters, page }) => {
    const { meeting_id, zoom_oauth_connection_id: connectionId } = filters;
    if (meeting_id === undefined && connectionId === undefined) {
      const message = "Send meeting_id or zoom_oauth_connection_id.";
      return await refuseInput(scope, invalidRequest({ meeting_id: [message] }));
    }
    if (page.from && !MEETING_DIGITS.test(page.from.id)) {
      const message = "Must be taken from the next or previous URL of another page.";
      return await refuseInput(scope, invalidRequest({ cursor: [message] }));
    }
    const meetingId = meeting_id === undefined ? null : await requireMeetingId(scope, { meeting_id });
    const which = { meetingId, connectionId: connectionId ?? null };
    const rows = await listMeetings(scope.db, scope.caller, which, page);
    return rows.map((row) => ({ ...row, id: row.meeting_id, created_at: row.mapped_at }));
  },
  show: ({
    meeting_id,
    zoom_oauth_connection_id,
    source,
    mapped_at,
  }: ShownMeeting & { id: string; created_at: string }) => ({
    meeting_id,
    zoom_oauth_connection_id,
    source,
    mapped_at,
  }),
});
