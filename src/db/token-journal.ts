// The token journal's side in the database: which of its entries may not be what they should, and rows that are made of
// them again. The journal itself is a bucket (src/journal).

import { sql } from "drizzle-orm";
import { CHOSEN_FIELDS } from "../model/connection.ts";
import { CONNECTION_FAILURES, type ConnectionFailureCode } from "../model/connection-failure.ts";
import { JOURNALED_FIELDS, type JournalEntry, type Removal } from "../model/journal-entry.ts";
import { type Asking, isMadeBy } from "./actor.ts";
import type { Database } from "./client.ts";
import { as, field, isoMicroseconds, literal, NOW, names, randomId, set } from "./columns.ts";
import { insertEvent } from "./connection-events.ts";
import { type JournaledRow, journaledColumns } from "./journaled.ts";
import { type Changed, DELIVERY_IDS, deliverStateChange } from "./outbox.ts";
import { SUPERSEDED_CODES, type VersionKey } from "./refreshes.ts";
import {
  tokenJournal,
  tokenJournalChecks,
  zoomOAuthAppConnectionCounts,
  zoomOAuthApps,
  zoomOAuthConnections,
} from "./schema.ts";
import { type Parameters, statement } from "./statement.ts";
import { hasFailure, newTokens, type TokenSetValues } from "./transitions.ts";
import { forgetDeleted } from "./zoom-oauth-connections.ts";

/** How long the journal remembers that a connection was removed, in days. */
export const TOMBSTONE_DAYS = 90;
const TOMBSTONE_LIFE = sql`${literal(TOMBSTONE_DAYS)} * interval '1 day'`;
/** When a check that was taken comes due again, if nothing came of it. */
const CHECK_AGAIN = sql`now() + interval '10 minutes'`;

const connections = zoomOAuthConnections;
const checks = tokenJournalChecks;
const journal = tokenJournal;

export const fill = statement({
  name: "fill_token_journal",
  text: (p: Parameters<{ masterKeyId: string; limit: number }>) => {
    const isSame = sql`${journal.master_key_id} = ${p.masterKeyId}`;
    return sql`
    with turned_on as (
      insert into ${journal} (master_key_id) values (${p.masterKeyId}) on conflict do nothing
    ), place as (
      -- With another master key it begins anew.
      select ${isSame} as is_same, case when ${isSame} then ${journal.filled_to} else '' end as filled_to
      from ${journal} where not (${journal.is_filled} and ${isSame}) or ${journal.off_since} is not null
      for update skip locked
    ), next as (
      select ${names(connections.id, connections.credentials_version, connections.updated_at)}, credentials is not null as is_kept
      from ${connections}
      where ${connections.id} > (select filled_to from place) order by ${connections.id} limit ${p.limit}::integer
    ), checked as (
      insert into ${checks}
        (zoom_oauth_connection_id, credentials_version, row_updated_at, is_for_key, due_at)
      select id, credentials_version, updated_at, true, now() from next where is_kept
      on conflict (zoom_oauth_connection_id) do update set is_for_key = true, due_at = now()
    )
    update ${journal} set ${set(journal, {
      master_key_id: p.masterKeyId,
      filled_to: sql`coalesce((select max(id) from next), place.filled_to)`,
      filled: sql`case when place.is_same then ${journal.filled} else 0 end + (select count(*) from next)`,
      is_filled: sql`(select count(*) from next) < ${p.limit}::integer`,
      off_since: null,
    })} from place`;
  },
});

/**
 * Turns the journal on, where it is not, and asks for a check of some more connections, until the journal has all of them
 * under this master key.
 */
export async function fillJournal(db: Database, masterKeyId: string, limit: number): Promise<void> {
  await fill.run(db, { masterKeyId, limit });
}

/** As many checks end with one cron run where the journal has been off for long. */
const FORGOTTEN_TOGETHER = 10_000;

