// Statements that are sent again and again: Drizzle builds the text once, and each call fills its parameters in.

import { is, Placeholder, SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";

type Value = string | number | boolean | null;

/** Stands for a value in a statement that is not known yet. */
export type Parameter = Value | Placeholder;

const dialect = new PgDialect();

/** SQL that is text already. */
class BuiltSQL extends SQL {
  readonly #text: string;
  readonly #values: Value[];

  constructor(text: string, values: Value[]) {
    super([]);
    this.#text = text;
    this.#values = values;
  }

  override toQuery() {
    return { sql: this.#text, params: this.#values };
  }
}

/**
 * A statement with named parameters, each of which is sent once however often the text names it. Returns what makes
 * the statement of their values. Every other value in it is the same at each call.
 */
export function statement<Values extends { [Name in keyof Values]: Value }>(
  build: (parameters: { [Name in keyof Values]: Placeholder }) => SQL,
): (values: Values) => SQL {
  let built: { text: string; parameters: Parameter[] } | undefined;
  return (values) => {
    built ??= compact(dialect.sqlToQuery(build(placeholders())));
    const parameters = built.parameters.map((parameter) =>
      is(parameter, Placeholder) ? (values[parameter.name as keyof Values] as Value) : (parameter as Value),
    );
    return new BuiltSQL(built.text, parameters);
  };
}

/** Makes a placeholder of each name that it is asked for. */
function placeholders<Values>(): { [Name in keyof Values]: Placeholder } {
  const known = new Map<string | symbol, Placeholder>();
  return new Proxy({} as { [Name in keyof Values]: Placeholder }, {
    get: (_, name) => {
      const placeholder = known.get(name) ?? sql.placeholder(String(name));
      known.set(name, placeholder);
      return placeholder;
    },
  });
}

/** Names each placeholder's parameter once, and leaves out what only a reader of the source needs. */
function compact(query: { sql: string; params: unknown[] }) {
  const parameters: Parameter[] = [];
  const places = (query.params as Parameter[]).map((parameter) => {
    const known = is(parameter, Placeholder) ? parameters.indexOf(parameter) : -1;
    return known >= 0 ? known + 1 : parameters.push(parameter);
  });
  const text = query.sql
    .replaceAll(/--.*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\$(\d+)/g, (_, number) => `$${places[Number(number) - 1]}`);
  return { text: text.trim(), parameters };
}
