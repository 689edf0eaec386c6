import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { insertApiKey } from "../../db/api-keys.ts";
import { DEFAULT_KEY_SCOPES } from "../../model/key-scopes.ts";
import { createdApiKey, newApiKeyFields, prepareApiKey, toApiKey } from "../api-keys/api-key.ts";

export const createApiKey = defineOperation({
  operationId: "createApiKey",
  method: "post",
  path: "/api/v1/projects/{id}/api_keys",
  tag: "Administration",
  summary: "Create an API key for a project",
  description: "The same request again creates another API key.",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  body: z
    .strictObject({
      ...newApiKeyFields,
      scopes: newApiKeyFields.scopes.meta({
        description: "What the API key may do. Default: everything but `connections:export`.",
      }),
      expires_at: newApiKeyFields.expires_at.meta({
        description: "When the API key stops working. Default: it does not.",
      }),
    })
    .meta({ id: "NewApiKey" }),
  status: 201,
  answer: createdApiKey,
  errors: [],
  handle: async ({ db, caller }, { params, body }) => {
    const { key, row } = await prepareApiKey(body);
    const scopes = body.scopes ?? DEFAULT_KEY_SCOPES;
    return { ...toApiKey(await insertApiKey(db, caller, { ...row, scopes, projectId: params.id })), key };
  },
});
