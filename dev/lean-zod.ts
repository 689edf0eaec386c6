// Zod as the Worker needs it: without what makes JSON schemas, which is done once at build time, and which zod would bring along
// because each schema can do it. The rest is zod's own files.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ZOD = "node_modules/zod";
/** What makes JSON schemas. */
const LEFT_OUT = ["v4/core/json-schema-processors.js", "v4/core/to-json-schema.js"];

/** The text of each file, by its path below zod's folder. wrangler.toml names the folder in place of the package. */
export function readLeanZod(): Map<string, string> {
  const paths = ["package.json", ...globSync("{index.js,v4/{classic,core,locales}/*.js}", { cwd: ZOD })];
  return new Map(
    paths.map((path) => {
      const text = readFileSync(join(ZOD, path), "utf8");
      return [path, LEFT_OUT.includes(path) ? toEmptyFunctions(text) : text];
    }),
  );
}

/** The same exports, each a function that does nothing. */
function toEmptyFunctions(text: string): string {
  const names = [
    ...[...text.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name),
    ...[...text.matchAll(/^export \{ \w+ as (\w+) \}/gm)].map(([, name]) => name),
  ];
  return names.map((name) => `export const ${name} = () => {};\n`).join("");
}
