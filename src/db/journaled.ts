// What the token journal keeps of a connection's row.

import { JOURNALED_FIELDS } from "../model/journal-entry.ts";
import { pick, type RowOf } from "./columns.ts";
import type { zoomOAuthConnections } from "./schema.ts";

/** What the journal keeps of the table expression's connections. The credentials are sealed for the row. */
export function journaledColumns(from: typeof zoomOAuthConnections) {
  return pick(from, [...JOURNALED_FIELDS, "credentials"]);
}

export type JournaledRow = RowOf<ReturnType<typeof journaledColumns>>;
