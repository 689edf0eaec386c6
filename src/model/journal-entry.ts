// What the token journal keeps of a connection: its token set, and enough to make its row again.

import * as z from "zod";
import { CONNECTION_STATES, chosenFields } from "./connection.ts";
import { credentialsSchema } from "./credentials.ts";
import { timestamp } from "./fields.ts";

/** Columns of the row under their own names. */
const rowFields = {
  id: z.string(),
  project_id: z.string(),
  zoom_oauth_app_id: z.string(),
  user_id: z.string(),
  account_id: z.string(),
  state: z.enum(CONNECTION_STATES),
  ...chosenFields,
  connection_failure_data: z.record(z.string(), z.string()).nullable(),
  credentials_version: z.int(),
  authorized_at: timestamp,
  last_refreshed_at: timestamp,
  created_at: timestamp,
  updated_at: timestamp,
};

type RowField = keyof typeof rowFields;
/** What the journal keeps of a row, but for the token set, which it seals by itself. */
export const JOURNALED_FIELDS = Object.keys(rowFields) as RowField[];

export const journalEntry = z.object({ ...rowFields, credentials: credentialsSchema });
export type JournalEntry = z.output<typeof journalEntry>;

/** The end of a connection, or of its credentials. Nothing personal. */
export interface Removal {
  id: string;
  removed_at: string;
  /** The authorization that was removed. Null where the row is gone: then every authorization up to `removed_at` was. */
  authorized_at: string | null;
  /** Of the failure, where the row stays without credentials; null: the row is gone. */
  code: string | null;
}
