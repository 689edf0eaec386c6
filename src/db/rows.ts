// Turns a row of a hand-written statement into what Drizzle would have made of it.

import { type Column, getTableColumns, type InferSelectModel, type Table } from "drizzle-orm";

const columnsOf = new WeakMap<Table, [key: string, column: Column][]>();

/** Maps the raw values of a table's columns, found under the columns' own names. */
export function mapRow<T extends Table>(table: T, raw: Record<string, unknown>): InferSelectModel<T> {
  let columns = columnsOf.get(table);
  if (!columns) {
    columns = Object.entries(getTableColumns(table));
    columnsOf.set(table, columns);
  }
  const row: Record<string, unknown> = {};
  for (const [key, column] of columns) {
    const value = raw[column.name];
    row[key] = value === null || value === undefined ? null : column.mapFromDriverValue(value);
  }
  return row as InferSelectModel<T>;
}
