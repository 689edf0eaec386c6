// The outbox: deliveries are written by the very statement that makes the change they tell of, so that neither
// exists without the other. What is not told to the queue afterwards, the cron run finds.

import { type SQL, sql } from "drizzle-orm";
import type { WebhookTrigger } from "../model/webhook-payloads.ts";
import { as, type Expression, field, insertInto, isoMicroseconds, randomId } from "./columns.ts";
import { webhookDeliveries, webhooks, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";

/** Made where the number of subscriptions is known. */
const NEW_ID = randomId("whd");

/** The ids of the deliveries that a change has written to the outbox. */
export const DELIVERY_IDS = deliveryIdsOf(sql`delivered`);
/** The same where a change of a connection may have ended a connect session, too. */
export const ALL_DELIVERY_IDS = deliveryIdsOf(
  sql`(select id from delivered union all select id from session_delivered) delivered`,
);

/** The ids of the deliveries in a CTE of this form. */
export function deliveryIdsOf(from: SQL) {
  return field<string[]>(sql`(select coalesce(jsonb_agg(id), '[]') from ${from})`);
}

/** What a change has written to the outbox. */
export interface Changed {
  deliveryIds: string[];
}

/** What a statement with {@link DELIVERY_IDS} has changed; null: nothing. */
export function toChanged(row: { delivery_ids: string[] } | null): Changed | null {
  return row && { deliveryIds: row.delivery_ids };
}

/**
 * The CTE `delivered`: a delivery to each active subscription for every row of the named CTE, which has the columns
 * of connections as they are after the change.
 */
export function deliverStateChange(cte: SQL): SQL {
  const changed = as(zoomOAuthConnections, "changed");
  const payload = sql`jsonb_build_object(
    'trigger', 'zoom_oauth_connection.state_change',
    'zoom_oauth_connection_id', ${changed.id},
    'zoom_oauth_connection_metadata', coalesce(${changed.metadata}, '{}'::jsonb),
    'user_id', ${changed.user_id},
    'account_id', ${changed.account_id},
    'data', jsonb_build_object(
      'state', ${changed.state},
      'connection_failure_data', ${changed.connection_failure_data},
      'last_successful_sync_at', ${isoMicroseconds(sql`${changed.last_successful_sync_at}`)},
      'last_attempted_sync_at', ${isoMicroseconds(sql`${changed.last_attempted_sync_at}`)}
    )
  )`;
  return deliver(sql`delivered`, cte, {
    projectId: changed.project_id,
    trigger: "zoom_oauth_connection.state_change",
    connectionId: changed.id,
    payload,
  });
}

/** The CTE `delivered` for the rows of the named CTE, which has the columns of apps. */
export function deliverCredentialsInvalid(cte: SQL): SQL {
  const changed = as(zoomOAuthApps, "changed");
  const payload = sql`jsonb_build_object(
    'trigger', 'zoom_oauth_app.credentials_invalid',
    'zoom_oauth_app_id', ${changed.id},
    'data', jsonb_build_object(
      'client_id', ${changed.client_id},
      'credentials_invalid_at', ${isoMicroseconds(sql`${changed.credentials_invalid_at}`)}
    )
  )`;
  return deliver(sql`delivered`, cte, {
    projectId: changed.project_id,
    trigger: "zoom_oauth_app.credentials_invalid",
    connectionId: null,
    payload,
  });
}

interface Delivery {
  projectId: Expression;
  trigger: WebhookTrigger;
  /** Whose removal removes it; null: nobody's. */
  connectionId: Expression;
  payload: SQL;
  /** Webhooks that hear nothing of it, since the same statement removes them. */
  isLeftOut?: ((webhook: typeof webhooks) => SQL) | null;
}

/** The CTE of this name with the deliveries of each row of `cte`. The expressions read from `changed`. */
export function deliver(
  name: SQL,
  cte: SQL,
  { projectId, trigger, connectionId, payload, isLeftOut }: Delivery,
): SQL {
  const webhook = as(webhooks, "webhook");
  const delivery = {
    id: NEW_ID,
    project_id: webhook.project_id,
    webhook_id: webhook.id,
    trigger,
    zoom_oauth_connection_id: connectionId,
    payload,
  };
  return sql`${name} as (
    ${insertInto(webhookDeliveries, delivery)}
    from ${cte} changed join ${webhooks} webhook on ${webhook.project_id} = ${projectId}
      and ${webhook.is_active} and ${sql.raw(`'${trigger}'`)} = any(${webhook.triggers})
      ${isLeftOut ? sql`and not ${isLeftOut(webhook)}` : sql``}
    -- One that is being removed meanwhile is waited for and left out: the change must not fail with it.
    for key share of webhook
    returning ${webhookDeliveries.id}
  )`;
}
