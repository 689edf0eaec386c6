import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { disableApiKey as disable } from "../../db/api-keys.ts";
import { apiKey, revokeCreated, toApiKey } from "../api-keys/api-key.ts";

export const disableApiKey = defineOperation({
  operationId: "disableApiKey",
  method: "delete",
  path: "/api/v1/projects/{id}/api_keys/{key_id}",
  tag: "Administration",
  summary: "Disable an API key of a project",
  description:
    "The API key, and every API key that it made, stops working at once and cannot be enabled again. It stays in the list. Disabling it again changes nothing more.",
  security: "admin",
  params: z.object({
    id: givenId("proj", "ID of the project."),
    key_id: givenId("key", "ID of the API key."),
  }),
  query: z.strictObject({ revoke_created: revokeCreated }),
  status: 200,
  answer: apiKey,
  errors: ["request_in_progress"],
  handle: async ({ db, caller }, { params, query }) => {
    const which = { id: params.key_id, projectId: params.id, isToEnd: query.revoke_created === "true" };
    return toApiKey(await disable(db, caller, which));
  },
});
