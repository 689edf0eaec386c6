// Liveness, without the database, and readiness, with it.

import { createRoute, z } from "@hono/zod-openapi";
import { sql } from "drizzle-orm";
import { createRouter } from "../http/router.ts";

const status = z.object({ status: z.literal("ok") }).openapi("Health");
const ok = { 200: { description: "OK", content: { "application/json": { schema: status } } } };

export const healthRoutes = createRouter();

healthRoutes.openapi(createRoute({ method: "get", path: "/healthz", responses: ok }), (c) =>
  c.json({ status: "ok" as const }, 200),
);

healthRoutes.openapi(createRoute({ method: "get", path: "/readyz", responses: ok }), async (c) => {
  await c.get("deps").db.execute(sql`select 1`);
  return c.json({ status: "ok" as const }, 200);
});
