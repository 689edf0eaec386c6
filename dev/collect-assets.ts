// Makes the static assets of the Worker in assets/: the OpenAPI document, and the reference page made of it with the
// files that it needs.

import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createOpenApiDocument } from "../src/api/openapi.ts";
import type { OpenApiDocument } from "../src/docs/document.ts";
import { renderPage } from "../src/docs/page.ts";
import { EXAMPLES } from "../src/routes/examples.ts";
import { operations } from "../src/routes/index.ts";

const OUTPUT = "assets";

export async function collectAssets(): Promise<void> {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const document = createOpenApiDocument(Object.values(operations), { version, examples: EXAMPLES });
  const page = await renderPage(document as unknown as OpenApiDocument);
  rmSync(OUTPUT, { recursive: true, force: true });
  cpSync("src/docs/files", `${OUTPUT}/docs`, { recursive: true });
  cpSync("src/pages/console/files", `${OUTPUT}/console`, { recursive: true });
  writeFileSync(`${OUTPUT}/docs/index.html`, page);
  writeFileSync(`${OUTPUT}/openapi.json`, JSON.stringify(document));
}
