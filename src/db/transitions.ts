// How a connection's row changes: each list of assignments stands here once, whichever statement makes the change.

import { type Column, type Placeholder, type SQL, sql } from "drizzle-orm";
import { CONNECTION_FAILURES, type ConnectionFailureCode } from "../model/connection-failure.ts";
import { type Assignments, isoMicroseconds, literal, NOW } from "./columns.ts";
import { zoomOAuthConnections } from "./schema.ts";
import type { Parameters } from "./statement.ts";

type ConnectionChange = Assignments<typeof zoomOAuthConnections>;

/** Nobody may refresh the connection by an earlier lease any more. */
export const REFRESH_LEASE_ENDED = {
  refresh_lease_owner: null,
  refresh_lease_expires_at: null,
} satisfies ConnectionChange;

/** No job may sync the connection by an earlier lease any more. */
export const SYNC_LEASE_ENDED = {
  sync_lease_owner: null,
  sync_lease_expires_at: null,
} satisfies ConnectionChange;

/** A token set, sealed. */
export interface TokenSetValues {
  credentials: string;
  /** ISO 8601. */
  accessTokenExpiresAt: string;
}

/** The row gets a token set that Zoom has just given. What was known of the earlier one counts no more. */
export function newTokens({
  credentials,
  accessTokenExpiresAt,
}: Record<keyof TokenSetValues, Placeholder | Column>) {
  return {
    ...REFRESH_LEASE_ENDED,
    credentials,
    credentials_version: sql`${zoomOAuthConnections.credentials_version} + 1`,
    access_token_expires_at: sql`${accessTokenExpiresAt}::timestamptz`,
    is_refresh_unanswered: false,
    is_grant_doubted: false,
    refresh_lease_lost_at: null,
    refresh_not_before: null,
    last_refreshed_at: NOW,
  } satisfies ConnectionChange;
}

/** A disconnected row comes back where the condition holds; any other stays as it is. */
export function revivedWhere(isRevived: SQL) {
  const { state, connection_failure_data, updated_at } = zoomOAuthConnections;
  return {
    state: sql`case when ${isRevived} then 'connected' else ${state} end`,
    connection_failure_data: sql`case when ${isRevived} then null else ${connection_failure_data} end`,
    updated_at: sql`case when ${isRevived} then now() else ${updated_at} end`,
  } satisfies ConnectionChange;
}

/** Why a connection ends. */
export interface FailureValues {
  code: ConnectionFailureCode;
  error: string;
  recommendedAction: string;
}

/** What the row keeps of a reason. */
export function failureValues(code: ConnectionFailureCode): FailureValues {
  const { error, recommended_action } = CONNECTION_FAILURES[code];
  return { code, error, recommendedAction: recommended_action };
}

/** The connection ends, for this reason. */
export function ended(failure: Parameters<FailureValues>) {
  return {
    ...REFRESH_LEASE_ENDED,
    state: "disconnected",
    connection_failure_data: failureData(failure),
    updated_at: NOW,
  } satisfies ConnectionChange;
}

/** The same, but a reason for which it has ended before stays. */
export function endedAgain(failure: Parameters<FailureValues>) {
  const { state, connection_failure_data } = zoomOAuthConnections;
  return {
    ...ended(failure),
    connection_failure_data: sql`case when ${state} = 'connected' then ${failureData(failure)} else ${connection_failure_data} end`,
  } satisfies ConnectionChange;
}

/** The row's connection ended for one of these reasons. Never null. */
export function hasFailure(codes: readonly ConnectionFailureCode[]): SQL {
  return sql`coalesce(${zoomOAuthConnections.connection_failure_data} ->> 'code', '') in (${sql.join(
    codes.map(literal),
    sql`, `,
  )})`;
}

function failureData({ error, code, recommendedAction }: Parameters<FailureValues>): SQL {
  return sql`jsonb_build_object(
    'error', ${error}::text, 'code', ${code}::text, 'recommended_action', ${recommendedAction}::text,
    'timestamp', ${isoMicroseconds(NOW)}
  )`;
}
