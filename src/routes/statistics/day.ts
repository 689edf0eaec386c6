// A day of a project as answers show it.

import * as z from "zod";
import type { CountedDays } from "../../db/daily-counts.ts";
import { type Counted, STATISTICS_DAYS } from "../../model/statistics.ts";

const DAY_MS = 86_400_000;

const count = z.int().nonnegative();
const byReason = z.record(z.string(), count);

export const dayStatistics = z
  .strictObject({
    date: z.iso.date().meta({ description: "The day in UTC." }),
    connected: count.meta({ description: "How many connections were created or reconnected." }),
    disconnected: count.meta({
      description: "How many connected ones were disconnected, or removed by the project.",
    }),
    disconnected_by_reason: byReason.meta({
      description: "The same by `connection_failure_data.code`; `removed`: the project removed them.",
    }),
    refreshes: count.meta({ description: "How many times Zoom gave a new token set." }),
    failed_refreshes: count.meta({ description: "How many refreshes led to nothing." }),
    failed_refreshes_by_reason: byReason.meta({
      description:
        "The same by the code of the error, such as `zoom_unavailable`, or by the `connection_failure_data.code` of the connection that it ended.",
    }),
    tokens_issued: count.meta({ description: "How many tokens of any kind were handed out." }),
    deliveries: count.meta({ description: "How many webhook deliveries arrived." }),
    failed_deliveries: count.meta({
      description: "How many webhook deliveries were given up: no attempts are left.",
    }),
  })
  .meta({ id: "DayStatistics" });

export type DayStatistics = z.output<typeof dayStatistics>;

/** Each of the last 30 days, the oldest first. */
export function toDays({ today, counts }: Pick<CountedDays, "today" | "counts">): DayStatistics[] {
  return Array.from({ length: STATISTICS_DAYS }, (_, index) => {
    const time = Date.parse(today) - (STATISTICS_DAYS - 1 - index) * DAY_MS;
    const date = new Date(time).toISOString().slice(0, 10);
    const ofDay = counts.filter(({ day }) => day === date);
    const reasons = (name: Counted): Record<string, number> =>
      Object.fromEntries(
        ofDay
          .filter(({ counted, reason }) => counted === name && reason !== null)
          .map(({ reason, count }) => [reason, count]),
      );
    const total = (name: Counted): number =>
      ofDay.reduce((sum, { counted, count }) => sum + (counted === name ? count : 0), 0);
    return {
      date,
      connected: total("connected"),
      disconnected: total("disconnected"),
      disconnected_by_reason: reasons("disconnected"),
      refreshes: total("refreshed"),
      failed_refreshes: total("refresh_failed"),
      failed_refreshes_by_reason: reasons("refresh_failed"),
      tokens_issued: total("token_issued"),
      deliveries: total("delivery_succeeded"),
      failed_deliveries: total("delivery_failed"),
    };
  });
}
