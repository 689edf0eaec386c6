// Token links as their project makes, reads, changes and removes them. What a call of one does stands in
// token-link-uses.ts.

import { type SQL, sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import type { PageRequest } from "../model/page.ts";
import type { LinkedConnection } from "../model/token-link.ts";
import type { LinkToken, VendorName } from "../model/vendors.ts";
import type { Database } from "./client.ts";
import { as, field, insertInto, NOW, pick, type RowOf, set } from "./columns.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ObjectKey, type ProjectKey } from "./project-key.ts";
import { tokenLinks, zoomOAuthApps, zoomOAuthConnections } from "./schema.ts";
import { keyedStatement, type Parameters, variants } from "./statement.ts";

const links = tokenLinks;
const link = as(tokenLinks, "link");
const app = as(zoomOAuthApps, "app");
const connection = as(zoomOAuthConnections, "connection");
/** The table's own project, where the key has one. */
const IS_OWN = sql`${links.project_id} = (select project_id from key)`;

/** What is shown of a link: everything but its secrets. */
function shownColumns(from: typeof tokenLinks) {
  return {
    ...pick(from, [
      "id",
      "name",
      "vendor",
      "token",
      "connection",
      "zoom_oauth_app_id",
      "is_active",
      "expires_at",
      "max_uses",
      "use_count",
      "last_used_at",
      "last_refusal_code",
      "last_refused_at",
      "created_at",
      "updated_at",
    ]),
    meeting_id: field<string | null>(sql`${from.meeting_id}::text`),
    has_verification_secret: field<boolean>(sql`${from.verification_secret} is not null`),
  };
}

export type TokenLinkRow = RowOf<ReturnType<typeof shownColumns>>;

export interface NewTokenLink {
  id: string;
  name: string | null;
  vendor: VendorName;
  token: LinkToken;
  connection: LinkedConnection;
  zoomOAuthAppId: string | null;
  /** In digits. */
  meetingId: string | null;
  secretSha256: string;
  /** Sealed. */
  verificationSecret: string | null;
  /** ISO 8601. */
  expiresAt: string | null;
  maxUses: number | null;
}

type InsertValues = Omit<NewTokenLink, "connection"> & {
  /** JSON. */
  connection: string;
  connectionId: string | null;
  limit: number;
};

export const insert = keyedStatement({
  name: "insert_token_link",
  head: {
    has_app: field<boolean>(sql`named.has_app`),
    has_connection: field<boolean>(sql`named.has_connection`),
  },
  row: shownColumns(as(tokenLinks, "inserted")),
  text: (p: Parameters<InsertValues>, columns) => sql`, named as (
      select ${key.project_id}, ${p.zoomOAuthAppId}::text is null or exists (
        select from ${zoomOAuthApps} app
        where ${app.id} = ${p.zoomOAuthAppId} and ${app.project_id} = ${key.project_id}
      ) as has_app, ${p.connectionId}::text is null or exists (
        select from ${zoomOAuthConnections} connection
        where ${connection.id} = ${p.connectionId} and ${connection.project_id} = ${key.project_id}
      ) as has_connection from key
    ), inserted as (
      ${insertInto(links, {
        id: p.id,
        project_id: sql`named.project_id`,
        name: p.name,
        vendor: p.vendor,
        token: p.token,
        connection: p.connection,
        zoom_oauth_app_id: p.zoomOAuthAppId,
        meeting_id: p.meetingId,
        secret_sha256: p.secretSha256,
        created_by_key_id: sql`(select id from key)`,
        verification_secret: p.verificationSecret,
        expires_at: p.expiresAt,
        max_uses: p.maxUses,
      })} from named where named.has_app and named.has_connection
        and (select count(*) from ${links} where ${links.project_id} = named.project_id) < ${p.limit}
      returning *
    )
    select ${columns} from key cross join named left join inserted on true`,
});

/** Adds a link, unless it names what the project does not have, or the project has `limit` links. */
export async function insertTokenLink(
  db: Database,
  asking: ProjectKey,
  { connection: linked, ...fields }: NewTokenLink,
  limit: number,
): Promise<TokenLinkRow | "no_app" | "no_connection" | "too_many"> {
  const { head, rows } = await insert.read(db, {
    ...asking,
    ...fields,
    connection: JSON.stringify(linked),
    connectionId: "zoom_oauth_connection_id" in linked ? linked.zoom_oauth_connection_id : null,
    limit,
  });
  if (!head.has_app) return "no_app";
  if (!head.has_connection) return "no_connection";
  return rows[0] ?? "too_many";
}

export const find = keyedStatement({
  name: "find_token_link",
  row: shownColumns(link),
  text: (p: Parameters<{ id: string }>, columns) => sql`
    select ${columns} from key left join ${links} link
      on ${link.project_id} = ${key.project_id} and ${link.id} = ${p.id}`,
});

/** Throws `not_found`. */
export async function findTokenLink(db: Database, which: ObjectKey): Promise<TokenLinkRow> {
  return found(await find.first(db, which));
}

export const list = variants(PAGE_SHAPES, (shape: PageShape) =>
  keyedStatement({
    name: "list_token_links",
    row: shownColumns(link),
    text: (p: Parameters<PageValues>, columns) => sql`
      select ${columns} from key left join lateral (
        select * from ${links} where ${links.project_id} = ${key.project_id} ${pageClause(links, shape, p)}
      ) link on true`,
  }),
);

/** A page of the project's links. */
export async function listTokenLinks(
  db: Database,
  project: ProjectKey,
  page: PageRequest,
): Promise<TokenLinkRow[]> {
  return await list.for(pageShape(page)).all(db, { ...project, ...pageValues(page) });
}

interface UpdateValues {
  id: string;
  /** Null: it stays as it is. */
  isActive: boolean | null;
  isNameGiven: boolean;
  name: string | null;
  isSecretGiven: boolean;
  /** Sealed. */
  verificationSecret: string | null;
}

export const update = keyedStatement({
  name: "update_token_link",
  row: shownColumns(as(tokenLinks, "updated")),
  text: (p: Parameters<UpdateValues>, columns) => {
    const ifGiven = (isGiven: unknown, given: unknown, stays: unknown): SQL =>
      sql`case when ${isGiven}::boolean then ${given}::text else ${stays} end`;
    return sql`, updated as (
        update ${links} set ${set(links, {
          is_active: sql`coalesce(${p.isActive}::boolean, ${links.is_active})`,
          name: ifGiven(p.isNameGiven, p.name, links.name),
          verification_secret: ifGiven(p.isSecretGiven, p.verificationSecret, links.verification_secret),
          updated_at: NOW,
        })}
        where ${links.id} = ${p.id} and ${IS_OWN}
        returning *
      )
      select ${columns} from key left join updated on true`;
  },
});

export interface TokenLinkChanges {
  isActive?: boolean | undefined;
  name?: string | null | undefined;
  /** Sealed. */
  verificationSecret?: string | null | undefined;
}

/** Changes what is given. Throws `not_found`. */
export async function updateTokenLink(
  db: Database,
  which: ObjectKey,
  { isActive, name, verificationSecret }: TokenLinkChanges,
): Promise<TokenLinkRow> {
  const row = await update.first(db, {
    ...which,
    isActive: isActive ?? null,
    isNameGiven: name !== undefined,
    name: name ?? null,
    isSecretGiven: verificationSecret !== undefined,
    verificationSecret: verificationSecret ?? null,
  });
  return found(row);
}

const deleted = as(tokenLinks, "deleted");

export const remove = keyedStatement({
  name: "delete_token_link",
  row: { id: deleted.id },
  text: (p: Parameters<{ id: string }>, columns) => sql`, deleted as (
      delete from ${links} where ${links.id} = ${p.id} and ${IS_OWN} returning ${links.id}
    )
    select ${columns} from key left join deleted on true`,
});

/** Removes a link: its next call finds none. Throws `not_found`. */
export async function deleteTokenLink(db: Database, which: ObjectKey): Promise<void> {
  found(await remove.first(db, which));
}

function found<Row>(row: Row | null): Row {
  if (row === null) throw notFound("token link");
  return row;
}
