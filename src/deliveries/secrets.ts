// The secret that signs a project's webhooks: made when it is first needed, and replaced with an overlap.

import { createWebhookSecret } from "../crypto/ids.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { findWebhookSecret, putFirstWebhookSecret, replaceWebhookSecret } from "../db/webhook-secrets.ts";
import { ApiError } from "../errors.ts";
import type { ProjectScope, Scope } from "../scope.ts";

/** How long a secret that was replaced signs along, in hours. */
const OVERLAP_HOURS = 24;
/** As many earlier secrets sign along. They are sealed as one text, with spaces between them. */
const MAX_PREVIOUS = 3;

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
 * Replaces the project's secret. The one before it signs along for a day, with those of rotations of less than a day ago: a request
 * that was repeated because its answer was lost ends no secret that receivers have. Where `isImmediate` says so, all of them end at
 * once. Throws `conflict` where another request rotated at the same moment.
 */
export async function rotateWebhookSecret(
  scope: ProjectScope,
  { isImmediate }: { isImmediate: boolean },
): Promise<WebhookSecret> {
  const row = await findWebhookSecret(scope.db, scope.caller);
  const { projectId } = row;
  const old = row.secret ?? (await makeFirstSecret(scope, projectId));
  const secret = createWebhookSecret();
  const sealPrevious = async () => {
    const earlier = await openPreviousSecrets(scope.keyring, projectId, row.previous);
    const secrets = [await openSecret(scope.keyring, projectId, old), ...earlier].slice(0, MAX_PREVIOUS);
    return await scope.keyring.seal(secrets.join(" "), place(projectId, "previous_webhook_secret"));
  };
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
  return { acting: caller.acting, origin: "origin" in caller ? caller.origin : null };
}

/** Throws `UnsealError`. */
export async function openSecret(keyring: Keyring, projectId: string, sealed: string): Promise<string> {
  return await keyring.open(sealed, place(projectId, "webhook_secret"));
}

/** What signs along with the secret, the newest first; sealed, or null. Throws `UnsealError`. */
export async function openPreviousSecrets(
  keyring: Keyring,
  projectId: string,
  sealed: string | null,
): Promise<string[]> {
  if (sealed === null) return [];
  return (await keyring.open(sealed, place(projectId, "previous_webhook_secret"))).split(" ");
}

function place(projectId: string, column: Column) {
  return { table: "projects", row: projectId, column };
}
