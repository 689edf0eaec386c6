// GET /console/assets/{file}: the stylesheet and the script of the console, the Worker's own static assets.

import type { Context } from "hono";
import type { AppEnv } from "../../http/router.ts";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { serveAsset } from "../documentation.ts";

export async function serveConsoleAsset(c: Context<AppEnv>): Promise<Response> {
  return await serveAsset(c, `${CONSOLE_PATH}/${c.req.param("file")}`);
}
