import * as z from "zod";
import { givenId, noFields } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { issueToken } from "../../connections/tokens.ts";
import { issuedToken, MEETING_TOKEN_ERRORS, toIssuedToken } from "./token.ts";

export const createZakToken = defineOperation({
  operationId: "createZakToken",
  method: "post",
  path: "/api/v1/zoom_oauth_connections/{id}/zak_token",
  tag: "Tokens",
  summary: "Get a ZAK",
  description:
    "A ZAK (Zoom access key) lets a bot start or join meetings as the connection's user. Every request asks Zoom for a new one. This operation takes no body.",
  security: "api_key",
  scope: "tokens:meeting",
  isRead: true,
  isIdempotent: true,
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  body: noFields,
  status: 200,
  answer: issuedToken,
  errors: MEETING_TOKEN_ERRORS,
  handle: async (scope, { params }) =>
    toIssuedToken(await issueToken(scope, params.id, { kind: "zak_token" })),
});
