// Deliveries of the outbox: who may attempt one, what became of it, and what is due.

import { sql } from "drizzle-orm";
import { type NotFound, readRowWithKey, withKey } from "./authenticated.ts";
import { deleteOldest } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { type PageRequest, pageClause } from "./pages.ts";
import { mapRow } from "./rows.ts";
import { type DeliveryAttempt, webhookDeliveries } from "./schema.ts";
import type { WebhookKey } from "./webhooks.ts";

export type { DeliveryAttempt } from "./schema.ts";
export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

/** How long an attempt belongs to who claimed it, in seconds: longer than its time-outs. */
const CLAIM_SECONDS = 60;
/** How far the deliveries of a paused subscription are set back, in hours. */
const DEFER_HOURS = 12;

export interface ClaimedDelivery {
  delivery: DeliveryRow;
  url: string;
  /** Whether the subscription's last attempt failed. */
  isFailing: boolean;
  /** Sealed; null: the project has none yet. */
  secret: string | null;
  /** Sealed; null: none signs along. */
  previousSecret: string | null;
}

/** Takes a delivery that is due, of an active subscription; null: there is nothing to do. */
export async function claimDelivery(db: Database, id: string): Promise<ClaimedDelivery | null> {
  const { rows } = await db.execute(sql`
    update webhook_deliveries delivery set
      attempt_count = attempt_count + 1,
      next_attempt_at = now() + ${CLAIM_SECONDS} * interval '1 second',
      enqueued_at = null
    from webhooks webhook join projects project on project.id = webhook.project_id
    where delivery.id = ${id} and delivery.state = 'pending'
      -- A message may come a moment early. Put so that no index fits: the one of what is due may hold very much.
      and delivery.next_attempt_at - interval '1 second' <= now()
      and webhook.id = delivery.webhook_id and webhook.is_active
    returning delivery.*, webhook.url, webhook.failing_since is not null as is_failing, project.webhook_secret as secret,
      case when project.previous_webhook_secret_expires_at > now() then project.previous_webhook_secret end
        as previous_secret`);
  const [row] = rows;
  if (!row) return null;
  return {
    delivery: mapRow(webhookDeliveries, row),
    url: row.url as string,
    isFailing: row.is_failing as boolean,
    secret: row.secret as string | null,
    previousSecret: row.previous_secret as string | null,
  };
}

/** Gives a claim up before anything was sent: that was no attempt. The clock finds the delivery again. */
export async function releaseDelivery(db: Database, id: string, attemptCount: number): Promise<void> {
  await db.execute(sql`
    update webhook_deliveries set attempt_count = attempt_count - 1
    where id = ${id} and attempt_count = ${attemptCount} and state = 'pending'`);
}

export interface AttemptOutcome {
  id: string;
  webhookId: string;
  attemptCount: number;
  attempt: DeliveryAttempt;
  state: DeliveryRow["state"];
  /** Where it stays pending. */
  retryAfterSeconds: number | null;
  /** Whether the receiver said that it wants no more. */
  isGone: boolean;
}

/**
 * Writes down what an attempt led to. A subscription whose receiver is gone, or has only failed for `pauseAfterDays`,
 * is paused. Returns whether it was.
 */
export async function recordAttempt(
  db: Database,
  outcome: AttemptOutcome,
  pauseAfterDays: number,
): Promise<boolean> {
  const isSuccess = outcome.state === "succeeded";
  const isFailing = sql`failing_since < now() - ${pauseAfterDays} * interval '1 day'`;
  const { rows } = await db.execute(sql`
    with recorded as (
      update webhook_deliveries set
        state = ${outcome.state},
        next_attempt_at = now() + ${outcome.retryAfterSeconds}::integer * interval '1 second',
        attempts = attempts || ${JSON.stringify([outcome.attempt])}::jsonb
      where id = ${outcome.id} and attempt_count = ${outcome.attemptCount} and state = 'pending'
    )
    update webhooks set
      failing_since = case when ${isSuccess} then null else coalesce(failing_since, now()) end,
      is_active = is_active and not (not ${isSuccess} and (${outcome.isGone} or coalesce(${isFailing}, false))),
      paused_at = case
        when not ${isSuccess} and is_active and (${outcome.isGone} or coalesce(${isFailing}, false)) then now()
        else paused_at
      end,
      pause_reason = case
        when ${isSuccess} or not is_active then pause_reason
        when ${outcome.isGone} then 'gone'
        when ${isFailing} then 'failing'
        else pause_reason
      end
    where id = ${outcome.webhookId} and (not ${isSuccess} or failing_since is not null)
    returning not is_active and paused_at = now() as is_paused_now`);
  return rows[0]?.is_paused_now === true;
}

