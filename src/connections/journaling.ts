// What a connection's flows have to do with the token journal: each new token set is put there, a removal is, and where
// Zoom refuses a token set, a newer one is looked for.

import { openCredentials, sealCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import type { JournaledRow } from "../db/journaled.ts";
import { SUPERSEDED_CODES } from "../db/refreshes.ts";
import { adoptTokenSet, type Checked, settleChecks } from "../db/token-journal.ts";
import type { Journal, PutOutcome } from "../journal/journal.ts";
import { describeError, log } from "../log.ts";
import type { Credentials } from "../model/credentials.ts";
import type { Removal } from "../model/journal-entry.ts";
import { type NewMessage, readMessage, type StoreTokensMessage, versioned } from "../queue.ts";
import type { Scope } from "../scope.ts";
import { withTimeLimit } from "./time-limit.ts";

/** So many entries are settled by one statement. Fewer are left to the cron run, which looks into the bucket. */
const SETTLED_TOGETHER = 20;
/** How long a caller waits for the journal, in milliseconds. */
const READ_MS = 5_000;
const KEEP_MS = 5_000;

/** Puts the row's token set into the journal, after the answer. Where that fails, a cron run does it. */
export function journal(scope: Scope, row: JournaledRow): void {
  const { journal, waitUntil } = scope;
  if (journal === null) return;
  const putting = async () => {
    if ((await putRow(scope, journal, row)) === "removed") return;
    const { id, credentials_version: version, updated_at: updatedAt } = row;
    await noteJournaled(scope, { id, version, updatedAt });
  };
  waitUntil(putting().catch((error: unknown) => tellMissing(row.id, error)));
}

/** Puts a tombstone in place of a connection's entry, after the answer. Where that fails, a cron run does it. */
export function buryInJournal({ journal, waitUntil }: Scope, removal: Removal): void {
  waitUntil(
    journal?.bury(removal).catch((error: unknown) => tellMissing(removal.id, error)) ?? Promise.resolve(),
  );
}

/** Throws where the bucket is away. */
export async function putRow(
  { keyring }: Scope,
  journal: Journal,
  { credentials: sealed, ...row }: JournaledRow,
): Promise<PutOutcome | null> {
  if (sealed === null) return null;
  const owner = { zoomOAuthAppId: row.zoom_oauth_app_id, userId: row.user_id };
  const credentials = await openCredentials(keyring, owner, sealed);
  return await journal.put({ ...row, connection_failure_data: row.connection_failure_data, credentials });
}

/** The checks of many entries end in one statement: a token set costs no round trip of its own. */
async function noteJournaled({ db, journaled }: Scope, checked: Checked): Promise<void> {
  journaled.push(checked);
  if (journaled.length >= SETTLED_TOGETHER) await settleChecks(db, journaled.splice(0));
}

function tellMissing(id: string, error: unknown): void {
  log("warn", "not_journaled", { zoom_oauth_connection_id: id, ...describeError(error) });
}

/** The connection whose token set Zoom has refused, and that token set. */
interface Refused {
  id: string;
  zoom_oauth_app_id: string;
  user_id: string;
  version: number;
  credentials: Credentials;
}

/**
 * Gives the connection a newer token set of the journal's, where there is one: of a row in a database that was restored to an
 * earlier moment. `storeKept` stores one that neither database nor queue took, unless the row needs it no more. Returns whether
 * there was one. Throws where the journal does not answer: then nobody knows.
 */
export async function healFromJournal(
  { db, keyring, journal }: Scope,
  refused: Refused,
  storeKept: (message: StoreTokensMessage) => Promise<boolean>,
): Promise<boolean> {
  if (journal === null) return false;
  const { id, zoom_oauth_app_id, user_id, version } = refused;
  const [entry, kept] = await withTimeLimit(
    Promise.all([journal.find(id), journal.findKept(keptTokens(id, version))]),
    READ_MS,
    () => new Error("the token journal does not answer"),
  );
  const message = kept && readMessage(JSON.parse(kept.text));
  if (message?.type === "store_tokens" && (await storeKept(message))) return true;
  const isOwn = entry?.zoom_oauth_app_id === zoom_oauth_app_id && entry.user_id === user_id;
  if (!entry || !isOwn || entry.credentials.refresh_token === refused.credentials.refresh_token) return false;
  const owner = { zoomOAuthAppId: zoom_oauth_app_id, userId: user_id };
  const isAdopted = await adoptTokenSet(db, {
    id,
    version,
    eventId: createId("evt"),
    credentials: await sealCredentials(keyring, owner, entry.credentials),
    accessTokenExpiresAt: entry.credentials.expires_at,
    authorizedAt: entry.authorized_at,
    lastRefreshedAt: entry.last_refreshed_at,
    entry: JSON.stringify({ ...entry, credentials: null }),
  });
  if (isAdopted) log("warn", "healed_from_journal", { zoom_oauth_connection_id: id });
  return isAdopted;
}

/**
 * Gives a token set that the database did not take to the connection's entry, where that has an older one: after a restore the row
 * may be made of the entry only later. A row that has a newer token set puts it over this one. Throws where the bucket is away.
 */
export async function journalRefreshed(
  { keyring, journal }: Scope,
  { zoom_oauth_connection_id: id, replaces_version, authorized_at, leased_at, ...set }: StoreTokensMessage,
): Promise<void> {
  if (journal === null || leased_at === null) return;
  const entry = await journal.find(id);
  if (entry === null || entry.authorized_at !== authorized_at) return;
  const owner = { zoomOAuthAppId: entry.zoom_oauth_app_id, userId: entry.user_id };
  const credentials = await openCredentials(keyring, owner, set.credentials);
  const { state, connection_failure_data: failure } = entry;
  const isRevived = state === "disconnected" && SUPERSEDED_CODES.some((code) => code === failure?.code);
  await journal.put({
    ...entry,
    // As the row would, which these tokens bring back.
    ...(isRevived ? { state: "connected", connection_failure_data: null } : {}),
    credentials,
    credentials_version: replaces_version + 1,
    last_refreshed_at: leased_at,
  });
}

/** Keeps a message that neither database nor queue took. Throws where there is no journal, or it does not take it either. */
export async function keepInJournal({ journal }: Scope, message: NewMessage): Promise<void> {
  if (journal === null) throw new Error("there is no token journal");
  const keeping = journal.keep(nameOf(message), JSON.stringify(versioned(message)));
  await withTimeLimit(keeping, KEEP_MS, () => new Error("the token journal does not answer"));
}

/** By ids alone. */
function nameOf(message: NewMessage): string {
  switch (message.type) {
    case "store_tokens":
      return keptTokens(message.zoom_oauth_connection_id, message.replaces_version);
    case "finish_connecting":
      return `grants/${message.zoom_oauth_app_id}/${message.code_sha256}`;
    default:
      throw new Error(`a message of the type ${message.type} is not kept in the token journal`);
  }
}

function keptTokens(connectionId: string, replacesVersion: number): string {
  return `tokens/${connectionId}/${replacesVersion}`;
}
