// Liveness, without the database, and readiness, with it.

import { getLiveness, getReadiness } from "../api/health.ts";
import { ping } from "../db/client.ts";
import { implement } from "../http/implement.ts";
import { createRouter } from "../http/router.ts";

export const healthRoutes = createRouter();

implement(healthRoutes, getLiveness, () => ({ status: "ok" as const }));

implement(healthRoutes, getReadiness, async (c) => {
  await ping(c.get("deps").db);
  return { status: "ok" as const };
});
