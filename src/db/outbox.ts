// The outbox: deliveries are written by the very statement that makes the change they tell of, so that neither
// exists without the other. What is not told to the queue afterwards, the clock finds.

import { type SQL, sql } from "drizzle-orm";
import type { WEBHOOK_TRIGGERS } from "./schema.ts";
import { isoMicroseconds } from "./timestamps.ts";

type WebhookTrigger = (typeof WEBHOOK_TRIGGERS)[number];

/** A random id of a delivery, made where the number of subscriptions is known: 90 random bits in letters and digits. */
const NEW_ID = sql`'whd_' || left(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/=', 'Aa'), 16)`;

/** What a change has written to the outbox. */
export interface Changed {
  deliveryIds: string[];
}

/**
 * The CTE `delivered`: a delivery to each active subscription for every row of the named CTE, which has the columns
 * of connections as they are after the change.
 */
export function deliverStateChange(changed: SQL): SQL {
  const payload = sql`jsonb_build_object(
    'trigger', 'zoom_oauth_connection.state_change',
    'zoom_oauth_connection_id', changed.id,
    'zoom_oauth_connection_metadata', coalesce(changed.metadata, '{}'::jsonb),
    'user_id', changed.user_id,
    'account_id', changed.account_id,
    'data', jsonb_build_object(
      'state', changed.state,
      'connection_failure_data', changed.connection_failure_data,
      'last_successful_sync_at', ${isoMicroseconds(sql`changed.last_successful_sync_at`)},
      'last_attempted_sync_at', ${isoMicroseconds(sql`changed.last_attempted_sync_at`)}
    )
  )`;
  return deliver(changed, "zoom_oauth_connection.state_change", sql`changed.id`, payload);
}

/** The CTE `delivered` for the rows of the named CTE, which has the columns of apps. */
export function deliverCredentialsInvalid(changed: SQL): SQL {
  const payload = sql`jsonb_build_object(
    'trigger', 'zoom_oauth_app.credentials_invalid',
    'zoom_oauth_app_id', changed.id,
    'data', jsonb_build_object(
      'client_id', changed.client_id,
      'credentials_invalid_at', ${isoMicroseconds(sql`changed.credentials_invalid_at`)}
    )
  )`;
  return deliver(changed, "zoom_oauth_app.credentials_invalid", sql`null`, payload);
}

/** `connectionId` and `payload` read from `changed`. */
function deliver(changed: SQL, trigger: WebhookTrigger, connectionId: SQL, payload: SQL): SQL {
  return sql`delivered as (
    insert into webhook_deliveries (id, project_id, webhook_id, trigger, zoom_oauth_connection_id, payload)
    select ${NEW_ID}, webhook.project_id, webhook.id, ${trigger}, ${connectionId}, ${payload}
    from ${changed} changed join webhooks webhook on webhook.project_id = changed.project_id
      and webhook.is_active and ${trigger} = any(webhook.triggers)
    -- One that is being removed meanwhile is waited for and left out: the change must not fail with it.
    for key share of webhook
    returning id
  )`;
}

/** The column `delivery_ids` of the statement's result. */
export const DELIVERY_IDS = sql`(select coalesce(jsonb_agg(id), '[]') from delivered) as delivery_ids`;

/** The deliveries that a statement with {@link DELIVERY_IDS} has written. */
export function deliveryIdsOf(row: Record<string, unknown> | undefined): string[] {
  return (row?.delivery_ids as string[] | undefined) ?? [];
}
