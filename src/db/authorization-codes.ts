// Authorization codes: who may exchange one, and what became of those that were used. Each function is one statement,
// because the claim must be decided and recorded in one step.

import { type Placeholder, type SQL, sql } from "drizzle-orm";
import type { AttemptFailure } from "../model/connect-session.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database } from "./client.ts";
import { as, field, literal, moment, NOW, names, nullable, type RowOf, set } from "./columns.ts";
import { key, type ProjectKey } from "./project-key.ts";
import {
  connectAttempts,
  connectSessions,
  usedAuthorizationCodes,
  zoomOAuthApps,
  zoomOAuthConnections,
} from "./schema.ts";
import { keyedStatement, type Parameters, statement } from "./statement.ts";
import { CONNECTION_REMOVED, type ShownConnection, shownColumns } from "./zoom-oauth-connections.ts";

/** How long the outcome of a code is remembered. */
const MEMORY = sql`interval '24 hours'`;

/** A code as the database knows it: by its SHA-256, within one app. */
export interface CodeKey {
  zoomOAuthAppId: string;
  codeSha256: string;
}

/** What a claim says of the code and of who claims it. */
export interface CodeClaim {
  codeSha256: string;
  redirectUriSha256: string;
  /** A random name of the request. */
  claimant: string;
  leaseMs: number;
}

interface ClaimValues extends CodeClaim {
  /** Null: the project's only app. */
  zoomOAuthAppId: string | null;
}

export type ClaimRequest = ClaimValues & ProjectKey;

const app = as(zoomOAuthApps, "app");
const code = as(usedAuthorizationCodes, "code");
const connection = as(zoomOAuthConnections, "connection");
const claim = as(usedAuthorizationCodes, "claim");

/** An app whose code the caller may exchange. */
const CLAIMED_APP = {
  id: app.id,
  project_id: app.project_id,
  client_id: app.client_id,
  /** Sealed. */
  client_secret: app.client_secret,
};
export type ClaimedApp = RowOf<typeof CLAIMED_APP>;

export type Refusal = NonNullable<(typeof usedAuthorizationCodes.$inferSelect)["refusal"]>;

/** What became of a claim. */
export type CodeOutcome =
  /** The caller, and nobody else, may exchange the code until the lease ends. `claims`: how many have held it. */
  | { kind: "claimed"; app: ClaimedApp; claimedAt: string; claims: number }
  | { kind: "connected"; connection: ShownConnection }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "other_redirect_uri" }
  /** Another request holds the claim. */
  | { kind: "busy" };

export type ClaimOutcome = { kind: "no_app" } | { kind: "several_apps" } | CodeOutcome;

/** What a claim finds of the app and of the code. */
export const CLAIM = {
  app_id: nullable(app.id),
  app_project_id: nullable(app.project_id),
  app_client_id: nullable(app.client_id),
  app_client_secret: nullable(app.client_secret),
  claims: nullable(claim.claims),
  claimed_at: moment(NOW, code.created_at),
  code_redirect_uri_sha256: nullable(code.redirect_uri_sha256),
  code_refusal: code.refusal,
};

/** The CTE `claim`: claims the code for the one row of the CTE `app`, where nobody else holds it or has ended it. */
export function claimCte(p: Parameters<CodeClaim>): SQL {
  const excluded = as(usedAuthorizationCodes, "excluded");
  return sql`claim as (
        insert into ${usedAuthorizationCodes} as code (${names(
          code.zoom_oauth_app_id,
          code.code_sha256,
          code.redirect_uri_sha256,
          code.claimed_by,
          code.claim_expires_at,
        )})
        select ${app.id}, ${p.codeSha256}, ${p.redirectUriSha256}, ${p.claimant},
          now() + ${p.leaseMs} * interval '1 millisecond'
        from app
        on conflict (${names(code.code_sha256, code.zoom_oauth_app_id)}) do update set ${set(
          usedAuthorizationCodes,
          {
            claims: sql`${code.claims} + (${code.claimed_by} <> ${excluded.claimed_by})::integer`,
            claimed_by: excluded.claimed_by,
            claim_expires_at: excluded.claim_expires_at,
          },
        )}
        where ${code.zoom_oauth_connection_id} is null
          and ${code.refusal} is null
          and ${code.redirect_uri_sha256} = ${excluded.redirect_uri_sha256}
          and (${code.claim_expires_at} <= now() or ${code.claimed_by} = ${excluded.claimed_by})
        returning ${code.claims}
      )`;
}

