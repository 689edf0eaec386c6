// The grant that Zoom gave, into the database: the one statement that creates or reconnects a connection.

import { sql } from "drizzle-orm";
import { CHOSEN_FIELDS, type ChosenFields, SHOWN_FIELDS } from "../model/connection.ts";
import { type ConnectionFailure, KEPT_FAILURES } from "../model/connection-failure.ts";
import { type Acting, isDoneBy } from "./actor.ts";
import { type CodeKey, isSessionOf } from "./authorization-codes.ts";
import type { Database } from "./client.ts";
import { as, field, insertInto, NOW, set, sha256 } from "./columns.ts";
import { deliverSessionEnd } from "./connect-session-end.ts";
import { insertEvent, insertRenewalEvent } from "./connection-events.ts";
import { type JournaledRow, journaledColumns } from "./journaled.ts";
import { ALL_DELIVERY_IDS, type Changed, DELIVERY_IDS, deliverStateChange } from "./outbox.ts";
import { SUPERSEDED_CODES } from "./refreshes.ts";
import { connectSessions, usedAuthorizationCodes, zoomEvents, zoomOAuthConnections } from "./schema.ts";
import { type Parameters, statement } from "./statement.ts";
import { hasFailure, newTokens, revivedWhere, type TokenSetValues } from "./transitions.ts";
import { type ShownConnection, shownColumns } from "./zoom-oauth-connections.ts";

/** Whose grant it is, and the tokens that it gave. */
interface GrantValues extends TokenSetValues {
  zoomOAuthAppId: string;
  userId: string;
  /** When Zoom gave the grant, ISO 8601: of two grants by one user the later one stays. */
  authorizedAt: string;
  eventId: string;
}

const connections = zoomOAuthConnections;

interface RenewValues extends GrantValues, Acting {
  /** The longest that an exchange at Zoom takes, in milliseconds: so long before its answer the earlier tokens may be dead. */
  longestExchangeMs: number;
  /** Whether tokens that are kept without a connection are renewed as well. */
  isForKept: boolean;
}

export const renew = statement({
  name: "renew_grant",
  row: {
    is_renewed: field<boolean>(sql`exists (select from before)`),
    has_new_tokens: field<boolean>(sql`renewed.id is not null`),
    ...journaledColumns(as(connections, "renewed")),
    delivery_ids: DELIVERY_IDS,
  },
  text: (p: Parameters<RenewValues>, columns) => {
    const { state, connection_failure_data: failure, authorized_at } = connections;
    const renewed = as(connections, "renewed");
    const isRevived = sql`(select is_given_up from before)`;
    // For its earlier tokens, while Zoom gave these.
    const isGivenUp = sql`(${state} = 'disconnected' and ${hasFailure(SUPERSEDED_CODES)}
      and (${failure} ->> 'timestamp')::timestamptz
        >= ${p.authorizedAt}::timestamptz - ${p.longestExchangeMs} * interval '1 millisecond')`;
    return sql`
    with before as (
      select ${connections.id}, ${isGivenUp} as is_given_up from ${connections}
      where ${connections.zoom_oauth_app_id} = ${p.zoomOAuthAppId} and ${connections.user_id} = ${p.userId}
        -- Who revoked a grant has erased its tokens.
        and (${state} = 'connected' or ${connections.credentials} is not null
          and (${isGivenUp} or ${p.isForKept}::boolean and ${hasFailure(KEPT_FAILURES)}))
      for update
    ), renewed as (
      update ${connections} set ${set(connections, {
        ...newTokens(p),
        authorized_at: sql`${p.authorizedAt}::timestamptz`,
        ...revivedWhere(isRevived),
      })}
      where ${connections.id} = (select id from before) and ${authorized_at} < ${p.authorizedAt}::timestamptz
        and ${isDoneBy(p)}
      returning *
    ), told as (
      ${insertRenewalEvent(p.eventId, renewed, isRevived)}
    ), revived as (
      select * from renewed where ${isRevived}
    ), ${deliverStateChange(sql`revived`)}
    select ${columns} from (select 1) one left join renewed on true`;
  },
});

