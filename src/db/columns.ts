// Columns in hand-written SQL. A statement names each column through the schema, so that the type checker knows it, and
// what a statement finds comes out typed. This is the one place that reads raw values.

import {
  Column,
  type GetColumnData,
  type InferInsertModel,
  type InferSelectModel,
  is,
  Placeholder,
  SQL,
  sql,
  type Table,
} from "drizzle-orm";
import { alias, type PgTable } from "drizzle-orm/pg-core";

/** A row as the driver gives it: its values, in the order in which the statement names them. */
export type RawRow = readonly unknown[];

/** What may stand for a value: SQL, a column, a parameter, or a literal that is written into the text. */
export type Expression = SQL | Column | Placeholder | string | number | boolean | null;

/** The table under another name, or a common table expression that has its columns. */
export function as<T extends PgTable>(table: T, name: string): T {
  return alias(table, name) as unknown as T;
}

/** The bare names of columns, without their table: for the places where SQL wants that. */
export function names(...columns: Column[]): SQL {
  return sql.join(
    columns.map(({ name }) => sql.identifier(name)),
    sql`, `,
  );
}

/** Assignments to columns of a table. */
export type Assignments<T extends Table> = {
  [Name in keyof InferSelectModel<T>]?: InferSelectModel<T>[Name] extends infer Data
    ? SQL | Column | Placeholder | Extract<Data, string | number | boolean | null>
    : never;
};

/** What follows `set`: `a = …, b = …`. */
export function set<T extends Table>(_table: T, assignments: Assignments<T>): SQL {
  return sql.join(
    Object.entries(assignments).map(
      ([name, value]) => sql`${sql.identifier(name)} = ${literal(value as Expression)}`,
    ),
    sql`, `,
  );
}

/** `insert into table (…) select …`; what follows says from where. Parameters are cast to their column's type. */
export function insertInto<T extends PgTable>(
  table: T,
  values: { [Name in keyof InferInsertModel<T>]: Expression },
): SQL {
  const columns = columnsOf(table) as Record<string, Column>;
  const selected = Object.entries(values as Record<string, Expression>).map(([name, value]) =>
    is(value, Placeholder)
      ? sql`${value}::${sql.raw((columns[name] as Column).getSQLType())}`
      : literal(value),
  );
  return sql`insert into ${table} (${sql.join(
    Object.keys(values).map((name) => sql.identifier(name)),
    sql`, `,
  )}) select ${sql.join(selected, sql`, `)}`;
}

/** The expression, with a plain value written into the text: it never comes from a request. */
export function literal(value: Expression): SQL {
  return is(value, SQL)
    ? value
    : is(value, Column) || is(value, Placeholder)
      ? sql`${value}`
      : sql`${value}`.inlineParams();
}

/** A JSON array of texts as an array of Postgres'. */
export function toTextArray(json: Expression): SQL {
  return sql`array(select jsonb_array_elements_text(${json}::jsonb))`;
}

/** A random id for each row, made inside a statement: 90 random bits in letters and digits. */
export function randomId(prefix: string): SQL {
  return sql`${literal(`${prefix}_`)} || left(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/=', 'Aa'), 16)`;
}

/** The moment at which the statement's transaction began. */
export const NOW = sql`now()`;

/** How a raw value that is not null becomes what the row holds. */
const READINGS = {
  as_it_is: (raw: unknown) => raw,
  moment: (raw: unknown) => toIsoMicroseconds(raw as string),
  bigint: (raw: unknown) => BigInt(raw as string),
  number: Number,
  // The driver makes a date the first moment of it.
  day: (raw: unknown) => (raw as Date).toISOString().slice(0, "2025-01-31".length),
};

export type Reading = keyof typeof READINGS;

/** Something that a statement returns under a name: the SQL for it, and how its raw value is read. */
export interface Field<T> {
  sql: SQL;
  reading: Reading;
  /** Is never set: what the value is read as. */
  value?: T;
}

/** What a statement returns, by name. */
export type Fields = Record<string, Column | Field<unknown>>;

type ValueOf<F> = F extends Column ? GetColumnData<F> : F extends Field<infer T> ? T : never;

/** A row as it comes out. */
export type RowOf<F extends Fields> = { [Name in keyof F]: ValueOf<F[Name]> };

/** An expression of the named type, which is not null unless {@link nullable} says so. */
export function field<T>(expression: SQL): Field<T> {
  return { sql: expression, reading: "as_it_is" };
}

