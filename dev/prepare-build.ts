// What wrangler runs before it builds (wrangler.toml): the static assets of the Worker in assets/, and in build/ its source without
// descriptions, zod without JSON schemas and Neon's driver without sockets, which is what wrangler bundles.

import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { collectAssets } from "./collect-assets.ts";
import { readLeanNeon } from "./lean-neon.ts";
import { readLeanZod } from "./lean-zod.ts";
import { stripDescriptions } from "./strip-descriptions.ts";

const OUTPUT = "build";
/** The only file outside src that the source imports. */
const JOURNAL = "drizzle/meta/_journal.json";

await collectAssets();
const files = new Map(
  globSync("src/**/*.{ts,tsx}").map((file) => [
    join(OUTPUT, file),
    stripDescriptions(readFileSync(file, "utf8"), file),
  ]),
);
files.set(join(OUTPUT, JOURNAL), readFileSync(JOURNAL, "utf8"));
files.set(join(OUTPUT, "neon", "index.js"), readLeanNeon());
for (const [path, text] of readLeanZod()) files.set(join(OUTPUT, "zod", path), text);
for (const [target, text] of files) writeIfChanged(target, text);
for (const old of globSync(`${OUTPUT}/**/*.{ts,tsx,js}`)) if (!files.has(old)) rmSync(old);

/** `wrangler dev` builds anew with each file that is written. */
function writeIfChanged(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
