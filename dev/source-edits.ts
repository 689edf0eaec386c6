// Edits of source texts by their syntax trees, for what is made of the sources when the Worker is built.

import { parseAst } from "rolldown/parseAst";

export interface Node {
  type: string;
  start: number;
  end: number;
}

/** What takes the place of a range of a text. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

interface Declared {
  id: Node & { name: string };
  init: Node | null;
}

/** The statements at the top of a module. `fileName`: says by its end which language it is. Default: JavaScript. */
export function parseModule(source: string, fileName = ""): Node[] {
  const [, lang = "js"] = /\.(tsx?)$/.exec(fileName) ?? [];
  return (parseAst(source, { lang: lang as "js" }) as unknown as { body: Node[] }).body;
}

/** The variables that a statement at the top of a module declares, exported or not. */
export function variablesOf(statement: Node): Declared[] {
  const { declaration, declarations } = statement as Node & { declaration?: Node; declarations?: Declared[] };
  if (statement.type === "ExportNamedDeclaration" && declaration) return variablesOf(declaration);
  return statement.type === "VariableDeclaration" ? (declarations ?? []) : [];
}

/** The text with its edits, none of which lies within another. */
export function withEdits(source: string, edits: readonly Edit[]): string {
  let text = source;
  for (const { start, end, text: replacement } of [...edits].sort((a, b) => b.start - a.start))
    text = text.slice(0, start) + replacement + text.slice(end);
  return text;
}

/** Lets the bundler leave the value out where nobody uses it. It must have no effect but itself. */
export function toPure({ start, end }: Node): Edit[] {
  return [
    { start, end: start, text: "/* @__PURE__ */ (() => (" },
    { start: end, end, text: "))()" },
  ];
}
