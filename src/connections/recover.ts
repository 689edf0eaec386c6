// Rows made again from the token journal, after a database was restored to an earlier moment: page by page, so that an
// operator sees the progress and can stop. Each page may run again, and has no second effect.

import { sealCredentials } from "../credentials.ts";
import {
  type EntryToRecover,
  type RecoveryOutcome,
  recoverConnections,
  removeConnectionsAgain,
  TOMBSTONE_DAYS,
} from "../db/token-journal.ts";
import { notFound } from "../errors.ts";
import type { Journal, JournalItem } from "../journal/journal.ts";
import type { JournalEntry, Removal } from "../model/journal-entry.ts";
import { announce } from "../queue.ts";
import type { AdminScope } from "../scope.ts";

/** First what was removed, so that nobody's earlier connection is in the way of the later one. */
const PHASES = ["removal", "entry"] as const;
type Phase = (typeof PHASES)[number];
/** Objects of one page. An entry takes a call of the bucket, a removal none. */
const PAGE_SIZE = { removal: 500, entry: 100 } satisfies Record<Phase, number>;
const TOMBSTONE_MS = TOMBSTONE_DAYS * 86_400_000;

/** What became of a page. */
export interface RecoveredPage {
  /** Where the next page begins; null: there is none. */
  cursor: string | null;
  made: number;
  updated: number;
  unchanged: number;
  removed: number;
  erased: number;
  /** Entries of which no row can be made. */
  refused: {
    zoom_oauth_connection_id: string;
    zoom_oauth_app_id: string | null;
    project_id: string | null;
    reason: RefusalReason;
  }[];
}

export const RECOVERY_REFUSALS = {
  app_missing:
    "The database has no such Zoom OAuth app in this project. Make it again with the same IDs first.",
  unreadable: "The entry does not open with any master key in `CREDENTIAL_ENCRYPTION_KEYS`.",
} as const;
export type RefusalReason = keyof typeof RECOVERY_REFUSALS;

/** Whether the text is a cursor of this function's. */
export function isRecoveryCursor(text: string): boolean {
  return PHASES.some((phase) => text.startsWith(`${phase}.`));
}

/** Does one page, from the cursor on; null: the first one. Throws `not_found` where no journal is bound. */
export async function recoverPage(scope: AdminScope, cursor: string | null): Promise<RecoveredPage> {
  const { journal } = scope;
  if (journal === null) throw notFound("token journal");
  const [phase, place] = parseCursor(cursor);
  const page = await journal.walk(phase, place, PAGE_SIZE[phase]);
  const done = { made: 0, updated: 0, unchanged: 0, removed: 0, erased: 0, refused: [] };
  return {
    ...done,
    ...(phase === "removal"
      ? await removeAgain(scope, journal, page.items)
      : await makeAgain(scope, journal, page.items)),
    cursor: nextCursor(phase, page.cursor),
  };
}

function parseCursor(cursor: string | null): [phase: Phase, place: string | null] {
  if (cursor === null) return [PHASES[0], null];
  const phase = PHASES.find((name) => cursor.startsWith(`${name}.`)) ?? PHASES[0];
  return [phase, cursor.slice(phase.length + 1) || null];
}

function nextCursor(phase: Phase, place: string | null): string | null {
  if (place !== null) return `${phase}.${place}`;
  const next = PHASES[PHASES.indexOf(phase) + 1];
  return next === undefined ? null : `${next}.`;
}

async function removeAgain(
  { db, caller }: AdminScope,
  journal: Journal,
  items: readonly JournalItem[],
): Promise<Pick<RecoveredPage, "removed" | "erased">> {
  const removals = items.flatMap((item) => (item.kind === "removal" ? [item.removal] : []));
  if (removals.length === 0) return { removed: 0, erased: 0 };
  const counts = await removeConnectionsAgain(db, caller, removals);
  // A restored database has no note of when they end.
  await Promise.all(removals.filter(isOver).map(async ({ id }) => await journal.forget(id)));
  return counts;
}

function isOver({ removed_at }: Removal): boolean {
  return Date.parse(removed_at) < Date.now() - TOMBSTONE_MS;
}

async function makeAgain(
  scope: AdminScope,
  journal: Journal,
  items: readonly JournalItem[],
): Promise<Pick<RecoveredPage, "made" | "updated" | "unchanged" | "refused">> {
  const entries = items.flatMap((item) => (item.kind === "entry" ? [item.entry] : []));
  const rows = await Promise.all(entries.map(async (entry) => await toRow(scope, entry)));
  const { outcomes, deliveryIds } = await recoverConnections(scope.db, scope.caller, rows);
  scope.waitUntil(announce(scope, deliveryIds));
  // Else a later recovery would bring a user back whose later connection was removed since.
  const outlived = new Set(outcomes.filter(({ isOutlived }) => isOutlived).map(({ id }) => id));
  const removed_at = new Date().toISOString().replace("Z", "000Z");
  await Promise.all(
    entries
      .filter(({ id }) => outlived.has(id))
      .map(
        async ({ id, authorized_at }) => await journal.bury({ id, removed_at, authorized_at, code: null }),
      ),
  );
  const missing = new Set(outcomes.filter(({ outcome }) => outcome === "app_missing").map(({ id }) => id));
  const count = (wanted: RecoveryOutcome) => outcomes.filter(({ outcome }) => outcome === wanted).length;
  return {
    made: count("made"),
    updated: count("updated"),
    unchanged: count("unchanged"),
    refused: [
      ...entries
        .filter(({ id }) => missing.has(id))
        .map(({ id, zoom_oauth_app_id, project_id }) => ({
          zoom_oauth_connection_id: id,
          zoom_oauth_app_id,
          project_id,
          reason: "app_missing" as const,
        })),
      ...items.flatMap((item) =>
        item.kind === "unreadable"
          ? [
              {
                zoom_oauth_connection_id: item.id,
                zoom_oauth_app_id: null,
                project_id: null,
                reason: item.kind,
              },
            ]
          : [],
      ),
    ],
  };
}

/** Its credentials are sealed for the user's row, from what the journal has authenticated. */
async function toRow(
  { keyring }: AdminScope,
  { credentials, ...entry }: JournalEntry,
): Promise<EntryToRecover> {
  const owner = { zoomOAuthAppId: entry.zoom_oauth_app_id, userId: entry.user_id };
  return {
    ...entry,
    connection_failure_data: entry.connection_failure_data as EntryToRecover["connection_failure_data"],
    credentials: await sealCredentials(keyring, owner, credentials),
    access_token_expires_at: credentials.expires_at,
  };
}
