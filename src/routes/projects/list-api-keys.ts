import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { listApiKeys as findApiKeys } from "../../db/api-keys.ts";
import { defineList } from "../../http/list.ts";
import { apiKey, toApiKey } from "../api-keys/api-key.ts";

export const listApiKeys = defineList({
  operationId: "listApiKeys",
  path: "/api/v1/projects/{id}/api_keys",
  tag: "Administration",
  summary: "List a project's API keys",
  description: "Newest first, disabled ones too. The keys themselves are not shown.",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  item: apiKey,
  pageName: "ApiKeyPage",
  errors: [],
  rows: async ({ db }, { params, page }) => await findApiKeys(db, params.id, page),
  show: toApiKey,
});
