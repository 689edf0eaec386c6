// API keys of a project: the operator's view of them, and a key's own. A key is known by its hash alone.

import { type Column, type SQL, sql } from "drizzle-orm";
import { ApiError, notFound } from "../errors.ts";
import type { ProjectCaller } from "../model/caller.ts";
import { DEFAULT_KEY_SCOPES, type KeyScope } from "../model/key-scopes.ts";
import type { PageRequest } from "../model/page.ts";
import { type Acting, type Asking, isDoneBy, isMadeBy } from "./actor.ts";
import { findProjectId } from "./authenticated.ts";
import type { Database } from "./client.ts";
import {
  as,
  columnsOf,
  field,
  insertInto,
  literal,
  NOW,
  nullable,
  type RowOf,
  set,
  toTextArray,
} from "./columns.ts";
import { deliverSessionEnd } from "./connect-session-end.ts";
import { fromProject, rowsOfProject } from "./of-project.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ProjectKey } from "./project-key.ts";
import { apiKeys, connectSessions, projects, tokenLinks, webhooks } from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";

const SHOWN_KEY = columnsWithoutHash(apiKeys);

export type ApiKeyRow = RowOf<typeof SHOWN_KEY>;

export interface NewApiKey {
  id: string;
  name: string | null;
  keySha256: string;
  scopes: readonly KeyScope[];
  /** ISO 8601; null: never. */
  expiresAt: string | null;
}

interface KeyValues extends Omit<NewApiKey, "scopes"> {
  projectId: string;
  /** JSON. */
  scopes: string;
}

export const insertKey = statement({
  name: "insert_api_key",
  row: SHOWN_KEY,
  text: (p: Parameters<KeyValues & Asking>, columns) => sql`
    ${insertInto(apiKeys, {
      id: p.id,
      project_id: projects.id,
      name: p.name,
      key_sha256: p.keySha256,
      scopes: toTextArray(p.scopes),
      expires_at: p.expiresAt,
    })}
    from ${projects} where ${projects.id} = ${p.projectId} and ${isMadeBy(p)}
    returning ${columns}`,
});

/** Adds a key to a project. Throws `not_found`. */
export async function insertApiKey(
  db: Database,
  asking: Asking,
  { scopes, ...values }: NewApiKey & { projectId: string },
): Promise<ApiKeyRow> {
  const row = await insertKey.first(db, {
    ...values,
    actor: asking.actor,
    origin: asking.origin,
    scopes: JSON.stringify(scopes),
  });
  if (!row) throw notFound("project");
  return row;
}

const apiKey = as(apiKeys, "api_key");

export const listKeys = variants(PAGE_SHAPES, (shape: PageShape) => {
  const { id, ...shown } = columnsWithoutHash(apiKey);
  return statement({
    name: "list_api_keys",
    row: { id: nullable(id), ...shown },
    text: (p: Parameters<{ projectId: string } & PageValues>, columns) => sql`
      select ${columns} ${fromProject(p.projectId, apiKeys, apiKey, sql` ${pageClause(apiKeys, shape, p)}`)}`,
  });
});

/** A page of a project's keys, disabled ones too. Throws `not_found`. */
export async function listApiKeys(db: Database, projectId: string, page: PageRequest): Promise<ApiKeyRow[]> {
  return rowsOfProject(await listKeys.for(pageShape(page)).all(db, { projectId, ...pageValues(page) }));
}

/** The CTE `disabled`, from `target`, which has the key to disable. A trigger disables the keys that came of it. */
const DISABLED = sql`disabled as (
    update ${apiKeys} set ${set(apiKeys, { disabled_at: sql`coalesce(${apiKeys.disabled_at}, ${NOW})` })}
    where ${apiKeys.id} in (select id from target)
    returning *
  )`;

interface DisableValues {
  id: string;
  /** Ends the webhooks, token links and open connect sessions that it and its keys made, too. */
  isToEnd: boolean;
}

/** As many sessions end with one statement, each with its deliveries. */
const ENDED_TOGETHER = 500;
/** No further statement begins after this time, in milliseconds. */
const END_PATIENCE_MS = 15_000;

