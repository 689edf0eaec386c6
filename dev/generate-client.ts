// Writes what the client has of the OpenAPI document: its types and its table of operations. With --check it only
// says whether they are in step with the document, and the package's version with the service's.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createOpenApiDocument } from "../src/api/openapi.ts";
import { EXAMPLES } from "../src/routes/examples.ts";
import { operations } from "../src/routes/index.ts";
import type { OpenApiDocument } from "./client-generator/operations.ts";
import { renderOperations, renderTypes } from "./client-generator/render.ts";

const FOLDER = "client/src/generated";

const document = createOpenApiDocument(Object.values(operations), {
  version: versionOf("package.json"),
  examples: EXAMPLES,
}) as unknown as OpenApiDocument;
const files = {
  [`${FOLDER}/types.ts`]: renderTypes(document),
  [`${FOLDER}/operations.ts`]: renderOperations(document),
};
const isCheck = process.argv.includes("--check");
for (const [file, source] of Object.entries(files)) {
  const formatted = format(file, source);
  if (!isCheck) writeFileSync(file, formatted);
  else if (readFileSync(file, "utf8") !== formatted)
    fail(`${file} is out of step with the OpenAPI document. Run: npm run generate:client`);
}
if (versionOf("client/package.json") !== versionOf("package.json")) {
  fail("client/package.json must have the version of package.json.");
}
if (isCheck && !process.exitCode) console.log("Client: in step with the OpenAPI document.");

function format(file: string, source: string): string {
  const biome = spawnSync("biome", ["format", `--stdin-file-path=${file}`], {
    input: source,
    encoding: "utf8",
  });
  if (biome.status !== 0) throw new Error(`biome format failed:\n${biome.stderr}`);
  return biome.stdout;
}

function versionOf(file: string): string {
  return JSON.parse(readFileSync(file, "utf8")).version;
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
