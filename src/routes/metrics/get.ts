// GET /metrics, for Prometheus and what reads its format: with the admin key. No operation of the API, whose answers are JSON.

import { readMetrics } from "../../db/metrics.ts";
import { requireAdmin } from "../../http/callers.ts";
import { createRouter } from "../../http/router.ts";
import { OPENMETRICS, renderMetrics } from "./render.ts";

export const metricsRoutes = createRouter();

metricsRoutes.get("/metrics", requireAdmin, async (c) =>
  c.body(renderMetrics(await readMetrics(c.get("scope").db)), 200, { "Content-Type": OPENMETRICS }),
);
