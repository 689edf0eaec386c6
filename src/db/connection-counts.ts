// How many connections an app has, by state and by the master key of their credentials: read as a sum of few rows, however
// many connections there are. The triggers in drizzle/ write the rows.

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { as, type Expression, type Field, field, insertInto, literal } from "./columns.ts";
import { zoomOAuthAppConnectionCounts, zoomOAuthApps } from "./schema.ts";
import { statement } from "./statement.ts";

/** As many changes as one fold takes: of a minute in which 800 connections a second are created or end. */
const FOLD_BATCH_SIZE = 50_000;

const counts = zoomOAuthAppConnectionCounts;

export interface ConnectionCounts {
  connected: number;
  disconnected: number;
}

/** How many connections the app with this id has. */
export function countConnections(appId: Expression): Field<ConnectionCounts> {
  return sumOf(sql`${counts.zoom_oauth_app_id} = ${appId}`);
}

/** How many connections the apps of the project have. */
export function countConnectionsOfProject(projectId: Expression): Field<ConnectionCounts> {
  return sumOf(sql`${counts.zoom_oauth_app_id} in (
    select ${zoomOAuthApps.id} from ${zoomOAuthApps} where ${zoomOAuthApps.project_id} = ${projectId}
  )`);
}

/** How many connections there are. */
export function countAllConnections(): Field<ConnectionCounts> {
  return sumOf(sql`true`);
}

function sumOf(condition: SQL): Field<ConnectionCounts> {
  return field<ConnectionCounts>(sql`(
    select json_build_object(
      'connected', coalesce(sum(${counts.connected}), 0), 'disconnected', coalesce(sum(${counts.disconnected}), 0)
    ) from ${counts} where ${condition}
  )`);
}

const change = as(counts, "change");
const taken = as(counts, "taken");

export const fold = statement({
  name: "fold_connection_counts",
  row: { count: field<number>(sql`count(*)::integer`) },
  text: (_: object, columns) => sql`
    with change as (
      select ${counts}.* from ${counts}
      where not ${counts.is_folded} order by ${counts.id} limit ${literal(FOLD_BATCH_SIZE)} for update skip locked
    ), earlier as (
      select ${counts.id} from ${counts}
      where ${counts.is_folded} and ${counts.zoom_oauth_app_id} in (select ${change.zoom_oauth_app_id} from change)
      for update skip locked
    ), taken as (
      delete from ${counts}
      where ${counts.id} = any(array(select id from change union all select id from earlier))
      returning *
    ), folded as (
      ${insertInto(counts, {
        zoom_oauth_app_id: taken.zoom_oauth_app_id,
        master_key_id: taken.master_key_id,
        connected: sql`sum(${taken.connected})`,
        disconnected: sql`sum(${taken.disconnected})`,
        is_folded: true,
      })} from taken
      group by ${taken.zoom_oauth_app_id}, ${taken.master_key_id}
      having sum(${taken.connected}) <> 0 or sum(${taken.disconnected}) <> 0
    )
    select ${columns} from change`,
});

/**
 * Folds the changes of each app, and what earlier runs made of them, into one row for each master key; none is left where
 * the sum is zero. Runs may overlap: each takes only rows that no other one holds, so that at worst an app keeps two sums
 * until its next change. Bounded, for a job that runs every minute. Returns how many changes it took.
 */
export async function foldConnectionCounts(db: Database): Promise<number> {
  return (await fold.first(db, {}))?.count ?? 0;
}
