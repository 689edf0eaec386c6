// What wrangler runs before it builds (wrangler.toml): the static assets of the Worker in assets/, and in build/ its source without
// descriptions, zod without JSON schemas and Neon's driver without sockets, which is what wrangler bundles.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { collectAssets } from "./collect-assets.ts";
import { writeGeneratedFolder } from "./generated-folder.ts";
import { readLeanNeon } from "./lean-neon.ts";
import { readLeanZod } from "./lean-zod.ts";
import { stripDescriptions } from "./strip-descriptions.ts";

/** The only file outside src that the source imports. */
const JOURNAL = "drizzle/meta/_journal.json";

await collectAssets();
const files = new Map(
  globSync("src/**/*.{ts,tsx}").map((file) => [file, stripDescriptions(readFileSync(file, "utf8"), file)]),
);
files.set(JOURNAL, readFileSync(JOURNAL, "utf8"));
files.set(join("neon", "index.js"), readLeanNeon());
for (const [path, text] of readLeanZod()) files.set(join("zod", path), text);
writeGeneratedFolder("build", files);
