// The Worker as one minified module: the source without descriptions and with compiled statements, and of its libraries what
// it needs.

import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import type { CompiledStatements } from "./compile-statements.ts";
import { toLeanLibrary } from "./lean-libraries.ts";
import { markPure } from "./pure-values.ts";
import { stripDescriptions } from "./strip-descriptions.ts";

export interface Bundle {
  code: string;
  /** The source map, as JSON. */
  map: string;
}

/** The Worker, with the statements of src/db compiled. */
export async function bundleWorker(statements: CompiledStatements): Promise<Bundle> {
  const load = (id: string) => {
    const file = relative(".", id);
    if (!/^(src|node_modules)\//.test(file)) return null;
    const text = readFileSync(file, "utf8");
    if (!file.startsWith("src/")) return toLeanLibrary(file, text);
    const moduleType = file.endsWith("x") ? "tsx" : "ts";
    return { code: toLeanSource(file, text, statements), moduleType } as const;
  };
  return await bundleForWorkerd("src/index.ts", [{ name: "lean", load }]);
}

/** Any module with what it imports, as workerd takes it. */
export async function bundleForWorkerd(input: string, plugins: Plugin[] = []): Promise<Bundle> {
  const bundle = await rolldown({
    input,
    platform: "neutral",
    resolve: {
      conditionNames: ["workerd", "worker", "browser", "import"],
      mainFields: ["browser", "module", "main"],
    },
    external: /^cloudflare:/,
    plugins,
  });
  const { output } = await bundle.generate({
    format: "esm",
    codeSplitting: false,
    minify: true,
    comments: false,
    sourcemap: true,
    entryFileNames: "index.js",
  });
  const [{ code, map }] = output;
  if (!map) throw new Error("The bundle has no source map.");
  return { code, map: map.toString() };
}

function toLeanSource(file: string, text: string, { compile }: CompiledStatements): string {
  const source = stripDescriptions(text, file);
  return markPure(file.startsWith("src/db/") ? compile(file, source) : source, file);
}
