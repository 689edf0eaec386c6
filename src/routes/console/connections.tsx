// GET /console/connections: the project's connections, by what support knows of a customer.

import type { Context } from "hono";
import type { AppEnv } from "../../http/router.ts";
import type { Metadata } from "../../model/connection.ts";
import { CONNECTION_FAILURE_CODES } from "../../model/connection-failure.ts";
import { Badge, Choice, Empty, Field, Pager, Table, Time } from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { failureText } from "../../pages/console/words.ts";
import { listZoomOAuthConnections } from "../zoom-oauth-connections/list.ts";
import { ask } from "./ask.ts";
import { readQuery, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

export const CONNECTIONS_PATH = `${CONSOLE_PATH}/connections`;

const FILTERS = ["state", "failure_code", "zoom_oauth_app_id"];
const KINDS = [
  ["user_id", "Zoom user ID"],
  ["account_id", "Zoom account ID"],
  ["metadata", "Metadata, as key=value"],
] as const;

export async function listConnections(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { search = "", kind = "user_id", ...query } = readQuery(c, [...FILTERS, "search", "kind"]);
  if (/^zoc_\w+$/.test(search)) return c.redirect(`${CONNECTIONS_PATH}/${search}`, 303);
  const found = await ask(c, session, listZoomOAuthConnections, {
    query: { ...query, ...toFilter(kind, search) },
  });
  const isFiltered = search !== "" || FILTERS.some((name) => query[name]);
  const content = (
    <>
      <div class="head">
        <h1>Connections</h1>
      </div>
      <form class="filters panel" method="get" action={CONNECTIONS_PATH} data-results="results">
        <Field
          name="search"
          label="Search"
          type="search"
          value={search}
          placeholder="the whole ID, or tenant_id=42"
        />
        <Choice name="kind" label="In" value={kind} options={KINDS} />
        <Choice
          name="state"
          label="State"
          value={query.state}
          options={[
            ["", "Any"],
            ["connected", "Connected"],
            ["disconnected", "Disconnected"],
          ]}
        />
        <Choice
          name="failure_code"
          label="Reason"
          value={query.failure_code}
          options={[
            ["", "Any"],
            ...CONNECTION_FAILURE_CODES.map((code) => [code, failureText(code)] as const),
          ]}
        />
        {query.zoom_oauth_app_id && (
          <Field name="zoom_oauth_app_id" label="App" value={query.zoom_oauth_app_id} />
        )}
        <button type="submit">Search</button>
      </form>
      <div id="results">
        {found.results.length === 0 ? (
          <NoConnections isFiltered={isFiltered} />
        ) : (
          <div class="panel">
            <Table
              caption="Connections"
              columns={["Zoom user", "State", "Metadata", "Account", "Connected"]}
              rows={found.results.map((row) => [
                <a href={`${CONNECTIONS_PATH}/${row.id}`}>{row.user_id}</a>,
                <State {...row} />,
                <Pairs metadata={row.metadata} />,
                row.account_id,
                <Time at={row.created_at} />,
              ])}
            />
          </div>
        )}
        <Pager {...found} />
      </div>
    </>
  );
  return await show(c, session, { title: "Connections", current: CONNECTIONS_PATH }, content);
}

/** Text that is not `key=value` is the value of no key. */
function toFilter(kind: string, search: string): Record<string, unknown> {
  if (search === "") return {};
  const at = search.indexOf("=");
  if (at > 0) return { metadata: { [search.slice(0, at).trim()]: search.slice(at + 1).trim() } };
  if (kind === "metadata") return { metadata: { "": search } };
  return { [kind]: search };
}

export function State({
  state,
  connection_failure_data: failure,
}: {
  state: string;
  connection_failure_data: { code: string } | null;
}) {
  if (state === "connected") return <Badge tone="good">Connected</Badge>;
  return (
    <>
      <Badge tone="bad">Disconnected</Badge>
      {failure && <div class="hint">{failureText(failure.code)}</div>}
    </>
  );
}

/** As many pairs, and as much of each, as a row of a table can show. */
const MAX_PAIRS = 4;
const MAX_PAIR_LENGTH = 80;

export function Pairs({ metadata, isWhole = false }: { metadata: Metadata | null; isWhole?: boolean }) {
  if (metadata === null) return <span class="quiet">none</span>;
  const entries = Object.entries(metadata);
  const shown = isWhole ? entries : entries.slice(0, MAX_PAIRS);
  return (
    <ul class="pairs">
      {shown.map(([name, value]) => {
        const pair = `${name}=${value}`;
        return (
          <li class="mono">
            {isWhole || pair.length <= MAX_PAIR_LENGTH ? pair : `${pair.slice(0, MAX_PAIR_LENGTH)}…`}
          </li>
        );
      })}
      {shown.length < entries.length && <li class="quiet">and {entries.length - shown.length} more</li>}
    </ul>
  );
}

function NoConnections({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered)
    return (
      <Empty title="No connection fits">
        <p>
          A search finds whole IDs and whole values. For metadata, write the name and the value:{" "}
          <code>tenant_id=42</code>.
        </p>
        <p>
          <a href={CONNECTIONS_PATH}>Show all connections</a>
        </p>
      </Empty>
    );
  return (
    <Empty title="No connection yet">
      <p>
        Make a connect session with <code>POST /api/v1/connect_sessions</code> and send your user to its link.
        The connection appears here when the user has agreed at Zoom.
      </p>
    </Empty>
  );
}
