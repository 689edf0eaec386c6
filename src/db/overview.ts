// What a person who opens the console wants to know first, in one statement: the statistics, and what needs attention now.

import { type SQL, sql } from "drizzle-orm";
import type { KeyScope } from "../model/key-scopes.ts";
import type { Database } from "./client.ts";
import { type Expression, field, isoMicroseconds, literal } from "./columns.ts";
import { type CountedDays, STATISTICS } from "./daily-counts.ts";
import { key, type ProjectKey } from "./project-key.ts";
import {
  apiKeys,
  webhookDeliveries,
  webhooks,
  zoomOAuthApps,
  zoomOAuthConnectionSchedules,
  zoomOAuthConnections,
} from "./schema.ts";
import { keyedStatement } from "./statement.ts";

/** Work is late after so many minutes: a cron run asks for what is due every minute. */
const LATE_MINUTES = 60;
/** As many late rows of the whole service as are looked at; a service that runs has hardly any. */
const MAX_LATE = 1_000;
/** As many apps as are looked at; those that Zoom refuses come first. */
const MAX_APPS = 20;

export interface AppHealth {
  id: string;
  name: string | null;
  credentials_invalid_at: string | null;
  last_verified_webhook_received_at: string | null;
  last_unverified_webhook_received_at: string | null;
}

export interface WebhookHealth {
  id: string;
  url: string;
  is_active: boolean;
  paused_at: string | null;
  failing_since: string | null;
}

export interface Overview extends CountedDays {
  /** Null: the key may not read them. */
  apps: AppHealth[] | null;
  /** The same. */
  webhooks: WebhookHealth[] | null;
  /** How much of the project's work should have been done an hour ago, as far as it is among the oldest of the service. */
  late: { refresh: number; sync: number; delivery: number };
}

/** The rows as a JSON array, where the key may read them; else null. */
function ifAllowed(keyScope: KeyScope, rows: SQL): SQL {
  return sql`case when exists (
    select from ${apiKeys} where ${apiKeys.id} = ${key.id} and ${literal(keyScope)} = any(${apiKeys.scopes})
  ) then (select coalesce(json_agg(found), '[]') from (${rows}) found) end`;
}

const late = sql`now() - ${literal(LATE_MINUTES)} * interval '1 minute'`;

function countLate(work: Expression): SQL {
  const { work: kind, due_at, zoom_oauth_connection_id } = zoomOAuthConnectionSchedules;
  return sql`(
    select count(*) from (
      select ${zoom_oauth_connection_id} as connection_id from ${zoomOAuthConnectionSchedules}
      where ${kind} = ${work} and ${due_at} < ${late} order by ${due_at} limit ${literal(MAX_LATE)}
    ) due join ${zoomOAuthConnections} on ${zoomOAuthConnections.id} = due.connection_id
    where ${zoomOAuthConnections.project_id} = ${key.project_id}
  )`;
}

const iso = (column: Expression) => isoMicroseconds(sql`${column}`);

export const read = keyedStatement({
  name: "read_overview",
  head: {
    ...STATISTICS,
    apps: field<AppHealth[] | null>(
      ifAllowed(
        "apps:read",
        sql`select ${zoomOAuthApps.id}, ${zoomOAuthApps.name},
          ${iso(zoomOAuthApps.credentials_invalid_at)} as credentials_invalid_at,
          ${iso(zoomOAuthApps.last_verified_webhook_received_at)} as last_verified_webhook_received_at,
          ${iso(zoomOAuthApps.last_unverified_webhook_received_at)} as last_unverified_webhook_received_at
        from ${zoomOAuthApps} where ${zoomOAuthApps.project_id} = ${key.project_id}
        order by ${zoomOAuthApps.credentials_invalid_at} nulls last, ${zoomOAuthApps.created_at} desc
        limit ${literal(MAX_APPS)}`,
      ),
    ),
    webhooks: field<WebhookHealth[] | null>(
      ifAllowed(
        "webhooks:read",
        sql`select ${webhooks.id}, ${webhooks.url}, ${webhooks.is_active},
          ${iso(webhooks.paused_at)} as paused_at, ${iso(webhooks.failing_since)} as failing_since
        from ${webhooks} where ${webhooks.project_id} = ${key.project_id} order by ${webhooks.created_at} desc`,
      ),
    ),
    late: field<Overview["late"]>(sql`json_build_object(
      'refresh', ${countLate(literal("refresh"))}, 'sync', ${countLate(literal("sync"))},
      'delivery', (
        select count(*) from (
          select ${webhookDeliveries.project_id}, ${webhookDeliveries.webhook_id} from ${webhookDeliveries}
          where ${webhookDeliveries.state} = 'pending' and ${webhookDeliveries.next_attempt_at} < ${late}
          order by ${webhookDeliveries.next_attempt_at} limit ${literal(MAX_LATE)}
        ) due join ${webhooks} on ${webhooks.id} = due.webhook_id and ${webhooks.is_active}
        where due.project_id = ${key.project_id}
      )
    )`),
  },
  text: (_, columns) => sql`select ${columns} from key`,
});

/** What happened in the project, and what needs attention. */
export async function readOverview(db: Database, project: ProjectKey): Promise<Overview> {
  return (await read.read(db, { ...project })).head;
}
