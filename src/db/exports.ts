// Connections that leave the service. The statement that ends one keeps its token set, sealed, for some minutes, so that an
// answer that is lost on its way does not lose the grant.

import { sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import { type ConnectionFailureCode, KEPT_FAILURES } from "../model/connection-failure.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { as, field, insertInto, isoMicroseconds, literal, nullable, pick, set } from "./columns.ts";
import { failureCode, insertEvent } from "./connection-events.ts";
import { DELIVERY_IDS, deliverStateChange } from "./outbox.ts";
import { key, type ObjectKey } from "./project-key.ts";
import { zoomOAuthConnections, zoomOAuthExports } from "./schema.ts";
import { keyedStatement, type Parameters } from "./statement.ts";
import { ended, type FailureValues, failureValues, hasFailure } from "./transitions.ts";

/** How long the API key that exported a connection can ask for the same answer again. */
export const EXPORT_MINUTES = 10;

const connections = zoomOAuthConnections;
const connection = as(connections, "connection");
const kept = as(zoomOAuthExports, "kept");

interface ExportValues extends FailureValues {
  id: string;
  /** The version that was just refreshed; null: none was, and only tokens that were kept without a connection can leave. */
  version: number | null;
  eventId: string;
}

/** Nothing has come of it since: no other grant, and no other end. */
const IS_EXPORTED = sql`${connection.state} = 'disconnected'
  and ${connection.connection_failure_data} ->> 'code' = ${literal("exported" satisfies ConnectionFailureCode)}`;

const isKept = sql`${connections.state} = 'disconnected' and ${hasFailure(KEPT_FAILURES)}`;

export const exportOne = keyedStatement({
  name: "export_connection",
  row: {
    ...pick(connection, ["id", "zoom_oauth_app_id", "user_id", "account_id", "authorized_at", "state"]),
    credentials: field<string | null>(sql`coalesce((select credentials from subject), ${kept.credentials})`),
    /** Null: it had ended before. */
    ended_at: field<string | null>(isoMicroseconds(sql`(select updated_at from ended)`)),
    delivery_ids: nullable(DELIVERY_IDS),
  },
  text: (p: Parameters<ExportValues>, columns) => sql`, subject as (
      select ${connections}.* from ${connections} join key on ${key.project_id} = ${connections.project_id}
      where ${connections.id} = ${p.id} and ${connections.credentials} is not null and case
        when ${p.version}::integer is null then ${isKept}
        else ${connections.state} = 'connected' and ${connections.credentials_version} = ${p.version}::integer
          -- Whoever refreshes this version at the moment ends its refresh token.
          and (${connections.refresh_lease_owner} is null or ${connections.refresh_lease_expires_at} <= now())
      end
      for update of ${connections}
    ), ended as (
      update ${connections} set ${set(connections, {
        ...ended(p),
        credentials: null,
        credentials_version: sql`${connections.credentials_version} + 1`,
        access_token_expires_at: null,
      })}
      where ${connections.id} = (select id from subject)
      returning *
    ), kept_now as (
      ${insertInto(zoomOAuthExports, {
        zoom_oauth_connection_id: sql`subject.id`,
        api_key_id: key.id,
        credentials: sql`subject.credentials`,
        expires_at: sql`now() + ${literal(EXPORT_MINUTES)} * interval '1 minute'`,
      })} from subject, key
      on conflict (zoom_oauth_connection_id) do update set ${set(zoomOAuthExports, {
        api_key_id: as(zoomOAuthExports, "excluded").api_key_id,
        credentials: as(zoomOAuthExports, "excluded").credentials,
        expires_at: as(zoomOAuthExports, "excluded").expires_at,
      })}
    ), told as (
      ${insertEvent(p.eventId, "exported", as(connections, "ended"), { data: failureCode(p.code) })}
    ), changed as (
      select * from ended where (select state from subject) = 'connected'
    ), ${deliverStateChange(sql`changed`)}
    select ${columns} from key
    left join ${connections} connection on ${connection.project_id} = ${key.project_id} and ${connection.id} = ${p.id}
    left join ${zoomOAuthExports} kept on ${kept.zoom_oauth_connection_id} = ${connection.id}
      and ${kept.api_key_id} = ${key.id} and ${kept.expires_at} > now() and ${IS_EXPORTED}`,
});

export interface ExportedRow {
  connection: {
    id: string;
    zoom_oauth_app_id: string;
    user_id: string;
    account_id: string;
    authorized_at: string;
  };
  /** Sealed. */
  credentials: string;
  /** Null: an earlier request ended it. */
  endedAt: string | null;
  deliveryIds: string[];
}

/**
 * Ends the connection and erases its credentials, or finds what the same API key exported a moment ago. Null: there is
 * nothing to export, or somebody has replaced the version or is about to. Throws `not_found`.
 */
export async function exportConnection(
  db: Database,
  which: ObjectKey & { version: number | null; eventId: string },
): Promise<ExportedRow | null> {
  const row = await exportOne.first(db, { ...which, ...failureValues("exported") });
  if (row === null) throw notFound("Zoom OAuth connection");
  const { credentials, ended_at: endedAt, delivery_ids: deliveryIds, state: _, ...found } = row;
  return credentials === null
    ? null
    : { connection: found, credentials, endedAt, deliveryIds: deliveryIds ?? [] };
}

export const deleteOld = cleanUp(
  "delete_old_exports",
  zoomOAuthExports,
  zoomOAuthExports.expires_at,
  sql`now()`,
);

/** Erases what was kept of exports. Bounded, for a job that runs every minute. Returns how many. */
export async function deleteOldExports(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOld);
}
