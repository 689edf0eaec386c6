// When a cron run asks for work on connections. The triggers in drizzle/ keep a row for each kind of work that a
// connection needs: here those are only moved. Each function is one statement.

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { as, field, literal, set } from "./columns.ts";
import { DUE_WORK, zoomOAuthConnectionSchedules, zoomOAuthConnections } from "./schema.ts";
import { type Parameters, statement, variants } from "./statement.ts";

/** A token set that is older is refreshed, in days; with the spread it is never older than 30. */
const REFRESH_AFTER_DAYS = 20;
/** As much due work as one statement takes: it costs less for each the more it takes. */
export const DUE_BATCH_SIZE = 1_000;
/** When work that was handed out comes due again where its message was lost. */
const DUE_AGAIN = sql`now() + interval '24 hours'`;

export type DueWork = (typeof DUE_WORK)[number];

interface DueRule {
  /** What else decides, beside the schedule. */
  join: SQL;
  /** Which of those that have come due need the work. */
  isWanted: SQL;
  /** When the others come due. */
  otherwise: SQL;
}

const schedules = zoomOAuthConnectionSchedules;
const schedule = as(schedules, "schedule");
const connection = as(zoomOAuthConnections, "connection");
const refreshedAt = sql`${connection.last_refreshed_at}`;

const DUE: Record<DueWork, DueRule> = {
  refresh: {
    join: sql`join ${zoomOAuthConnections} connection on ${connection.id} = ${schedule.zoom_oauth_connection_id}`,
    isWanted: sql`(${connection.is_grant_doubted} or ${refreshedAt} <= now() - ${literal(REFRESH_AFTER_DAYS)} * interval '1 day')`,
    otherwise: sql`${refreshedAt} + interval '30 days' - random() * interval '10 days'`,
  },
  sync: { join: sql``, isWanted: sql`true`, otherwise: DUE_AGAIN },
};

/** The statement, or part of one, that lets a cron run ask for the work at that time, where the connection needs it. */
export function scheduleWork(work: SQL, connectionId: SQL, dueAt: SQL): SQL {
  return sql`
    update ${schedules} set ${set(schedules, { due_at: dueAt })}
    where ${schedules.zoom_oauth_connection_id} = ${connectionId} and ${schedules.work} = ${work}`;
}

export const markWorkDue = statement({
  name: "mark_work_due",
  text: (p: Parameters<{ work: DueWork; id: string; afterSeconds: number }>) =>
    scheduleWork(sql`${p.work}`, sql`${p.id}`, sql`now() + ${p.afterSeconds} * interval '1 second'`),
});

/** Lets a cron run ask for the work after this time. */
export async function markDue(
  db: Database,
  work: DueWork,
  connectionId: string,
  afterSeconds: number,
): Promise<void> {
  await markWorkDue.run(db, { work, id: connectionId, afterSeconds });
}

export interface Due {
  /** The connections that need the work. */
  ids: string[];
  /** How many had come due, up to {@link DUE_BATCH_SIZE}. */
  count: number;
}

export const takeDueWork = variants(DUE_WORK, (work: DueWork) => {
  const { join, isWanted, otherwise } = DUE[work];
  return statement({
    name: `take_due_${work}`,
    row: { id: field<string>(sql`due.id`), is_wanted: field<boolean>(sql`due.is_wanted`) },
    text: (_: object, columns) => sql`
    with due as (
      select ${schedule.zoom_oauth_connection_id} as id, ${isWanted} as is_wanted, ${otherwise} as otherwise
      from ${schedules} schedule ${join}
      where ${schedule.work} = ${literal(work)} and ${schedule.due_at} <= now()
      order by ${schedule.due_at} limit ${literal(DUE_BATCH_SIZE)} for update of schedule skip locked
    )
    update ${schedules} set ${set(schedules, {
      due_at: sql`case when is_wanted then ${DUE_AGAIN} else otherwise end`,
    })}
    from due where ${schedules.zoom_oauth_connection_id} = due.id and ${schedules.work} = ${literal(work)}
    returning ${columns}`,
  });
});

/**
 * Takes up to {@link DUE_BATCH_SIZE} connections whose time has come: each belongs to one caller, however many ask at
 * once. The work sets the next time, and where it is lost, it comes due again. One that was refreshed meanwhile, as
 * those in use are each hour, only gets its next time.
 */
export async function takeDue(db: Database, work: DueWork): Promise<Due> {
  const rows = await takeDueWork.for(work).all(db, {});
  return { ids: rows.filter((row) => row.is_wanted).map((row) => row.id), count: rows.length };
}
