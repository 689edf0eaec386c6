// Postgres' text form of a timestamptz, turned into the API's: ISO 8601, UTC, six fractional digits.

import { type SQL, sql } from "drizzle-orm";

const TIMESTAMPTZ = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([+-]\d\d)(?::(\d\d))?$/;

/** `2025-01-13 10:30:00.1234+00` becomes `2025-01-13T10:30:00.123400Z`, whatever the session's time zone. */
export function toIsoMicroseconds(timestamptz: string): string {
  const parts = TIMESTAMPTZ.exec(timestamptz);
  if (!parts) throw new TypeError("not a timestamptz in Postgres' ISO style");
  const [, date, time, fraction = "", hours, minutes = "00"] = parts;
  const seconds =
    hours === "+00" && minutes === "00"
      ? `${date}T${time}`
      : new Date(`${date}T${time}${hours}:${minutes}`).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(6, "0")}Z`;
}

/** The same form, made by Postgres inside a JSON value. */
export function isoMicroseconds(time: SQL): SQL {
  return sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
