// Deliveries of the outbox: who may attempt one, what became of it, and what is due.

import { type SQL, sql } from "drizzle-orm";
import { ApiError, notFound } from "../errors.ts";
import type { PageRequest } from "../model/page.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import {
  as,
  columnsOf,
  field,
  insertInto,
  literal,
  NOW,
  nullable,
  pick,
  type RowOf,
  set,
  toTextArray,
} from "./columns.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ObjectKey } from "./project-key.ts";
import { type DeliveryAttempt, projects, webhookDeliveries, webhooks } from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";
import { isAtWork } from "./suspension.ts";

export type { DeliveryAttempt } from "./schema.ts";
export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

/** How long an attempt belongs to who claimed it, in seconds: longer than its time-outs. */
const CLAIM_SECONDS = 60;
/** How far the deliveries of a paused subscription are set back, in hours. */
const DEFER_HOURS = 12;
/** A delivery that is resent again and again keeps as many. */
const MAX_ATTEMPTS_KEPT = 20;
/** How long a delivery is kept, in days. */
const MEMORY_DAYS = 30;

const deliveries = webhookDeliveries;
const delivery = as(deliveries, "delivery");
const webhook = as(webhooks, "webhook");
const project = as(projects, "project");

const CLAIMED = {
  ...pick(delivery, ["id", "project_id", "webhook_id", "idempotency_key", "payload", "attempt_count"]),
  url: webhook.url,
  /** Whether the subscription's last attempt failed. */
  is_failing: field<boolean>(sql`${webhook.failing_since} is not null`),
  /** Sealed; null: the project has none yet. */
  secret: project.webhook_secret,
  /** Sealed; null: none signs along. */
  previous_secret: field<string | null>(sql`case
    when ${project.previous_webhook_secret_expires_at} > now() then ${project.previous_webhook_secret}
  end`),
};

export type ClaimedDelivery = RowOf<typeof CLAIMED>;

export const claim = statement({
  name: "claim_delivery",
  row: CLAIMED,
  text: (p: Parameters<{ id: string; busyWebhookIds: string }>, columns) => sql`
    update ${deliveries} delivery set ${set(deliveries, {
      attempt_count: sql`${delivery.attempt_count} + 1`,
      next_attempt_at: sql`now() + ${literal(CLAIM_SECONDS)} * interval '1 second'`,
      enqueued_at: null,
    })}
    from ${webhooks} webhook join ${projects} project on ${project.id} = ${webhook.project_id}
    where ${delivery.id} = ${p.id} and ${delivery.state} = 'pending'
      -- A message may come a moment early. Put so that no index fits: the one of what is due may hold very much.
      and ${delivery.next_attempt_at} - interval '1 second' <= now()
      and ${webhook.id} = ${delivery.webhook_id} and ${webhook.is_active} and ${project.suspended_at} is null
      and ${webhook.id} <> all(${toTextArray(p.busyWebhookIds)})
    returning ${columns}`,
});

/** Takes a delivery that is due, of an active webhook that is none of the busy ones; null: there is nothing to do. */
export async function claimDelivery(
  db: Database,
  id: string,
  busyWebhookIds: readonly string[],
): Promise<ClaimedDelivery | null> {
  return await claim.first(db, { id, busyWebhookIds: JSON.stringify(busyWebhookIds) });
}

export const release = statement({
  name: "release_delivery",
  text: (p: Parameters<{ id: string; attemptCount: number }>) => sql`
    update ${deliveries} set ${set(deliveries, {
      attempt_count: sql`${deliveries.attempt_count} - 1`,
      next_attempt_at: NOW,
    })}
    where ${deliveries.id} = ${p.id} and ${deliveries.attempt_count} = ${p.attemptCount}
      and ${deliveries.state} = 'pending'`,
});

/** Gives a claim up before anything was sent: that was no attempt. The cron run finds the delivery again. */
export async function releaseDelivery(db: Database, id: string, attemptCount: number): Promise<void> {
  await release.run(db, { id, attemptCount });
}

