// Says of what is made at the top of a module that it may be left out where nobody uses it: a schema that only the OpenAPI document
// shows, or a part of a statement that was compiled. A bundler cannot know that a call has no effect but its value. In src/ none has
// another one.

import { type Edit, type Node, parseModule, toPure, variablesOf, withEdits } from "./source-edits.ts";

/** What a bundler judges by itself. */
const JUDGED = new Set(["Literal", "Identifier", "ArrowFunctionExpression", "FunctionExpression"]);

/** The source with each such value marked. */
export function markPure(source: string, fileName: string): string {
  return withEdits(source, parseModule(source, fileName).flatMap(toEdits));
}

function toEdits(statement: Node): Edit[] {
  return variablesOf(statement).flatMap(({ init }) => (init && !JUDGED.has(init.type) ? toPure(init) : []));
}
