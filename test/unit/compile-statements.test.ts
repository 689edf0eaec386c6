// What the build puts in place of statements, and where their texts are found then.

import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compileStatements } from "../../dev/compile-statements.ts";
import { markPure } from "../../dev/pure-values.ts";
import { findStatements } from "../../dev/statements.ts";
import { isDatabaseUnavailable } from "../../src/db/client.ts";
import { createTextFinder } from "../../src/db/statement-texts.ts";

const { compile, texts } = await compileStatements();

it("puts in place of a definition its call, its parameters and its columns, and keeps each line where it is", () => {
  const source = [
    "export const release = statement({",
    '  name: "release_refresh_lease",',
    "  text: (p) => sql`…`,",
    "});",
    "export const after = 1;",
  ];
  const lines = compile("src/db/refreshes.ts", source.join("\n")).split("\n");
  expect(lines).toHaveLength(source.length);
  expect(lines.at(-1)).toBe("export const after = 1;");
  const [, definition = ""] = /^export const release = statement\((\{.*\})$/.exec(lines[0] as string) ?? [];
  const { name, plan } = JSON.parse(definition);
  expect(name).toBe("release_refresh_lease");
  expect(plan.parameters).toEqual(["isUnanswered", "backOffMs", "id", "owner", "failure"]);
  expect(texts[plan.sent.call]).toMatch(/^\/\* release_refresh_lease \*\/ with released as/);
});

it("leaves no text of a compiled statement in the source", () => {
  for (const file of globSync("src/db/*.ts")) {
    const compiled = compile(file, readFileSync(file, "utf8"));
    expect(compiled, file).not.toMatch(/^export const \w+ = (keyedStatement|statement)\(\{\n/m);
  }
});

it("refuses a statement that its file does not export, which no migration would make a function of", () => {
  expect(() => compile("src/db/refreshes.ts", "const hidden = statement({ name: 'it' });")).toThrow(
    "refreshes.ts does not export the statement hidden",
  );
});

it("keeps a text for each call", async () => {
  const calls = (await findStatements())
    .map(({ statement }) => statement)
    .filter(({ isCompiled }) => isCompiled)
    .map(({ plan }) => plan.sent);
  expect(calls.length).toBeGreaterThan(100);
  for (const { call = "", text } of calls) expect(texts[call]).toBe(text);
});

it("takes the database for unavailable where a text cannot be found, so that the work is done later", async () => {
  const error = await createTextFinder(undefined)("").catch((reason: unknown) => reason);
  expect(isDatabaseUnavailable(error)).toBe(true);
});

it("marks what is made at the top of a module, and nothing else", () => {
  const source = "export const schema = z.string();\nlet n = 1;\nconst f = () => g();\nregister(schema);";
  expect(markPure(source, "it.ts")).toBe(
    "export const schema = /* @__PURE__ */ (() => (z.string()))();\nlet n = 1;\nconst f = () => g();\nregister(schema);",
  );
});
