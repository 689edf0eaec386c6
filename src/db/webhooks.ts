// Subscriptions of a project to changes.

import { type SQL, sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import type { PageRequest } from "../model/page.ts";
import type { WebhookTrigger } from "../model/webhook-payloads.ts";
import type { Database } from "./client.ts";
import { as, columnsOf, insertInto, NOW, nullable, set, toTextArray } from "./columns.ts";
import { fromProject, rowsOfProject } from "./of-project.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ObjectKey, type ProjectKey } from "./project-key.ts";
import { webhookDeliveries, webhooks } from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

export interface WebhookFields {
  url: string;
  triggers: readonly WebhookTrigger[];
  isActive: boolean;
}

const webhook = as(webhooks, "webhook");
/** The table's own project, where the key has one. */
const IS_OWN = sql`${webhooks.project_id} = (select project_id from key)`;

interface InsertValues {
  id: string;
  url: string;
  /** JSON. */
  triggers: string;
  isActive: boolean;
  limit: number;
}

export const insert = keyedStatement({
  name: "insert_webhook",
  row: columnsOf(as(webhooks, "inserted")),
  text: (p: Parameters<InsertValues>, columns) => sql`, inserted as (
      ${insertInto(webhooks, {
        id: p.id,
        project_id: key.project_id,
        url: p.url,
        triggers: toTextArray(p.triggers),
        is_active: p.isActive,
        created_by_key_id: key.id,
      })} from key
      -- Not counted by this statement itself, which does not see what others add at the same moment.
      where count_webhooks_alone(${key.project_id}) < ${p.limit}
      returning *
    )
    select ${columns} from key left join inserted on true`,
});

/** Adds a subscription, unless the project has `limit` of them. */
export async function insertWebhook(
  db: Database,
  key: ObjectKey,
  { triggers, ...fields }: WebhookFields,
  limit: number,
): Promise<WebhookRow | "too_many"> {
  const values = { ...key, ...fields, triggers: JSON.stringify(triggers), limit };
  return (await insert.first(db, values)) ?? "too_many";
}

export const find = keyedStatement({
  name: "find_webhook",
  row: columnsOf(webhook),
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from key left join ${webhooks} webhook
      on ${webhook.project_id} = ${key.project_id} and ${webhook.id} = ${p.id}`,
});

/** Throws `not_found`. */
export async function findWebhook(db: Database, which: ObjectKey): Promise<WebhookRow> {
  return found(await find.first(db, which));
}

export const list = variants(PAGE_SHAPES, (shape: PageShape) =>
  keyedStatement({
    name: "list_webhooks",
    row: columnsOf(webhook),
    text: (p: Parameters<PageValues>, columns) => sql`
      select ${columns} from key left join lateral (
        select * from ${webhooks} where ${webhooks.project_id} = ${key.project_id} ${pageClause(webhooks, shape, p)}
      ) webhook on true`,
  }),
);

/** A page of the project's subscriptions. */
export async function listWebhooks(
  db: Database,
  project: ProjectKey,
  page: PageRequest,
): Promise<WebhookRow[]> {
  return await list.for(pageShape(page)).all(db, { ...project, ...pageValues(page) });
}

export const listOfProject = variants(PAGE_SHAPES, (shape: PageShape) => {
  const { id, ...shown } = columnsOf(webhook);
  return statement({
    name: "list_webhooks_of_project",
    row: { id: nullable(id), ...shown },
    text: (p: Parameters<{ projectId: string } & PageValues>, columns) => sql`
      select ${columns} ${fromProject(p.projectId, webhooks, webhook, sql` ${pageClause(webhooks, shape, p)}`)}`,
  });
});

/** The same for the administrator. Throws `not_found`. */
export async function listWebhooksOfProject(
  db: Database,
  projectId: string,
  page: PageRequest,
): Promise<WebhookRow[]> {
  return rowsOfProject(await listOfProject.for(pageShape(page)).all(db, { projectId, ...pageValues(page) }));
}

interface UpdateValues {
  id: string;
  /** Null: it stays as it is, as do the others. */
  url: string | null;
  /** JSON. */
  triggers: string | null;
  isActive: boolean | null;
}

export const update = keyedStatement({
  name: "update_webhook",
  row: columnsOf(as(webhooks, "updated")),
  text: (p: Parameters<UpdateValues>, columns) => {
    /** One that is switched on or off starts anew. */
    const unlessSwitched = (column: SQL) => sql`case when ${p.isActive}::boolean is null then ${column} end`;
    const { id, url, triggers, is_active, paused_at, pause_reason, failing_since } = webhooks;
    const { state, webhook_id } = webhookDeliveries;
    return sql`, updated as (
        update ${webhooks} set ${set(webhooks, {
          url: sql`coalesce(${p.url}, ${url})`,
          triggers: sql`case when ${p.triggers}::jsonb is null then ${triggers} else ${toTextArray(p.triggers)} end`,
          is_active: sql`coalesce(${p.isActive}::boolean, ${is_active})`,
          paused_at: unlessSwitched(sql`${paused_at}`),
          pause_reason: unlessSwitched(sql`${pause_reason}`),
          failing_since: unlessSwitched(sql`${failing_since}`),
          updated_at: NOW,
        })}
        where ${id} = ${p.id} and ${IS_OWN}
        returning *
      ), due as (
        -- Whatever their time: one that a cron run sets back at this moment is waited for.
        update ${webhookDeliveries} set ${set(webhookDeliveries, { next_attempt_at: NOW })}
        where ${state} = 'pending' and ${p.isActive}::boolean and ${webhook_id} = (
          select ${id} from ${webhooks} where ${id} = ${p.id} and ${IS_OWN} and not ${is_active}
        )
      )
      select ${columns} from key left join updated on true`;
  },
});

/**
 * Changes what is given. One that is made active starts anew: it is not paused, its failures are forgotten, and what
 * waited for it is due. Throws `not_found`.
 */
export async function updateWebhook(
  db: Database,
  which: ObjectKey,
  { url, triggers, isActive }: { [Name in keyof WebhookFields]?: WebhookFields[Name] | undefined },
): Promise<WebhookRow> {
  const row = await update.first(db, {
    ...which,
    url: url ?? null,
    triggers: triggers ? JSON.stringify(triggers) : null,
    isActive: isActive ?? null,
  });
  return found(row);
}

const deleted = as(webhooks, "deleted");

export const remove = keyedStatement({
  name: "delete_webhook",
  row: { id: deleted.id },
  text: (p: Parameters<{ id: string }>, columns) => sql`, deleted as (
      delete from ${webhooks} where ${webhooks.id} = ${p.id} and ${IS_OWN} returning ${webhooks.id}
    )
    select ${columns} from key left join deleted on true`,
});

/** Removes a subscription with its deliveries. Throws `not_found`. */
export async function deleteWebhook(db: Database, which: ObjectKey): Promise<void> {
  found(await remove.first(db, which));
}

function found<Row>(row: Row | null): Row {
  if (row === null) throw notFound("webhook");
  return row;
}
