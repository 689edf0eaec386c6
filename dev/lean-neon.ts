// Neon's driver as the Worker needs it: queries over HTTP. Its one bundled file also has a client and a pool for sockets, which
// nothing here uses, and says of none of its modules that they may be left out. This says so; the bundler does the rest. What the
// way over HTTP asks for without using it is emptied.

import { type Edit, type Node, parseModule, toPure, variablesOf, withEdits } from "./source-edits.ts";

const NEON = "Neon's driver";
/** The parsers of types, as the client for sockets gets them, and as the file exports them. */
const PARSERS = /this\.types=(\w+\(\))/g;
/** What gives a function its name back that minifying took. */
const NAMING_HELPER = /\b(\w+)=\(r,e\)=>\w+\(r,"name",\{value:e,configurable:!0\}\)/;
const EXPORTED_PARSERS = /(?<=var export_types=)\w+\.types/g;

/**
 * What is emptied, each by a text that only it has: buffers, which binary columns and parameters would need; events and methods of
 * sockets; parsers of the binary format, which HTTP does not have; and hashes, which only a password sent over a socket needs.
 */
const EMPTIED: { has: string; what: "module" | "function" | "methods"; exports?: string }[] = [
  { has: "INSPECT_MAX_BYTES", what: "module", exports: "{ Buffer: class {} }" },
  { has: "defaultMaxListeners", what: "module", exports: "{ EventEmitter: class {} }" },
  { has: "ElementType not implemented", what: "module", exports: "{ init() {} }" },
  { has: '"_dataLength"', what: "module" },
  { has: "1779033703", what: "function" },
  { has: "poolQueryViaFetch", what: "methods" },
];

/** The text of the module, from that of the package. Throws where it is laid out in another way than it was. */
export function toLeanNeon(text: string): string {
  // The file breaks its lines within strings.
  const source = withoutUnused(withParsersOfTheirOwn(text.replaceAll("\\\n", "")));
  const [, helper] = NAMING_HELPER.exec(source) ?? [];
  if (helper === undefined) throw new Error(`${NEON}: what gives functions their names is not where it was`);
  return withEdits(
    source,
    parseModule(source).flatMap((statement) => toEdits(statement, source, helper)),
  );
}

function withoutUnused(source: string): string {
  const functions = parseModule(source).flatMap((statement) => {
    if (statement.type === "FunctionDeclaration") return [statement as FunctionNode];
    return variablesOf(statement).flatMap(({ init }) => moduleFunction(init));
  });
  return withEdits(
    source,
    EMPTIED.flatMap(({ has, what, exports }) => {
      const [found, ...others] = functions.filter(({ start, end }) => source.slice(start, end).includes(has));
      if (!found || others.length > 0) throw new Error(`${NEON}: ${has} is not in one place`);
      if (what === "methods")
        return methodsOf(found.body).map(({ start, end }) => ({ start, end, text: "" }));
      const { start, end } = what === "module" ? found : found.body;
      const text = exports ? `(_, module) => { module.exports = ${exports}; }` : "() => {}";
      return [{ start, end, text: what === "module" ? text : "{}" }];
    }),
  );
}

type FunctionNode = Node & { body: Node };

/** Of `name = helper((exports, module) => { … })`, which is how the bundler makes a module: the function. */
function moduleFunction(init: Node | null): FunctionNode[] {
  const { arguments: given = [] } = (init ?? {}) as { arguments?: Node[] };
  return given.filter(({ type }) => type === "ArrowFunctionExpression") as FunctionNode[];
}

/** The methods of instances of the classes below the node. */
function methodsOf(node: Node): Node[] {
  const { type, kind, static: isStatic } = node as Node & { kind?: string; static?: boolean };
  if (type === "MethodDefinition") return kind === "method" && !isStatic ? [node] : [];
  return Object.values(node)
    .flat()
    .filter((child) => typeof child?.type === "string")
    .flatMap(methodsOf);
}

/** The exported parsers need no client then. */
function withParsersOfTheirOwn(source: string): string {
  const [parsers, ...others] = [...source.matchAll(PARSERS)];
  if (!parsers?.[1] || others.length > 0 || source.match(EXPORTED_PARSERS)?.length !== 1)
    throw new Error(`${NEON}: the parsers of types are not where they were`);
  return source.replace(EXPORTED_PARSERS, parsers[1]);
}

/**
 * At the top of the file a call makes a module or takes one, and a class has no effect but its value; an export that is a member
 * of a module has none either. What gives a function its name is left out.
 */
function toEdits(statement: Node, source: string, helper: string): Edit[] {
  if (isNaming(statement, source, helper)) return [{ start: statement.start, end: statement.end, text: "" }];
  return variablesOf(statement).flatMap(({ id, init }) => {
    const isModuleOrClass = init?.type === "CallExpression" || init?.type === "ClassExpression";
    return init && (isModuleOrClass || id.name.startsWith("export_")) ? toPure(init) : [];
  });
}

/** `name(something, "its name");`, by the one helper that the bundler made for it. */
function isNaming(statement: Node, source: string, helper: string): boolean {
  const { callee, arguments: given } =
    (statement as Node & { expression?: { callee?: Node; arguments?: Node[] } }).expression ?? {};
  return (
    statement.type === "ExpressionStatement" &&
    given?.length === 2 &&
    given[1]?.type === "Literal" &&
    callee !== undefined &&
    source.slice(callee.start, callee.end).trim() === helper
  );
}
