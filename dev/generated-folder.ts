// A folder of generated files that others read while it is generated anew.

import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes the folder hold these files (by their paths in it) and no other. A file that is the same already is not touched: a
 * second build neither takes it from a running Worker, nor makes `wrangler dev` build again.
 */
export function writeGeneratedFolder(folder: string, files: ReadonlyMap<string, string | Buffer>): void {
  for (const [path, content] of files) {
    const file = join(folder, path);
    if (existsSync(file) && readFileSync(file).equals(Buffer.from(content))) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  for (const path of globSync("**/*", { cwd: folder })) {
    if (!files.has(path) && statSync(join(folder, path)).isFile()) rmSync(join(folder, path));
  }
}
