// What the service tells of itself: liveness, without the database, readiness, with it, and its OpenAPI document.

import { getLiveness, getOpenApiDocument, getReadiness } from "../api/health.ts";
import { operations } from "../api/index.ts";
import { createOpenApiDocument } from "../api/openapi.ts";
import { ping } from "../db/client.ts";
import { implement } from "../http/implement.ts";
import { createRouter } from "../http/router.ts";

export const healthRoutes = createRouter();

implement(healthRoutes, getLiveness, () => ({ status: "ok" as const }));

implement(healthRoutes, getReadiness, async (c) => {
  await ping(c.get("deps").db);
  return { status: "ok" as const };
});

let document: Record<string, unknown> | undefined;

implement(healthRoutes, getOpenApiDocument, () => {
  document ??= createOpenApiDocument(Object.values(operations));
  return document;
});
