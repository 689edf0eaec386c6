import { defineOperation } from "../../api/operation.ts";
import { health } from "./health.ts";

export const getLiveness = defineOperation({
  operationId: "getLiveness",
  method: "get",
  path: "/healthz",
  tag: "Service",
  summary: "Check that the service runs",
  description: "Answers without asking the database.",
  security: "none",
  status: 200,
  answer: health,
  errors: [],
  handle: () => ({ status: "ok" as const }),
});
