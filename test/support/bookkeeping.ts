// What the triggers keep beside the connections, compared with the connections themselves.

import type pg from "pg";

/** Rows that only one of two statements has, whichever. */
const differ = (a: string, b: string) => `((${a}) except all (${b})) union all ((${b}) except all (${a}))`;

const SCHEDULES = differ(
  `select id, 'refresh' as work from zoom_oauth_connections where state = 'connected'
   union all select id, 'sync' from zoom_oauth_connections where state = 'connected' and is_local_recording_token_supported`,
  "select zoom_oauth_connection_id, work from zoom_oauth_connection_schedules",
);

const COUNTS = differ(
  `select zoom_oauth_app_id, master_key_id, count(*) filter (where state = 'connected'),
     count(*) filter (where state = 'disconnected')
   from zoom_oauth_connections group by 1, 2`,
  `select zoom_oauth_app_id, master_key_id, sum(connected), sum(disconnected) from zoom_oauth_app_connection_counts
   group by 1, 2 having sum(connected) <> 0 or sum(disconnected) <> 0`,
);

/** Every change that is counted by the day, while no test removes events: what was connected is, or was lost again. */
const DAILY_COUNTS = differ(
  `select project_id, count(*) from zoom_oauth_connections where state = 'connected' group by 1`,
  `select project_id, sum(case counted when 'connected' then count when 'disconnected' then -count else 0 end)
   from project_daily_counts group by 1 having sum(case counted when 'connected' then count when 'disconnected' then -count else 0 end) <> 0`,
);

/** What is scheduled for no connection that needs it or for none, and what is counted wrongly: each list is to be empty. */
export async function findDiscrepancies(database: pg.Pool | pg.Client): Promise<Record<string, unknown[]>> {
  const [schedules, counts] = [await database.query(SCHEDULES), await database.query(COUNTS)];
  const days = await database.query(DAILY_COUNTS);
  return { schedules: schedules.rows, counts: counts.rows, days: days.rows };
}
