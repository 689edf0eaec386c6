// What an operator's monitoring asks for, in one statement: sums of counters and index scans with a bound, whose cost does not
// grow with the number of connections.

import { type SQL, sql } from "drizzle-orm";
import type { Counted } from "../model/statistics.ts";
import type { Database } from "./client.ts";
import { field, literal } from "./columns.ts";
import { type ConnectionCounts, countAllConnections } from "./connection-counts.ts";
import type { DueWork } from "./schedules.ts";
import {
  DUE_WORK,
  deadLetters,
  projectDailyCounts,
  webhookDeliveries,
  zoomOAuthApps,
  zoomOAuthConnectionSchedules,
} from "./schema.ts";
import { TEXTS_BY_KEY } from "./sealed.ts";
import { statement } from "./statement.ts";

/** Where a count of waiting rows stops. */
const MAX_COUNTED = 100_000;

const schedules = zoomOAuthConnectionSchedules;
const deliveries = webhookDeliveries;
const counts = projectDailyCounts;
const TODAY = sql`(now() at time zone 'utc')::date`;

/** How many rows of a queue wait, up to a bound, and the age of the oldest that is due, in seconds. */
export interface Waiting {
  count: number;
  /** 0: nothing is due. */
  oldest_age_seconds: number;
}

/** How often something happened today (UTC), in all projects. */
export interface TodaysCount {
  counted: Counted;
  reason: string | null;
  count: number;
}

export interface Metrics {
  connection_counts: ConnectionCounts;
  due_work: Record<DueWork, Waiting>;
  deliveries: Waiting;
  /** Messages that a queue gave up within 24 hours. */
  dead_letters: number;
  marked_apps: number;
  texts_by_key: { key_id: string; count: number }[];
  /** The beginning of the day in UTC, in seconds since 1970. */
  today: number;
  todays_counts: TodaysCount[];
}

/** Each number of rows is read from an index in the order of `time`, and no further than the bound. */
function waiting(rows: SQL, time: SQL): SQL {
  return sql`json_build_object(
    'count', (select count(*) from (select ${rows} order by ${time} limit ${literal(MAX_COUNTED)}) waiting),
    'oldest_age_seconds', coalesce((select extract(epoch from now() - min(${time})) ${rows} and ${time} <= now()), 0)
  )`;
}

const dueOf = (work: DueWork) =>
  sql`${literal(work)}, ${waiting(
    sql`from ${schedules} where ${schedules.work} = ${literal(work)} and ${schedules.due_at} <= now()`,
    sql`${schedules.due_at}`,
  )}`;

/** Of the sums and of the changes that no cron run has folded yet, each by its index. */
const todaysCounts = (isFolded: SQL) => sql`
  select ${counts.counted}, ${counts.reason}, ${counts.count} from ${counts}
  where ${isFolded} and ${counts.day} = ${TODAY}`;

export const read = statement({
  name: "read_metrics",
  row: {
    connection_counts: countAllConnections(),
    due_work: field<Record<DueWork, Waiting>>(
      sql`json_build_object(${sql.join(DUE_WORK.map(dueOf), sql`, `)})`,
    ),
    deliveries: field<Waiting>(
      waiting(
        sql`from ${deliveries} where ${deliveries.state} = 'pending'`,
        sql`${deliveries.next_attempt_at}`,
      ),
    ),
    dead_letters: field<number>(sql`(
      select count(*)::integer from ${deadLetters} where ${deadLetters.created_at} > now() - interval '24 hours'
    )`),
    marked_apps: field<number>(sql`(
      select count(*)::integer from ${zoomOAuthApps} where ${zoomOAuthApps.credentials_invalid_at} is not null
    )`),
    texts_by_key: field<Metrics["texts_by_key"]>(
      sql`(select coalesce(json_agg(texts order by key_id), '[]') from ${TEXTS_BY_KEY} texts)`,
    ),
    today: field<number>(sql`extract(epoch from ${TODAY})::integer`),
    todays_counts: field<TodaysCount[]>(sql`(
      select coalesce(json_agg(daily), '[]') from (
        select counted, reason, sum(count) as count from (
          ${todaysCounts(sql`${counts.is_folded}`)} union all ${todaysCounts(sql`not ${counts.is_folded}`)}
        ) today group by counted, reason order by counted, reason
      ) daily
    )`),
  },
  text: (_: object, columns) => sql`select ${columns}`,
});

/** All of it as of now. One round trip. */
export async function readMetrics(db: Database): Promise<Metrics> {
  const row = await read.first(db, {});
  if (row === null) throw new TypeError("A statement without a condition has found nothing.");
  return row;
}
