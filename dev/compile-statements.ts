// Puts in place of each statement of src/db what is known of it before it runs: the call of its function, its parameters and how its
// columns are read. The texts, which only a database without the functions is sent, become an asset. So the Worker is smaller, and
// no request waits until a text is made.

import { basename } from "node:path";
import type { NamedStatement } from "../src/db/statement.ts";
import { type Edit, type Node, parseModule, variablesOf, withEdits } from "./source-edits.ts";
import { findStatements } from "./statements.ts";

export interface CompiledStatements {
  /** The source of a file of src/db with them in place. Throws where one is not exported. */
  compile(file: string, source: string): string;
  /** By the calls. */
  texts: Record<string, string>;
}

export async function compileStatements(): Promise<CompiledStatements> {
  const byPlace = new Map(
    (await findStatements())
      .filter(({ statement }) => statement.isCompiled)
      .map(({ place, statement }) => [place, statement]),
  );
  const plans = [...byPlace.values()].map(({ plan }) => plan);
  return {
    compile: (file, source) => {
      const edits = parseModule(source, file).flatMap((statement) =>
        toEdits(statement, basename(file), byPlace),
      );
      return withEdits(
        source,
        edits.map((edit) => keepingLines(edit, source)),
      );
    },
    texts: Object.fromEntries(plans.map(({ sent }) => [sent.call, sent.text])),
  };
}

/** What makes a statement of a definition. One that another function makes is left to be made when it is used. */
const MAKERS = ["statement", "keyedStatement"];

type Call = Node & { callee: Node & { name?: string }; arguments: Node[] };

function toEdits(statement: Node, file: string, byPlace: ReadonlyMap<string, NamedStatement>): Edit[] {
  return variablesOf(statement).flatMap(({ id, init }) => {
    const call = init as Call | null;
    const maker = call?.callee?.name ?? "";
    if (call && maker === "pgTable") return withoutConstraints(call);
    const [definition] = call?.arguments ?? [];
    if (!definition || !MAKERS.includes(maker)) return [];
    const compiled = byPlace.get(`${file} ${id.name}`);
    if (!compiled) throw new Error(`${file} does not export the statement ${id.name}`);
    return [{ ...definition, text: JSON.stringify(compiled.compile()) }];
  });
}

/** Constraints and indexes are for migrations alone. */
function withoutConstraints({ arguments: [, columns, constraints] }: Call): Edit[] {
  return columns && constraints ? [{ start: columns.end, end: constraints.end, text: "" }] : [];
}

/** Leaves the line breaks of what it replaces, so that a source map names the right lines. */
function keepingLines({ start, end, text }: Edit, source: string): Edit {
  return { start, end, text: text + source.slice(start, end).replaceAll(/[^\n]/g, "") };
}
