// One user's meetings in pages ("List meetings" and "Pagination" on Zoom's developer pages).

import { describeMeeting, invalidField } from "./api-bodies.ts";
import type { Answer } from "./http.ts";
import type { Meeting } from "./records.ts";

const DEFAULT_PAGE_SIZE = 30;
const MAX_PAGE_SIZE = 300;
const PAGE_TOKEN_LIFE_MS = 15 * 60_000;
/** Which lists hold what is scheduled. Nothing here is ever live, or over. */
const HAS_SCHEDULED: Record<string, boolean> = {
  scheduled: true,
  upcoming: true,
  upcoming_meetings: true,
  live: false,
  previous_meetings: false,
};
const INSTANT_MEETING = 1;

/** `all` is everything the user hosts; `lastPageToken` tells whether the last page has an empty token or none. */
export function listMeetings(
  all: readonly Meeting[],
  userId: string,
  query: URLSearchParams,
  lastPageToken: "empty" | "missing",
): Answer {
  const size = Number(query.get("page_size") ?? DEFAULT_PAGE_SIZE);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) return invalidField("page_size");
  const type = query.get("type") ?? "scheduled";
  const hasScheduled = HAS_SCHEDULED[type];
  if (hasScheduled === undefined) return invalidField("type");
  const scope = [userId, type, size].join(" ");
  const start = readPageToken(query.get("next_page_token") ?? "", scope);
  if (start === null) return invalidField("next_page_token");

  const listed = hasScheduled ? all.filter(isListed) : [];
  const end = start + size;
  const next = end < listed.length ? writePageToken(scope, end) : "";
  return {
    status: 200,
    body: {
      page_count: Math.ceil(listed.length / size),
      page_number: Math.floor(start / size) + 1,
      page_size: size,
      total_records: listed.length,
      ...(next === "" && lastPageToken === "missing" ? {} : { next_page_token: next }),
      meetings: listed.slice(start, end).map(describeMeeting),
    },
  };
}

const isListed = (meeting: Meeting) => !meeting.webinar && meeting.type !== INSTANT_MEETING;

/** Lives 15 minutes and is good only with the parameters that it came of, as Zoom's is. */
function writePageToken(scope: string, start: number): string {
  const content = JSON.stringify([scope, start, Date.now() + PAGE_TOKEN_LIFE_MS]);
  return Buffer.from(content).toString("base64url");
}

/** Where the page starts; null: the token is unreadable, too old or of another list. */
function readPageToken(token: string, expectedScope: string): number | null {
  if (token === "") return 0;
  try {
    const [scope, start, expiresAt] = JSON.parse(Buffer.from(token, "base64url").toString());
    return scope === expectedScope && Number.isInteger(start) && expiresAt > Date.now() ? start : null;
  } catch {
    return null;
  }
}
