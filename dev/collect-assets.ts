// Collects the files of the reference page into assets/, where the Worker's static assets are served from:
// our page, and Swagger UI from its package. Run by wrangler before it builds (wrangler.toml).

import { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const OUTPUT = "assets/docs";
const SWAGGER_UI_FILES = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

const swaggerUi = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
cpSync("src/docs", OUTPUT, { recursive: true });
for (const file of SWAGGER_UI_FILES) cpSync(join(swaggerUi, file), join(OUTPUT, file));