/** Joins what {@link CLAIM} names: the app, the claim, and the code as it was before. */
export function joinClaim(codeSha256: Parameters<CodeClaim>["codeSha256"]): SQL {
  return sql`left join app on true
      left join claim on true
      left join ${usedAuthorizationCodes} code
        on ${code.zoom_oauth_app_id} = ${app.id} and ${code.code_sha256} = ${codeSha256}`;
}

export const claimCode = keyedStatement({
  name: "claim_authorization_code",
  head: { app_count: field<number>(sql`(select count(*)::integer from candidates)`), ...CLAIM },
  row: shownColumns(connection),
  text: (p: Parameters<ClaimValues>, columns) => {
    const { project_id, id } = zoomOAuthApps;
    return sql`, candidates as (
        select ${zoomOAuthApps}.* from ${zoomOAuthApps} join key on ${key.project_id} = ${project_id}
        where ${p.zoomOAuthAppId}::text is null or ${id} = ${p.zoomOAuthAppId}::text
        limit 2
      ), app as (
        select * from candidates where (select count(*) from candidates) = 1
      ), ${claimCte(p)}
      select ${columns}
      from key
      ${joinClaim(p.codeSha256)}
      left join ${zoomOAuthConnections} connection
        on ${connection.id} = ${code.zoom_oauth_connection_id} and ${connection.project_id} = ${key.project_id}`;
  },
});

/**
 * Authenticates the key, finds the app, looks the code up and claims it where nobody else has: one statement. Asking
 * again with the same claimant renews its claim. Throws `unauthenticated`.
 */
export async function claimAuthorizationCode(db: Database, request: ClaimRequest): Promise<ClaimOutcome> {
  const { head, rows } = await claimCode.read(db, request);
  const { app_count, ...found } = head;
  return toCodeOutcome(found, request, rows[0]) ?? { kind: app_count === 0 ? "no_app" : "several_apps" };
}

/** What became of a claim; null: there was no app to claim the code for. */
export function toCodeOutcome(
  found: RowOf<typeof CLAIM>,
  { redirectUriSha256 }: Pick<CodeClaim, "redirectUriSha256">,
  connected: ShownConnection | undefined,
): CodeOutcome | null {
  const { app_id, app_project_id, app_client_id, app_client_secret, claims } = found;
  if (app_id === null || app_project_id === null || app_client_id === null || app_client_secret === null) {
    return null;
  }
  if (claims !== null) {
    const claimed = {
      id: app_id,
      project_id: app_project_id,
      client_id: app_client_id,
      client_secret: app_client_secret,
    };
    return { kind: "claimed", app: claimed, claimedAt: found.claimed_at, claims };
  }
  const { code_redirect_uri_sha256, code_refusal } = found;
  if (code_redirect_uri_sha256 !== null && code_redirect_uri_sha256 !== redirectUriSha256) {
    return { kind: "other_redirect_uri" };
  }
  if (connected) return { kind: "connected", connection: connected };
  if (code_refusal !== null) return { kind: "refused", refusal: code_refusal };
  return { kind: "busy" };
}

const used = usedAuthorizationCodes;

export const releaseCode = statement({
  name: "release_authorization_code",
  text: (p: Parameters<Pick<ClaimValues, "codeSha256" | "claimant">>) => sql`
    delete from ${used}
    where ${used.code_sha256} = ${p.codeSha256} and ${used.claimed_by} = ${p.claimant}
      and ${used.zoom_oauth_connection_id} is null and ${used.refusal} is null`,
});

