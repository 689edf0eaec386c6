// Fills a database for `scale.ts`: one large project beside a smaller one and many tiny ones, in the row width and the variety that
// production has. Made on the server from each row's number, so that it is the same every time.

import { createHash } from "node:crypto";
import type pg from "pg";

export const LARGE_PROJECT = 0;
const SECOND_PROJECT_CONNECTIONS = 1_000;
/** So many that the planner, who learns the project only while it runs, takes the average project for a small one. */
const TINY_PROJECTS = 2_000;
const TINY_PROJECT_CONNECTIONS = 5;
/** Apps of the large project; the other has one. */
export const APPS = 5;
/** One connection in so many has a long history, several pages of it; the others have the event of their creation. */
export const EVENTFUL_EVERY = 50;
/** One connection in so many was made today, so that its code is still remembered. */
export const CODE_EVERY = 10;

/** How many connections are due, for a refresh and for a sync. */
export const DUE = 500;
/** How long access tokens still live: longer than the measurement. */
export const ACCESS_TOKEN_HOURS = 24;
const DISCONNECTED_EVERY = 50;
const CONNECTIONS_PER_ACCOUNT = 10;
const HISTORY_EVENTS = 60;
const CREDENTIALS_CHARACTERS = 1_700;
/** Different texts of credentials. Postgres compresses within a row only, so a text may come again in another. */
const CREDENTIALS_POOL = 500;

export const isConnected = (number: number) => number % DISCONNECTED_EVERY !== DISCONNECTED_EVERY - 1;
export const projectId = (project: number) => `proj_${md5(`project ${project}`)}`;
export const apiKeySha256 = (project: number) => sha256(`key of project ${project}`);
export const appId = (project: number, app: number) => `zoa_${md5(`app ${project}/${app}`)}`;
export const connectionId = (project: number, number: number) =>
  `zoc_${md5(`connection ${project}/${number}`)}`;
export const codeSha256 = (id: string) => sha256(id);
export const REDIRECT_URI_SHA256 = sha256("https://example.com/callback");

/** Loads all projects and leaves statistics and visibility maps as autovacuum would. */
export async function loadProjects(client: pg.Client, connections: number): Promise<void> {
  // Foreign keys hold by construction; to check them row by row takes a third of the time.
  await client.query("set session_replication_role = replica");
  await client.query(`
    create temporary table credentials_pool as
    select pool - 1 as number, substr(string_agg(
      encode(sha256(convert_to(pool || '/' || part, 'UTF8')), 'base64'), ''), 1, ${CREDENTIALS_CHARACTERS}) as text
    from generate_series(1, ${CREDENTIALS_POOL}) pool, generate_series(1, 40) part group by pool`);
  await loadProject(client, LARGE_PROJECT, connections, APPS);
  await loadProject(client, 1, SECOND_PROJECT_CONNECTIONS, 1);
  await loadTinyProjects(client);
  await client.query(
    `update zoom_oauth_connections set next_refresh_at = now() - interval '1 minute', next_sync_at = now() - interval '1 minute'
     where id in (
       select id from zoom_oauth_connections where project_id = $1 and state = 'connected' order by md5(id) limit ${DUE}
     )`,
    [projectId(LARGE_PROJECT)],
  );
  await client.query("vacuum (analyze)");
  await client.query("checkpoint");
}

async function loadProject(
  client: pg.Client,
  project: number,
  connections: number,
  apps: number,
): Promise<void> {
  const id = projectId(project);
  const appIds = Array.from({ length: apps }, (_, app) => appId(project, app));
  await client.query("insert into projects (id, name) values ($1, 'Project')", [id]);
  await client.query("insert into api_keys (id, project_id, key_sha256) values ($1, $2, $3)", [
    `key_${md5(id)}`,
    id,
    apiKeySha256(project),
  ]);
  await client.query(
    `insert into zoom_oauth_apps (id, project_id, client_id, client_secret)
     select id, $1, id, 'sealed' from unnest($2::text[]) id`,
    [id, appIds],
  );
  await loadConnections(client, project, connections, appIds);
  await loadEvents(client, id);
  await loadCodes(client, id);
}

