// The functions that statements are compiled into: one for each statement of src/db that runs as it is, in a schema of their
// own. Postgres plans a statement that comes as a text at each call; a function keeps its plans for the life of a session.
// There is no second source: the text, the types and the names are the statement's.

import pg from "pg";
import { FUNCTION_SCHEMA, type NamedStatement, ROW_COUNT } from "../src/db/statement.ts";
import { findStatements } from "./statements.ts";

/** Two runs at a time would make the same function twice. */
const LOCK = 7_236_001;

/**
 * Makes what is missing, and drops what neither this release nor the one before calls, in one transaction. The database must
 * have all migrations. A function that stands is left as it is, so that no running call is disturbed. Throws where Postgres refuses
 * a statement, and changes nothing then. `statements`: another release's, for tests.
 */
export async function createFunctions(
  client: pg.Client,
  statements?: readonly NamedStatement[],
): Promise<void> {
  const all = statements ?? (await findStatements()).map((found) => found.statement);
  const wanted = await describeFunctions(
    client,
    all.filter(({ isCompiled }) => isCompiled),
  );
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await client.query(`create schema if not exists ${FUNCTION_SCHEMA}`);
    const { rows } = await client.query(
      `select proname as name, oid::regprocedure::text as signature, obj_description(oid, 'pg_proc') as note
       from pg_proc where pronamespace = $1::regnamespace`,
      [FUNCTION_SCHEMA],
    );
    const commands: string[] = [];
    const standing = new Set<string>();
    const isNewRelease = [...wanted.keys()].some((name) => !rows.some((row) => row.name === name));
    for (const { name, signature, note } of rows) {
      const types = wanted.get(name)?.types;
      if (types === undefined) {
        if (note?.startsWith(CURRENT)) commands.push(commentOn(signature, note.replace(CURRENT, BEFORE)));
        else if (isNewRelease) commands.push(`drop function ${signature}`);
      } else if (note === CURRENT + types || note === BEFORE + types) {
        standing.add(name);
        if (note === BEFORE + types) commands.push(commentOn(signature, CURRENT + types));
      } else commands.push(`drop function ${signature}`);
    }
    for (const [name, definition] of wanted) {
      if (standing.has(name)) continue;
      const { signature, types, text } = definition;
      commands.push(
        text,
        `revoke all on function ${signature} from public`,
        commentOn(signature, CURRENT + types),
      );
    }
    if (commands.length > 0) await client.query(commands.join(";\n"));
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

/** How a function's comment begins. Behind it are the types: a column of another type makes another function of the same text. */
const CURRENT = "A statement of the current release: ";
const BEFORE = "A statement of the release before: ";

const commentOn = (signature: string, note: string) =>
  `comment on function ${signature} is ${pg.escapeLiteral(note)}`;

interface Definition {
  signature: string;
  /** The command that makes it. */
  text: string;
  /** Of its parameters and of what it returns. */
  types: string;
}

/** By name. Postgres says which types the parameters and the results have. */
async function describeFunctions(
  client: pg.Client,
  statements: readonly NamedStatement[],
): Promise<Map<string, Definition>> {
  const definitions = new Map<string, Definition>();
  for (const statement of statements) {
    await client.query(`prepare described as ${statement.built.text}`);
    const { rows } = await client.query(
      `select parameter_types::text[] as parameters, result_types::text[] as results
       from pg_prepared_statements where name = 'described'`,
    );
    await client.query("deallocate described");
    definitions.set(statement.functionName, define(statement, rows[0].parameters, rows[0].results));
  }
  return definitions;
}

function define(
  statement: NamedStatement,
  parameters: readonly string[],
  results: readonly string[] | null,
): Definition {
  const { functionName, functionSettings, columns, built } = statement;
  if (results && columns.length > 0 && columns.length !== results.length)
    throw new Error(`${statement.name} returns ${results.length} columns, and names ${columns.length}.`);
  const returned = results
    ? results.map((type, index) => `${pg.escapeIdentifier(columns[index] ?? `column_${index + 1}`)} ${type}`)
    : [`${ROW_COUNT} integer`];
  const signature = `${FUNCTION_SCHEMA}.${functionName}(${parameters.join(", ")})`;
  const work = results
    ? `return query ${built.text};`
    : `${built.text}; get diagnostics ${ROW_COUNT} = row_count; return next;`;
  return {
    signature,
    types: `${parameters.join(", ")}: ${returned.join(", ")}`,
    text: `create function ${signature} returns table (${returned.join(", ")}) language plpgsql
${functionSettings} as $body$
#variable_conflict use_column
begin ${work} end $body$`,
  };
}
