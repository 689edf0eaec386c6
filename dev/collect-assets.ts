// Makes the static assets of the Worker in assets/: the OpenAPI document, and the reference page made of it with the
// files that it needs.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createOpenApiDocument } from "../src/api/openapi.ts";
import type { OpenApiDocument } from "../src/docs/document.ts";
import { renderPage } from "../src/docs/page.ts";
import { EXAMPLES } from "../src/routes/examples.ts";
import { operations } from "../src/routes/index.ts";
import { writeGeneratedFolder } from "./generated-folder.ts";

/** Folders of src whose files are served as they are, by the folder that they get among the assets. */
const SERVED_AS_THEY_ARE = { docs: "src/docs/files", console: "src/pages/console/files" };

/** `others`: by their paths. */
export async function collectAssets(others: Record<string, string>): Promise<void> {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const document = createOpenApiDocument(Object.values(operations), { version, examples: EXAMPLES });
  const assets = new Map<string, string | Buffer>([
    ...Object.entries(others),
    ["openapi.json", JSON.stringify(document)],
    [join("docs", "index.html"), await renderPage(document as unknown as OpenApiDocument)],
  ]);
  for (const [folder, source] of Object.entries(SERVED_AS_THEY_ARE))
    for (const file of globSync("*", { cwd: source }))
      assets.set(join(folder, file), readFileSync(join(source, file)));
  writeGeneratedFolder("assets", assets);
}