export const turnOff = statement({
  name: "turn_off_token_journal",
  text: (_: object) => sql`
    with off as (
      update ${journal} set ${set(journal, { off_since: NOW })} where ${journal.off_since} is null
    ), over as (
      select from ${journal} where ${journal.off_since} <= now() - ${TOMBSTONE_LIFE}
    ), forgotten as (
      delete from ${checks} where ctid = any(array(
        select ctid from ${checks} where exists (select from over) limit ${literal(FORGOTTEN_TOGETHER)}
      ))
      returning 1
    )
    delete from ${journal}
    where exists (select from over) and (select count(*) from forgotten) < ${literal(FORGOTTEN_TOGETHER)}`,
});

/**
 * No bucket is bound. What changes is noted all the same, for as long as a tombstone lives: a release without the binding, which may
 * be taken back, makes no gap in what the journal hears. Then the notes are forgotten.
 */
export async function turnJournalOff(db: Database): Promise<void> {
  await turnOff.run(db, {});
}

const taken = as(checks, "taken");
const connection = as(connections, "connection");

export const take = statement({
  name: "take_token_journal_checks",
  row: {
    connection_id: taken.zoom_oauth_connection_id,
    checked_version: taken.credentials_version,
    checked_updated_at: taken.row_updated_at,
    removed_at: taken.removed_at,
    removal_code: taken.removal_code,
    removed_authorized_at: taken.removed_authorized_at,
    is_over: field<boolean>(sql`coalesce(${taken.removed_at} <= now() - ${TOMBSTONE_LIFE}, false)`),
    is_kept: field<boolean>(sql`${connection.credentials} is not null`),
    ...journaledColumns(connection),
  },
  text: (p: Parameters<{ limit: number }>, columns) => sql`
    with due as (
      select ${checks.zoom_oauth_connection_id} as id from ${checks} where ${checks.due_at} <= now()
      order by ${checks.due_at} limit ${p.limit}::integer for update skip locked
    ), taken as (
      update ${checks} set ${set(checks, { due_at: CHECK_AGAIN })}
      from due where ${checks.zoom_oauth_connection_id} = due.id
      returning ${checks}.*
    )
    select ${columns} from taken
    left join ${connections} connection on ${connection.id} = ${taken.zoom_oauth_connection_id}`,
});

/** What a check is about: it ends only where it is still the newest of its connection. */
export interface Checked {
  id: string;
  version: number | null;
  updatedAt: string | null;
}

export type DueCheck = Checked &
  (
    | { kind: "entry"; row: JournaledRow }
    /** `isOver`: nobody needs to know of the removal any more. */
    | { kind: "removal"; removal: Removal; isOver: boolean }
  );

/** Takes up to so many checks that are due: each belongs to one caller. One that is not settled comes due again. */
export async function takeDueChecks(db: Database, limit: number): Promise<DueCheck[]> {
  const rows = await take.all(db, { limit });
  return rows.map((found) => {
    const { is_kept, is_over: isOver, removed_at, removal_code: code, removed_authorized_at, ...row } = found;
    const { connection_id: id, checked_version: version, checked_updated_at: updatedAt } = row;
    const checked = { id, version, updatedAt };
    if (is_kept) return { ...checked, kind: "entry", row };
    // The row went after the check was read: the check of its removal comes.
    const removedAt = removed_at ?? new Date(0).toISOString();
    const removal = { id, removed_at: removedAt, authorized_at: removed_authorized_at, code };
    return { ...checked, kind: "removal", removal, isOver };
  });
}

export const settle = statement({
  name: "settle_token_journal_checks",
  text: (p: Parameters<{ checked: string }>) => sql`
    with done as (
      select ${checks.zoom_oauth_connection_id} as id from ${checks}
      join jsonb_to_recordset(${p.checked}::jsonb) as done (id text, version integer, "updatedAt" timestamptz)
        on done.id = ${checks.zoom_oauth_connection_id}
        and ${checks.credentials_version} is not distinct from done.version
        and ${checks.row_updated_at} is not distinct from done."updatedAt"
      for update of ${checks} skip locked
    ), remembered as (
      update ${checks} set ${set(checks, { due_at: sql`${checks.removed_at} + ${TOMBSTONE_LIFE}` })}
      where ${checks.zoom_oauth_connection_id} in (select id from done)
        and ${checks.removed_at} > now() - ${TOMBSTONE_LIFE}
    )
    delete from ${checks} where ${checks.zoom_oauth_connection_id} in (select id from done)
      and coalesce(${checks.removed_at} <= now() - ${TOMBSTONE_LIFE}, true)`,
});

