// How a meeting comes to the connection of its host.

/** A sync read it, or an event of Zoom's named it. */
export const MEETING_SOURCES = ["sync", "event"] as const;
export type MeetingSource = (typeof MEETING_SOURCES)[number];
