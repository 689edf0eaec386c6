// Lists of what one project has, for the administrator: a statement tells a project without any from none.

import { type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { notFound } from "../errors.ts";
import type { Expression } from "./columns.ts";
import { projects } from "./schema.ts";

/**
 * What follows the columns: the project, and beside it its rows of the table under the name of `found`. `rest` narrows the
 * rows down and orders them. The project's own row comes even where it has none, with nulls in their place.
 */
export function fromProject(
  projectId: Expression,
  table: PgTable & { project_id: PgColumn },
  found: PgTable,
  rest: SQL,
): SQL {
  return sql`from ${projects} left join lateral (
      select * from ${table} where ${table.project_id} = ${projects.id}${rest}
    ) ${found} on true
    where ${projects.id} = ${projectId}`;
}

/** The rows that there are. Throws `not_found` without the project. */
export function rowsOfProject<Row extends { id: string | null }>(
  rows: readonly Row[],
): (Row & { id: string })[] {
  if (rows.length === 0) throw notFound("project");
  return rows.filter((row): row is Row & { id: string } => row.id !== null);
}
