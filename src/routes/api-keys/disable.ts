import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { disableOwnApiKey as disable } from "../../db/api-keys.ts";
import { apiKey, revokeCreated, toApiKey } from "./api-key.ts";

export const disableOwnApiKey = defineOperation({
  operationId: "disableOwnApiKey",
  method: "delete",
  path: "/api/v1/api_keys/{id}",
  tag: "API keys",
  summary: "Disable an API key",
  description:
    "The API key, and every API key that it made, stops working at once and cannot be enabled again. An API key may disable itself. It stays in the list. Disabling it again changes nothing more.",
  security: "api_key",
  scope: "keys:write",
  params: z.object({ id: givenId("key", "ID of the API key.") }),
  query: z.strictObject({ revoke_created: revokeCreated }),
  status: 200,
  answer: apiKey,
  errors: ["request_in_progress"],
  handle: async ({ db, caller }, { params, query }) =>
    toApiKey(await disable(db, caller, { id: params.id, isToEnd: query.revoke_created === "true" })),
});
