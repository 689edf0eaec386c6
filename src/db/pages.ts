// Keyset pages: newest first, by creation time and id.

import { type SQL, sql } from "drizzle-orm";

export interface PageRequest {
  size: number;
  /** Seen from `from`. A page of newer rows comes in ascending order, the nearest first. */
  direction: "older" | "newer";
  /** The row that the page starts behind; null: at the newest. */
  from: { createdAt: string; id: string } | null;
}

/**
 * The end of a statement that reads a page from a table with `created_at` and `id`: the place to start from as
 * one more condition, the order, and one row more than the page holds, to know whether there are more.
 */
export function pageClause({ size, direction, from }: PageRequest): SQL {
  const [comparison, order] = direction === "older" ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
  const start = from
    ? sql`and (created_at, id) ${comparison} (${from.createdAt}::timestamptz, ${from.id}::text)`
    : sql``;
  return sql`${start} order by created_at ${order}, id ${order} limit ${size + 1}`;
}
