import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { sealLinkSecret } from "../../connections/token-links/secrets.ts";
import { updateTokenLink as changeTokenLink, findTokenLink } from "../../db/token-links.ts";
import { invalidRequest } from "../../errors.ts";
import type { ProjectScope } from "../../scope.ts";
import { findVerificationProblem, tokenLink, tokenLinkFields, toTokenLink } from "./token-link.ts";

const { is_active, name, verification_secret } = tokenLinkFields;

export const updateTokenLink = defineOperation({
  operationId: "updateTokenLink",
  method: "patch",
  path: "/api/v1/token_links/{id}",
  tag: "Token links",
  summary: "Update a token link",
  description:
    "Switches the link on or off, names it, or replaces the secret that calls are signed with. A field that is left out stays as it is. Each change counts from the next call on.",
  security: "api_key",
  scope: "sessions:write",
  params: z.object({ id: givenId("tl", "ID of the token link.") }),
  body: z.strictObject({ is_active, name, verification_secret }).partial().meta({ id: "TokenLinkChanges" }),
  status: 200,
  answer: tokenLink,
  errors: [],
  handle: async (scope, { params, body }) => {
    const { is_active: isActive, name, verification_secret: secret } = body;
    const which = { ...scope.caller, id: params.id };
    const verificationSecret = secret ? await sealFor(scope, params.id, secret) : secret;
    return toTokenLink(await changeTokenLink(scope.db, which, { isActive, name, verificationSecret }));
  },
});

/** Throws `invalid_request` for a secret that the link's vendor does not sign with. */
async function sealFor(scope: ProjectScope, id: string, secret: string): Promise<string> {
  const { vendor } = await findTokenLink(scope.db, { ...scope.caller, id });
  const problem = findVerificationProblem(vendor, secret);
  if (problem) throw invalidRequest(problem);
  return await sealLinkSecret(scope.keyring, id, secret);
}
