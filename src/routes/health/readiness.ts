import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { compareSchema, SCHEMA_MISMATCH } from "../../db/schema-version.ts";
import { ApiError } from "../../errors.ts";
import { log } from "../../log.ts";

const readiness = z
  .strictObject({
    status: z.literal("ok"),
    schema: z.literal("newer").optional().meta({
      description:
        "Present if the database's schema is newer than this release of the service, as after a rollback. The service continues to work.",
    }),
  })
  .meta({ id: "Readiness" });

export const getReadiness = defineOperation({
  operationId: "getReadiness",
  method: "get",
  path: "/readyz",
  tag: "Service",
  summary: "Check that the service and its database are available",
  description:
    "Asks the database, and checks that it has the schema that this release needs. The result is kept for a second.",
  security: "none",
  status: 200,
  answer: readiness,
  errors: ["database_unavailable", "schema_mismatch"],
  handle: async ({ db, readiness, waitUntil }, { request }) => {
    const schema = await readiness.get(async () => {
      const comparing = compareSchema(db);
      // Others may wait for it when this caller has hung up.
      waitUntil(comparing.catch(() => {}));
      return await comparing;
    });
    if (schema === "same") return { status: "ok" as const };
    const reason = SCHEMA_MISMATCH[schema];
    log(schema === "newer" ? "warn" : "error", "schema_mismatch", { request_id: request.id, reason });
    if (schema === "older") throw new ApiError("schema_mismatch", { message: reason });
    return { status: "ok" as const, schema };
  },
});
