// The beginning of every statement that a project's key asks for: whose key is it. Checking it costs no round trip of
// its own, and noting its use neither.

import { type Placeholder, type SQL, sql } from "drizzle-orm";
import type { KeyScope } from "../model/key-scopes.ts";
import { sayActor, sayOrigin } from "./actor.ts";
import { as, NOW, set } from "./columns.ts";
import { apiKeys, projects } from "./schema.ts";

/** Whose request it is. */
export interface ProjectKey {
  /** SHA-256 of the API key as 64 hex digits. */
  apiKeySha256: string;
  /** What the key must be allowed to do. */
  keyScope: KeyScope;
  /** Where the request came from, for the audit. Null: it changes nothing. */
  origin: string | null;
}

/** Which of a project's objects, for whom. */
export interface ObjectKey extends ProjectKey {
  id: string;
}

/** The table expression `key` has two columns of API keys: the id and the project. */
export const key = as(apiKeys, "key");

/**
 * CTEs to put behind `with`: `key` has the project of a live key that may do what is asked, or no row. It also says to the
 * audit that the key makes the statement's changes. The use of the key is noted at
 * most once a minute, and by one request of those that come together: none waits for another.
 */
export function withKey({ apiKeySha256, keyScope, origin }: Record<keyof ProjectKey, Placeholder>): SQL {
  const { id, project_id, scopes, last_used_at } = apiKeys;
  return sql`key as (
    select ${id}, ${project_id}, ${sayActor(sql`'api_key ' || ${id}`)}, ${sayOrigin(origin)} from ${apiKeys} join ${projects} on ${projects.id} = ${project_id}
    where ${isLive(apiKeySha256)} and ${keyScope} = any(${scopes}) and ${projects.suspended_at} is null
  ), used_key as (
    update ${apiKeys} set ${set(apiKeys, { last_used_at: NOW })} where ${id} in (
      select ${id} from ${apiKeys} where ${id} = (select id from key)
        and (${last_used_at} is null or ${last_used_at} < now() - interval '1 minute')
      for update skip locked
    )
  )`;
}

/** The key of this hash is neither disabled nor expired. */
export function isLive(apiKeySha256: Placeholder): SQL {
  const { key_sha256, disabled_at, expires_at } = apiKeys;
  return sql`${key_sha256} = ${apiKeySha256} and ${disabled_at} is null
      and (${expires_at} is null or ${expires_at} > now())`;
}