/** What became of the connection of a user whose later grant is refused. */
export interface RenewedGrant extends Changed {
  /** The user has one, which has these tokens now, or those of a grant that is later still. */
  isRenewed: boolean;
  /** As it is with these tokens; null: it did not get them. */
  row: JournaledRow | null;
}

/**
 * Gives the user's connection a later grant's tokens and changes nothing else of it, also where it only keeps an import's. One that
 * was given up for its earlier tokens while Zoom gave these comes back.
 */
export async function renewGrant(db: Database, grant: RenewValues): Promise<RenewedGrant> {
  const found = await renew.first(db, { ...grant });
  if (found === null) return { isRenewed: false, row: null, deliveryIds: [] };
  const { is_renewed: isRenewed, has_new_tokens: hasNewTokens, delivery_ids: deliveryIds, ...row } = found;
  return { isRenewed, row: hasNewTokens ? row : null, deliveryIds };
}

interface StoreValues extends GrantValues, Acting, Omit<ChosenFields, "metadata"> {
  codeSha256: string;
  redirectUriSha256: string;
  projectId: string;
  /** For a user who is not connected yet; one who is keeps the id. */
  newConnectionId: string;
  accountId: string;
  /** JSON. */
  metadata: string | null;
  /** JSON: why the connection cannot be used as it is; null: it can. */
  failure: string | null;
  isImport: boolean;
}

export type GrantToStore = Omit<StoreValues, keyof ChosenFields | "failure"> & {
  /** Why the connection cannot be used as it is; null: it can. */
  failure: ConnectionFailure | null;
  /** What the caller decided about the connection. */
  chosen: ChosenFields;
} & CodeKey;

export interface StoredGrant {
  connection: ShownConnection;
  row: JournaledRow;
  outcome: "created" | "reconnected" | "unchanged";
  deliveryIds: string[];
}

const stored = as(connections, "stored");
const subject = as(connections, "subject");

