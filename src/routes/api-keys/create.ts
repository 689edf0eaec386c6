import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { insertOwnApiKey, MAX_MADE_KEYS } from "../../db/api-keys.ts";
import { ApiError, invalidRequest } from "../../errors.ts";
import type { KeyScope } from "../../model/key-scopes.ts";
import { createdApiKey, newApiKeyFields, prepareApiKey, toApiKey } from "./api-key.ts";

export const createOwnApiKey = defineOperation({
  operationId: "createOwnApiKey",
  method: "post",
  path: "/api/v1/api_keys",
  tag: "API keys",
  summary: "Create an API key",
  description:
    "Makes another API key of the project. It may do no more, and lives no longer, than the one that makes it, and it is disabled together with it. The same request again creates another API key.",
  security: "api_key",
  scope: "keys:write",
  body: z
    .strictObject({
      ...newApiKeyFields,
      scopes: newApiKeyFields.scopes.meta({
        description:
          "What the new API key may do: no more than the one that makes it. Default: the same, but for `connections:export`.",
      }),
      expires_at: newApiKeyFields.expires_at.meta({
        description:
          "When the new API key stops working: no later than the one that makes it. Default: when that one does.",
      }),
    })
    .meta({ id: "NewOwnApiKey" }),
  status: 201,
  answer: createdApiKey,
  errors: ["conflict"],
  handle: async ({ db, caller }, { body }) => {
    const { key, row } = await prepareApiKey(body);
    const outcome = await insertOwnApiKey(db, caller, {
      ...row,
      scopes: body.scopes ?? null,
      isEndless: body.expires_at === null,
    });
    if (outcome.kind === "inserted") return { ...toApiKey(outcome.key), key };
    if (outcome.kind === "too_many") {
      throw new ApiError("conflict", {
        message: `A project has at most ${MAX_MADE_KEYS} working API keys that other keys made. Disable some first.`,
      });
    }
    throw refusal(outcome, body.scopes ?? []);
  },
});

function refusal(
  own: { scopes: readonly KeyScope[]; expiresAt: string | null },
  wanted: readonly KeyScope[],
): ApiError {
  const missing = wanted.find((scope) => !own.scopes.includes(scope));
  if (missing !== undefined) {
    return new ApiError("insufficient_scope", {
      message: `An API key can pass on only scopes that it has itself, and this one lacks ${missing}. Ask the operator of the service for a key with that scope.`,
    });
  }
  return invalidRequest({
    expires_at: [`Must be no later than ${own.expiresAt}, when the API key that makes the new one expires.`],
  });
}
