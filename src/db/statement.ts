// Statements: each has a name that travels with it as a comment, typed parameters, and typed rows. The text is built once: with
// the Worker, or at its first use where it depends on a request.

import { type Column, is, Placeholder, type SQL, sql } from "drizzle-orm";
import { crc32 } from "../crypto/hash.ts";
import { ApiError, insufficientScope, unauthenticated } from "../errors.ts";
import type { Database, Result, Sent, Value } from "./client.ts";
import { type Fields, field, type RowOf, readRow, selectList, toReadings } from "./columns.ts";
import { isLive, type ProjectKey, withKey } from "./project-key.ts";
import { apiKeys, projects } from "./schema.ts";

/** Stands for a value that each call of a statement fills in. Each is sent once, however often the text names it. */
export type Parameters<Values> = { [Name in keyof Values]: Placeholder<string, Values[Name]> };

/** What a call of a statement fills in. */
type ValuesLike<Values> = { [Name in keyof Values]: Value };

/** What is sent for a parameter: the value of this name, or always the same. */
type Parameter = string | { constant: Value };

export interface StatementText {
  /** Without its name. */
  text: string;
  parameters: readonly Parameter[];
}

/** The schema of the functions that statements are compiled into. `npm run db:migrate` makes them (dev/statement-functions.ts). */
export const FUNCTION_SCHEMA = "statements";

/**
 * With what a function runs: one plan for the life of a session, whatever the values. Left to itself, Postgres plans a call anew
 * where it guesses that the values make it cheaper by more than planning costs; in a large database it guessed so for the store
 * of a token set, which took half as long again. The setting holds for the triggers as well, and those of foreign keys look for
 * what a deleted row leaves behind in ways that depend on how much there is.
 */
const ONE_PLAN = "set plan_cache_mode = force_generic_plan";
const DELETES = /\bdelete from\b/;

/** What a function returns for a statement that returns no rows. */
export const ROW_COUNT = "row_count";

/** The text that Postgres gets, and the places of its parameters. */
function build(query: SQL): StatementText {
  const { sql: text, params } = query.toQuery({
    // Every name of ours is a plain identifier, so that none needs quotes.
    escapeName: (name) => name,
    escapeParam: (index) => `$${index + 1}`,
    escapeString: (value) => `'${value.replaceAll("'", "''")}'`,
    casing: { getColumnCasing: (column: Column) => column.name } as never,
  });
  return compact(text, params as (Placeholder<string> | Value)[]);
}

/** Names each placeholder's parameter once, and leaves out what only a reader of the source needs. */
function compact(source: string, params: readonly (Placeholder<string> | Value)[]): StatementText {
  const parameters: Parameter[] = [];
  const places = params.map((param) => {
    const parameter = is(param, Placeholder) ? param.name : { constant: param as Value };
    const known = typeof parameter === "string" ? parameters.indexOf(parameter) : -1;
    return known >= 0 ? known + 1 : parameters.push(parameter);
  });
  const text = source
    .replaceAll(/--.*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\$(\d+)/g, (_, number) => `$${places[Number(number) - 1]}`);
  return { text: text.trim(), parameters };
}

/** Makes a placeholder of each name that it is asked for. */
function placeholders<Values>(): Parameters<Values> {
  const known = new Map<string | symbol, Placeholder>();
  return new Proxy({} as Parameters<Values>, {
    get: (_, name) => {
      const placeholder = known.get(name) ?? sql.placeholder(String(name));
      known.set(name, placeholder);
      return placeholder;
    },
  });
}

const NOTHING: Fields = {};

/** How a statement is sent. */
interface Plan {
  sent: Sent;
  parameters: readonly Parameter[];
}

/** In the order in which they are selected: what is found, what belongs to the key, and whose key it was. */
type FieldsByPart = { row?: Fields; head?: Fields; caller?: Fields };

/** What tests, the bench and the migration of functions see of any statement. */
export abstract class NamedStatement {
  readonly name: string;
  /** Whether it may go by a function. One whose plan should fit what a request asks for is planned each time. */
  isCompiled = true;
  #built: StatementText | undefined;
  #plan: Plan | undefined;

  /** `plan`: where it is known before the statement is built. */
  constructor(name: string, plan?: Plan) {
    this.name = name;
    this.#plan = plan;
  }

  protected abstract query(): SQL;

  /** What it returns, in order. */
  protected abstract get parts(): FieldsByPart;

  /** The names of what it returns, in order. None: it returns a count of rows at most. */
  get columns(): readonly string[] {
    return Object.values(this.parts).flatMap(Object.keys);
  }

