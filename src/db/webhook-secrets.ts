// The secrets that sign webhooks to a project, sealed.

import { sql } from "drizzle-orm";
import { type Acting, isDoneBy } from "./actor.ts";
import type { Database } from "./client.ts";
import { as, field, moment, nullable, set } from "./columns.ts";
import { key, type ProjectKey } from "./project-key.ts";
import { projects } from "./schema.ts";
import { keyedStatement, type Parameters, statement } from "./statement.ts";

export interface WebhookSecretRow {
  projectId: string;
  /** Null: it was never needed. */
  secret: string | null;
  /** What signs along; null: nothing does. */
  previous: string | null;
  /** Until when, ISO 8601. */
  previousExpiresAt: string | null;
}

const project = as(projects, "project");
const { previous_webhook_secret_expires_at: expiresAt } = project;

export const find = keyedStatement({
  name: "find_webhook_secret",
  head: {
    project_id: project.id,
    secret: project.webhook_secret,
    previous: field<string | null>(
      sql`case when ${expiresAt} > now() then ${project.previous_webhook_secret} end`,
    ),
    previous_expires_at: nullable(
      moment(sql`case when ${expiresAt} > now() then ${expiresAt} end`, expiresAt),
    ),
  },
  text: (_, columns) => sql`
    select ${columns} from key join ${projects} project on ${project.id} = ${key.project_id}`,
});

/** Throws `unauthenticated`. */
export async function findWebhookSecret(db: Database, asking: ProjectKey): Promise<WebhookSecretRow> {
  const { head } = await find.read(db, { ...asking });
  const { project_id: projectId, secret, previous, previous_expires_at: previousExpiresAt } = head;
  return { projectId, secret, previous, previousExpiresAt };
}

export const putFirst = statement({
  name: "put_first_webhook_secret",
  row: { webhook_secret: projects.webhook_secret },
  text: (p: Parameters<{ projectId: string; secret: string } & Acting>, columns) => sql`
    update ${projects} set ${set(projects, { webhook_secret: sql`coalesce(${projects.webhook_secret}, ${p.secret})` })}
    where ${projects.id} = ${p.projectId} and ${isDoneBy(p)}
    returning ${columns}`,
});

/** Gives the project its first secret, unless it has one; returns the one that it has. */
export async function putFirstWebhookSecret(
  db: Database,
  first: { projectId: string; secret: string } & Acting,
): Promise<string> {
  const row = await putFirst.first(db, { ...first });
  if (!row?.webhook_secret) throw new Error("the project of a webhook secret is gone");
  return row.webhook_secret;
}

interface ReplaceValues extends Acting {
  projectId: string;
  old: string;
  secret: string;
  /** Signs along for a while; null: nothing does. */
  previous: string | null;
  overlapHours: number;
}

export const replace = statement({
  name: "replace_webhook_secret",
  row: { expires_at: nullable(moment(sql`${projects.previous_webhook_secret_expires_at}`, expiresAt)) },
  text: (p: Parameters<ReplaceValues>, columns) => sql`
    update ${projects} set ${set(projects, {
      webhook_secret: p.secret,
      previous_webhook_secret: p.previous,
      previous_webhook_secret_expires_at: sql`case
        when ${p.previous}::text is not null then now() + ${p.overlapHours} * interval '1 hour'
      end`,
    })}
    where ${projects.id} = ${p.projectId} and ${projects.webhook_secret} = ${p.old} and ${isDoneBy(p)}
    returning ${columns}`,
});

/** Replaces the secret where it is still the given one. Null: it is not. */
export async function replaceWebhookSecret(
  db: Database,
  change: ReplaceValues,
): Promise<{ previousExpiresAt: string | null } | null> {
  const row = await replace.first(db, { ...change });
  return row && { previousExpiresAt: row.expires_at };
}
