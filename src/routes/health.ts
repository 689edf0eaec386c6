// Liveness, without the database, and readiness, with it.

import { sql } from "drizzle-orm";
import { createRouter } from "../http/router.ts";

export const healthRoutes = createRouter()
  .get("/healthz", (c) => c.json({ status: "ok" }))
  .get("/readyz", async (c) => {
    await c.get("deps").db.execute(sql`select 1`);
    return c.json({ status: "ok" });
  });
