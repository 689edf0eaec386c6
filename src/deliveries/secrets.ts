// The secret that signs a project's webhooks: made when it is first needed, and replaced with an overlap.

import { createWebhookSecret } from "../crypto/ids.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { findWebhookSecret, putFirstWebhookSecret, replaceWebhookSecret } from "../db/webhook-secrets.ts";
import { ApiError } from "../errors.ts";
import { toActingText } from "../model/actor.ts";
import type { ProjectScope, Scope } from "../scope.ts";

/** How long a secret that was replaced signs along, in hours. */
const OVERLAP_HOURS = 24;

export interface WebhookSecret {
  secret: string;
  /** ISO 8601; null: no earlier secret signs along. */
  previous_secret_expires_at: string | null;
}

type Column = "webhook_secret" | "previous_webhook_secret";

/** The project's secret in the clear. */
export async function readWebhookSecret(scope: ProjectScope): Promise<WebhookSecret> {
  const row = await findWebhookSecret(scope.db, scope.caller);
  const sealed = row.secret ?? (await makeFirstSecret(scope, row.projectId));
  return {
    secret: await openSecret(scope.keyring, row.projectId, sealed),
    previous_secret_expires_at: row.previousExpiresAt,
  };
}

/**
 * Replaces the project's secret. The one before it signs along for a day, or ends at once where `isImmediate` says so; the one
 * before that ends in any case. Throws `conflict` where another request did at the same moment.
 */
export async function rotateWebhookSecret(
  scope: ProjectScope,
  { isImmediate }: { isImmediate: boolean },
): Promise<WebhookSecret> {
  const row = await findWebhookSecret(scope.db, scope.caller);
  const { projectId } = row;
  const old = row.secret ?? (await makeFirstSecret(scope, projectId));
  const secret = createWebhookSecret();
  const sealPrevious = async () =>
    await scope.keyring.seal(
      await openSecret(scope.keyring, projectId, old),
      place(projectId, "previous_webhook_secret"),
    );
  const replaced = await replaceWebhookSecret(scope.db, {
    ...toActing(scope),
    projectId,
    old,
    secret: await scope.keyring.seal(secret, place(projectId, "webhook_secret")),
    previous: isImmediate ? null : await sealPrevious(),
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
export async function makeFirstSecret(scope: Scope, projectId: string): Promise<string> {
  const secret = await scope.keyring.seal(createWebhookSecret(), place(projectId, "webhook_secret"));
  return await putFirstWebhookSecret(scope.db, { ...toActing(scope), projectId, secret });
}

/** Who changes the secret, for the audit. */
function toActing({ caller }: Scope) {
  return { acting: toActingText(caller), origin: "origin" in caller ? caller.origin : null };
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
