// Fills a database for `scale.ts`: one large project beside a smaller one and many tiny ones, in the row width and the variety that
// production has. Made on the server from each row's number, so that it is the same every time.

import { createHash } from "node:crypto";
import type pg from "pg";
import { COUNTED } from "../src/model/statistics.ts";

export const LARGE_PROJECT = 0;
const SECOND_PROJECT_CONNECTIONS = 1_000;
/** So many that the planner, who learns the project only while it runs, takes the average project for a small one. */
const TINY_PROJECTS = 2_000;
const TINY_PROJECT_CONNECTIONS = 5;
/** Apps of the large project; the other has one. */
export const APPS = 5;
/** One connection in so many has a long history, several pages of it; the others have the event of their creation. */
export const EVENTFUL_EVERY = 50;
/** One connection in so many was made today, so that its code is still remembered. No multiple of the apps: all have some. */
export const CODE_EVERY = 8;

/** One connection in so many has a delivery, a Zoom event, and an event that a token was handed out. */
export const BUSY_EVERY = 8;

/** How many connections are due, for a refresh and for a sync. */
export const DUE = 500;
/** How many rows of each kind have had their time. */
export const OUTDATED = 500;
export const OVERDUE_DELIVERIES = 100;
export const MARKED_APPS = 10;
/** Changes of counts that are not folded yet. */
export const COUNT_CHANGES = 500;
/** The master key that is on its way out, and how many rows it still holds: of connections, and of any other column. */
export const OLD_KEY = "old";
export const OLD_KEY_CONNECTIONS = 200;
export const OLD_KEY_ROWS = 10;
/** Subscriptions of the large project. The first one hears of connections, the last one has few deliveries. */
export const WEBHOOKS = 5;
export const FEW_DELIVERIES = 10;
/** How long access tokens still live: longer than the measurement. */
export const ACCESS_TOKEN_HOURS = 24;
export const DISCONNECTED_EVERY = 50;
/** The only app of the large project's neighbour that has no connections. */
export const IDLE_APP = { project: 1, app: 1 };
const FIRST_MEETING = 80_000_000_000;
/** The other meetings of a connection have numbers of their own beyond those of the first ones. */
const MEETINGS_PER_CONNECTION = 5;
const MEETING_STEP = 10_000_000;
/** Token links of the large project: a third for each form that a number chooses from. */
export const TOKEN_LINKS = 999;
const CONNECTIONS_PER_ACCOUNT = 10;
const HISTORY_EVENTS = 60;
export const SEALED = "v1.current.sealed";
const CREDENTIALS_CHARACTERS = 1_700;
/** Different texts of credentials. Postgres compresses within a row only, so a text may come again in another. */
const CREDENTIALS_POOL = 500;

export const isConnected = (number: number) => number % DISCONNECTED_EVERY !== DISCONNECTED_EVERY - 1;
export const projectId = (project: number) => `proj_${md5(`project ${project}`)}`;
export const apiKeySha256 = (project: number) => sha256(`key of project ${project}`);
export const appId = (project: number, app: number) => `zoa_${md5(`app ${project}/${app}`)}`;
export const connectionId = (project: number, number: number) =>
  `zoc_${md5(`connection ${project}/${number}`)}`;
export const apiKeyId = (project: number) => `key_${md5(projectId(project))}`;
/** Of the large project's first app, and of no connection. */
export const outdatedCodeSha256 = (number: number) => sha256(`old ${1 + number}`);
export const webhookId = (webhook: number) => `whk_${md5(`webhook ${webhook}`)}`;
/** One that is pending and due. */
export const overdueDeliveryId = (number: number) => `overdue_${1 + number}`;
/** The first meeting of a connection of the large project. */
export const meetingId = (number: number) => String(FIRST_MEETING + number);
/** Of a token link of the large project, by its number. */
export const linkSecretSha256 = (link: number) => sha256(`link ${link}`);
/** Of the connect session of a connection of the large project: one that is open, or one that has done its work. */
export const sessionSecretSha256 = (id: string, isOpen: boolean) =>
  sha256(`${isOpen ? "open" : "completed"} session ${id}`);
export const codeSha256 = (id: string) => sha256(id);
export const REDIRECT_URI_SHA256 = sha256("https://example.com/callback");

