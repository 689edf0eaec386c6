// An API key as requests make it and answers show it: never with the key itself, but for the answer that creates it.

import * as z from "zod";
import { displayName, futureTime } from "../../api/fields.ts";
import { sha256Hex } from "../../crypto/hash.ts";
import { createApiKey, createId } from "../../crypto/ids.ts";
import type { ApiKeyRow, NewApiKey } from "../../db/api-keys.ts";
import { shownId, timestamp } from "../../model/fields.ts";
import { KEY_SCOPE_NAMES, KEY_SCOPES, keyScopes } from "../../model/key-scopes.ts";

const SCOPES = Object.entries(KEY_SCOPES)
  .map(([name, sentence]) => `- \`${name}\`: ${sentence}`)
  .join("\n");

export const apiKey = z
  .strictObject({
    id: shownId("key", "Unique identifier of the API key."),
    project_id: shownId("proj", "The project that the API key belongs to."),
    name: z.string().nullable().meta({ description: "A name for people." }),
    scopes: z.array(z.enum(KEY_SCOPE_NAMES)).meta({ description: `What the API key may do.\n\n${SCOPES}` }),
    expires_at: timestamp
      .nullable()
      .meta({ description: "When the API key stops working. Null if it does not." }),
    created_by_key_id: shownId("key", "")
      .nullable()
      .meta({ description: "The API key that made this one. Null if the operator of the service did." }),
    created_at: timestamp,
    disabled_at: timestamp
      .nullable()
      .meta({ description: "When the API key was disabled. Null if it is enabled." }),
    last_used_at: timestamp.nullable().meta({
      description: "When the API key was last used, accurate to a minute. Null if it was never used.",
    }),
  })
  .meta({ id: "ApiKey" });

export const createdApiKey = apiKey
  .extend({
    key: z.string().meta({
      description: "The API key itself. Store it now: only its hash is kept, and no other answer shows it.",
    }),
  })
  .meta({ id: "CreatedApiKey" });

export const newApiKeyFields = {
  name: displayName.nullish().meta({ description: "A name for people, up to 200 characters." }),
  scopes: keyScopes.optional(),
  expires_at: futureTime.nullish(),
};

/** Whether what a key has made ends with it, as a query parameter. */
export const revokeCreated = z.enum(["true", "false"]).optional().meta({
  description:
    "`true` also deletes the webhooks and token links, and ends the open connect sessions, that the API key made, and those of the API keys that it made. Default: `false`.",
});

interface Wanted {
  name?: string | null | undefined;
  expires_at?: string | null | undefined;
}

/** A new key, and what is stored of it. */
export async function prepareApiKey({
  name,
  expires_at,
}: Wanted): Promise<{ key: string; row: Omit<NewApiKey, "scopes"> }> {
  const key = createApiKey();
  const keySha256 = await sha256Hex(key);
  return { key, row: { id: createId("key"), name: name ?? null, keySha256, expiresAt: expires_at ?? null } };
}

export function toApiKey(row: ApiKeyRow): z.input<typeof apiKey> {
  const { id, project_id, name, scopes, expires_at, created_by_key_id } = row;
  const { created_at, disabled_at, last_used_at } = row;
  return {
    id,
    project_id,
    name,
    scopes,
    expires_at,
    created_by_key_id,
    created_at,
    disabled_at,
    last_used_at,
  };
}
