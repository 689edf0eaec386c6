import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { countByMasterKey } from "../../db/sealed.ts";
import { countUncheckedEntries } from "../../db/token-journal.ts";
import { findKeyIdsOfKept } from "../../journal/kept.ts";

const encryption = z
  .strictObject({
    current_key_id: z.string().meta({ description: "The master key that new secrets are encrypted with." }),
    keys: z.array(
      z.strictObject({
        id: z
          .string()
          .meta({ description: "The ID that `CREDENTIAL_ENCRYPTION_KEYS` gives the master key." }),
        is_current: z.boolean().meta({ description: "Whether new secrets are encrypted with it." }),
        is_configured: z.boolean().meta({
          description:
            "Whether `CREDENTIAL_ENCRYPTION_KEYS` has it. If not, what is encrypted with it cannot be read: add it again.",
        }),
        rows: z.int().meta({
          description:
            "How many secrets in the database, dead letters among them, and how many kept messages are encrypted with it. Of an older master key: with the entries of the token journal that may still be.",
        }),
      }),
    ),
  })
  .meta({ id: "Encryption" });

export const getEncryption = defineOperation({
  operationId: "getEncryption",
  method: "get",
  path: "/api/v1/encryption",
  tag: "Administration",
  summary: "Count the secrets that each master key encrypts",
  description:
    "Shows how far a rotation of the master key is. Secrets under an old master key are encrypted again with the current one, some of them every minute. Once an old master key has no rows, remove it from `CREDENTIAL_ENCRYPTION_KEYS`.",
  security: "admin",
  status: 200,
  answer: encryption,
  errors: [],
  handle: async ({ db, keyring, journal }) => {
    const counts = await countByMasterKey(db);
    const [current = ""] = keyring.keyIds;
    const unchecked = journal === null ? 0 : await countUncheckedEntries(db, current);
    for (const id of journal === null ? [] : await findKeyIdsOfKept(journal))
      counts.set(id, (counts.get(id) ?? 0) + 1);
    const ids = new Set([...keyring.keyIds, ...counts.keys()]);
    const keys = [...ids].map((id) => ({
      id,
      is_current: id === current,
      is_configured: keyring.keyIds.includes(id),
      rows: (counts.get(id) ?? 0) + (id === current ? 0 : unchecked),
    }));
    return { current_key_id: current, keys };
  },
});
