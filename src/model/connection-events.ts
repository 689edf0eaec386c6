// What can happen to a connection.

export const CONNECTION_EVENT_TYPES = [
  "created",
  "reconnected",
  "refreshed",
  "synced",
  "disconnected",
  "revoked",
  "deauthorized",
  "token_issued",
  "imported",
  "exported",
] as const;

export type ConnectionEventType = (typeof CONNECTION_EVENT_TYPES)[number];

/** Those that end a connection. */
export const ENDING_EVENTS = [
  "disconnected",
  "revoked",
  "deauthorized",
  "exported",
] as const satisfies ConnectionEventType[];
