// What wrangler runs before it takes the Worker (wrangler.toml): makes the module in build/, and the static assets in assets/.

import { bundleWorker } from "./bundle.ts";
import { collectAssets } from "./collect-assets.ts";
import { compileStatements } from "./compile-statements.ts";
import { writeGeneratedFolder } from "./generated-folder.ts";

const statements = await compileStatements();
await collectAssets({ "statements.json": JSON.stringify(statements.texts) });
const { code, map } = await bundleWorker(statements);
writeGeneratedFolder(
  "build",
  new Map([
    ["index.js", code],
    ["index.js.map", map],
  ]),
);