/** The column or field where it may be missing, as behind a left join. */
export function nullable<F extends Column | Field<unknown>>(from: F): Field<ValueOf<F> | null> {
  return { sql: sqlOf(from), reading: readingOf(from) };
}

/** A moment as every answer shows it. */
export function moment(expression: SQL, like: Column): Field<string> {
  return { sql: expression, reading: readingOf(like) };
}

/** All columns of a table, to be returned under their own names. */
export function columnsOf<T extends PgTable>(table: T): T["_"]["columns"] {
  return (table as unknown as { [key: symbol]: T["_"]["columns"] })[COLUMNS] as T["_"]["columns"];
}

/** The columns of these names, in this order. */
export function pick<T extends PgTable, N extends keyof T["_"]["columns"] & string>(
  table: T,
  picked: readonly N[],
): Pick<T["_"]["columns"], N> {
  const columns = columnsOf(table);
  return Object.fromEntries(picked.map((name) => [name, columns[name]])) as Pick<T["_"]["columns"], N>;
}

/** The list behind `select` or `returning`. */
export function selectList(fields: Fields): SQL {
  const items = Object.entries(fields).map(([name, from]) =>
    is(from, Column) && from.name === name ? sql`${from}` : sql`${sqlOf(from)} as ${sql.identifier(name)}`,
  );
  return sql.join(items, sql`, `);
}

/** What a statement returns, in order, each with how it is read: `id`, `created_at moment`. */
export function toReadings(fields: Fields): string[] {
  return Object.entries(fields).map(([name, from]) => {
    const reading = readingOf(from);
    return reading === "as_it_is" ? name : `${name} ${reading}`;
  });
}

/** Reads the fields from a raw row. `start`: the place of the first. */
export function readRow<F extends Fields>(fields: F, raw: RawRow, start = 0): RowOf<F> {
  const row: Record<string, unknown> = {};
  let place = start;
  for (const { name, read } of readersOf(fields)) {
    const value = raw[place++];
    row[name] = value === null ? null : read(value);
  }
  return row as RowOf<F>;
}

interface Reader {
  name: string;
  read(raw: unknown): unknown;
}

const known = new WeakMap<Fields, Reader[]>();

/** How each field is read is found out once: a row is read thousands of times. */
function readersOf(fields: Fields): Reader[] {
  const made = known.get(fields) ?? toReaders(fields);
  known.set(fields, made);
  return made;
}

/** A statement of the built Worker has its readings in place of its fields. */
function toReaders(fields: Fields): Reader[] {
  const readings = Array.isArray(fields) ? (fields as string[]) : toReadings(fields);
  return readings.map((text) => {
    const [name = "", reading = "as_it_is"] = text.split(" ");
    return { name, read: READINGS[reading as Reading] };
  });
}

const COLUMNS = Symbol.for("drizzle:Columns");

function sqlOf(from: Column | Field<unknown>): SQL {
  return is(from, Column) ? sql`${from}` : from.sql;
}

/** By the type of a column that the driver leaves as a text, or for which we want another one than the driver does. */
const READING_OF_TYPE: Record<string, Reading> = {
  PgCustomColumn: "moment",
  PgBigInt64: "bigint",
  PgBigInt53: "number",
  PgDateString: "day",
};

function readingOf(from: Column | Field<unknown>): Reading {
  return is(from, Column) ? (READING_OF_TYPE[from.columnType] ?? "as_it_is") : from.reading;
}

const TIMESTAMPTZ = /^(\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([+-]\d\d)(?::(\d\d))?$/;

/** `2025-01-13 10:30:00.1234+00` becomes `2025-01-13T10:30:00.123400Z`, whatever the session's time zone. */
export function toIsoMicroseconds(timestamptz: string): string {
  const parts = TIMESTAMPTZ.exec(timestamptz);
  if (!parts) throw new TypeError("not a timestamptz in Postgres' ISO style");
  const [, date, time, fraction = "", hours, minutes = "00"] = parts;
  const seconds =
    hours === "+00" && minutes === "00"
      ? `${date}T${time}`
      : new Date(`${date}T${time}${hours}:${minutes}`).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(6, "0")}Z`;
}

/** The same form, made by Postgres inside a JSON value. */
export function isoMicroseconds(time: SQL): SQL {
  return sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** SHA-256 of a text's UTF-8 bytes, as 64 lower-case hex digits. */
export function sha256(text: Expression): SQL {
  return sql`encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;
}
