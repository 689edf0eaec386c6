// One connection: whether it works, why not, what to do, and what happened to it.

import type { Context } from "hono";
import { ApiError } from "../../errors.ts";
import { toPublicUrl } from "../../http/public-origin.ts";
import type { AppEnv } from "../../http/router.ts";
import { CAPABILITY_NAMES, type Capability, forEachCapability } from "../../model/capabilities.ts";
import { ENDING_EVENTS } from "../../model/connection-events.ts";
import {
  Action,
  Badge,
  Card,
  Facts,
  Field,
  Id,
  Pager,
  Secret,
  Table,
  Ticks,
  Time,
} from "../../pages/console/elements.tsx";
import { actorText, eventText } from "../../pages/console/words.ts";
import { createConnectSession } from "../connect-sessions/create.ts";
import { listZoomMeetings } from "../zoom-meetings/list.ts";
import { deleteZoomOAuthConnection } from "../zoom-oauth-connections/delete.ts";
import { getZoomOAuthConnection } from "../zoom-oauth-connections/get.ts";
import { listZoomOAuthConnectionEvents } from "../zoom-oauth-connections/list-events.ts";
import { syncZoomOAuthConnection } from "../zoom-oauth-connections/sync.ts";
import { updateZoomOAuthConnection } from "../zoom-oauth-connections/update.ts";
import { ask, may } from "./ask.ts";
import { type Connection, Head, idOf, pathOf, showUndone } from "./connection-head.tsx";
import { CONNECTIONS_PATH, Pairs, State } from "./connections.tsx";
import { done, readForm, readQuery, show } from "./page.tsx";
import { Preflight } from "./preflight.tsx";
import type { ProjectSession } from "./session.ts";
import { CONNECTED_PATH } from "./sign-in.tsx";

/** What must be typed before a connection is removed. */
const CONFIRMATION = "remove";
const LINK_DAYS = 7;

export async function showConnection(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const [row, events] = await Promise.all([
    ask(c, session, getZoomOAuthConnection, idOf(c)) as Promise<Connection>,
    ask(c, session, listZoomOAuthConnectionEvents, { ...idOf(c), query: readQuery(c) }),
  ]);
  const path = pathOf(row.id);
  const content = (
    <>
      <Head row={row} />
      <div id="live" class="columns" data-live>
        <Card title="State">
          <Failure row={row} />
          <Facts
            facts={[
              ["State", <State {...row} connection_failure_data={null} />],
              ["Connection", <Id>{row.id}</Id>],
              ["Zoom user", <Id>{row.user_id}</Id>],
              ["Zoom account", <Id>{row.account_id}</Id>],
              ["App", <a href={`/console/apps/${row.zoom_oauth_app_id}`}>{row.zoom_oauth_app_id}</a>],
              ["Metadata", <Pairs metadata={row.metadata} isWhole />],
              ["May do", <Capabilities row={row} />],
              ["Connected", <Time at={row.created_at} />],
              ["Last change", <Time at={row.updated_at} />],
              ["Last sync", <Time at={row.last_successful_sync_at} />],
              ["Last try of a sync", <Time at={row.last_attempted_sync_at} />],
            ]}
          />
        </Card>
        <Card title="What happened">
          {events.results.length === 0 && <p class="quiet">Nothing has been recorded.</p>}
          <ol class="timeline">
            {events.results.map(({ type, data, created_at, actor }) => (
              <li class={toneOf(type)}>
                {eventText(type, data)}
                <small>
                  <Time at={created_at} /> · {actorText(actor)}
                  {actor.id && (
                    <>
                      {" "}
                      <code>{actor.id}</code>
                    </>
                  )}
                </small>
              </li>
            ))}
          </ol>
          <Pager {...events} />
        </Card>
      </div>
      <div class="columns">
        <Reconnect path={path} session={session} />
        <Preflight id={row.id} user={row.user_id} />
        <Sync row={row} session={session} />
        <Change row={row} session={session} />
        <Remove row={row} session={session} />
      </div>
    </>
  );
  return await show(
    c,
    session,
    { title: `Connection of ${row.user_id}`, current: CONNECTIONS_PATH },
    content,
  );
}

function Failure({ row: { connection_failure_data: failure } }: { row: Connection }) {
  if (failure === null) return null;
  return (
    <div class="notice bad">
      <p>
        <b>{failure.error}</b>
      </p>
      {failure.recommended_action !== "none" && <a href="#reconnect">Make a reconnect link</a>}
      <p class="hint">
        Since <Time at={failure.timestamp} />, code <code>{failure.code}</code>
      </p>
    </div>
  );
}

function Capabilities({ row }: { row: Connection }) {
  return (
    <ul class="pairs">
      {CAPABILITY_NAMES.map((name) => (
        <li>
          {row[name] ? <Badge tone="good">Yes</Badge> : <Badge tone="quiet">No</Badge>} {MAY_DO[name]}
        </li>
      ))}
    </ul>
  );
}

function toneOf(type: string): string | undefined {
  if ((ENDING_EVENTS as readonly string[]).includes(type)) return "bad";
  return ["created", "reconnected", "imported"].includes(type) ? "good" : undefined;
}

function Reconnect({ path, session }: { path: string; session: ProjectSession }) {
  if (!may(session, "sessions:write")) return null;
  return (
    <Card title="Reconnect" id="reconnect">
      <p>
        Makes a link that lasts {LINK_DAYS} days. Send it to the Zoom user: it leads through Zoom’s consent
        page and renews this connection, with its metadata.
      </p>
      <form class="form" method="post" action={`${path}/reconnect`}>
        <Field
          name="return_url"
          label="Where the user goes afterwards"
          type="url"
          hint="A page of your product. Empty: a page of this console that says that Zoom is connected."
        />
        <button type="submit" class="primary">
          Make a reconnect link
        </button>
      </form>
    </Card>
  );
}

