import * as z from "zod";
import { defineOperation } from "../../api/operation.ts";
import {
  isRecoveryCursor,
  RECOVERY_REFUSALS,
  type RefusalReason,
  recoverPage,
} from "../../connections/recover.ts";

const cursor = z.string().max(2_000);
const count = (description: string) => z.int().meta({ description });

const recovery = z
  .strictObject({
    cursor: cursor
      .nullable()
      .meta({ description: "Send it with the next request. Null: the walk has come to its end." }),
    made: count("How many connections the database did not know."),
    updated: count("How many had an older token set, or older facts."),
    unchanged: count("How many were as new as the journal, or newer."),
    removed: count("How many were removed again."),
    erased: count(
      "How many lost their credentials again, because the user removed the app or they were exported.",
    ),
    refused: z
      .array(
        z.strictObject({
          zoom_oauth_connection_id: z.string(),
          zoom_oauth_app_id: z
            .string()
            .nullable()
            .meta({ description: "Null where the entry cannot be read." }),
          project_id: z.string().nullable().meta({ description: "Null where the entry cannot be read." }),
          reason: z.enum(Object.keys(RECOVERY_REFUSALS) as RefusalReason[]).meta({
            description: Object.entries(RECOVERY_REFUSALS)
              .map(([name, sentence]) => `- \`${name}\`: ${sentence}`)
              .join("\n"),
          }),
        }),
      )
      .meta({ description: "Entries of which no row could be made." }),
  })
  .meta({ id: "RecoveryPage" });

export const recoverConnections = defineOperation({
  operationId: "recoverConnections",
  method: "post",
  path: "/api/v1/recovery",
  tag: "Administration",
  summary: "Recover connections from the token journal",
  description:
    "For a database that was restored to an earlier moment. Each request does one page: first connections that were removed after that moment are removed again, then the others get back what they had. `npm run recover` sends the requests. A page may be sent again. 404 where no token journal is bound.",
  security: "admin",
  isIdempotent: true,
  body: z
    .strictObject({
      cursor: cursor
        .refine(isRecoveryCursor, "Must be the `cursor` of an earlier answer.")
        .nullable()
        .default(null)
        .meta({ description: "From the last answer. Null, or left out: from the start." }),
    })
    .meta({ id: "RecoveryRequest" }),
  status: 200,
  answer: recovery,
  errors: [],
  handle: async (scope, { body }) => await recoverPage(scope, body.cursor),
});
