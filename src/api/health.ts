// Liveness and readiness.

import * as z from "zod";
import { defineOperation } from "./operation.ts";

const common = { method: "get", tag: "Service", security: "none", status: 200 } as const;
const health = z.strictObject({ status: z.literal("ok") }).meta({ id: "Health" });

export const getLiveness = defineOperation({
  ...common,
  path: "/healthz",
  operationId: "getLiveness",
  summary: "The Worker runs",
  answer: health,
  errors: [],
});

export const getReadiness = defineOperation({
  ...common,
  path: "/readyz",
  operationId: "getReadiness",
  summary: "The Worker runs and its database answers",
  answer: health,
  errors: ["database_unavailable"],
});

export const getOpenApiDocument = defineOperation({
  ...common,
  path: "/openapi.json",
  operationId: "getOpenApiDocument",
  summary: "This document",
  answer: z.record(z.string(), z.unknown()),
  errors: [],
});
