// The types that the client's generator writes for the schemas of the OpenAPI document.

import { expect, it } from "vitest";
import { declare, type JsonSchema, typeOf } from "../../dev/client-generator/schemas.ts";

const closed = { type: "object", additionalProperties: false } as const;

it.each<[string, JsonSchema]>([
  ["string", { type: "string", format: "uri" } as JsonSchema],
  ["number", { type: "integer", minimum: 1 } as JsonSchema],
  ["string | null", { type: ["string", "null"] }],
  ['"a" | "b" | null', { anyOf: [{ enum: ["a", "b"] }, { type: "null" }] }],
  ["string | number", { oneOf: [{ type: "string" }, { type: "integer" }, { type: "number" }] }],
  ['"bearer"', { type: "string", const: "bearer" }],
  [
    "(Webhook) & (ApiKey)",
    { allOf: [{ $ref: "#/components/schemas/Webhook" }, { $ref: "#/components/schemas/ApiKey" }] },
  ],
  ["string[]", { type: "array", items: { type: "string" } }],
  ['Array<"a" | "b">', { type: "array", items: { enum: ["a", "b"] } }],
  ["Record<string, string>", { type: "object", additionalProperties: { type: "string" } }],
  ["Record<string, unknown>", { type: "object", additionalProperties: {} }],
  ["Record<string, never>", { ...closed, properties: {} }],
  [
    "{\na: number;\nb?: string;\n}",
    { ...closed, properties: { a: { type: "number" }, b: { type: "string" } }, required: ["a"] },
  ],
])("%s", (expected, schema) => {
  expect(typeOf(schema)).toBe(expected);
});

it.each<[string, JsonSchema]>([
  ["an object that may have further members", { type: "object", properties: { a: { type: "string" } } }],
  ["a schema without a type", { minLength: 1 } as JsonSchema],
  ["an unknown type", { type: "tuple" }],
])("refuses %s, rather than writing a type that is too wide", (_, schema) => {
  expect(() => typeOf(schema)).toThrow(/does not know/);
});

it("shows what a field means, its default, and an example where nothing else is said", () => {
  const schema: JsonSchema = {
    ...closed,
    description: "A thing.",
    required: ["id"],
    properties: {
      id: { type: "string", examples: ["zoc_1"] },
      size: { type: "integer", description: "Ends no comment: */", default: 25, examples: ["1"] },
      removed_at: { anyOf: [{ type: "string", description: "When it was removed." }, { type: "null" }] },
    },
  };
  expect(declare("Thing", schema)).toBe(
    [
      "/** A thing. */",
      "export interface Thing {",
      '/** @example "zoc_1" */',
      "id: string;",
      "/**",
      " * Ends no comment: *\\/",
      " * @default 25",
      " */",
      "size?: number;",
      "/** When it was removed. */",
      "removed_at?: string | null;",
      "}",
      "",
    ].join("\n"),
  );
});
