// Removes rows that have expired, a bounded number at once, for jobs that run every minute.

import { type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Database } from "./client.ts";
import { type Statement, statement } from "./statement.ts";

const BATCH_SIZE = 10_000;
/** In one cron run: what has expired since the last one is far less. */
const MAX_BATCHES = 10;

type CleanUp = Statement<object, Record<never, never>>;

/** A statement that removes the oldest rows of a table whose time lies before the moment, up to a bound. */
export function cleanUp(name: string, table: PgTable, time: PgColumn, before: SQL): CleanUp {
  return statement<object, Record<never, never>>({
    name,
    // By their places: to join them by key again, Postgres may read all of the table. Runs that overlap share the rows.
    text: () => sql`
      delete from ${table} where ctid = any(array(
        select ctid from ${table} where ${time} < ${before}
        order by ${time} limit ${sql.raw(String(BATCH_SIZE))} for update skip locked
      ))`,
  });
}

/** Runs the clean-up until it finds no more, within the bound of one cron run. Returns how many rows it removed. */
export async function runCleanUp(db: Database, cleaning: CleanUp): Promise<number> {
  let count = 0;
  for (let batches = 0; batches < MAX_BATCHES; batches++) {
    const removed = await cleaning.run(db, {});
    count += removed;
    if (removed < BATCH_SIZE) break;
  }
  return count;
}
