import { listTokenLinks as findTokenLinks } from "../../db/token-links.ts";
import { defineList } from "../../http/list.ts";
import { tokenLink, toTokenLink } from "./token-link.ts";

export const listTokenLinks = defineList({
  operationId: "listTokenLinks",
  path: "/api/v1/token_links",
  tag: "Token links",
  summary: "List token links",
  description: "Newest first.",
  security: "api_key",
  scope: "sessions:write",
  item: tokenLink,
  pageName: "TokenLinkPage",
  errors: [],
  rows: async ({ db, caller }, { page }) => await findTokenLinks(db, caller, page),
  show: toTokenLink,
});