function Sync({ row, session }: { row: Connection; session: ProjectSession }) {
  if (
    !may(session, "connections:write") ||
    row.state !== "connected" ||
    !row.is_local_recording_token_supported
  )
    return null;
  return (
    <Card title="Read the meetings again">
      <p>
        Reads from Zoom which meetings this user hosts. The service does it by itself at least once a week.
      </p>
      <Action to={`${pathOf(row.id)}/sync`}>Sync now</Action>
    </Card>
  );
}

const MAY_DO = {
  is_local_recording_token_supported: "let a bot record meetings of this user",
  is_onbehalf_token_supported: "let a bot join on behalf of this user",
} as const satisfies Record<Capability, string>;

function Change({ row, session }: { row: Connection; session: ProjectSession }) {
  if (!may(session, "connections:write")) return null;
  return (
    <Card title="Change what it may do">
      <p>What the user has not consented to needs a new consent: make a reconnect link.</p>
      <form class="form" method="post" action={`${pathOf(row.id)}/capabilities`}>
        <Ticks
          name="capabilities"
          label="This connection may"
          options={CAPABILITY_NAMES.map((value) => ({ value, text: MAY_DO[value], isTicked: row[value] }))}
        />
        <button type="submit">Save</button>
      </form>
    </Card>
  );
}

function Remove({ row, session }: { row: Connection; session: ProjectSession }) {
  if (!may(session, "connections:write")) return null;
  return (
    <Card title="Remove">
      <p>
        Revokes the grant at Zoom and erases the tokens, the metadata and the meetings. It cannot be undone:
        the user would have to connect again.
      </p>
      <form class="form" method="post" action={`${pathOf(row.id)}/remove`}>
        <Field name="confirmation" label={`Type “${CONFIRMATION}” to confirm`} required />
        <button type="submit" class="danger">
          Remove this connection
        </button>
      </form>
    </Card>
  );
}

export async function showMeetings(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { id } = idOf(c).params;
  const [row, meetings] = await Promise.all([
    ask(c, session, getZoomOAuthConnection, idOf(c)) as Promise<Connection>,
    ask(c, session, listZoomMeetings, { query: { ...readQuery(c), zoom_oauth_connection_id: id } }),
  ]);
  const content = (
    <>
      <Head row={row} />
      <Card title="Meetings that this user hosts">
        {meetings.results.length === 0 ? (
          <p class="quiet">
            The service knows of none. A sync reads them from Zoom, and Zoom’s events tell of new ones.
          </p>
        ) : (
          <Table
            caption="Meetings"
            columns={["Meeting", "Known from", "Since"]}
            rows={meetings.results.map(({ meeting_id, source, mapped_at }) => [
              <Id>{meeting_id}</Id>,
              source === "sync" ? "a sync" : "an event of Zoom’s",
              <Time at={mapped_at} />,
            ])}
          />
        )}
        <Pager {...meetings} />
      </Card>
    </>
  );
  return await show(c, session, { title: `Meetings of ${row.user_id}`, current: CONNECTIONS_PATH }, content);
}

export async function sync(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { id } = await ask(c, session, syncZoomOAuthConnection, idOf(c));
  return done(c, pathOf(id), "synced");
}

/** The answer shows the link this once, so that it is no redirect. */
export async function reconnect(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { id = "" } = c.req.param();
  const form = await readForm(c);
  const body = {
    zoom_oauth_connection_id: id,
    return_url: form.get("return_url") || new URL(CONNECTED_PATH, toPublicUrl(c)).href,
    expires_in_seconds: LINK_DAYS * 86_400,
  };
  const made = await ask(c, session, createConnectSession, { body });
  const content = (
    <>
      <Head row={{ id, user_id: "Reconnect" }} />
      <Card title="The link for the Zoom user">
        <p>
          It is shown this once, and works until <Time at={made.expires_at} />. Only the Zoom user of this
          connection can use it.
        </p>
        <Secret label="Reconnect link" value={made.url} />
        <p>
          <a href={pathOf(id)}>Back to the connection</a>
        </p>
      </Card>
    </>
  );
  return await show(c, session, { title: "Reconnect link", current: CONNECTIONS_PATH }, content);
}

export async function changeCapabilities(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { id = "" } = c.req.param();
  const ticked = (await readForm(c)).all("capabilities");
  const body = forEachCapability((name) => ticked.includes(name));
  try {
    await ask(c, session, updateZoomOAuthConnection, { ...idOf(c), body });
  } catch (error) {
    if (!(error instanceof ApiError && error.status < 500) || error.code === "not_found") throw error;
    return await showUndone(c, session, { id, title: "Nothing was changed", why: error.message });
  }
  return done(c, pathOf(id), "saved");
}

export async function remove(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { id = "" } = c.req.param();
  const form = await readForm(c);
  if (form.get("confirmation").toLowerCase() !== CONFIRMATION) {
    const why = `Type “${CONFIRMATION}” to remove the connection.`;
    return await showUndone(c, session, { id, title: "Nothing was removed", why });
  }
  await ask(c, session, deleteZoomOAuthConnection, idOf(c));
  return done(c, CONNECTIONS_PATH, "removed");
}
