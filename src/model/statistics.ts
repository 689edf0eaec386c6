// What is counted of each project, by day.

/** Each with a sentence for those who read the counters. */
export const COUNTED = [
  /** A connection became connected: created, imported or reconnected. */
  "connected",
  /** A connected one was disconnected or removed; the reason is its failure code or {@link REMOVED}. */
  "disconnected",
  /** Zoom gave a new token set. */
  "refreshed",
  /** A refresh led to nothing; the reason is an error code, or the failure code that ended the connection. */
  "refresh_failed",
  "token_issued",
  /** A webhook delivery has arrived. */
  "delivery_succeeded",
  /** A webhook delivery was given up. */
  "delivery_failed",
] as const;

export type Counted = (typeof COUNTED)[number];

/** The reason of a connection that its project removed while it was connected. */
export const REMOVED = "removed";

/** How many days the statistics tell of, today among them. */
export const STATISTICS_DAYS = 30;
