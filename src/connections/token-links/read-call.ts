// What a vendor's call says: the meeting, and values that a link may take Zoom user ids from. All of it is data of a
// stranger's, bounded and never part of a query.

import * as z from "zod";
import { MAX_USERS, zoomUserId } from "../../model/token-link.ts";
import { readMeeting } from "../tokens.ts";

/** Objects in objects, as far as a path may lead. */
const MAX_DEPTH = 5;
const MAX_PATHS = 200;
const MAX_PATH_LENGTH = 200;

/** A call as it came in. */
export interface VendorCall {
  query: URLSearchParams;
  /** The text of the body; empty: none. */
  body: string;
  header(name: string): string | undefined;
}

export interface CallFacts {
  /** In digits; null: the call names no meeting. */
  meetingId: string | null;
  /** The Zoom user ids at each path: `bot_metadata.host`. */
  named: Record<string, string[]>;
}

type JsonObject = Record<string, unknown>;

const userIds = z.array(zoomUserId).min(1).max(MAX_USERS);
const meetingText = z.union([z.string(), z.number()]);

export function readCall({ query, body }: VendorCall): CallFacts {
  const said = parseObject(body);
  const named = new Map<string, string[]>();
  collect(named, "bot_metadata", said.bot_metadata);
  collect(named, "extra", parseObject(query.get("extra") ?? ""));
  for (const [name, values] of group(query)) add(named, `query.${name}`, values);
  return { meetingId: findMeeting(said, query), named: Object.fromEntries(named) };
}

/** The values of each name, in one pass: a stranger chooses how many there are. */
function group(query: URLSearchParams): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of query) {
    const earlier = values.get(name);
    if (earlier) earlier.push(value);
    else values.set(name, [value]);
  }
  return values;
}

/** The object that the text is in JSON; anything else is an empty one. */
export function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Attendee's `meeting_url`, MeetStream's `meeting_number`, and for every vendor the query that stands in the URL. */
function findMeeting(said: JsonObject, query: URLSearchParams): string | null {
  const { meeting_url, meeting_number, meeting_id } = said;
  const links = [meeting_url, query.get("meeting_url")];
  const numbers = [meeting_number, meeting_id, query.get("meeting_number"), query.get("meeting_id")];
  for (const [name, value] of [
    ...links.map((link) => ["meeting_url", link] as const),
    ...numbers.map((number) => ["meeting_id", number] as const),
  ]) {
    const text = meetingText.safeParse(value).data;
    if (text === undefined) continue;
    const meeting = name === "meeting_url" ? { meeting_url: String(text) } : { meeting_id: text };
    const read = readMeeting(meeting);
    // A meeting that cannot be read is none: another one in its place would be a guess.
    return typeof read === "string" ? read : null;
  }
  return null;
}

function collect(named: Map<string, string[]>, path: string, value: unknown, depth = 0): void {
  if (!isObject(value)) add(named, path, Array.isArray(value) ? value : [value]);
  if (!isObject(value) || depth >= MAX_DEPTH) return;
  for (const [key, member] of Object.entries(value)) {
    // Else "a.b" and "b" in "a" would be one path.
    if (!key.includes(".")) collect(named, `${path}.${key}`, member, depth + 1);
  }
}

/** Takes the values where they are user ids: alone, in a list, or in a text with commas. */
function add(named: Map<string, string[]>, path: string, values: readonly unknown[]): void {
  if (named.size >= MAX_PATHS || path.length > MAX_PATH_LENGTH || !isStorable(path)) return;
  const texts = values.flatMap((value) => (typeof value === "string" ? value.split(",") : [value]));
  const trimmed = texts.map((text) => (typeof text === "string" ? text.trim() : text));
  const ids = userIds.safeParse([...new Set(trimmed)]);
  if (ids.success) named.set(path, ids.data);
}

const isStorable = (text: string) => zoomUserId.safeParse(text).success;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
