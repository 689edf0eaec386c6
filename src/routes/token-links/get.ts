import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { findTokenLink } from "../../db/token-links.ts";
import { tokenLink, toTokenLink } from "./token-link.ts";

export const getTokenLink = defineOperation({
  operationId: "getTokenLink",
  method: "get",
  path: "/api/v1/token_links/{id}",
  tag: "Token links",
  summary: "Get a token link",
  security: "api_key",
  scope: "sessions:write",
  params: z.object({ id: givenId("tl", "ID of the token link.") }),
  status: 200,
  answer: tokenLink,
  errors: [],
  handle: async ({ db, caller }, { params }) =>
    toTokenLink(await findTokenLink(db, { ...caller, id: params.id })),
});
