// How the OpenAPI document shows a schema: as JSON Schema, by reference where the schema has an id, and with examples.

import * as z from "zod";

export type Json = Record<string, unknown>;

const SCHEMAS_PATH = "#/components/schemas/";

/** A body of the schema with its examples, by name. */
export function jsonContent(schema: Json, examples: Record<string, unknown>): Json {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }]);
  return {
    "application/json": {
      schema,
      ...(named.length > 0 ? { examples: Object.fromEntries(named) } : {}),
    },
  };
}

/** A reference where the schema has an id, the schema itself elsewhere. */
export function toJsonSchema(schema: z.ZodType): Json {
  const id = z.globalRegistry.get(schema)?.id;
  if (id !== undefined) return { $ref: `${SCHEMAS_PATH}${id}` };
  return withoutDialect(z.toJSONSchema(schema, { io: "input" }));
}

/** Every schema with an id. */
export function createComponentSchemas(): Record<string, Json> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io: "input",
    uri: (id) => `${SCHEMAS_PATH}${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutDialect(schema as Json)]),
  );
}

/** JSON Schema 2020-12 is OpenAPI 3.1's own dialect, and the places make the identifiers. */
function withoutDialect({ $schema, $id, id, ...schema }: Json): Json {
  return schema;
}