  get built(): StatementText {
    this.#built ??= build(this.query());
    return this.#built;
  }

  /** What its function sets while it runs. */
  get functionSettings(): string {
    return DELETES.test(this.built.text) ? "" : ONE_PLAN;
  }

  /** The name of its function. Another text is another function, so that two releases share a database. */
  get functionName(): string {
    const hash = crc32(`${this.functionSettings} ${this.built.text}`);
    return `${this.name}_${hash.toString(16).padStart(8, "0")}`;
  }

  /** How it is sent. */
  get plan(): Plan {
    this.#plan ??= this.#makePlan();
    return this.#plan;
  }

  #makePlan(): Plan {
    const { text, parameters } = this.built;
    const places = parameters.map((_, index) => `$${index + 1}`).join();
    const comment = `/* ${this.name} */`;
    const call = this.isCompiled
      ? `${comment} select * from ${FUNCTION_SCHEMA}.${this.functionName}(${places})`
      : undefined;
    return { sent: { text: `${comment} ${text}`, call }, parameters };
  }

  /**
   * What stands for its definition in the built Worker (dev/compile-statements.ts), so that no request waits until a text is made.
   * The text is kept among the assets, by its call.
   */
  compile() {
    const { sent, parameters } = this.plan;
    const { row = NOTHING, head = NOTHING } = this.parts;
    const plan = { sent: { call: sent.call }, parameters };
    return { name: this.name, plan, row: toReadings(row), head: toReadings(head) };
  }

  protected async send(db: Database, values: Record<string, Value>): Promise<Result> {
    const byName = values as Record<string, Value | undefined>;
    const { sent, parameters } = this.plan;
    const filled = parameters.map((parameter) =>
      typeof parameter === "string" ? (byName[parameter] ?? null) : parameter.constant,
    );
    const result = await db.query(sent, filled);
    if (result.fields[0]?.name !== ROW_COUNT) return result;
    return { ...result, rows: [], rowCount: result.rows[0]?.[0] as number };
  }
}

interface Definition<Values, Row extends Fields> {
  /** As in a log or in `pg_stat_statements`: snake_case, a verb first. */
  name: string;
  /** What it returns. */
  row?: Row;
  /** The SQL. `columns` is the list for `select` or `returning` that {@link row} makes. */
  text(parameters: Parameters<Values>, columns: SQL): SQL;
  /** In the built Worker alone, in place of the text. */
  plan?: Plan;
}

export class Statement<Values extends ValuesLike<Values>, Row extends Fields> extends NamedStatement {
  readonly #definition: Definition<Values, Row>;

  constructor(definition: Definition<Values, Row>) {
    super(definition.name, definition.plan);
    this.#definition = definition;
  }

  protected get parts(): FieldsByPart {
    const { row } = this.#definition;
    return row ? { row } : {};
  }

  protected query(): SQL {
    const { text, row } = this.#definition;
    return text(placeholders(), row ? selectList(row) : sql``);
  }