/** The journal has what these checks ask for. That of a removal waits for the end of the tombstone. */
export async function settleChecks(db: Database, checked: readonly Checked[]): Promise<void> {
  await settle.run(db, { checked: JSON.stringify(checked) });
}

export const countRest = statement({
  name: "count_token_journal_rest",
  row: { count: field<string>(sql`count::text`) },
  text: (p: Parameters<{ masterKeyId: string }>, columns) => {
    const counts = zoomOAuthAppConnectionCounts;
    const isSame = sql`${journal.master_key_id} = ${p.masterKeyId}`;
    // Where the filling has not begun with this key, nothing is known of any entry.
    return sql`
      select ${columns} from (
        select (select count(*) from ${checks} where ${checks.is_for_key})
          + case when coalesce(${isSame} and ${journal.is_filled}, false) then 0 else greatest(
              (select coalesce(sum(${counts.connected} + ${counts.disconnected}), 0) from ${counts})
                - case when coalesce(${isSame}, false) then ${journal.filled} else 0 end,
              1
            ) end as count
        from (select 1) one left join ${journal} on true
      ) rest`;
  },
});

/** At most so many entries of the journal may still be encrypted with another master key than this one. */
export async function countUncheckedEntries(db: Database, masterKeyId: string): Promise<number> {
  return Number((await countRest.first(db, { masterKeyId }))?.count ?? 0);
}

interface AdoptedValues extends VersionKey, TokenSetValues {
  authorizedAt: string;
  lastRefreshedAt: string;
  eventId: string;
  /** The entry as JSON: what else it says of the row counts where it is later. */
  entry: string;
}

const entry = as(connections, "entry");
/** What a PATCH or a new authorization changes of a row, beside its tokens. */
const FACTS = [...CHOSEN_FIELDS, "account_id", "updated_at"] as const;

export const adopt = statement({
  name: "adopt_token_set",
  row: { id: connections.id },
  text: (p: Parameters<AdoptedValues>, columns) => sql`
    with entry as (
      select * from jsonb_populate_record(null::zoom_oauth_connections, ${p.entry}::jsonb)
    ), adopted as (
      update ${connections} set ${set(connections, {
        ...newTokens(p),
        ...Object.fromEntries(
          FACTS.map((name) => [
            name,
            sql`case when ${entry.updated_at} > ${connections.updated_at} then ${entry[name]} else ${connections[name]} end`,
          ]),
        ),
        authorized_at: sql`${p.authorizedAt}::timestamptz`,
        last_refreshed_at: sql`${p.lastRefreshedAt}::timestamptz`,
      })}
      from entry
      where ${connections.id} = ${p.id} and ${connections.credentials_version} = ${p.version}
        and ${connections.state} = 'connected'
        and (${connections.authorized_at}, ${connections.last_refreshed_at})
          < (${p.authorizedAt}::timestamptz, ${p.lastRefreshedAt}::timestamptz)
      returning ${connections}.*
    ), told as (${insertEvent(p.eventId, "refreshed", as(connections, "adopted"), { data: FROM_JOURNAL })})
    select ${columns} from adopted ${connections}`,
});

const FROM_JOURNAL = sql`'{"source":"token_journal"}'::jsonb`;

/** Gives a connection whose newest token set Zoom has refused a newer one, with what changed of it since. Returns whether it did: else another was newer. */
export async function adoptTokenSet(db: Database, values: AdoptedValues): Promise<boolean> {
  return (await adopt.first(db, { ...values })) !== null;
}

const recovered = as(connections, "recovered");

const owner = as(zoomOAuthApps, "owner");
const hasApp = sql`exists (
  select from ${zoomOAuthApps} owner where ${owner.id} = ${entry.zoom_oauth_app_id} and ${owner.project_id} = ${entry.project_id}
)`;

