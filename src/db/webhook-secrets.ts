// The secrets that sign webhooks to a project, sealed.

import { sql } from "drizzle-orm";
import { withKey } from "./authenticated.ts";
import type { Database } from "./client.ts";
import { toIsoMicroseconds } from "./timestamps.ts";

export interface WebhookSecretRow {
  projectId: string;
  /** Null: it was never needed. */
  secret: string | null;
  /** Null: none signs along. ISO 8601. */
  previousExpiresAt: string | null;
}

/** Null: unknown or disabled key. */
export async function findWebhookSecret(
  db: Database,
  apiKeySha256: string,
): Promise<WebhookSecretRow | null> {
  const { rows } = await db.execute(sql`
    with ${withKey(apiKeySha256)}
    select project.id, webhook_secret, case
      when previous_webhook_secret_expires_at > now() then previous_webhook_secret_expires_at
    end as previous_expires_at
    from key join projects project on project.id = key.project_id`);
  const [row] = rows;
  if (!row) return null;
  return {
    projectId: row.id as string,
    secret: row.webhook_secret as string | null,
    previousExpiresAt: row.previous_expires_at && toIsoMicroseconds(row.previous_expires_at as string),
  } as WebhookSecretRow;
}

/** Gives the project its first secret, unless it has one; returns the one that it has. */
export async function putFirstWebhookSecret(
  db: Database,
  { projectId, secret }: { projectId: string; secret: string },
): Promise<string> {
  const { rows } = await db.execute(sql`
    update projects set webhook_secret = coalesce(webhook_secret, ${secret}) where id = ${projectId}
    returning webhook_secret`);
  return rows[0]?.webhook_secret as string;
}

/** Replaces the secret where it is still the given one, which signs along for this time. Null: it is not. */
export async function replaceWebhookSecret(
  db: Database,
  change: { projectId: string; old: string; secret: string; previous: string; overlapHours: number },
): Promise<{ previousExpiresAt: string } | null> {
  const { rows } = await db.execute(sql`
    update projects set
      webhook_secret = ${change.secret},
      previous_webhook_secret = ${change.previous},
      previous_webhook_secret_expires_at = now() + ${change.overlapHours} * interval '1 hour'
    where id = ${change.projectId} and webhook_secret = ${change.old}
    returning previous_webhook_secret_expires_at as expires_at`);
  return rows[0] ? { previousExpiresAt: toIsoMicroseconds(rows[0].expires_at as string) } : null;
}
