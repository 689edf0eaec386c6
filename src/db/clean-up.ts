// Removes what has had its time, a bounded number of rows at once, for jobs that run every minute.

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";

const BATCH_SIZE = 10_000;
/** In one run: what has had its time since the last one is far less. */
const MAX_BATCHES = 10;

/** A table, and the column whose index finds the rows that have had their time. */
interface Ageing {
  table: "used_authorization_codes" | "connection_events" | "zoom_events" | "webhook_deliveries";
  column: "created_at" | "expires_at" | "received_at";
}

/** Removes the oldest rows whose column lies before the moment, up to a bound. Returns how many. */
export async function deleteOldest(db: Database, { table, column }: Ageing, before: SQL): Promise<number> {
  const [rows, time] = [sql.identifier(table), sql.identifier(column)];
  // By their places: to join them by key again, Postgres may read all of the table. Runs that overlap share the rows.
  const batch = sql`
    delete from ${rows} where ctid = any(array(
      select ctid from ${rows} where ${time} < ${before} order by ${time} limit ${BATCH_SIZE} for update skip locked
    ))`;
  let count = 0;
  for (let batches = 0; batches < MAX_BATCHES; batches++) {
    const { rowCount } = await db.execute(batch);
    count += rowCount;
    if (rowCount < BATCH_SIZE) break;
  }
  return count;
}