/** A page of a subscription's deliveries. */
export async function listDeliveries(
  db: Database,
  key: WebhookKey,
  page: PageRequest,
): Promise<DeliveryRow[] | NotFound> {
  const { rows } = await db.execute(sql`
    with ${withKey(key.apiKeySha256)}
    select delivery.*, webhook.id is not null as is_known
    from key left join webhooks webhook on webhook.id = ${key.id} and webhook.project_id = key.project_id
    left join lateral (
      select * from webhook_deliveries where webhook_id = webhook.id ${pageClause(page)}
    ) delivery on true`);
  if (!rows[0]) return "unauthenticated";
  if (!rows[0].is_known) return "not_found";
  return rows.filter((row) => row.id !== null).map((row) => mapRow(webhookDeliveries, row));
}

/** Makes a delivery due again, whatever became of it; its attempts are counted anew. */
export async function restartDelivery(
  db: Database,
  key: WebhookKey & { deliveryId: string },
): Promise<DeliveryRow | NotFound> {
  return await readRowWithKey(
    db,
    key.apiKeySha256,
    webhookDeliveries,
    sql`, restarted as (
      update webhook_deliveries set
        state = 'pending', next_attempt_at = now(), attempt_count = 0, enqueued_at = null
      where id = ${key.deliveryId} and webhook_id = ${key.id} and project_id = (select project_id from key)
      returning *
    )
    select restarted.* from key left join restarted on true`,
  );
}

/** Adds a delivery of the given trigger and payload to one subscription. */
export async function insertDelivery(
  db: Database,
  key: WebhookKey & { deliveryId: string; trigger: string; payload: Record<string, unknown> },
): Promise<DeliveryRow | NotFound> {
  return await readRowWithKey(
    db,
    key.apiKeySha256,
    webhookDeliveries,
    sql`, inserted as (
      insert into webhook_deliveries (id, project_id, webhook_id, trigger, payload)
      select ${key.deliveryId}, webhook.project_id, webhook.id, ${key.trigger}, ${JSON.stringify(key.payload)}::jsonb
      from webhooks webhook join key using (project_id) where webhook.id = ${key.id}
      returning *
    )
    select inserted.* from key left join inserted on true`,
  );
}

/**
 * Takes deliveries that are overdue for `graceSeconds`: the queue was not told of them, or lost them. Each belongs to
 * one caller for `againSeconds`, however many ask at once.
 */
export async function takeOverdueDeliveries(
  db: Database,
  { graceSeconds, againSeconds, limit }: { graceSeconds: number; againSeconds: number; limit: number },
): Promise<string[]> {
  const { rows } = await db.execute(sql`
    update webhook_deliveries set enqueued_at = now() where id in (
      select delivery.id from webhook_deliveries delivery
      join webhooks webhook on webhook.id = delivery.webhook_id and webhook.is_active
      where delivery.state = 'pending'
        and delivery.next_attempt_at <= now() - ${graceSeconds} * interval '1 second'
        and (delivery.enqueued_at is null or delivery.enqueued_at <= now() - ${againSeconds} * interval '1 second')
      order by delivery.next_attempt_at limit ${limit} for update of delivery skip locked
    )
    returning id`);
  return rows.map((row) => row.id as string);
}

/**
 * Sets overdue deliveries of paused subscriptions back, up to `limit` of them, so that nobody who looks for what is due
 * has to pass them each time. Switching a subscription on makes its deliveries due. Returns how many.
 */
export async function deferPausedDeliveries(db: Database, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    update webhook_deliveries set next_attempt_at = now() + ${DEFER_HOURS} * interval '1 hour' where id in (
      select delivery.id from webhook_deliveries delivery
      join webhooks webhook on webhook.id = delivery.webhook_id and not webhook.is_active
      where delivery.state = 'pending' and delivery.next_attempt_at <= now()
        -- Mostly none: what is due then joins nothing.
        and delivery.webhook_id = any(array(select id from webhooks where not is_active))
      order by delivery.next_attempt_at limit ${limit} for update of delivery skip locked for share of webhook
    )`);
  return rowCount;
}

/** Removes deliveries that are older than this many days, those of paused subscriptions too. Bounded, for a job that runs every minute. */
export async function deleteOldDeliveries(db: Database, days: number): Promise<number> {
  const deliveries = { table: "webhook_deliveries", column: "created_at" } as const;
  return await deleteOldest(db, deliveries, sql`now() - ${days} * interval '1 day'`);
}
