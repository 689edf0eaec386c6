// TypeScript of JSON Schemas, as far as the OpenAPI document uses them. What it does not know it refuses, so that no
// type is ever wider than its schema without anybody noticing.

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  description?: string;
  default?: unknown;
  examples?: unknown[];
}

const MAX_DOC_WIDTH = 100;

/** `export interface` for an object, `export type` for anything else. */
export function declare(name: string, schema: JsonSchema, doc: string[] = docOf(schema)): string {
  const isInterface = schema.type === "object" && schema.properties !== undefined && isClosed(schema);
  const declaration = isInterface
    ? `export interface ${name} ${typeOf(schema)}`
    : `export type ${name} = ${typeOf(schema)};`;
  return `${comment(doc)}${declaration}\n`;
}

/** A type expression. Throws for a schema that it does not know. */
export function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return union(variants.map(typeOf));
  if (schema.allOf) return schema.allOf.map((part) => `(${typeOf(part)})`).join(" & ");
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type })));
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return arrayOf(typeOf(schema.items ?? {}));
    case "object":
      return objectType(schema);
    case undefined:
      if (Object.keys(schema).every((key) => key === "description")) return "unknown";
  }
  throw new Error(`The generator of the client does not know this schema: ${JSON.stringify(schema)}`);
}

function objectType(schema: JsonSchema): string {
  const { properties = {}, additionalProperties, propertyNames } = schema;
  if (Object.keys(properties).length > 0) {
    if (isClosed(schema)) return `{\n${propertiesOf(schema)}}`;
  } else if (typeof additionalProperties === "object") {
    return `Record<${typeOf(propertyNames ?? { type: "string" })}, ${typeOf(additionalProperties)}>`;
  } else if (additionalProperties === false) {
    return "Record<string, never>";
  }
  throw new Error(`The generator of the client does not know this object: ${JSON.stringify(schema)}`);
}

/** The members of an object type, each with its hover text. */
export function propertiesOf({ properties = {}, required = [] }: JsonSchema): string {
  return Object.entries(properties)
    .map(([name, schema]) => {
      const mark = required.includes(name) ? "" : "?";
      return `${comment(docOf(schema))}${name}${mark}: ${typeOf(schema)};\n`;
    })
    .join("");
}

/** What an editor shows of it: the description and the default, or else an example. */
export function docOf(schema: JsonSchema): string[] {
  const described = schema.description === undefined ? describedVariant(schema) : schema;
  const lines = described?.description === undefined ? [] : wrap(described.description);
  const { default: fallback } = schema;
  if (fallback !== undefined) lines.push(`@default ${JSON.stringify(fallback)}`);
  const [example] = schema.examples ?? [];
  if (lines.length === 0 && typeof example === "string") lines.push(`@example ${JSON.stringify(example)}`);
  return lines;
}

/** A JSDoc comment, or nothing where there is nothing to say. */
export function comment(lines: string[]): string {
  if (lines.length === 0) return "";
  const safe = lines.map((line) => line.replaceAll("*/", "*\\/"));
  if (safe.length === 1) return `/** ${safe[0]} */\n`;
  return `/**\n${safe.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}

/** Lines of a width that an editor shows well; line breaks of the text stay. */
export function wrap(text: string): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + word.length >= MAX_DOC_WIDTH) {
        lines.push(line);
        line = word;
      } else {
        line = line === "" ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}

export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

/** The one variant beside null, which speaks for a field that may be null. */
function describedVariant({ anyOf = [] }: JsonSchema): JsonSchema | undefined {
  const variants = anyOf.filter(({ type }) => type !== "null");
  return variants.length === 1 ? variants[0] : undefined;
}

function isClosed({ additionalProperties }: JsonSchema): boolean {
  return additionalProperties === false;
}

function arrayOf(type: string): string {
  return /^\w+$/.test(type) ? `${type}[]` : `Array<${type}>`;
}

function union(types: string[]): string {
  return [...new Set(types)].join(" | ");
}
