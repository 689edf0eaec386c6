// Pages of a list: cursors in, absolute URLs out. A cursor names the place between two objects by the creation
// time and the id of one of them, so that pages hold while others are created and deleted.

import type { Context } from "hono";
import { DEFAULT_PAGE_SIZE } from "../api/fields.ts";
import type { PageRequest } from "../db/pages.ts";
import { invalidRequest } from "../errors.ts";
import { refuseInput } from "./authentication.ts";
import type { AppEnv } from "./router.ts";

const CURSOR =
  /^(?<direction>[no])\|(?<createdAt>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\|(?<id>[A-Za-z0-9_]{1,64})$/;

interface Listed {
  id: string;
  created_at: string;
}

/** The page that a query asks for. An unreadable cursor is refused (400). */
export async function toPageRequest(
  c: Context<AppEnv>,
  query: { page_size?: number | undefined; cursor?: string | undefined },
): Promise<PageRequest> {
  const size = query.page_size ?? DEFAULT_PAGE_SIZE;
  if (query.cursor === undefined) return { size, direction: "older", from: null };
  const cursor = CURSOR.exec(decodeCursor(query.cursor))?.groups as
    | { direction: string; createdAt: string; id: string }
    | undefined;
  if (!cursor || !isDate(cursor.createdAt)) {
    return await refuseInput(
      c,
      invalidRequest({ cursor: ["Must be taken from next or previous of another page."] }),
    );
  }
  const { direction, createdAt, id } = cursor;
  return { size, direction: direction === "n" ? "newer" : "older", from: { createdAt, id } };
}

/**
 * The answer of a list. `rows` are what the database found for the request, one more than a page holds where
 * there are more, and in the direction of the request; `show` makes a result of a row.
 */
export function toPage<Row extends Listed, Result>(
  c: Context<AppEnv>,
  { size, direction, from }: PageRequest,
  rows: Row[],
  show: (row: Row) => Result,
): { next: string | null; previous: string | null; results: Result[] } {
  const isMore = rows.length > size;
  const page = rows.slice(0, size);
  if (direction === "newer") page.reverse();
  const [first, last] = [page[0], page.at(-1)];
  // Where the page came from there is something: the object that the cursor names, or what stood around it.
  const hasOlder = direction === "older" ? isMore : from !== null;
  const hasNewer = direction === "newer" ? isMore : from !== null;
  return {
    next: hasOlder && last ? link(c, "o", last) : null,
    previous: hasNewer && first ? link(c, "n", first) : null,
    results: page.map(show),
  };
}

/** Whether there is such a day: Date.parse takes the 31st of February for one in March. */
function isDate(time: string): boolean {
  const date = new Date(time);
  return (
    !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === time.slice(0, 19) && time >= "0001"
  );
}

function link(c: Context<AppEnv>, direction: "n" | "o", { created_at, id }: Listed): string {
  const url = new URL(c.req.url);
  url.searchParams.set("cursor", encodeCursor(`${direction}|${created_at}|${id}`));
  return url.href;
}

function encodeCursor(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decodeCursor(cursor: string): string {
  try {
    return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
