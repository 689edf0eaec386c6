// What the build takes out of the source: the texts of the OpenAPI document, and nothing else.

import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { stripDescriptions } from "../../dev/strip-descriptions.ts";

it("takes out descriptions of schemas and operations, and keeps each line where it is", () => {
  const source = [
    'const name = z.string().min(1).meta({ description: "A name, such as `it\'s`.", examples: [")"] });',
    "const list = z.array(name.meta({",
    '  description: "An inner one.",',
    '})).meta({ id: "List" });',
    "export const operation = defineOperation({",
    '  operationId: "getIt",',
    '  summary: "Get it",',
    "  description: `Gets it.`,",
    '  path: "/it", // stays',
    '  other: { description: "stays" },',
    "});",
  ];
  expect(stripDescriptions(source.join("\n"), "it.ts").split("\n")).toEqual([
    "const name = z.string().min(1);",
    "const list = z.array(name",
    "",
    ");",
    "export const operation = defineOperation({",
    '  operationId: "getIt",',
    "  ",
    "  ",
    '  path: "/it", // stays',
    '  other: { description: "stays" },',
    "});",
  ]);
});

it("reads every file of the source, and leaves one alone that describes nothing", () => {
  for (const file of globSync("src/**/*.{ts,tsx}")) {
    const source = readFileSync(file, "utf8");
    const stripped = stripDescriptions(source, file);
    expect(stripped.split("\n").length).toBe(source.split("\n").length);
    if (!source.includes(".meta(") && !source.includes("operationId")) expect(stripped).toBe(source);
    expect(stripped).not.toMatch(/\.meta\(\{/);
  }
});
