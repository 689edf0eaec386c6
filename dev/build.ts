// Builds the Worker as it is deployed, into dist/, and holds its size to a limit.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MAX_GZIP_KIB = 200;

const build = spawnSync("wrangler", ["deploy", "--dry-run", "--outdir", "dist"], {
  encoding: "utf8",
  env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
});
if (build.status !== 0) {
  console.error(build.stdout, build.stderr);
  process.exit(1);
}
const gzipKib = gzipSync(readFileSync("dist/index.js")).length / 1024;
console.log(`Worker bundle: ${gzipKib.toFixed(1)} KiB gzip (limit ${MAX_GZIP_KIB} KiB)`);
if (gzipKib > MAX_GZIP_KIB) {
  console.error("The bundle is too large.");
  process.exit(1);
}