export const recover = statement({
  name: "recover_connections",
  row: {
    id: entry.id,
    outcome: field<RecoveryOutcome>(sql`case
      when not ${hasApp} then 'app_missing'
      when recovered.id is null then 'unchanged'
      when recovered.is_new then 'made'
      else 'updated'
    end`),
    /** The user has a later connection, under another id. */
    is_outlived: field<boolean>(
      sql`${hasApp} and (owned.id is null or coalesce(recovered.id is null and before.id <> ${entry.id}, false))`,
    ),
    delivery_ids: DELIVERY_IDS,
  },
  text: (p: Parameters<{ entries: string } & Asking>, columns) => {
    const owned = as(connections, "owned");
    const excluded = as(connections, "excluded");
    const before = as(connections, "before");
    const app = as(zoomOAuthApps, "app");
    const copied = [...JOURNALED_FIELDS, "credentials", "access_token_expires_at"] as const;
    const isRefused = hasFailure(SUPERSEDED_CODES);
    // A later change of the row counts, but for an end that a newer token set undoes.
    const later = (column: keyof JournalEntry) =>
      sql`case when ${connections.updated_at} > ${excluded.updated_at} then ${connections[column]} else ${excluded[column]} end`;
    const laterEnd = (column: "state" | "connection_failure_data") =>
      sql`case when ${connections.updated_at} > ${excluded.updated_at} and not ${isRefused}
          and not (${hasFailure(["app_deauthorized"])} and ${connections.authorized_at} < ${excluded.authorized_at})
        then ${connections[column]} else ${excluded[column]} end`;
    return sql`
    with entry as (
      select * from jsonb_populate_recordset(null::zoom_oauth_connections, ${p.entries}::jsonb)
    ), owned as (
      -- One for each user: of two connections that one had, the later.
      select distinct on (${entry.zoom_oauth_app_id}, ${entry.user_id}) entry.* from entry
      join ${zoomOAuthApps} app on ${app.id} = ${entry.zoom_oauth_app_id} and ${app.project_id} = ${entry.project_id}
      order by ${entry.zoom_oauth_app_id}, ${entry.user_id}, ${entry.authorized_at} desc, ${entry.last_refreshed_at} desc
    ), before as (
      select ${before.id}, ${before.state}, ${before.zoom_oauth_app_id}, ${before.user_id} from ${connections} before join owned
        on ${before.zoom_oauth_app_id} = ${owned.zoom_oauth_app_id} and ${before.user_id} = ${owned.user_id}
      for update of before
    ), recovered as (
      insert into ${connections} (${names(...copied.map((name) => connections[name]))})
      select ${sql.join(
        copied.map((name) => sql`${owned[name]}`),
        sql`, `,
      )} from owned
      where (select count(*) from before) >= 0 and ${isMadeBy(p)}
      on conflict (zoom_oauth_app_id, user_id) do update set ${set(connections, {
        ...newTokens({
          credentials: excluded.credentials,
          accessTokenExpiresAt: excluded.access_token_expires_at,
        }),
        ...Object.fromEntries([...CHOSEN_FIELDS, "account_id" as const].map((name) => [name, later(name)])),
        state: laterEnd("state"),
        connection_failure_data: laterEnd("connection_failure_data"),
        authorized_at: excluded.authorized_at,
        last_refreshed_at: excluded.last_refreshed_at,
        updated_at: sql`greatest(${connections.updated_at}, ${excluded.updated_at})`,
      })}
      where (${connections.authorized_at}, ${connections.last_refreshed_at}, ${connections.updated_at})
          < (${excluded.authorized_at}, ${excluded.last_refreshed_at}, ${excluded.updated_at})
        -- Credentials that were erased stay so, unless the user has authorized again: after that, or after what Zoom told.
        and (${connections.credentials} is not null or ${excluded.authorized_at} >
          case when ${hasFailure(["app_deauthorized"])} then ${connections.authorized_at} else ${connections.updated_at} end)
      returning ${connections}.*, ${connections}.xmax = 0 as is_new
    ), told as (${insertEvent(randomId("evt"), "reconnected", recovered, { data: FROM_JOURNAL })} where recovered.is_new
    ), revived as (
      select recovered.* from recovered join before on ${before.id} = ${recovered.id} and ${before.state} <> ${recovered.state}
    ), ${deliverStateChange(sql`revived`)}
    select ${columns} from entry
    left join owned on ${owned.id} = ${entry.id}
    left join recovered on ${recovered.zoom_oauth_app_id} = ${entry.zoom_oauth_app_id}
      and ${recovered.user_id} = ${entry.user_id} and ${owned.id} is not null
    left join before on ${before.zoom_oauth_app_id} = ${entry.zoom_oauth_app_id} and ${before.user_id} = ${entry.user_id}`;
  },
});

