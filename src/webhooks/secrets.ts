// The secret that signs a project's webhooks: made when it is first needed, and replaced with an overlap.

import { createWebhookSecret } from "../crypto/ids.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { findWebhookSecret, putFirstWebhookSecret, replaceWebhookSecret } from "../db/webhook-secrets.ts";
import type { Deps } from "../deps.ts";
import { ApiError } from "../errors.ts";

/** How long a secret that was replaced signs along, in hours. */
const OVERLAP_HOURS = 24;

export interface WebhookSecret {
  secret: string;
  /** ISO 8601; null: no earlier secret signs along. */
  previous_secret_expires_at: string | null;
}

type Column = "webhook_secret" | "previous_webhook_secret";

/** The project's secret in the clear. */
export async function readWebhookSecret(
  deps: Deps,
  apiKeySha256: string,
): Promise<WebhookSecret | "unauthenticated"> {
  const row = await findWebhookSecret(deps.db, apiKeySha256);
  if (row === null) return "unauthenticated";
  const sealed = row.secret ?? (await makeFirstSecret(deps, row.projectId));
  return {
    secret: await openSecret(deps.keyring, row.projectId, sealed),
    previous_secret_expires_at: row.previousExpiresAt,
  };
}

/** Replaces the project's secret; the one before it ends. Throws `conflict` where another request did at the same moment. */
export async function rotateWebhookSecret(
  deps: Deps,
  apiKeySha256: string,
): Promise<WebhookSecret | "unauthenticated"> {
  const row = await findWebhookSecret(deps.db, apiKeySha256);
  if (row === null) return "unauthenticated";
  const { projectId } = row;
  const old = row.secret ?? (await makeFirstSecret(deps, projectId));
  const secret = createWebhookSecret();
  const replaced = await replaceWebhookSecret(deps.db, {
    projectId,
    old,
    secret: await deps.keyring.seal(secret, place(projectId, "webhook_secret")),
    previous: await deps.keyring.seal(
      await openSecret(deps.keyring, projectId, old),
      place(projectId, "previous_webhook_secret"),
    ),
    overlapHours: OVERLAP_HOURS,
  });
  if (replaced === null) {
    throw new ApiError("conflict", {
      message: "The secret is being rotated by another request. Read it again.",
    });
  }
  return { secret, previous_secret_expires_at: replaced.previousExpiresAt };
}

/** Sealed, as the project's row has it now. */
export async function makeFirstSecret({ db, keyring }: Deps, projectId: string): Promise<string> {
  const secret = await keyring.seal(createWebhookSecret(), place(projectId, "webhook_secret"));
  return await putFirstWebhookSecret(db, { projectId, secret });
}

/** Throws `UnsealError`. */
export async function openSecret(
  keyring: Keyring,
  projectId: string,
  sealed: string,
  column: Column = "webhook_secret",
): Promise<string> {
  return await keyring.open(sealed, place(projectId, column));
}

function place(projectId: string, column: Column) {
  return { table: "projects", row: projectId, column };
}
