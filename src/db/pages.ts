// Keyset pages: newest first, by creation time and id.

import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { PageRequest } from "../model/page.ts";
import type { Parameters } from "./statement.ts";

/** What the text of a statement for a page depends on. */
export interface PageShape {
  direction: PageRequest["direction"];
  isFirst: boolean;
}

/** What the page fills in. */
export interface PageValues {
  pageLimit: number;
  fromCreatedAt: string | null;
  fromId: string | null;
}

/** Shapes that stand for every page. */
export const PAGE_SHAPES: readonly PageShape[] = [
  { direction: "older", isFirst: true },
  { direction: "older", isFirst: false },
  { direction: "newer", isFirst: false },
];

export function pageShape({ direction, from }: PageRequest): PageShape {
  return { direction, isFirst: from === null };
}

/** One row more than the page holds, to know whether there are more. */
export function pageValues({ size, from }: PageRequest): PageValues {
  return { pageLimit: size + 1, fromCreatedAt: from?.createdAt ?? null, fromId: from?.id ?? null };
}

/**
 * The end of a statement that reads a page of a table: the place to start from as one more condition, the order, and
 * the limit.
 */
export function pageClause(
  { created_at, id }: { created_at: PgColumn; id: PgColumn },
  { direction, isFirst }: PageShape,
  page: Parameters<PageValues>,
): SQL {
  const [comparison, order] = direction === "older" ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
  const start = isFirst
    ? sql``
    : sql`and (${created_at}, ${id}) ${comparison} (${page.fromCreatedAt}::timestamptz, ${page.fromId}::${sql.raw(id.getSQLType())})`;
  return sql`${start} order by ${created_at} ${order}, ${id} ${order} limit ${page.pageLimit}`;
}
