// Why a connection ended, as its row keeps it.

import { type SQL, sql } from "drizzle-orm";
import { isoMicroseconds } from "./timestamps.ts";

/** The value of `connection_failure_data` for an end at this moment. */
export function failureData({ error, code }: { error: string; code: string }): SQL {
  return sql`jsonb_build_object(
    'error', ${error}::text, 'code', ${code}::text, 'timestamp', ${isoMicroseconds(sql`now()`)}
  )`;
}
