// What the benches hold their figures to. docs/performance.md tells how each figure is taken.

/** Of one route. What is left out is measured and shown alone. */
export interface RouteBars {
  /** Waiting time over the sum of the calls that the route cannot do without. */
  waitOverLimit?: number;
  /** Waiting time over that of a bare handler in the same run. */
  waitOverBare?: number;
  /** The Worker's processor time over a bare handler's, 16 requests at a time. */
  workerOverBare?: number;
  /** Postgres's processor time by functions over that by texts, 16 requests at a time. */
  functionsOverTexts?: number;
}

export const ROUTE_BARS = {
  "create a connection": { waitOverLimit: 1.04, workerOverBare: 2.2, functionsOverTexts: 0.45 },
  "get a connection": { waitOverBare: 1.03, functionsOverTexts: 0.6 },
  "list 25 connections": { waitOverBare: 1.03 },
  "access token, cached": { waitOverBare: 1.03, functionsOverTexts: 0.6 },
  "access token, refreshed": { functionsOverTexts: 0.6 },
} satisfies Record<string, RouteBars>;

export type RouteName = keyof typeof ROUTE_BARS;

/** Waiting time of a route with the token journal, over that without it. */
export const MAX_JOURNAL_RATIO = 1.02;
/** Memory after 100,000 requests, over memory after some 40,000. */
export const MAX_MEMORY_GROWTH = 1.02;
/** Time of a query with the most connections, over that with the fewest. */
export const MAX_SCALE_RATIO = 1.3;
/** A run of due refreshes or syncs with the most connections, in milliseconds. */
export const MAX_DUE_MS = 50;
/** Median from Zoom's `app_deauthorized` to the receiver of the webhook, in milliseconds. */
export const MAX_EVENT_MS = 500;
/** Time of somebody's token while others send wrong keys, over that without them. */
export const MAX_ABUSE_RATIO = 1.5;