interface OutcomeValues {
  id: string;
  webhookId: string;
  attemptCount: number;
  state: DeliveryRow["state"];
  /** Where it stays pending. */
  retryAfterSeconds: number | null;
  /** Whether the receiver said that it wants no more. */
  isGone: boolean;
}

export type AttemptOutcome = OutcomeValues & { attempt: DeliveryAttempt };

interface RecordValues extends OutcomeValues {
  /** JSON: an array of one. */
  attempts: string;
  pauseAfterDays: number;
}

export const record = statement({
  name: "record_attempt",
  row: {
    is_paused_now: field<boolean | null>(sql`not ${webhooks.is_active} and ${webhooks.paused_at} = now()`),
  },
  text: (p: Parameters<RecordValues>, columns) => {
    const { is_active, paused_at, pause_reason, failing_since } = webhooks;
    const isSuccess = sql`${p.state}::text = 'succeeded'`;
    const hasFailedLong = sql`coalesce(${failing_since} < now() - ${p.pauseAfterDays} * interval '1 day', false)`;
    const isToPause = sql`(not (${isSuccess}) and (${p.isGone} or ${hasFailedLong}))`;
    return sql`
    with recorded as (
      update ${deliveries} set ${set(deliveries, {
        state: p.state,
        next_attempt_at: sql`now() + ${p.retryAfterSeconds}::integer * interval '1 second'`,
        // The oldest makes room for the newest.
        attempts: sql`case
          when jsonb_array_length(${deliveries.attempts}) >= ${literal(MAX_ATTEMPTS_KEPT)}
            then ${deliveries.attempts} - 0 else ${deliveries.attempts}
        end || ${p.attempts}::jsonb`,
      })}
      where ${deliveries.id} = ${p.id} and ${deliveries.attempt_count} = ${p.attemptCount}
        and ${deliveries.state} = 'pending'
    )
    update ${webhooks} set ${set(webhooks, {
      failing_since: sql`case when ${isSuccess} then null else coalesce(${failing_since}, now()) end`,
      is_active: sql`${is_active} and not ${isToPause}`,
      paused_at: sql`case when ${is_active} and ${isToPause} then now() else ${paused_at} end`,
      pause_reason: sql`case
        when not (${is_active} and ${isToPause}) then ${pause_reason}
        when ${p.isGone} then 'gone'
        else 'failing'
      end`,
    })}
    where ${webhooks.id} = ${p.webhookId} and (not (${isSuccess}) or ${failing_since} is not null)
    returning ${columns}`;
  },
});

/**
 * Writes down what an attempt led to. A subscription whose receiver is gone, or has only failed for `pauseAfterDays`,
 * is paused. Returns whether it was.
 */
export async function recordAttempt(
  db: Database,
  { attempt, ...outcome }: AttemptOutcome,
  pauseAfterDays: number,
): Promise<boolean> {
  const row = await record.first(db, { ...outcome, attempts: JSON.stringify([attempt]), pauseAfterDays });
  return row?.is_paused_now === true;
}

/** From `key`, the project's subscription, where there is one. */
function joinWebhook(id: Parameters<{ id: string }>["id"]): SQL {
  return sql`key left join ${webhooks} webhook
    on ${webhook.id} = ${id} and ${webhook.project_id} = ${key.project_id}`;
}

export const list = variants(PAGE_SHAPES, (shape: PageShape) =>
  keyedStatement({
    name: "list_deliveries",
    head: { is_known: field<boolean>(sql`${webhook.id} is not null`) },
    row: columnsOf(delivery),
    text: (p: Parameters<{ id: string } & PageValues>, columns) => sql`
      select ${columns} from ${joinWebhook(p.id)} left join lateral (
        select * from ${deliveries} where ${deliveries.webhook_id} = ${webhook.id} ${pageClause(deliveries, shape, p)}
      ) delivery on true`,
  }),
);