export type RecoveryOutcome = "made" | "updated" | "unchanged" | "app_missing";

/** An entry with its credentials sealed for the row. */
export type EntryToRecover = JournaledRow & { access_token_expires_at: string };

export interface Recovered extends Changed {
  outcomes: { id: string; outcome: RecoveryOutcome; isOutlived: boolean }[];
}

/**
 * Makes rows of entries that the database does not know, and gives the others what is newer than theirs. Of a user who has
 * another connection by now the later authorization stays, and outlives the entry.
 */
export async function recoverConnections(
  db: Database,
  asking: Asking,
  entries: readonly EntryToRecover[],
): Promise<Recovered> {
  const rows = await recover.all(db, { ...asking, entries: JSON.stringify(entries) });
  return {
    outcomes: rows.map(({ id, outcome, is_outlived: isOutlived }) => ({ id, outcome, isOutlived })),
    deliveryIds: rows[0]?.delivery_ids ?? [],
  };
}

export const removeAgain = statement({
  name: "remove_again",
  row: {
    removed: field<number>(sql`(select count(*)::integer from deleted)`),
    erased: field<number>(sql`(select count(*)::integer from erased)`),
  },
  text: (p: Parameters<{ removals: string } & Asking>, columns) => {
    const deleted = as(connections, "deleted");
    const erased = as(connections, "erased");
    const isRemoved = sql`${connections.id} = removal.id
      and ${connections.authorized_at} <= coalesce(removal.authorized_at, removal.removed_at)`;
    return sql`
    with removal as (
      select * from jsonb_to_recordset(${p.removals}::jsonb)
        as removal (id text, removed_at timestamptz, authorized_at timestamptz, code text, failure jsonb)
      where ${isMadeBy(p)}
    ), remembered as (
      insert into ${checks} (zoom_oauth_connection_id, removed_at, removal_code, removed_authorized_at, due_at)
      select id, removed_at, code, authorized_at, removed_at + ${TOMBSTONE_LIFE} from removal
      where exists (select from ${journal})
      on conflict (zoom_oauth_connection_id) do nothing
    ), deleted as (
      delete from ${connections} using removal where ${isRemoved} and removal.failure is null
      returning ${connections}.*
    ), ${forgetDeleted()}, erased as (
      update ${connections} set ${set(connections, {
        state: "disconnected",
        connection_failure_data: sql`removal.failure || jsonb_build_object('timestamp', ${isoMicroseconds(sql`removal.removed_at`)})`,
        credentials: null,
        credentials_version: sql`${connections.credentials_version} + 1`,
        access_token_expires_at: null,
        refresh_lease_owner: null,
        refresh_lease_expires_at: null,
        updated_at: sql`removal.removed_at`,
      })}
      from removal where ${isRemoved} and removal.failure is not null and ${connections.credentials} is not null
      returning ${connections}.*
    ), told_deleted as (${insertEvent(randomId("evt"), "disconnected", deleted, { data: FROM_JOURNAL })}
    ), told_erased as (${insertEvent(randomId("evt"), "disconnected", erased, { data: FROM_JOURNAL })})
    select ${columns}`;
  },
});

/** Removes connections that were removed after the state that this database was restored to. Returns how many of each kind. */
export async function removeConnectionsAgain(
  db: Database,
  asking: Asking,
  removals: readonly Removal[],
): Promise<{ removed: number; erased: number }> {
  const values = removals.map((removal) => ({ ...removal, failure: failureOf(removal.code) }));
  return (
    (await removeAgain.first(db, { ...asking, removals: JSON.stringify(values) })) ?? {
      removed: 0,
      erased: 0,
    }
  );
}

/** What the row keeps of the reason, but for the time; null: the row is gone. */
function failureOf(code: string | null) {
  if (code === null) return null;
  const known = CONNECTION_FAILURES[code as ConnectionFailureCode] ?? CONNECTION_FAILURES.app_deauthorized;
  return { code, ...known };
}
