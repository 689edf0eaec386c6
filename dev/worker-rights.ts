// Which rights the Worker's database role needs: what its statements (src/db) and the triggers and functions of the
// migrations do to each table, read from their text. There is no list to keep.

import type pg from "pg";
import { findStatements } from "./statements.ts";

/** `lock`: rows are locked and never updated, for which Postgres wants the right to update one column. */
export const VERBS = ["select", "insert", "update", "delete", "lock"] as const;
export type Verb = (typeof VERBS)[number];

/** What the role must be allowed to do to each table that it uses. */
export type Rights = Map<string, Set<Verb>>;

/** The rights on a database with all its migrations. */
export async function findNeededRights(client: pg.Client): Promise<Rights> {
  const tables = await client.query("select tablename as name from pg_tables where schemaname = 'public'");
  const functions = await client.query(
    `select pg_get_functiondef(oid) as text from pg_proc
     where pronamespace = 'public'::regnamespace and prokind = 'f' and not prosecdef`,
  );
  const statements = await findStatements();
  const texts = [
    ...statements.map(({ statement }) => statement.built.text),
    ...functions.rows.flatMap(({ text }) => (text as string).split(";")),
  ];
  const names = tables.rows.map(({ name }) => name as string);
  const rights: Rights = new Map();
  for (const text of texts) {
    for (const [table, verb] of rightsOf(text, names)) {
      rights.set(table, (rights.get(table) ?? new Set()).add(verb));
    }
  }
  for (const verbs of rights.values()) if (verbs.has("update")) verbs.delete("lock");
  return rights;
}

function rightsOf(source: string, tables: readonly string[]): [string, Verb][] {
  const text = source
    .replaceAll(/--.*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll('"', "")
    .replaceAll(/\bpublic\./g, "")
    .toLowerCase();
  return levelsOf(text).flatMap((level) => rightsOfLevel(level, tables));
}

/** The text between each pair of parentheses, without what deeper ones enclose: at most one command each. */
function levelsOf(text: string): string[] {
  const done: string[] = [];
  const open = [""];
  for (const character of text) {
    if (character === "(") open.push("");
    else if (character === ")" && open.length > 1) done.push(open.pop() as string);
    else open[open.length - 1] += character;
  }
  return [...done, ...open];
}

function rightsOfLevel(level: string, tables: readonly string[]): [string, Verb][] {
  const rights: [string, Verb][] = [];
  const [, locked] = /\bfor (?:no key )?(?:update|share)(?: of (\w+))?/.exec(level) ?? [null];
  const isLocking = /\bfor (?:no key update|update|share|key share)\b/.test(level);
  // Where a table is named as such, not in front of a column's name.
  const places = new RegExp(`(\\w+ )?\\b(${tables.join("|")})\\b(?!\\.)(?: as)?(?: (\\w+))?`, "g");
  for (const [, before = "", table = "", alias] of level.matchAll(places)) {
    if (before === "into ") {
      rights.push([table, "insert"]);
      if (/ on conflict /.test(level) || / returning /.test(level)) rights.push([table, "select"]);
      if (/ do update set /.test(level)) rights.push([table, "update"]);
    } else if (before === "update ") rights.push([table, "update"], [table, "select"]);
    else if (/\bdelete from $/.test(level.slice(0, level.indexOf(` ${table}`) + 1))) {
      rights.push([table, "delete"], [table, "select"]);
    } else if (/^(from|join|using|only) $/.test(before)) {
      rights.push([table, "select"]);
      if (isLocking && (locked === undefined || locked === null || locked === alias || locked === table))
        rights.push([table, "lock"]);
    }
  }
  return rights;
}
