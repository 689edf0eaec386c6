// What happened in a project by day (UTC), read as a sum of few rows, however much happened. Triggers (drizzle/) and the
// statements of refreshes write a row for each change; a cron run folds them.

import { type SQL, sql } from "drizzle-orm";
import { type Counted, STATISTICS_DAYS } from "../model/statistics.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { as, type Expression, field, insertInto, literal } from "./columns.ts";
import { type ConnectionCounts, countConnectionsOfProject } from "./connection-counts.ts";
import { key, type ProjectKey } from "./project-key.ts";
import { projectDailyCounts, type zoomOAuthConnections } from "./schema.ts";
import { keyedStatement, statement } from "./statement.ts";

/** As many changes as one fold takes: of a minute in which 800 a second are counted. */
const FOLD_BATCH_SIZE = 50_000;
/** One more than is read, so that a day that ends while somebody reads is still whole. */
const KEPT_DAYS = STATISTICS_DAYS + 1;

const counts = projectDailyCounts;
const TODAY = sql`(now() at time zone 'utc')::date`;

/**
 * The part of a statement that counts something for each row of the named table expression, which has the columns of
 * connections. What follows may narrow the rows down.
 */
export function insertCount(counted: Counted, reason: Expression, subject: typeof zoomOAuthConnections): SQL {
  return sql`${insertInto(counts, { project_id: subject.project_id, counted, reason })} from ${subject}`;
}

/** How often something happened on a day, for a reason where it has one. */
export interface DailyCount {
  /** `2025-01-31`. */
  day: string;
  counted: Counted;
  reason: string | null;
  count: number;
}

/** The fields of a statement that has `key`. */
export const STATISTICS = {
  today: field<string>(sql`${TODAY}::text`),
  connection_counts: countConnectionsOfProject(key.project_id),
  counts: field<DailyCount[]>(sql`(
    select coalesce(json_agg(daily), '[]') from (
      select ${counts.day}, ${counts.counted}, ${counts.reason}, sum(${counts.count}) as count from ${counts}
      where ${counts.project_id} = ${key.project_id} and ${counts.day} > ${TODAY} - ${literal(STATISTICS_DAYS)}
      group by ${counts.day}, ${counts.counted}, ${counts.reason}
    ) daily
  )`),
};

export const read = keyedStatement({
  name: "read_statistics",
  head: STATISTICS,
  text: (_, columns) => sql`select ${columns} from key`,
});

export interface CountedDays {
  /** The day in UTC: `2025-01-31`. */
  today: string;
  connection_counts: ConnectionCounts;
  /** Of the last 30 days, in no order. What did not happen is left out. */
  counts: DailyCount[];
}

/** What happened in the project in the last 30 days. */
export async function readDailyCounts(db: Database, project: ProjectKey): Promise<CountedDays> {
  return (await read.read(db, { ...project })).head;
}

const change = as(counts, "change");
const taken = as(counts, "taken");

export const fold = statement({
  name: "fold_daily_counts",
  row: { count: field<number>(sql`count(*)::integer`) },
  text: (_: object, columns) => sql`
    with change as (
      select ${counts}.* from ${counts}
      where not ${counts.is_folded} order by ${counts.id} limit ${literal(FOLD_BATCH_SIZE)} for update skip locked
    ), earlier as (
      select ${counts.id} from ${counts}
      where ${counts.is_folded} and (${counts.project_id}, ${counts.day}) in (
        select distinct ${change.project_id}, ${change.day} from change
      )
      for update skip locked
    ), taken as (
      delete from ${counts}
      where ${counts.id} = any(array(select id from change union all select id from earlier))
      returning *
    ), folded as (
      ${insertInto(counts, {
        project_id: taken.project_id,
        day: taken.day,
        counted: taken.counted,
        reason: taken.reason,
        count: sql`sum(${taken.count})`,
        is_folded: true,
      })} from taken
      group by ${taken.project_id}, ${taken.day}, ${taken.counted}, ${taken.reason}
    )
    select ${columns} from change`,
});

/**
 * Folds what was counted since the last run, and the sums of the same days, into one row for each day, kind and reason. Runs
 * may overlap, as those of `foldConnectionCounts`. Returns how many rows it took.
 */
export async function foldDailyCounts(db: Database): Promise<number> {
  return (await fold.first(db, {}))?.count ?? 0;
}

export const deleteOld = cleanUp(
  "delete_old_daily_counts",
  counts,
  counts.day,
  sql`${TODAY} - ${literal(KEPT_DAYS)} and ${counts.is_folded}`,
);

/** Forgets days that nobody reads any more. Bounded, for a job that runs every minute. Returns how many rows. */
export async function deleteOldDailyCounts(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOld);
}
