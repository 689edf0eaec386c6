// When the clock asks for work on connections. The triggers in drizzle/ keep a row for each kind of work that a connection
// needs: here those are only moved. Each function is one statement.

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";

/** A token set that is older is refreshed, in days; with the spread it is never older than 30. */
const REFRESH_AFTER_DAYS = 20;
/** As much due work as one statement takes: it costs less for each the more it takes. */
export const DUE_BATCH_SIZE = 1_000;
/** When work that was handed out comes due again where its message was lost. */
const DUE_AGAIN = sql`now() + interval '24 hours'`;

export type DueWork = "refresh" | "sync";

interface DueRule {
  /** What else decides, beside the schedule. */
  join: SQL;
  /** Which of those that have come due need the work. */
  isWanted: SQL;
  /** When the others come due. */
  otherwise: SQL;
}

const DUE: Record<DueWork, DueRule> = {
  refresh: {
    join: sql`join zoom_oauth_connections connection on connection.id = zoom_oauth_connection_id`,
    isWanted: sql`last_refreshed_at <= now() - ${REFRESH_AFTER_DAYS} * interval '1 day'`,
    otherwise: sql`last_refreshed_at + interval '30 days' - random() * interval '10 days'`,
  },
  sync: { join: sql``, isWanted: sql`true`, otherwise: DUE_AGAIN },
};

/** The statement, or part of one, that lets the clock ask for the work at that time, where the connection needs it. */
export function schedule(work: DueWork, connectionId: SQL, dueAt: SQL): SQL {
  return sql`
    update zoom_oauth_connection_schedules set due_at = ${dueAt}
    where zoom_oauth_connection_id = ${connectionId} and work = ${work}`;
}

/** Lets the clock ask for the work after this time. */
export async function markDue(
  db: Database,
  work: DueWork,
  connectionId: string,
  afterSeconds: number,
): Promise<void> {
  await db.execute(schedule(work, sql`${connectionId}`, sql`now() + ${afterSeconds} * interval '1 second'`));
}

export interface Due {
  /** The connections that need the work. */
  ids: string[];
  /** How many had come due, up to {@link DUE_BATCH_SIZE}. */
  count: number;
}

/**
 * Takes up to {@link DUE_BATCH_SIZE} connections whose time has come: each belongs to one caller, however many ask at
 * once. The work sets the next time, and where it is lost, it comes due again. One that was refreshed meanwhile, as
 * those in use are each hour, only gets its next time.
 */
export async function takeDue(db: Database, work: DueWork): Promise<Due> {
  const { join, isWanted, otherwise } = DUE[work];
  const { rows } = await db.execute(sql`
    with due as (
      select zoom_oauth_connection_id as id, ${isWanted} as is_wanted, ${otherwise} as otherwise
      from zoom_oauth_connection_schedules schedule ${join}
      where work = ${work} and due_at <= now()
      order by due_at limit ${DUE_BATCH_SIZE} for update of schedule skip locked
    )
    update zoom_oauth_connection_schedules set due_at = case when is_wanted then ${DUE_AGAIN} else otherwise end
    from due where zoom_oauth_connection_id = id and work = ${work}
    returning id, is_wanted`);
  return { ids: rows.filter((row) => row.is_wanted).map((row) => row.id as string), count: rows.length };
}
