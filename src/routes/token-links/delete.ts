import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { deleteTokenLink as removeTokenLink } from "../../db/token-links.ts";

export const deleteTokenLink = defineOperation({
  operationId: "deleteTokenLink",
  method: "delete",
  path: "/api/v1/token_links/{id}",
  tag: "Token links",
  summary: "Delete a token link",
  description: "The next call of its URL gets nothing.",
  security: "api_key",
  scope: "sessions:write",
  params: z.object({ id: givenId("tl", "ID of the token link.") }),
  status: 200,
  answer: null,
  errors: [],
  handle: async ({ db, caller }, { params }) => {
    await removeTokenLink(db, { ...caller, id: params.id });
    return undefined;
  },
});
