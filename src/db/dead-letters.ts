// Messages that a queue gave up, for the operator. They stay until they were resent, and 30 days longer.

import { sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import type { PageRequest } from "../model/page.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { columnsOf, field, insertInto, NOW, pick, type RowOf, set } from "./columns.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { deadLetters } from "./schema.ts";
import { type Parameters, statement, variants } from "./statement.ts";

const letters = deadLetters;

/** What an operator is shown of a message: never its body, which may hold sealed tokens. */
const SHOWN = {
  ...pick(letters, ["id", "message_id", "created_at", "resent_at"]),
  type: field<string | null>(sql`${letters.body} ->> 'type'`),
  zoom_oauth_connection_id: field<string | null>(sql`${letters.body} ->> 'zoom_oauth_connection_id'`),
  zoom_oauth_app_id: field<string | null>(sql`${letters.body} ->> 'zoom_oauth_app_id'`),
  webhook_delivery_id: field<string | null>(sql`${letters.body} ->> 'webhook_delivery_id'`),
  size: field<number>(sql`octet_length(${letters.body}::text)`),
};

export type DeadLetterRow = RowOf<typeof SHOWN>;

interface KeepValues {
  id: string;
  messageId: string;
  /** JSON. */
  body: string;
  /** It is tried again by itself. */
  isResent: boolean;
}

export const keep = statement({
  name: "keep_dead_letter",
  text: (p: Parameters<KeepValues>) => sql`
    ${insertInto(letters, {
      id: p.id,
      message_id: p.messageId,
      body: p.body,
      resent_at: sql`case when ${p.isResent}::boolean then now() end`,
    })} on conflict (message_id) do nothing`,
});

/** Keeps a message; one that comes again is kept once. */
export async function keepDeadLetter(db: Database, letter: KeepValues): Promise<void> {
  await keep.run(db, { ...letter });
}

export const list = variants(PAGE_SHAPES, (shape: PageShape) =>
  statement({
    name: "list_dead_letters",
    row: SHOWN,
    text: (p: Parameters<PageValues>, columns) => sql`
      select ${columns} from ${letters} where true ${pageClause(letters, shape, p)}`,
  }),
);

export async function listDeadLetters(db: Database, page: PageRequest): Promise<DeadLetterRow[]> {
  return await list.for(pageShape(page)).all(db, { ...pageValues(page) });
}

export const find = statement({
  name: "find_dead_letter",
  row: columnsOf(letters),
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from ${letters} where ${letters.id} = ${p.id}`,
});

/** The message itself. Throws `not_found`. */
export async function findDeadLetterBody(db: Database, id: string): Promise<unknown> {
  const row = await find.first(db, { id });
  if (row === null) throw notFound("dead letter");
  return row.body;
}

export const markResent = statement({
  name: "mark_dead_letter_resent",
  row: SHOWN,
  text: (p: Parameters<{ id: string }>, columns) => sql`
    update ${letters} set ${set(letters, { resent_at: NOW })} where ${letters.id} = ${p.id} returning ${columns}`,
});

/** Notes that the message is on a queue again. Throws `not_found`. */
export async function markDeadLetterResent(db: Database, id: string): Promise<DeadLetterRow> {
  const row = await markResent.first(db, { id });
  if (row === null) throw notFound("dead letter");
  return row;
}

export const deleteOld = cleanUp(
  "delete_old_dead_letters",
  letters,
  letters.resent_at,
  sql`now() - interval '30 days'`,
);

/** Forgets messages 30 days after they were resent; others never. Bounded. Returns how many. */
export async function deleteOldDeadLetters(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOld);
}