/** Loads all projects and leaves statistics and visibility maps as autovacuum would. */
export async function loadProjects(client: pg.Client, connections: number): Promise<void> {
  // Foreign keys hold by construction; to check them row by row takes a third of the time.
  await client.query("set session_replication_role = replica");
  await client.query(`
    create temporary table credentials_pool as
    select pool - 1 as number, 'v1.current.' || substr(string_agg(
      encode(sha256(convert_to(pool || '/' || part, 'UTF8')), 'base64'), ''), 1, ${CREDENTIALS_CHARACTERS}) as text
    from generate_series(1, ${CREDENTIALS_POOL}) pool, generate_series(1, 40) part group by pool`);
  await loadOutdated(client);
  await loadProject(client, LARGE_PROJECT, connections, APPS);
  await loadProject(client, 1, SECOND_PROJECT_CONNECTIONS, 1);
  await loadIdleApp(client);
  await loadTinyProjects(client);
  await loadMeetings(client);
  await loadTokenLinks(client, connections);
  await loadConnectSessions(client);
  await loadWebhooks(client);
  await loadZoomEvents(client);
  await loadIssuedEvents(client);
  await markApps(client);
  await loadOldKey(client);
  await loadCounts(client);
  await loadSchedules(client);
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
    apiKeyId(project),
    id,
    apiKeySha256(project),
  ]);
  await client.query(
    `insert into zoom_oauth_apps (id, project_id, client_id, client_secret)
     select id, $1, id, '${SEALED}' from unnest($2::text[]) id`,
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
      insert into zoom_oauth_apps (id, project_id, client_id, client_secret) select id, id, id, '${SEALED}' from tiny
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

async function loadIdleApp(client: pg.Client): Promise<void> {
  await client.query(
    `insert into zoom_oauth_apps (id, project_id, client_id, client_secret) values ($1, $2, $1, '${SEALED}')`,
    [appId(IDLE_APP.project, IDLE_APP.app), projectId(IDLE_APP.project)],
  );
}

/** The large project's connections, numbered as they were made. */
const NUMBERED = `(
  select id, project_id, zoom_oauth_app_id, user_id, created_at, row_number() over (order by created_at) - 1 as number
  from zoom_oauth_connections where project_id = '${projectId(LARGE_PROJECT)}'
) connection`;

async function loadMeetings(client: pg.Client): Promise<void> {
  await client.query(`
    insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id)
    select zoom_oauth_app_id, ${FIRST_MEETING} + number + meeting * ${MEETING_STEP}, id
    from ${NUMBERED}, generate_series(0, ${MEETINGS_PER_CONNECTION - 1}) meeting order by meeting, number`);
}

/** A third names a user, a third metadata, a third takes the host of the meeting. Spread over the connections. */
async function loadTokenLinks(client: pg.Client, connections: number): Promise<void> {
  await client.query(`
    insert into token_links (id, project_id, secret_sha256, vendor, token, connection)
    select ${md5Of("tl_", "link ", "i")}, project_id, ${sha256Of("link ", "i")}, 'plain', 'local_recording', case i % 3
      when 0 then jsonb_build_object('user_id', user_id)
      when 1 then jsonb_build_object('metadata', jsonb_build_object('tenant_id', 'tenant-' || number))
      else jsonb_build_object('meeting_host', true) end
    from generate_series(0, ${TOKEN_LINKS - 1}) i
    join ${NUMBERED} on number = i * ${Math.max(1, Math.floor(connections / TOKEN_LINKS))}`);
}

/** Two for each connection that was made today: the one that it came from, and one that waits for its user. */
async function loadConnectSessions(client: pg.Client): Promise<void> {
  const session = (state: string, connection: string, completedAt: string) => `
    select ${md5Of("cs_", `${state} `, "id")}, project_id, zoom_oauth_app_id, ${sha256Of(`${state} session `, "id")},
      '${state}', ${connection}, 'https://example.com/connected', true, true, false, now() + interval '1 hour', ${completedAt}
    from ${NUMBERED} where number % ${CODE_EVERY} = 0`;
  await client.query(`
    insert into connect_sessions (
      id, project_id, zoom_oauth_app_id, secret_sha256, state, zoom_oauth_connection_id, return_url,
      is_local_recording_token_supported, is_onbehalf_token_supported, is_metadata_kept, expires_at, completed_at
    ) ${session("completed", "id", "now()")} union all ${session("open", "null", "null")}`);
}

async function loadWebhooks(client: pg.Client): Promise<void> {
  const project = projectId(LARGE_PROJECT);
  const ids = Array.from({ length: WEBHOOKS }, (_, webhook) => webhookId(webhook));
  await client.query(
    `insert into webhooks (id, project_id, url, triggers)
     select id, $1, 'https://example.com/' || id, array[
       case when place = 1 then 'zoom_oauth_connection.state_change' else 'zoom_oauth_app.credentials_invalid' end
     ] from unnest($2::text[]) with ordinality webhook (id, place)`,
    [project, ids],
  );
  const numbered = `(
    select id as connection_id, now() - interval '29 days' * random() as created_at from ${NUMBERED}
    where number % ${BUSY_EVERY} = 0
  ) connection`;
  await deliver(client, {
    id: md5Of("whd_", "", "connection_id"),
    webhook: 0,
    state: "succeeded",
    from: numbered,
  });
  const overdue = series(OVERDUE_DELIVERIES, "1 minute");
  await deliver(client, { id: "'overdue_' || i", webhook: 0, state: "pending", from: overdue });
  const few = series(FEW_DELIVERIES, "1 day");
  await deliver(client, { id: "'few_' || i", webhook: WEBHOOKS - 1, state: "succeeded", from: few });
}

/** SQL for numbered deliveries of this age that tell of no connection. */
function series(count: number, age: string): string {
  return `(
    select i, null::text as connection_id, now() - interval '${age}' as created_at from generate_series(1, ${count}) i
  ) series`;
}

/** `id` and `from` are SQL; `from` has the columns `connection_id` and `created_at`. */
async function deliver(
  client: pg.Client,
  { id, webhook, state, from }: { id: string; webhook: number; state: "pending" | "succeeded"; from: string },
): Promise<void> {
  await client.query(`
    insert into webhook_deliveries (
      id, project_id, webhook_id, trigger, zoom_oauth_connection_id, payload, state, next_attempt_at, attempt_count,
      attempts, created_at
    )
    select ${id}, '${projectId(LARGE_PROJECT)}', '${webhookId(webhook)}', 'zoom_oauth_connection.state_change',
      connection_id, jsonb_build_object('trigger', 'state_change', 'zoom_oauth_connection_id', connection_id),
      '${state}', ${state === "pending" ? "now() - interval '1 minute'" : "null"}, 1,
      '[{"attempted_at": "2026-01-01T00:00:00.000Z", "status_code": 200, "duration_ms": 90, "response_body": "ok"}]',
      created_at
    from ${from}`);
}

async function loadZoomEvents(client: pg.Client): Promise<void> {
  await client.query(`
    insert into zoom_events (zoom_oauth_app_id, event_key, received_at)
    select zoom_oauth_app_id, encode(sha256(convert_to(id, 'UTF8')), 'hex'), now() - interval '20 hours' * random()
    from ${NUMBERED} where number % ${BUSY_EVERY} = 0`);
}

async function loadIssuedEvents(client: pg.Client): Promise<void> {
  await client.query(`
    insert into connection_events (id, project_id, zoom_oauth_connection_id, type, expires_at)
    select ${md5Of("evt_", "token of ", "id")}, project_id, id, 'token_issued',
      now() + interval '30 days' * (0.1 + 0.9 * random())
    from ${NUMBERED} where number % ${BUSY_EVERY} = 0`);
}

async function markApps(client: pg.Client): Promise<void> {
  await client.query(
    "update zoom_oauth_apps set credentials_invalid_at = now() - interval '1 hour' where id ~ '^tiny_2[0-9]$'",
  );
}

/** What a cron run is to remove: as much at every size. Loaded first, since the oldest rows come first in their tables. */
async function loadOutdated(client: pg.Client): Promise<void> {
  const [project, app] = [projectId(LARGE_PROJECT), appId(LARGE_PROJECT, 0)];
  await client.query(`
    insert into connection_events (id, project_id, zoom_oauth_connection_id, type, expires_at)
    select 'old_' || i, '${project}', 'gone_' || i, 'created', now() - interval '1 hour'
    from generate_series(1, ${OUTDATED}) i`);
  await client.query(`
    insert into zoom_events (zoom_oauth_app_id, event_key, received_at)
    select '${app}', 'old_' || i, now() - interval '2 days' from generate_series(1, ${OUTDATED}) i`);
  await client.query(`
    insert into used_authorization_codes (
      zoom_oauth_app_id, code_sha256, redirect_uri_sha256, claimed_by, claim_expires_at, created_at
    )
    select '${app}', encode(sha256(convert_to('old ' || i, 'UTF8')), 'hex'), '${REDIRECT_URI_SHA256}', '', now(),
      now() - interval '2 days'
    from generate_series(1, ${OUTDATED}) i`);
  await deliver(client, {
    id: "'old_' || i",
    webhook: 0,
    state: "succeeded",
    from: series(OUTDATED, "31 days"),
  });
}

/** What an older master key still holds. */
async function loadOldKey(client: pg.Client): Promise<void> {
  await client.query(
    `update zoom_oauth_connections set credentials = replace(credentials, 'v1.current.', 'v1.${OLD_KEY}.')
     where id in (
       select id from zoom_oauth_connections where project_id = $1 order by md5(id) desc limit ${OLD_KEY_CONNECTIONS}
     )`,
    [projectId(LARGE_PROJECT)],
  );
  const sealed = `'v1.${OLD_KEY}.sealed'`;
  const rows = "where id ~ '^tiny_1[0-9]$'";
  await client.query(
    `update zoom_oauth_apps set client_secret = ${sealed}, webhook_secret = ${sealed} ${rows}`,
  );
  await client.query(
    `update projects set webhook_secret = ${sealed}, previous_webhook_secret = ${sealed} ${rows}`,
  );
  await client.query(
    `insert into token_links (id, project_id, secret_sha256, vendor, token, connection, verification_secret)
     select id, id, ${sha256Of("link of ", "id")}, 'plain', 'zak', '{"meeting_host": true}', ${sealed}
     from projects ${rows}`,
  );
}

/** What the triggers would have made, spread as a cron run spreads it, and some that is due. */
async function loadSchedules(client: pg.Client): Promise<void> {
  await client.query(`
    insert into zoom_oauth_connection_schedules (zoom_oauth_connection_id, work, due_at)
    select id, work, now() + (1 + random() * days) * interval '1 day'
    from zoom_oauth_connections, (values ('refresh', 30), ('sync', 7)) needed (work, days)
    where state = 'connected' order by id, work`);
  const due = `
    select id from zoom_oauth_connections where project_id = '${projectId(LARGE_PROJECT)}' and state = 'connected'
    order by md5(id) limit ${DUE}`;
  await client.query(
    `update zoom_oauth_connection_schedules set due_at = now() - interval '1 minute'
     where zoom_oauth_connection_id in (${due})`,
  );
  await client.query(
    `update zoom_oauth_connections set last_refreshed_at = now() - interval '25 days' where id in (${due})`,
  );
}

/** What the triggers and a cron run would have made, and some changes that are still to be folded. */
async function loadCounts(client: pg.Client): Promise<void> {
  await client.query(`
    insert into zoom_oauth_app_connection_counts (
      zoom_oauth_app_id, master_key_id, connected, disconnected, is_folded
    )
    select zoom_oauth_app_id, master_key_id, count(*) filter (where state = 'connected'),
      count(*) filter (where state = 'disconnected'), true
    from zoom_oauth_connections group by zoom_oauth_app_id, master_key_id`);
  await client.query(`
    insert into zoom_oauth_app_connection_counts (zoom_oauth_app_id, master_key_id, connected, disconnected)
    select 'tiny_' || 1 + i / 2, 'current', case i % 2 when 0 then 1 else -1 end, 0
    from generate_series(0, ${COUNT_CHANGES - 1}) i`);
  await client.query(`
    insert into project_daily_counts (project_id, day, counted, reason, count, is_folded)
    select '${projectId(LARGE_PROJECT)}', current_date - day, counted, 'reason_' || reason, 100, true
    from generate_series(0, 29) day, unnest('{${COUNTED.join(",")}}'::text[]) counted, generate_series(1, 3) reason`);
  await client.query(`
    insert into project_daily_counts (project_id, counted)
    select '${projectId(LARGE_PROJECT)}', 'refreshed' from generate_series(1, ${COUNT_CHANGES})`);
}

/** SQL for what the function above makes of the same text. */
function md5Of(prefix: string, text: string, expression: string): string {
  return `'${prefix}' || substr(md5('${text}' || ${expression}), 1, 16)`;
}

/** SQL for the SHA-256, in hex, of the text with the expression behind it. */
function sha256Of(text: string, expression: string): string {
  return `encode(sha256(convert_to('${text}' || ${expression}, 'UTF8')), 'hex')`;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex").slice(0, 16);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
