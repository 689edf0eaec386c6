// The grant that Zoom gave, into the database: the one statement that creates or reconnects a connection.

import { type SQL, sql } from "drizzle-orm";
import type { CodeKey } from "./authorization-codes.ts";
import type { Database } from "./client.ts";
import { EVENT_EXPIRY } from "./connection-events.ts";
import { DELIVERY_IDS, deliverStateChange, deliveryIdsOf } from "./outbox.ts";
import { type Parameter, statement } from "./statement.ts";
import { SHOWN_CONNECTION, type ShownConnection } from "./zoom-oauth-connections.ts";

export interface GrantToStore {
  code: CodeKey & { redirectUriSha256: string };
  projectId: string;
  /** When the code was claimed, by the database's clock: of two grants by one user the later one stays. */
  authorizedAt: string;
  /** For a user who is not connected yet; one who is keeps the id. */
  newConnectionId: string;
  eventId: string;
  userId: string;
  accountId: string;
  metadata: Record<string, string> | null;
  isLocalRecordingTokenSupported: boolean;
  isOnbehalfTokenSupported: boolean;
  /** Sealed. */
  credentials: string;
  /** ISO 8601. */
  accessTokenExpiresAt: string;
}

export type GrantToRenew = Pick<
  GrantToStore,
  "userId" | "authorizedAt" | "eventId" | "credentials" | "accessTokenExpiresAt"
> & { zoomOAuthAppId: string };

/** Gives a connected user's connection a later grant's tokens and changes nothing else of it. */
export async function renewGrant(db: Database, grant: GrantToRenew): Promise<void> {
  await db.execute(sql`
    with renewed as (
      update zoom_oauth_connections set ${newTokens(grant)}
      where zoom_oauth_app_id = ${grant.zoomOAuthAppId} and user_id = ${grant.userId}
        and state = 'connected' and authorized_at < ${grant.authorizedAt}::timestamptz
      returning id, project_id
    )
    insert into connection_events (id, project_id, zoom_oauth_connection_id, type, expires_at)
    select ${grant.eventId}, project_id, id, 'refreshed', ${EVENT_EXPIRY} from renewed`);
}

/** What a new grant sets in a row that has an earlier one. */
function newTokens(grant: Record<"authorizedAt" | "credentials" | "accessTokenExpiresAt", Parameter>): SQL {
  return sql`
    credentials = ${grant.credentials},
    credentials_version = zoom_oauth_connections.credentials_version + 1,
    access_token_expires_at = ${grant.accessTokenExpiresAt}::timestamptz,
    authorized_at = ${grant.authorizedAt}::timestamptz,
    refresh_lease_owner = null,
    refresh_lease_expires_at = null,
    is_refresh_unanswered = false,
    refresh_lease_lost_at = null,
    refresh_not_before = null,
    last_refreshed_at = now()`;
}

export interface StoredGrant {
  connection: ShownConnection;
  outcome: "created" | "reconnected" | "unchanged";
  deliveryIds: string[];
}

type StoreParameters = Omit<GrantToStore, "code" | "metadata"> &
  GrantToStore["code"] & {
    /** JSON. */
    metadata: string | null;
  };

const storeStatement = statement<StoreParameters>(
  (grant) => sql`
    with code as (
      -- Locked, so that of two runs for one code the second sees what the first has stored.
      select zoom_oauth_connection_id from used_authorization_codes
      where zoom_oauth_app_id = ${grant.zoomOAuthAppId} and code_sha256 = ${grant.codeSha256}
      for update
    ), before as (
      select state from zoom_oauth_connections
      where zoom_oauth_app_id = ${grant.zoomOAuthAppId} and user_id = ${grant.userId}
      for update
    ), stored as (
      insert into zoom_oauth_connections (
        id, project_id, zoom_oauth_app_id, user_id, account_id, state, metadata,
        is_local_recording_token_supported, is_onbehalf_token_supported, credentials,
        access_token_expires_at, authorized_at
      )
      select ${grant.newConnectionId}, ${grant.projectId}, ${grant.zoomOAuthAppId}, ${grant.userId},
        ${grant.accountId}, 'connected', ${grant.metadata}::jsonb, ${grant.isLocalRecordingTokenSupported}::boolean,
        ${grant.isOnbehalfTokenSupported}::boolean, ${grant.credentials},
        ${grant.accessTokenExpiresAt}::timestamptz, ${grant.authorizedAt}::timestamptz
      where not exists (select from code where zoom_oauth_connection_id is not null)
        -- Read, and locked, before the row changes.
        and (select count(*) from before) >= 0
      on conflict (zoom_oauth_app_id, user_id) do update set
        account_id = excluded.account_id,
        state = excluded.state,
        metadata = excluded.metadata,
        is_local_recording_token_supported = excluded.is_local_recording_token_supported,
        is_onbehalf_token_supported = excluded.is_onbehalf_token_supported,
        connection_failure_data = null,
        ${newTokens(grant)},
        updated_at = now()
      where zoom_oauth_connections.authorized_at < excluded.authorized_at
      -- A row that this statement inserted has no deleting or locking transaction.
      returning zoom_oauth_connections.*, case when zoom_oauth_connections.xmax = 0 then 'created' else 'reconnected' end as outcome
    ), subject as (
      select * from stored
      union all
      select connection.*, 'unchanged' from zoom_oauth_connections connection
      where zoom_oauth_app_id = ${grant.zoomOAuthAppId} and user_id = ${grant.userId}
        and not exists (select from stored)
    ), linked as (
      insert into used_authorization_codes as code
        (zoom_oauth_app_id, code_sha256, redirect_uri_sha256, claimed_by, claim_expires_at, zoom_oauth_connection_id)
      select zoom_oauth_app_id, ${grant.codeSha256}, ${grant.redirectUriSha256}, '', now(), id from subject
      on conflict (code_sha256, zoom_oauth_app_id) do update set
        zoom_oauth_connection_id = excluded.zoom_oauth_connection_id, refusal = null
    ), told as (
      insert into connection_events (id, project_id, zoom_oauth_connection_id, type)
      select ${grant.eventId}, project_id, id, outcome from stored
    ), reconnected as (
      select * from stored where (select state from before) = 'disconnected'
    ), ${deliverStateChange(sql`reconnected`)}
    select ${SHOWN_CONNECTION.from("subject")}, subject.outcome, ${DELIVERY_IDS} from subject`,
);

/**
 * Creates or reconnects the connection, links the code to it and writes the event: one statement, which
 * may run again, on any isolate, without a second effect. `unchanged`: this code, or a later grant by the
 * same user, is stored already. Null: another transaction stored one in this very moment; run it again.
 */
export async function storeGrant(
  db: Database,
  { code, metadata, ...grant }: GrantToStore,
): Promise<StoredGrant | null> {
  const { rows } = await db.execute(
    storeStatement({ ...grant, ...code, metadata: metadata && JSON.stringify(metadata) }),
  );
  const [row] = rows;
  if (!row) return null;
  return {
    connection: SHOWN_CONNECTION.read(row),
    outcome: row.outcome as StoredGrant["outcome"],
    deliveryIds: deliveryIdsOf(row),
  };
}
