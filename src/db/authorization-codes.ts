// Authorization codes: who may exchange one, and what became of those that were used. Each function is
// one statement, because the claim must be decided and recorded in one step.

import { sql } from "drizzle-orm";
import { withKey } from "./authenticated.ts";
import { deleteOldest } from "./clean-up.ts";
import type { Database } from "./client.ts";
import type { usedAuthorizationCodes } from "./schema.ts";
import { statement } from "./statement.ts";
import { toIsoMicroseconds } from "./timestamps.ts";
import { SHOWN_CONNECTION, type ShownConnection } from "./zoom-oauth-connections.ts";

/** How long the outcome of a code is remembered, in hours. */
const MEMORY_HOURS = 24;

/** A code as the database knows it: by its SHA-256, within one app. */
export interface CodeKey {
  zoomOAuthAppId: string;
  codeSha256: string;
}

export type ClaimRequest = {
  apiKeySha256: string;
  /** Null: the project's only app. */
  zoomOAuthAppId: string | null;
  codeSha256: string;
  redirectUriSha256: string;
  claimant: string;
  leaseMs: number;
};

export interface ClaimedApp {
  id: string;
  projectId: string;
  clientId: string;
  /** Sealed. */
  clientSecret: string;
}

export type Refusal = NonNullable<(typeof usedAuthorizationCodes.$inferSelect)["refusal"]>;

export type ClaimOutcome =
  | { kind: "unauthenticated" }
  | { kind: "no_app" }
  | { kind: "several_apps" }
  /** The caller, and nobody else, may exchange the code until the lease ends. */
  | { kind: "claimed"; app: ClaimedApp; claimedAt: string; claims: number }
  | { kind: "connected"; connection: ShownConnection }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "other_redirect_uri" }
  /** Another request holds the claim. */
  | { kind: "busy" };

/**
 * Authenticates the key, finds the app, looks the code up and claims it where nobody else has: one
 * statement. Asking again with the same claimant renews its claim.
 */
export async function claimAuthorizationCode(db: Database, request: ClaimRequest): Promise<ClaimOutcome> {
  const { rows } = await db.execute(claimStatement(request));
  const [row] = rows;
  if (!row) return { kind: "unauthenticated" };
  if (row.app_id === null) return { kind: row.app_count === 0 ? "no_app" : "several_apps" };
  if (row.claims !== null) {
    const app: ClaimedApp = {
      id: row.app_id as string,
      projectId: row.key_project_id as string,
      clientId: row.app_client_id as string,
      clientSecret: row.app_client_secret as string,
    };
    const claims = row.claims as number;
    const claimedAt = toIsoMicroseconds(row.claimed_at as string);
    return { kind: "claimed", app, claimedAt, claims };
  }
  if (row.code_redirect_uri_sha256 !== null && row.code_redirect_uri_sha256 !== request.redirectUriSha256) {
    return { kind: "other_redirect_uri" };
  }
  if (row.id !== null) return { kind: "connected", connection: SHOWN_CONNECTION.read(row) };
  if (row.code_refusal !== null) return { kind: "refused", refusal: row.code_refusal as Refusal };
  return { kind: "busy" };
}

const claimStatement = statement<ClaimRequest>(
  (request) => sql`
    with ${withKey(request.apiKeySha256)}, candidates as (
      select app.id, app.client_id, app.client_secret
      from zoom_oauth_apps app join key on key.project_id = app.project_id
      where ${request.zoomOAuthAppId}::text is null or app.id = ${request.zoomOAuthAppId}::text
      limit 2
    ), app as (
      select * from candidates where (select count(*) from candidates) = 1
    ), claim as (
      insert into used_authorization_codes as code
        (zoom_oauth_app_id, code_sha256, redirect_uri_sha256, claimed_by, claim_expires_at)
      select id, ${request.codeSha256}, ${request.redirectUriSha256}, ${request.claimant},
        now() + ${request.leaseMs} * interval '1 millisecond'
      from app
      on conflict (code_sha256, zoom_oauth_app_id) do update set
        claims = code.claims + (code.claimed_by <> excluded.claimed_by)::integer,
        claimed_by = excluded.claimed_by,
        claim_expires_at = excluded.claim_expires_at
      where code.zoom_oauth_connection_id is null
        and code.refusal is null
        and code.redirect_uri_sha256 = excluded.redirect_uri_sha256
        and (code.claim_expires_at <= now() or code.claimed_by = excluded.claimed_by)
      returning code.claims
    )
    select key.project_id as key_project_id,
      (select count(*)::integer from candidates) as app_count,
      app.id as app_id, app.client_id as app_client_id, app.client_secret as app_client_secret,
      claim.claims, now() as claimed_at,
      code.redirect_uri_sha256 as code_redirect_uri_sha256, code.refusal as code_refusal,
      ${SHOWN_CONNECTION.from("connection")}
    from key
    left join app on true
    left join claim on true
    left join used_authorization_codes code
      on code.zoom_oauth_app_id = app.id and code.code_sha256 = ${request.codeSha256}
    left join zoom_oauth_connections connection
      on connection.id = code.zoom_oauth_connection_id and connection.project_id = key.project_id`,
);

/** Gives a claim up that led to nothing, so that the next request may exchange the code at once. */
export async function releaseAuthorizationCode(
  db: Database,
  { codeSha256, claimant }: Pick<ClaimRequest, "codeSha256" | "claimant">,
): Promise<void> {
  await db.execute(sql`
    delete from used_authorization_codes
    where code_sha256 = ${codeSha256} and claimed_by = ${claimant}
      and zoom_oauth_connection_id is null and refusal is null`);
}

/** Keeps the claim of a code whose grant is on the queue for as long as codes are remembered: it is spent. */
export async function holdAuthorizationCode(db: Database, code: CodeKey): Promise<void> {
  await db.execute(sql`
    update used_authorization_codes set claim_expires_at = created_at + ${MEMORY_HOURS} * interval '1 hour'
    where zoom_oauth_app_id = ${code.zoomOAuthAppId} and code_sha256 = ${code.codeSha256}
      and zoom_oauth_connection_id is null`);
}

/**
 * Whether the code's grant has had its end: a connection, or a refusal after which its tokens went to a connection that
 * the user had. That Zoom rejects a code is none: another message may carry tokens that live.
 */
export async function isAuthorizationCodeSettled(db: Database, code: CodeKey): Promise<boolean> {
  const { rows } = await db.execute(sql`
    select from used_authorization_codes
    where zoom_oauth_app_id = ${code.zoomOAuthAppId} and code_sha256 = ${code.codeSha256}
      and (zoom_oauth_connection_id is not null or refusal ->> 'code' in ('missing_scopes', 'user_not_active'))`);
  return rows.length > 0;
}

/** Remembers why a spent code led to no connection, so that a retry hears the same. */
export async function refuseAuthorizationCode(db: Database, code: CodeKey, refusal: Refusal): Promise<void> {
  await db.execute(sql`
    update used_authorization_codes set refusal = ${JSON.stringify(refusal)}::jsonb
    where zoom_oauth_app_id = ${code.zoomOAuthAppId} and code_sha256 = ${code.codeSha256}
      and zoom_oauth_connection_id is null`);
}

/** Forgets codes whose time has come. Bounded, for a job that runs every minute. */
export async function deleteOldAuthorizationCodes(db: Database): Promise<number> {
  const codes = { table: "used_authorization_codes", column: "created_at" } as const;
  return await deleteOldest(db, codes, sql`now() - ${MEMORY_HOURS} * interval '1 hour'`);
}