/** A page of a subscription's deliveries. Throws `not_found`. */
export async function listDeliveries(
  db: Database,
  which: ObjectKey,
  page: PageRequest,
): Promise<DeliveryRow[]> {
  const { head, rows } = await list.for(pageShape(page)).read(db, { ...which, ...pageValues(page) });
  if (!head.is_known) throw notFound("webhook");
  return rows;
}

interface ResendValues {
  /** The subscription. */
  id: string;
  deliveryId: string;
}

const restarted = as(deliveries, "restarted");

export const restart = keyedStatement({
  name: "restart_delivery",
  head: { is_active: nullable(webhook.is_active) },
  row: columnsOf(restarted),
  text: (p: Parameters<ResendValues>, columns) => sql`, restarted as (
      update ${deliveries} set ${set(deliveries, {
        state: "pending",
        next_attempt_at: NOW,
        attempt_count: 0,
        enqueued_at: null,
      })}
      from key, ${webhooks} webhook
      where ${deliveries.id} = ${p.deliveryId} and ${deliveries.webhook_id} = ${p.id}
        and ${deliveries.project_id} = ${key.project_id}
        and ${webhook.id} = ${deliveries.webhook_id} and ${webhook.is_active}
      returning ${deliveries}.*
    )
    select ${columns} from ${joinWebhook(p.id)} left join restarted on true`,
});

/**
 * Makes a delivery due again, whatever became of it; its attempts are counted anew. Throws `not_found`, and `conflict`
 * for a subscription that is not active.
 */
export async function restartDelivery(db: Database, which: ObjectKey & ResendValues): Promise<DeliveryRow> {
  return sent(await restart.read(db, which), "delivery");
}

const inserted = as(deliveries, "inserted");

export const insertTest = keyedStatement({
  name: "insert_test_delivery",
  head: { is_active: nullable(webhook.is_active) },
  row: columnsOf(inserted),
  text: (p: Parameters<ResendValues & { trigger: string; payload: string }>, columns) => sql`, inserted as (
      ${insertInto(deliveries, {
        id: p.deliveryId,
        project_id: webhook.project_id,
        webhook_id: webhook.id,
        trigger: p.trigger,
        payload: p.payload,
      })} from ${joinWebhook(p.id)} where ${webhook.is_active}
      returning *
    )
    select ${columns} from ${joinWebhook(p.id)} left join inserted on true`,
});

/**
 * Adds a delivery of the given trigger and payload to one subscription. Throws `not_found`, and `conflict` for one that
 * is not active.
 */
export async function insertDelivery(
  db: Database,
  { payload, ...which }: ObjectKey & ResendValues & { trigger: string; payload: Record<string, unknown> },
): Promise<DeliveryRow> {
  return sent(await insertTest.read(db, { ...which, payload: JSON.stringify(payload) }), "webhook");
}

function sent(
  { head, rows }: { head: { is_active: boolean | null }; rows: DeliveryRow[] },
  noun: "webhook" | "delivery",
): DeliveryRow {
  if (head.is_active === null) throw notFound("webhook");
  if (!head.is_active) {
    throw new ApiError("conflict", { message: "The webhook is not active. Set is_active to true first." });
  }
  if (!rows[0]) throw notFound(noun);
  return rows[0];
}

interface OverdueValues {
  /** Since when a delivery must be due, in seconds. */
  graceSeconds: number;
  /** How long each belongs to one caller, in seconds. */
  againSeconds: number;
  limit: number;
}

const waiting = as(deliveries, "waiting");