export const store = statement({
  name: "store_grant",
  row: {
    ...shownColumns(subject),
    ...journaledColumns(subject),
    outcome: field<StoredGrant["outcome"]>(sql`subject.outcome`),
    delivery_ids: ALL_DELIVERY_IDS,
  },
  text: (p: Parameters<StoreValues>, columns) => {
    const code = as(usedAuthorizationCodes, "code");
    const excluded = as(connections, "excluded");
    const excludedCode = as(usedAuthorizationCodes, "excluded");
    const chosen = Object.fromEntries(CHOSEN_FIELDS.map((name) => [name, p[name]])) as Record<
      keyof ChosenFields,
      (typeof p)[keyof ChosenFields]
    >;
    const chosenAgain = Object.fromEntries(CHOSEN_FIELDS.map((name) => [name, excluded[name]]));
    return sql`
    with code as (
      -- Locked, so that of two runs for one code the second sees what the first has stored.
      select ${usedAuthorizationCodes}.* from ${usedAuthorizationCodes}
      where ${usedAuthorizationCodes.zoom_oauth_app_id} = ${p.zoomOAuthAppId}
        and ${usedAuthorizationCodes.code_sha256} = ${p.codeSha256}
      for update
    ), before as (
      select ${connections.state} from ${connections}
      where ${connections.zoom_oauth_app_id} = ${p.zoomOAuthAppId} and ${connections.user_id} = ${p.userId}
      for update
    ), stored as (
      ${insertInto(connections, {
        id: p.newConnectionId,
        project_id: p.projectId,
        zoom_oauth_app_id: p.zoomOAuthAppId,
        user_id: p.userId,
        account_id: p.accountId,
        state: sql`case when ${p.failure}::text is null then 'connected' else 'disconnected' end`,
        connection_failure_data: sql`${p.failure}::jsonb`,
        ...chosen,
        credentials: p.credentials,
        access_token_expires_at: p.accessTokenExpiresAt,
        authorized_at: p.authorizedAt,
        // Zoom has told of an end since it gave the grant, while there was nothing to end.
        is_grant_doubted: sql`exists (
          select from ${zoomEvents} where ${zoomEvents.zoom_oauth_app_id} = ${p.zoomOAuthAppId}
            and ${zoomEvents.ended_user_sha256} = ${sha256(p.userId)} and ${zoomEvents.ended_at} >= ${p.authorizedAt}::timestamptz
        )`,
      })}
      where not exists (select from code where ${code.zoom_oauth_connection_id} is not null)
        -- Read, and locked, before the row changes.
        and (select count(*) from before) >= 0
        and ${isDoneBy(p)}
      on conflict (zoom_oauth_app_id, user_id) do update set ${set(connections, {
        account_id: excluded.account_id,
        state: excluded.state,
        ...chosenAgain,
        connection_failure_data: excluded.connection_failure_data,
        ...newTokens(p),
        is_grant_doubted: excluded.is_grant_doubted,
        authorized_at: excluded.authorized_at,
        updated_at: NOW,
      })}
      where ${connections.authorized_at} < ${excluded.authorized_at}
      -- A row that this statement inserted has no deleting or locking transaction.
      returning ${connections}.*, case when ${connections}.xmax = 0 then 'created' else 'reconnected' end as outcome
    ), subject as (
      select * from stored
      union all
      select ${connections}.*, 'unchanged' from ${connections}
      where ${connections.zoom_oauth_app_id} = ${p.zoomOAuthAppId} and ${connections.user_id} = ${p.userId}
        and not exists (select from stored)
    ), linked as (
      insert into ${usedAuthorizationCodes} as code
        (zoom_oauth_app_id, code_sha256, redirect_uri_sha256, claimed_by, claim_expires_at, zoom_oauth_connection_id)
      select ${subject.zoom_oauth_app_id}, ${p.codeSha256}, ${p.redirectUriSha256}, '', now(), ${subject.id} from subject
      on conflict (code_sha256, zoom_oauth_app_id) do update set ${set(usedAuthorizationCodes, {
        zoom_oauth_connection_id: excludedCode.zoom_oauth_connection_id,
        refusal: null as never,
      })}
    ), told as (
      ${insertEvent(p.eventId, sql`case when ${p.isImport}::boolean then 'imported' else stored.outcome end`, stored)}
    ), reconnected as (
      select * from stored where (select state from before) <> ${stored.state}
    ), ${deliverStateChange(sql`reconnected`)}, completed as (
      update ${connectSessions} set ${set(connectSessions, {
        state: "completed",
        zoom_oauth_connection_id: sql`${subject.id}`,
        failure: null as never,
        completed_at: NOW,
      })}
      -- Whatever its state: one that ended while the grant was on its way connected its user all the same.
      from subject where ${isSessionOf(p)} and ${connectSessions.state} <> 'completed'
      returning ${connectSessions}.*
    ), ${deliverSessionEnd(sql`completed`, "connect_session.completed")}
    select ${columns} from subject`;
  },
});

/**
 * Creates or reconnects the connection, links the code to it, writes the event, and completes the connect session that the
 * code came to: one statement, which may run again, on any isolate, without a second effect. `unchanged`: this code, or a later grant by the
 * same user, is stored already. Null: another transaction stored one in this very moment; run it again.
 */
export async function storeGrant(
  db: Database,
  { chosen: { metadata, ...capabilities }, failure, ...grant }: GrantToStore,
): Promise<StoredGrant | null> {
  const values = {
    ...grant,
    ...capabilities,
    metadata: metadata && JSON.stringify(metadata),
    failure: failure && JSON.stringify(failure),
  };
  const row = await store.first(db, values);
  if (row === null) return null;
  const { outcome, delivery_ids: deliveryIds } = row;
  const connection = Object.fromEntries(SHOWN_FIELDS.map((name) => [name, row[name]])) as ShownConnection;
  return { connection, row, outcome, deliveryIds };
}
