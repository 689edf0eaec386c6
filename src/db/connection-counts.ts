// How many connections an app has, by state and by the master key of their credentials: read as a sum of few rows, however
// many connections there are. The triggers in drizzle/ write the rows.

import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";

/** As many changes as one fold takes: of a minute in which 800 connections a second are created or end. */
const FOLD_BATCH_SIZE = 50_000;

/** The column `counts` of a statement that has the row `app`, for {@link parseCounts}. */
export const COUNTS = sql`(
  select coalesce(sum(connected), 0) || '/' || coalesce(sum(disconnected), 0)
  from zoom_oauth_app_connection_counts where zoom_oauth_app_id = app.id
) as counts`;

export interface ConnectionCounts {
  connected: number;
  disconnected: number;
}

export function parseCounts(counts: unknown): ConnectionCounts {
  const [connected, disconnected] = String(counts).split("/").map(Number);
  return { connected: connected ?? 0, disconnected: disconnected ?? 0 };
}

/**
 * Folds the changes of each app, and what earlier runs made of them, into one row for each master key; none is left where
 * the sum is zero. Runs may overlap: each takes only rows that no other one holds, so that at worst an app keeps two sums
 * until its next change. Bounded, for a job that runs every minute. Returns how many changes it took.
 */
export async function foldConnectionCounts(db: Database): Promise<number> {
  const { rows } = await db.execute(sql`
    with change as (
      select id, zoom_oauth_app_id from zoom_oauth_app_connection_counts
      where not is_folded order by id limit ${FOLD_BATCH_SIZE} for update skip locked
    ), earlier as (
      select id from zoom_oauth_app_connection_counts
      where is_folded and zoom_oauth_app_id in (select zoom_oauth_app_id from change) for update skip locked
    ), taken as (
      delete from zoom_oauth_app_connection_counts
      where id = any(array(select id from change union all select id from earlier))
      returning zoom_oauth_app_id, master_key_id, connected, disconnected
    ), folded as (
      insert into zoom_oauth_app_connection_counts (
        zoom_oauth_app_id, master_key_id, connected, disconnected, is_folded
      )
      select zoom_oauth_app_id, master_key_id, sum(connected), sum(disconnected), true from taken
      group by zoom_oauth_app_id, master_key_id having sum(connected) <> 0 or sum(disconnected) <> 0
    )
    select count(*)::integer as count from change`);
  return rows[0]?.count as number;
}
