// Turns a row of a hand-written statement into what Drizzle would have made of it.

import { getTableColumns, type InferSelectModel, type Table } from "drizzle-orm";

/** Maps the raw values of a table's columns, found under the columns' own names. */
export function mapRow<T extends Table>(table: T, raw: Record<string, unknown>): InferSelectModel<T> {
  const entries = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const value = raw[column.name];
    return [key, value === null || value === undefined ? null : column.mapFromDriverValue(value)];
  });
  return Object.fromEntries(entries) as InferSelectModel<T>;
}
