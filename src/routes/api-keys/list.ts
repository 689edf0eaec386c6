import { listOwnApiKeys as findApiKeys } from "../../db/api-keys.ts";
import { defineList } from "../../http/list.ts";
import { apiKey, toApiKey } from "./api-key.ts";

export const listOwnApiKeys = defineList({
  operationId: "listOwnApiKeys",
  path: "/api/v1/api_keys",
  tag: "API keys",
  summary: "List API keys",
  description:
    "All API keys of the project, newest first, disabled ones too. The keys themselves are not shown.",
  security: "api_key",
  scope: "keys:write",
  item: apiKey,
  pageName: "OwnApiKeyPage",
  errors: [],
  rows: async ({ db, caller }, { page }) => await findApiKeys(db, caller, page),
  show: toApiKey,
});