  /** Every row that it returns. */
  async all(db: Database, values: Values): Promise<RowOf<Row>[]> {
    const { rows } = await this.send(db, values);
    return rows.map((raw) => readRow(this.#definition.row as Row, raw));
  }

  /** The first row that it returns; null: none. */
  async first(db: Database, values: Values): Promise<RowOf<Row> | null> {
    const { rows } = await this.send(db, values);
    return rows[0] ? readRow(this.#definition.row as Row, rows[0]) : null;
  }

  /** Runs it for its effect. Returns how many rows it changed. */
  async run(db: Database, values: Values): Promise<number> {
    return (await this.send(db, values)).rowCount;
  }
}

/** A statement of the service itself. */
export function statement<Values extends ValuesLike<Values>, Row extends Fields = Fields>(
  definition: Definition<Values, Row>,
): Statement<Values, Row> {
  return new Statement(definition);
}

interface KeyedDefinition<Values, Head extends Fields, Row extends Fields> {
  name: string;
  /** One of its common table expressions names itself. */
  isRecursive?: boolean;
  /** What it returns for a valid key whatever else it finds: the same on each row. */
  head?: Head;
  /** What it finds. The first field is null where it finds nothing, as behind a left join. */
  row?: Row;
  /**
   * The SQL behind the common table expressions of `withKey`: more of them, each behind a comma, and a `select` from
   * `key` that gives a row for the key even where it finds nothing.
   */
  text(parameters: Parameters<Values>, columns: SQL): SQL;
  /** In the built Worker alone, in place of the text. */
  plan?: Plan;
}

/** Whose key it was, on each row. */
const CALLER = {
  caller_api_key_id: field<string>(sql`key.id`),
  caller_project_id: field<string>(sql`key.project_id`),
};

/** A statement that a project's API key asks for: it checks the key in the round trip of its work. */
export class KeyedStatement<
  Values extends ValuesLike<Values>,
  Head extends Fields,
  Row extends Fields,
> extends NamedStatement {
  readonly #definition: KeyedDefinition<Values, Head, Row>;

  constructor(definition: KeyedDefinition<Values, Head, Row>) {
    super(definition.name, definition.plan);
    this.#definition = definition;
  }

  protected get parts(): FieldsByPart {
    const { row = NOTHING, head = NOTHING } = this.#definition;
    return { row, head, caller: CALLER };
  }

  protected query(): SQL {
    const { text, isRecursive } = this.#definition;
    const parameters = placeholders<Values & ProjectKey>();
    const parts = Object.values(this.parts).filter((part) => Object.keys(part).length > 0);
    const columns = sql.join(parts.map(selectList), sql`, `);
    return sql`with ${sql.raw(isRecursive ? "recursive " : "")}${withKey(parameters)} ${text(parameters, columns)}`;
  }

  /** What it finds for the key. Throws `unauthenticated`, `insufficient_scope` or `project_suspended`. */
  async read(db: Database, values: Values & ProjectKey): Promise<{ head: RowOf<Head>; rows: RowOf<Row>[] }> {
    const { row = NOTHING as Row, head = NOTHING as Head } = this.#definition;
    const { rows } = await this.send(db, values);
    const [first] = rows;
    if (!first) throw await findRefusal(db, values);
    const headAt = Object.keys(row).length;
    db.noteCaller(values.apiKeySha256, readRow(CALLER, first, headAt + Object.keys(head).length));
    const found = headAt === 0 ? [] : rows.filter(([marker]) => marker !== null);
    return { head: readRow(head, first, headAt), rows: found.map((raw) => readRow(row, raw)) };
  }

  /** All rows that it finds for the key. Throws `unauthenticated`. */
  async all(db: Database, values: Values & ProjectKey): Promise<RowOf<Row>[]> {
    return (await this.read(db, values)).rows;
  }

  /** The first row that it finds for the key; null: none. Throws `unauthenticated`. */
  async first(db: Database, values: Values & ProjectKey): Promise<RowOf<Row> | null> {
    return (await this.read(db, values)).rows[0] ?? null;
  }
}

export function keyedStatement<
  Values extends ValuesLike<Values>,
  Head extends Fields = Fields,
  Row extends Fields = Fields,
>(definition: KeyedDefinition<Values, Head, Row>): KeyedStatement<Values, Head, Row> {
  return new KeyedStatement(definition);
}

export const explainRefusal = statement({
  name: "explain_refused_key",
  row: { scopes: apiKeys.scopes, suspended_at: projects.suspended_at },
  text: (p: Parameters<Pick<ProjectKey, "apiKeySha256">>, columns) => sql`
    select ${columns} from ${apiKeys} join ${projects} on ${projects.id} = ${apiKeys.project_id}
    where ${isLive(p.apiKeySha256)}`,
});

/** Why a statement found nothing for a key. Only a refusal costs this second round trip. */
async function findRefusal(db: Database, { apiKeySha256, keyScope }: ProjectKey): Promise<ApiError> {
  const row = await explainRefusal.first(db, { apiKeySha256 });
  if (row === null) return unauthenticated();
  if (row.suspended_at !== null) return new ApiError("project_suspended");
  return insufficientScope(keyScope);
}

/** Statements of one name whose text differs by what a request asks for. */
export class Variants<Shape, S extends NamedStatement> {
  readonly #make: (shape: Shape) => S;
  readonly #known = new Map<string, S>();
  /** Shapes that stand for all others where every statement is looked at. */
  readonly samples: readonly Shape[];

  constructor(samples: readonly Shape[], make: (shape: Shape) => S) {
    this.samples = samples;
    this.#make = make;
  }

  /** The statement for the shape. */
  for(shape: Shape): S {
    const key = JSON.stringify(shape);
    let known = this.#known.get(key);
    if (!known) {
      known = this.#make(shape);
      known.isCompiled = false;
      this.#known.set(key, known);
    }
    return known;
  }
}

/** One statement for each shape, built at its first use. `samples`: shapes that stand for all others. */
export function variants<Shape, S extends NamedStatement>(
  samples: readonly Shape[],
  make: (shape: Shape) => S,
): Variants<Shape, S> {
  return new Variants(samples, make);
}