export const endMade = statement({
  name: "end_what_key_made",
  row: { count: field<number>(sql`(select count(*)::integer from ended_sessions)`) },
  text: (p: Parameters<{ id: string } & Acting>, columns) => {
    const made = as(apiKeys, "made");
    const session = as(connectSessions, "session");
    const isOfFamily = (createdBy: Column) => sql`${createdBy} in (select id from family)`;
    return sql`
    with recursive family as (
      select ${apiKeys.id} from ${apiKeys} where ${apiKeys.id} = ${p.id} and ${isDoneBy(p)}
      union select ${made.id} from ${apiKeys} made join family on ${made.created_by_key_id} = family.id
    ), ended_webhooks as (
      delete from ${webhooks} where ${isOfFamily(webhooks.created_by_key_id)}
      returning ${webhooks.id}
    ), ended_links as (
      delete from ${tokenLinks} where ${isOfFamily(tokenLinks.created_by_key_id)}
    ), ended_sessions as (
      update ${connectSessions} set ${set(connectSessions, { state: "cancelled" })}
      where ${connectSessions.state} = 'open' and ${connectSessions.id} in (
        select ${session.id} from ${connectSessions} session
        where ${isOfFamily(session.created_by_key_id)} and ${session.state} = 'open' limit ${literal(ENDED_TOGETHER)}
      )
      returning *
    ), ${deliverSessionEnd(sql`ended_sessions`, "connect_session.failed", {
      isLeftOut: ({ id }) => sql`${id} in (select id from ended_webhooks)`,
    })}
    select ${columns}`;
  },
});

/**
 * Ends what a disabled key and its keys have made, some at a time: it makes nothing more. Throws `request_in_progress` where there is
 * so much that it takes another request.
 */
async function endWhatItMade(db: Database, key: { id: string } & Acting): Promise<void> {
  const deadline = Date.now() + END_PATIENCE_MS;
  while (Date.now() < deadline) {
    const ended = await endMade.first(db, { ...key });
    if ((ended?.count ?? 0) < ENDED_TOGETHER) return;
  }
  throw new ApiError("request_in_progress", {
    message:
      "The API key is disabled. It has made so much that not all has ended yet: send the same request again.",
  });
}

export const disableKey = statement({
  name: "disable_api_key",
  row: columnsWithoutHash(as(apiKeys, "disabled")),
  text: (p: Parameters<{ id: string; projectId: string } & Asking>, columns) => sql`
    with target as (
      select ${apiKeys.id} from ${apiKeys}
      where ${apiKeys.id} = ${p.id} and ${apiKeys.project_id} = ${p.projectId} and ${isMadeBy(p)}
    ), ${DISABLED}
    select ${columns} from disabled`,
});

/** Disables a key for good, with the keys that it made. Doing it again changes nothing. Throws `not_found`. */
export async function disableApiKey(
  db: Database,
  { actor, origin }: Asking,
  { isToEnd, ...which }: DisableValues & { projectId: string },
): Promise<ApiKeyRow> {
  const row = await disableKey.first(db, { ...which, actor, origin });
  if (!row) throw notFound("API key");
  if (isToEnd) await endWhatItMade(db, { id: row.id, acting: actor, origin });
  return row;
}

const creator = as(apiKeys, "creator");

/** As many keys that keys have made may work in a project at a time. */
export const MAX_MADE_KEYS = 1_000;

function areTooMany(projectId: Column): SQL {
  const made = as(apiKeys, "made");
  return sql`((select count(*) from (
    select from ${apiKeys} made where ${made.project_id} = ${projectId} and ${made.created_by_key_id} is not null
      and ${made.disabled_at} is null and (${made.expires_at} is null or ${made.expires_at} > now())
    limit ${literal(MAX_MADE_KEYS)}
  ) made) >= ${literal(MAX_MADE_KEYS)})`;
}

