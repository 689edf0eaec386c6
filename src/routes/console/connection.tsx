// One connection: whether it works, why not, what to do, and what happened to it.

import type { Context } from "hono";
import type * as z from "zod";
import { ApiError } from "../../errors.ts";
import { toPublicUrl } from "../../http/public-origin.ts";
import type { AppEnv } from "../../http/router.ts";
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
  Time,
} from "../../pages/console/elements.tsx";
import { ACTIONS, actorText, eventText } from "../../pages/console/words.ts";
import { createConnectSession } from "../connect-sessions/create.ts";
import { listZoomMeetings } from "../zoom-meetings/list.ts";
import type { connection } from "../zoom-oauth-connections/connection.ts";
import { deleteZoomOAuthConnection } from "../zoom-oauth-connections/delete.ts";
import { getZoomOAuthConnection } from "../zoom-oauth-connections/get.ts";
import { listZoomOAuthConnectionEvents } from "../zoom-oauth-connections/list-events.ts";
import { syncZoomOAuthConnection } from "../zoom-oauth-connections/sync.ts";
import { preflightZoomTokens } from "../zoom-tokens/preflight.ts";
import { ask, may } from "./ask.ts";
import { CONNECTIONS_PATH, Pairs, State } from "./connections.tsx";
import { done, readForm, readQuery, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";
import { CONNECTED_PATH } from "./sign-in.tsx";

type Connection = z.output<typeof connection>;

/** What must be typed before a connection is removed. */
const CONFIRMATION = "remove";
const LINK_DAYS = 7;

const idOf = (c: Context<AppEnv>) => ({ params: { id: c.req.param("id") } });
const pathOf = (id: string) => `${CONNECTIONS_PATH}/${id}`;

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

function Head({ row }: { row: Pick<Connection, "id" | "user_id"> }) {
  return (
    <div class="head">
      <div>
        <p class="crumb">
          <a href={CONNECTIONS_PATH}>Connections</a>
        </p>
        <h1>{row.user_id}</h1>
      </div>
      <nav aria-label="Of this connection">
        <a href={pathOf(row.id)}>Facts and events</a> · <a href={`${pathOf(row.id)}/meetings`}>Meetings</a>
      </nav>
    </div>
  );
}

function Failure({ row: { connection_failure_data: failure } }: { row: Connection }) {
  if (failure === null) return null;
  return (
    <div class="notice bad">
      <p>
        <b>{failure.error}</b>
      </p>
      {failure.recommended_action !== "none" && (
        <>
          <p>{ACTIONS[failure.recommended_action]}</p>
          <a href="#reconnect">Make a reconnect link</a>
        </>
      )}
      <p class="hint">
        Since <Time at={failure.timestamp} />, code <code>{failure.code}</code>
      </p>
    </div>
  );
}

function Capabilities({ row }: { row: Connection }) {
  return (
    <ul class="pairs">
      <li>
        {row.is_local_recording_token_supported ? (
          <Badge tone="good">Yes</Badge>
        ) : (
          <Badge tone="quiet">No</Badge>
        )}{" "}
        let a bot record meetings of this user
      </li>
      <li>
        {row.is_onbehalf_token_supported ? <Badge tone="good">Yes</Badge> : <Badge tone="quiet">No</Badge>}{" "}
        let a bot join on behalf of this user
      </li>
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

function Preflight({ id, user, value = "" }: { id: string; user: string; value?: string }) {
  return (
    <Card title="Why does a bot get no token?">
      <p>Paste the link or the ID of a meeting. Zoom is asked nothing, and no token is issued.</p>
      <form class="form" method="get" action={`${pathOf(id)}/preflight`}>
        <input type="hidden" name="user" value={user} />
        <Field name="meeting" label="Meeting link or ID" value={value} required />
        <button type="submit">Check</button>
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

const TOKENS = {
  app_privilege_token: "Local recording token",
  onbehalf_token: "Onbehalf token",
  zak_token: "ZAK",
} as const;

function reasonText({ code, message }: { code: string; message: string }): string {
  return code === "capability_not_supported"
    ? "This connection is not made for it: see what a bot may do on the page of the connection."
    : message;
}

export async function showPreflight(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { meeting = "", user = "" } = readQuery(c, ["meeting", "user"]);
  const { id = "" } = c.req.param();
  const bounds = {
    ...(/^[\d\s-]+$/.test(meeting) ? { meeting_id: meeting } : { meeting_url: meeting }),
    zoom_oauth_connection_id: id,
  };
  // A ZAK and an onbehalf token are never given together.
  const asked = await Promise.all([
    ask(c, session, preflightZoomTokens, { body: { ...bounds, onbehalf_user_id: user } }),
    ask(c, session, preflightZoomTokens, { body: { ...bounds, include_zak: true } }),
  ]).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === "invalid_request") return null;
    throw error;
  });
  const view = { title: "Which tokens a bot would get", current: CONNECTIONS_PATH };
  if (asked === null) {
    const content = (
      <>
        <Head row={{ id, user_id: user }} />
        <p class="notice warn" role="alert">
          “{meeting.slice(0, 200)}” is no link or ID of a Zoom meeting. A link is like
          https://zoom.us/j/1234567890, and an ID has 9 to 19 digits.
        </p>
        <Preflight id={id} user={user} value={meeting} />
      </>
    );
    return await show(c, session, view, content, 400);
  }
  const [answer, withZak] = asked;
  const tokens = { ...answer.tokens, zak_token: withZak.tokens.zak_token };
  const content = (
    <>
      <Head row={{ id, user_id: user }} />
      <Card title="Which tokens a bot would get">
        <Facts
          facts={[
            ["Meeting", meeting],
            [
              "Known",
              answer.meeting ? (
                <>
                  since <Time at={answer.meeting.mapped_at} />
                </>
              ) : (
                "not as a meeting of this user"
              ),
            ],
          ]}
        />
        <ul class="checks">
          {Object.entries(TOKENS).map(([name, text]) => {
            const { would_issue, reason } = tokens[name as keyof typeof TOKENS];
            return (
              <li>
                {would_issue ? (
                  <Badge tone="good">Would be issued</Badge>
                ) : (
                  <Badge tone="bad">Would be refused</Badge>
                )}
                <div>
                  <p>{text}</p>
                  {reason && <p>{reasonText(reason)}</p>}
                </div>
              </li>
            );
          })}
        </ul>
      </Card>
      <Preflight id={id} user={user} value={meeting} />
    </>
  );
  return await show(c, session, view, content);
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

export async function remove(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { id = "" } = c.req.param();
  const form = await readForm(c);
  if (form.get("confirmation").toLowerCase() !== CONFIRMATION) {
    const content = (
      <>
        <Head row={{ id, user_id: "Nothing was removed" }} />
        <p class="notice warn" role="alert">
          Type “{CONFIRMATION}” to remove the connection.
        </p>
        <p>
          <a href={pathOf(id)}>Back to the connection</a>
        </p>
      </>
    );
    return await show(c, session, { title: "Nothing was removed", current: CONNECTIONS_PATH }, content, 400);
  }
  await ask(c, session, deleteZoomOAuthConnection, idOf(c));
  return done(c, CONNECTIONS_PATH, "removed");
}
