// Liveness, without the database, and readiness, with it.

import { ping } from "../db/client.ts";
import { createRouter } from "../http/router.ts";

export const healthRoutes = createRouter()
  .get("/healthz", (c) => c.json({ status: "ok" }))
  .get("/readyz", async (c) => {
    await ping(c.get("deps").db);
    return c.json({ status: "ok" });
  });