export const insertOwnKey = keyedStatement({
  name: "insert_own_api_key",
  head: {
    creator_scopes: creator.scopes,
    creator_expires_at: creator.expires_at,
    are_too_many: field<boolean>(sql`(select are_too_many from wanted)`),
  },
  row: columnsWithoutHash(as(apiKeys, "inserted")),
  text: (
    p: Parameters<
      Omit<KeyValues, "projectId" | "scopes"> & {
        scopes: string | null;
        defaults: string;
        isEndless: boolean;
      }
    >,
    columns,
  ) => sql`, creator as (
      -- Locked, so that a key that is being disabled makes no other one that outlives it.
      select * from ${apiKeys} where ${apiKeys.id} = (select id from key) and ${apiKeys.disabled_at} is null for share
    ), wanted as (
      select case when ${p.scopes}::text is null
        then array(select unnest(${creator.scopes}) intersect select unnest(${toTextArray(p.defaults)}) order by 1)
        else ${toTextArray(p.scopes)} end as scopes, case when not ${p.isEndless}::boolean
          then coalesce(${p.expiresAt}::timestamptz, ${creator.expires_at}) end as expires_at,
        ${areTooMany(creator.project_id)} as are_too_many
      from creator
    ), inserted as (
      ${insertInto(apiKeys, {
        id: p.id,
        project_id: creator.project_id,
        name: p.name,
        key_sha256: p.keySha256,
        scopes: sql`wanted.scopes`,
        expires_at: sql`wanted.expires_at`,
        created_by_key_id: creator.id,
      })} from creator, wanted
      where wanted.scopes <@ ${creator.scopes} and cardinality(wanted.scopes) > 0 and not wanted.are_too_many
        and (${creator.expires_at} is null or wanted.expires_at <= ${creator.expires_at})
      returning *
    )
    select ${columns} from key join creator on true left join inserted on true`,
});

export type OwnKeyOutcome =
  | { kind: "inserted"; key: ApiKeyRow }
  /** The project has {@link MAX_MADE_KEYS}. */
  | { kind: "too_many" }
  /** What the key that makes it may do itself, and until when. */
  | { kind: "exceeds"; scopes: readonly KeyScope[]; expiresAt: string | null };

/**
 * Adds a key that may do no more, and lives no longer, than the one that asks. `isEndless`: it is to have no end, which a key
 * that has one cannot give.
 */
export async function insertOwnApiKey(
  db: Database,
  project: ProjectKey,
  {
    scopes,
    ...values
  }: Omit<NewApiKey, "scopes"> & { scopes: readonly KeyScope[] | null; isEndless: boolean },
): Promise<OwnKeyOutcome> {
  const { head, rows } = await insertOwnKey.read(db, {
    ...project,
    ...values,
    scopes: scopes && JSON.stringify(scopes),
    defaults: JSON.stringify(DEFAULT_KEY_SCOPES),
  });
  if (rows[0]) return { kind: "inserted", key: rows[0] };
  if (head.are_too_many) return { kind: "too_many" };
  return { kind: "exceeds", scopes: head.creator_scopes, expiresAt: head.creator_expires_at };
}

export const listOwnKeys = variants(PAGE_SHAPES, (shape: PageShape) =>
  keyedStatement({
    name: "list_own_api_keys",
    row: columnsWithoutHash(apiKey),
    text: (p: Parameters<PageValues>, columns) => sql`
      select ${columns} from key left join lateral (
        select * from ${apiKeys} where ${apiKeys.project_id} = ${key.project_id} ${pageClause(apiKeys, shape, p)}
      ) api_key on true`,
  }),
);

/** A page of the keys of the project, disabled ones too. */
export async function listOwnApiKeys(
  db: Database,
  project: ProjectKey,
  page: PageRequest,
): Promise<ApiKeyRow[]> {
  return await listOwnKeys.for(pageShape(page)).all(db, { ...project, ...pageValues(page) });
}

export const disableOwnKey = keyedStatement({
  name: "disable_own_api_key",
  row: columnsWithoutHash(as(apiKeys, "disabled")),
  text: (p: Parameters<{ id: string }>, columns) => sql`, target as (
      select ${apiKeys.id} from ${apiKeys} join key on ${key.project_id} = ${apiKeys.project_id} where ${apiKeys.id} = ${p.id}
    ), ${DISABLED}
    select ${columns} from key left join disabled on true`,
});

/** What it takes, beside the right to disable keys, to end what they made. */
const ENDING_SCOPES = ["webhooks:write", "sessions:write"] as const satisfies KeyScope[];

/** The same for a key of the project that asks. Throws `not_found`, and `insufficient_scope` where it may not end what others made. */
export async function disableOwnApiKey(
  db: Database,
  caller: ProjectKey & ProjectCaller,
  { id, isToEnd }: DisableValues,
): Promise<ApiKeyRow> {
  for (const keyScope of isToEnd ? ENDING_SCOPES : []) await findProjectId(db, { ...caller, keyScope });
  const row = await disableOwnKey.first(db, { ...caller, id });
  if (row === null) throw notFound("API key");
  if (isToEnd) await endWhatItMade(db, { id: row.id, acting: caller.acting, origin: caller.origin });
  return row;
}

function columnsWithoutHash(from: typeof apiKeys) {
  const { key_sha256: _, ...shown } = columnsOf(from);
  return shown;
}
