// What a webhook event from Zoom says, in our own words. It travels through the queue between the request that verified
// it and the job that does what it says. Events that mean nothing to a connection are no events here.

import * as z from "zod";

/** What an event says. Times are ISO 8601, and never earlier than the moment that they stand for. */
export const zoomEvent = z.discriminatedUnion("kind", [
  /** The meetings are the host's, or where Zoom does not name the host, and nobody has them, the operator's. */
  z.object({
    kind: z.literal("meetings_hosted"),
    host_id: z.string().nullable(),
    operator_id: z.string().nullable(),
    meeting_ids: z.array(z.string()),
  }),
  z.object({ kind: z.literal("meeting_deleted"), meeting_id: z.string() }),
  z.object({
    kind: z.literal("personal_meeting_changed"),
    user_id: z.string(),
    meeting_id: z.string(),
    old_meeting_id: z.string().nullable(),
  }),
  z.object({
    kind: z.literal("user_removed"),
    reason: z.enum(["user_deactivated", "user_deleted", "user_disassociated"]),
    user_id: z.string(),
    occurred_at: z.string(),
  }),
  z.object({ kind: z.literal("app_deauthorized"), user_id: z.string(), occurred_at: z.string() }),
]);

export type ZoomEvent = z.output<typeof zoomEvent>;