export const takeOverdue = statement({
  name: "take_overdue_deliveries",
  row: { id: deliveries.id },
  text: (p: Parameters<OverdueValues>, columns) => sql`
    -- Each webhook with a pending delivery, one step of the index for each.
    with recursive webhook_of as (
      (select ${waiting.webhook_id} as id from ${deliveries} waiting where ${waiting.state} = 'pending'
        order by ${waiting.webhook_id} limit 1)
      union all
      select (
        select ${waiting.webhook_id} from ${deliveries} waiting
        where ${waiting.state} = 'pending' and ${waiting.webhook_id} > webhook_of.id order by ${waiting.webhook_id} limit 1
      ) from webhook_of where webhook_of.id is not null
    ), in_turns as (
      select found.id, found.next_attempt_at,
        row_number() over (partition by ${webhook.id} order by found.next_attempt_at) as turn
      from webhook_of join ${webhooks} webhook on ${webhook.id} = webhook_of.id and ${webhook.is_active}
        and ${isAtWork(webhook.project_id)}
      cross join lateral (
        select ${delivery.id}, ${delivery.next_attempt_at} from ${deliveries} delivery
        where ${delivery.webhook_id} = ${webhook.id} and ${isOverdue(p)}
        order by ${delivery.next_attempt_at} limit ${p.limit}
      ) found
    )
    update ${deliveries} set ${set(deliveries, { enqueued_at: NOW })} where ${deliveries.id} in (
      select ${delivery.id} from ${deliveries} delivery
      where ${delivery.id} = any(array(select id from in_turns order by turn, next_attempt_at limit ${p.limit}))
        and ${isOverdue(p)}
      for update skip locked
    )
    returning ${columns}`,
});

function isOverdue(p: Parameters<OverdueValues>): SQL {
  return sql`${delivery.state} = 'pending'
    and ${delivery.next_attempt_at} <= now() - ${p.graceSeconds} * interval '1 second'
    and (${delivery.enqueued_at} is null or ${delivery.enqueued_at} <= now() - ${p.againSeconds} * interval '1 second')`;
}

/**
 * Takes deliveries that are overdue for `graceSeconds`: the queue was not told of them, or lost them. Each belongs to
 * one caller for `againSeconds`, however many ask at once. Webhooks take turns, so that a slow receiver's many hold up no other's.
 */
export async function takeOverdueDeliveries(db: Database, overdue: OverdueValues): Promise<string[]> {
  return (await takeOverdue.all(db, { ...overdue })).map(({ id }) => id);
}

export const deferPaused = statement({
  name: "defer_paused_deliveries",
  text: (p: Parameters<{ limit: number }>) => sql`
    update ${deliveries} set ${set(deliveries, {
      next_attempt_at: sql`now() + ${literal(DEFER_HOURS)} * interval '1 hour'`,
    })} where ${deliveries.id} in (
      select ${delivery.id} from ${deliveries} delivery
      join ${webhooks} webhook on ${webhook.id} = ${delivery.webhook_id}
      where ${delivery.state} = 'pending' and ${delivery.next_attempt_at} <= now()
        -- Mostly none: what is due then joins nothing.
        and ${delivery.webhook_id} = any(array(
          select ${webhooks.id} from ${webhooks} where not ${webhooks.is_active}
          union all select ${webhooks.id} from ${webhooks} join ${projects} project on ${project.id} = ${webhooks.project_id}
          where ${project.suspended_at} is not null
        ))
      order by ${delivery.next_attempt_at} limit ${p.limit} for update of delivery skip locked for share of webhook
    )`,
});

/**
 * Sets overdue deliveries of paused subscriptions and of suspended projects back, up to `limit` of them, so that nobody who looks for what is due
 * has to pass them each time. Switching a subscription on, or lifting the suspension, makes its deliveries due. Returns how many.
 */
export async function deferPausedDeliveries(db: Database, limit: number): Promise<number> {
  return await deferPaused.run(db, { limit });
}

export const deleteOld = cleanUp(
  "delete_old_deliveries",
  deliveries,
  deliveries.created_at,
  sql`now() - ${literal(MEMORY_DAYS)} * interval '1 day'`,
);

/**
 * Removes deliveries after 30 days, those of paused subscriptions too. Bounded, for a job that runs every minute.
 * Returns how many.
 */
export async function deleteOldDeliveries(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOld);
}
