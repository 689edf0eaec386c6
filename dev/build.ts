// Builds the Worker as it is deployed, minified, into dist/, and holds its size to the bar.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const OUTPUT = "dist";
const MAX_GZIP_KIB = 165;

export interface BuiltWorker {
  /** The folder with `index.js`. */
  dir: string;
  gzipKib: number;
}

/** Throws where the build fails or the bundle is too large. */
export function buildWorker(): BuiltWorker {
  const build = spawnSync("wrangler", ["deploy", "--dry-run", "--outdir", OUTPUT], { encoding: "utf8" });
  if (build.status !== 0)
    throw new Error(`wrangler deploy --dry-run failed:\n${build.stdout}${build.stderr}`);
  const gzipKib = gzipSync(readFileSync(`${OUTPUT}/index.js`)).length / 1024;
  console.log(`Worker bundle: ${gzipKib.toFixed(1)} KiB gzip (limit ${MAX_GZIP_KIB} KiB)`);
  if (gzipKib > MAX_GZIP_KIB) throw new Error("The bundle is too large.");
  return { dir: OUTPUT, gzipKib };
}

if (import.meta.main) buildWorker();
