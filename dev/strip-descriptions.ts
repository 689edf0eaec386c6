// Takes out of a source file what only the OpenAPI document is made of: descriptions, examples and names of schemas, and
// the texts, answers and errors of operations. The document is made when the Worker is built (collect-assets.ts), and no request reads them.
// What is taken out leaves its line breaks, so that a source map names the right lines.

import { type Node, parseModule } from "./source-edits.ts";

interface Range {
  start: number;
  end: number;
}

/** Fields of an operation that the document alone shows. */
const DOCUMENTED = new Set(["summary", "description", "tag", "answer", "errors"]);

/** The source without them. `source`: TypeScript, with JSX where the file's name ends with x. */
export function stripDescriptions(source: string, fileName: string): string {
  const ranges: Range[] = [];
  const see = (node: Node) => ranges.push(...describedRanges(node, source));
  for (const statement of parseModule(source, fileName)) visit(statement, see);
  // A range may lie within another one.
  ranges.sort((a, b) => a.start - b.start || b.end - a.end);
  let stripped = "";
  let at = 0;
  for (const { start, end } of ranges) {
    if (start < at) continue;
    stripped += source.slice(at, start) + source.slice(start, end).replaceAll(/[^\n]/g, "");
    at = end;
  }
  return stripped + source.slice(at);
}

function describedRanges(node: Node, source: string): Range[] {
  if (isCallOfMeta(node)) return [{ start: node.callee.object.end, end: node.end }];
  if (!isObject(node) || !node.properties.some((property) => nameOf(property) === "operationId")) return [];
  return node.properties
    .filter((property) => DOCUMENTED.has(nameOf(property)))
    .map(({ start, end }) => ({ start, end: source[end] === "," ? end + 1 : end }));
}

interface MetaCall extends Node {
  callee: Node & { object: Node };
}

/** `schema.meta({ … })`, which returns the schema with the description beside it. */
function isCallOfMeta(node: Node): node is MetaCall {
  const { callee, arguments: given } = node as Node & {
    callee?: Node & { property?: { name?: string } };
    arguments?: Node[];
  };
  return node.type === "CallExpression" && callee?.property?.name === "meta" && given?.length === 1;
}

function isObject(node: Node): node is Node & { properties: Node[] } {
  return node.type === "ObjectExpression";
}

function nameOf(property: Node): string {
  return (property as Node & { key?: { name?: string } }).key?.name ?? "";
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === "object" && "type" in child) visit(child as Node, see);
    }
  }
}
