// Subscriptions of a project to changes.

import { type SQL, sql } from "drizzle-orm";
import { type NotFound, readRowWithKey, readWithKey, withKey } from "./authenticated.ts";
import type { Database } from "./client.ts";
import { type PageRequest, pageClause } from "./pages.ts";
import { mapRow } from "./rows.ts";
import { webhooks } from "./schema.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

/** Which subscription, for whom. */
export interface WebhookKey {
  apiKeySha256: string;
  id: string;
}

export interface WebhookFields {
  url: string;
  triggers: readonly WebhookRow["triggers"][number][];
  isActive: boolean;
}

/** Adds a subscription, unless the project has `limit` of them. */
export async function insertWebhook(
  db: Database,
  { apiKeySha256, id }: WebhookKey,
  { url, triggers, isActive }: WebhookFields,
  limit: number,
): Promise<WebhookRow | "unauthenticated" | "too_many"> {
  const rows = await readWithKey(
    db,
    apiKeySha256,
    sql`, inserted as (
      insert into webhooks (id, project_id, url, triggers, is_active)
      select ${id}, project_id, ${url}, ${toArray(triggers)}, ${isActive} from key
      where (select count(*) from webhooks where project_id = key.project_id) < ${limit}
      returning *
    )
    select inserted.* from key left join inserted on true`,
  );
  if (rows === null) return "unauthenticated";
  return rows[0] ? mapRow(webhooks, rows[0]) : "too_many";
}

export async function findWebhook(db: Database, key: WebhookKey): Promise<WebhookRow | NotFound> {
  const rows = await readWebhooks(db, key.apiKeySha256, sql`and id = ${key.id}`);
  return rows === null ? "unauthenticated" : (rows[0] ?? "not_found");
}

/** A page of the project's subscriptions; null for an unknown or disabled key. */
export async function listWebhooks(
  db: Database,
  apiKeySha256: string,
  page: PageRequest,
): Promise<WebhookRow[] | null> {
  return await readWebhooks(db, apiKeySha256, pageClause(page));
}

async function readWebhooks(db: Database, apiKeySha256: string, clause: SQL): Promise<WebhookRow[] | null> {
  const rows = await readWithKey(
    db,
    apiKeySha256,
    sql`select webhook.* from key
      left join lateral (select * from webhooks where project_id = key.project_id ${clause}) webhook on true`,
  );
  return rows?.map((row) => mapRow(webhooks, row)) ?? null;
}

/**
 * Changes what is given. One that is made active starts anew: it is not paused, its failures are forgotten, and what
 * waited for it is due.
 */
export async function updateWebhook(
  db: Database,
  key: WebhookKey,
  { url, triggers, isActive }: { [K in keyof WebhookFields]?: WebhookFields[K] | undefined },
): Promise<WebhookRow | NotFound> {
  const assignments = [sql`updated_at = now()`];
  if (url !== undefined) assignments.push(sql`url = ${url}`);
  if (triggers !== undefined) assignments.push(sql`triggers = ${toArray(triggers)}`);
  if (isActive !== undefined) {
    assignments.push(
      sql`is_active = ${isActive}, paused_at = null, pause_reason = null, failing_since = null`,
    );
  }
  const due = sql`due as (
    -- Whatever their time: one that the clock sets back at this moment is waited for.
    update webhook_deliveries set next_attempt_at = now()
    where state = 'pending' and webhook_id = (
      select id from webhooks
      where id = ${key.id} and project_id = (select project_id from key) and not is_active
    )
  )`;
  return await readRowWithKey(
    db,
    key.apiKeySha256,
    webhooks,
    sql`, updated as (
      update webhooks set ${sql.join(assignments, sql`, `)}
      where id = ${key.id} and project_id = (select project_id from key)
      returning *
    )${isActive ? sql`, ${due}` : sql``}
    select updated.* from key left join updated on true`,
  );
}

/** Removes a subscription with its deliveries. */
export async function deleteWebhook(db: Database, key: WebhookKey): Promise<"deleted" | NotFound> {
  const { rows } = await db.execute(sql`
    with ${withKey(key.apiKeySha256)}, deleted as (
      delete from webhooks where id = ${key.id} and project_id = (select project_id from key) returning id
    )
    select deleted.id from key left join deleted on true`);
  if (!rows[0]) return "unauthenticated";
  return rows[0].id === null ? "not_found" : "deleted";
}

function toArray(triggers: readonly string[]): SQL {
  return sql`array(select jsonb_array_elements_text(${JSON.stringify(triggers)}::jsonb))`;
}