async function loadTinyProjects(client: pg.Client): Promise<void> {
  await client.query(`
    with tiny as (select 'tiny_' || i as id from generate_series(1, ${TINY_PROJECTS}) i),
    project as (insert into projects (id, name) select id, 'Tiny' from tiny),
    key as (
      insert into api_keys (id, project_id, key_sha256)
      select id, id, encode(sha256(convert_to(id, 'UTF8')), 'hex') from tiny
    ), app as (
      insert into zoom_oauth_apps (id, project_id, client_id, client_secret) select id, id, id, 'sealed' from tiny
    )
    insert into zoom_oauth_connections (
      id, project_id, zoom_oauth_app_id, user_id, account_id, state, metadata,
      is_local_recording_token_supported, is_onbehalf_token_supported, credentials, authorized_at, created_at
    )
    select tiny.id || '_' || i, tiny.id, tiny.id, 'user_' || i, 'account', 'connected',
      jsonb_build_object('tenant_id', tiny.id || '-' || i, 'plan', 'pro'), true, true, pool.text,
      now(), now() - random() * interval '365 days'
    from tiny cross join generate_series(1, ${TINY_PROJECT_CONNECTIONS}) i
    join credentials_pool pool on pool.number = i`);
}

async function loadConnections(
  client: pg.Client,
  project: number,
  connections: number,
  appIds: string[],
): Promise<void> {
  const accounts = connections / CONNECTIONS_PER_ACCOUNT;
  await client.query(`
    insert into zoom_oauth_connections (
      id, project_id, zoom_oauth_app_id, user_id, account_id, state, metadata,
      is_local_recording_token_supported, is_onbehalf_token_supported, credentials, access_token_expires_at,
      authorized_at, created_at, updated_at, last_successful_sync_at, last_attempted_sync_at
    )
    select ${md5Of("zoc_", `connection ${project}/`, "i")}, '${projectId(project)}',
      (array['${appIds.join("', '")}'])[1 + i % ${appIds.length}],
      ${md5Of("", `user ${project}/`, "i")}, ${md5Of("", `account ${project}/`, `i % ${accounts}`)},
      case when i % ${DISCONNECTED_EVERY} = ${DISCONNECTED_EVERY - 1} then 'disconnected' else 'connected' end,
      jsonb_build_object('tenant_id', 'tenant-' || i, 'plan', 'pro'), true, i % 3 = 0, pool.text,
      now() + interval '${ACCESS_TOKEN_HOURS} hours', at, at, at, at, at
    from (
      select i, date_trunc('day', now()) - interval '365 days' * (1 - i::float8 / ${connections}) as at
      from generate_series(0, ${connections - 1}) i
    ) numbers join credentials_pool pool on pool.number = i % ${CREDENTIALS_POOL}
    order by i`);
}

async function loadEvents(client: pg.Client, id: string): Promise<void> {
  await client.query(`
    insert into connection_events (id, project_id, zoom_oauth_connection_id, type, created_at)
    select ${md5Of("evt_", "", "connection.id || '/' || event")}, '${id}', connection.id,
      case when event = 0 then 'created' else 'refreshed' end, created_at + event * interval '1 hour'
    from (
      select id, created_at, row_number() over (order by created_at) - 1 as number
      from zoom_oauth_connections where project_id = '${id}'
    ) connection, lateral generate_series(
      0, case when number % ${EVENTFUL_EVERY} = 0 then ${HISTORY_EVENTS} else 0 end
    ) event
    order by created_at + event * interval '1 hour'`);
}

async function loadCodes(client: pg.Client, id: string): Promise<void> {
  await client.query(`
    insert into used_authorization_codes (
      zoom_oauth_app_id, code_sha256, redirect_uri_sha256, claimed_by, claim_expires_at, zoom_oauth_connection_id
    )
    select zoom_oauth_app_id, encode(sha256(convert_to(id, 'UTF8')), 'hex'), '${REDIRECT_URI_SHA256}', '', now(), id
    from (
      select id, zoom_oauth_app_id, row_number() over (order by created_at) - 1 as number
      from zoom_oauth_connections where project_id = '${id}'
    ) connection where number % ${CODE_EVERY} = 0`);
}

/** SQL for what the function above makes of the same text. */
function md5Of(prefix: string, text: string, expression: string): string {
  return `'${prefix}' || substr(md5('${text}' || ${expression}), 1, 16)`;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex").slice(0, 16);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
