// Turns rows of hand-written statements into what Drizzle would have made of them.

import { getTableColumns, type InferSelectModel, type SQL, sql, type Table } from "drizzle-orm";

type Column<T extends Table> = keyof InferSelectModel<T> & string;

/** Some columns of a table: how a statement asks for them, and what it finds. */
export interface Selection<Row> {
  /** SQL for the columns of the table under this alias. */
  from(alias: string): SQL;
  /** Reads the columns, under their own names, from a row of raw values. */
  read(raw: Record<string, unknown>): Row;
}

/** The columns of these names, each of which a statement must return. */
export function select<T extends Table, K extends Column<T>>(
  table: T,
  names: readonly K[],
): Selection<Pick<InferSelectModel<T>, K>> {
  const columns = getTableColumns(table);
  const selected = names.map((name) => [name, columns[name] as NonNullable<(typeof columns)[K]>] as const);
  return {
    from: (alias) => sql.raw(selected.map(([, { name }]) => `${alias}.${name}`).join(", ")),
    read: (raw) => {
      const row: Record<string, unknown> = {};
      for (const [key, column] of selected) {
        const value = raw[column.name];
        row[key] = value === null || value === undefined ? null : column.mapFromDriverValue(value);
      }
      return row as Pick<InferSelectModel<T>, K>;
    },
  };
}

const wholes = new WeakMap<Table, Selection<unknown>>();

/** Maps the raw values of all of a table's columns. */
export function mapRow<T extends Table>(table: T, raw: Record<string, unknown>): InferSelectModel<T> {
  let whole = wholes.get(table) as Selection<InferSelectModel<T>> | undefined;
  if (!whole) {
    whole = select(table, Object.keys(getTableColumns(table)) as Column<T>[]) as Selection<
      InferSelectModel<T>
    >;
    wholes.set(table, whole);
  }
  return whole.read(raw);
}
