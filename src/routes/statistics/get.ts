import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import { readDailyCounts } from "../../db/daily-counts.ts";
import { connectionCounts } from "../zoom-oauth-apps/app.ts";
import { dayStatistics, toDays } from "./day.ts";

export const getStatistics = defineOperation({
  operationId: "getStatistics",
  method: "get",
  path: "/api/v1/statistics",
  tag: "Statistics",
  summary: "Get what happened by day",
  description:
    "How many connections there are now, and what happened on each of the last 30 days in UTC, today among them. What happened just now is counted at once.",
  security: "api_key",
  scope: "connections:read",
  status: 200,
  answer: z
    .strictObject({
      connection_counts: connectionCounts.meta({
        description: "How many connections the project has, by state.",
      }),
      days: z.array(dayStatistics).meta({ description: "The last 30 days, the oldest first, each of them." }),
    })
    .meta({ id: "Statistics" }),
  errors: [],
  handle: async ({ db, caller }) => {
    const { connection_counts, ...counted } = await readDailyCounts(db, caller);
    return { connection_counts, days: toDays(counted) };
  },
});