/** Gives a claim up that led to nothing, so that the next request may exchange the code at once. */
export async function releaseAuthorizationCode(
  db: Database,
  { codeSha256, claimant }: Pick<ClaimRequest, "codeSha256" | "claimant">,
): Promise<void> {
  await releaseCode.run(db, { codeSha256, claimant });
}

/** The connect session that the code came to. */
export function isSessionOf({ zoomOAuthAppId, codeSha256 }: Record<keyof CodeKey, Placeholder>): SQL {
  return sql`${connectSessions.zoom_oauth_app_id} = ${zoomOAuthAppId} and ${connectSessions.id} in (
      select ${connectAttempts.connect_session_id} from ${connectAttempts}
      where ${connectAttempts.code_sha256} = ${codeSha256}
    )`;
}

function isCode({ zoomOAuthAppId, codeSha256 }: Record<keyof CodeKey, Placeholder>): SQL {
  return sql`${used.zoom_oauth_app_id} = ${zoomOAuthAppId} and ${used.code_sha256} = ${codeSha256}`;
}

export const holdCode = statement({
  name: "hold_authorization_code",
  text: (p: Parameters<CodeKey>) => sql`
    update ${used} set ${set(used, { claim_expires_at: sql`${used.created_at} + ${MEMORY}` })}
    where ${isCode(p)} and ${used.zoom_oauth_connection_id} is null`,
});

/** Keeps the claim of a code whose grant is on the queue for as long as codes are remembered: it is spent. */
export async function holdAuthorizationCode(
  db: Database,
  { zoomOAuthAppId, codeSha256 }: CodeKey,
): Promise<void> {
  await holdCode.run(db, { zoomOAuthAppId, codeSha256 });
}

export const findSettled = statement({
  name: "find_settled_authorization_code",
  row: { code_sha256: used.code_sha256 },
  text: (p: Parameters<CodeKey>, columns) => sql`
    select ${columns} from ${used}
    where ${isCode(p)} and (
      ${used.zoom_oauth_connection_id} is not null
      or ${used.refusal} ->> 'code' in ('missing_scopes', 'user_not_active', 'wrong_zoom_user', ${literal(CONNECTION_REMOVED.code)})
    )`,
});

/**
 * Whether the code's grant is settled: by a connection, also one that is gone, or a refusal after which its tokens went to a
 * connection that the user had. That Zoom rejects a code is none: another message may carry tokens that live.
 */
export async function isAuthorizationCodeSettled(
  db: Database,
  { zoomOAuthAppId, codeSha256 }: CodeKey,
): Promise<boolean> {
  return (await findSettled.first(db, { zoomOAuthAppId, codeSha256 })) !== null;
}

export const refuseCode = statement({
  name: "refuse_authorization_code",
  text: (p: Parameters<CodeKey & { refusal: string; failure: string }>) => sql`
    with refused as (
      update ${used} set ${set(used, { refusal: p.refusal })}
      where ${isCode(p)} and ${used.zoom_oauth_connection_id} is null
      returning ${used.code_sha256}
    )
    update ${connectSessions} set ${set(connectSessions, { failure: sql`${p.failure}::jsonb` })}
    where ${isSessionOf(p)} and ${connectSessions.state} = 'open' and exists (select from refused)`,
});

/**
 * Remembers why a spent code led to no connection, so that a retry hears the same, and so does the connect session that
 * the code came to, if it came to one.
 */
export async function refuseAuthorizationCode(
  db: Database,
  { zoomOAuthAppId, codeSha256 }: CodeKey,
  failure: AttemptFailure,
): Promise<void> {
  const { code, message } = failure;
  await refuseCode.run(db, {
    zoomOAuthAppId,
    codeSha256,
    refusal: JSON.stringify({ code, message }),
    failure: JSON.stringify(failure),
  });
}

export const deleteOldCodes = cleanUp(
  "delete_old_authorization_codes",
  used,
  used.created_at,
  sql`now() - ${MEMORY}`,
);

/** Forgets codes after 24 hours. Bounded, for a job that runs every minute. Returns how many. */
export async function deleteOldAuthorizationCodes(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOldCodes);
}
