// GET /console/audit: who changed what. Of the project, and of any project for the operator.

import type { Context } from "hono";
import type * as z from "zod";
import type { AppEnv } from "../../http/router.ts";
import { AUDIT_OBJECT_TYPES } from "../../model/audit.ts";
import { Choice, Empty, Field, Id, Pager, Table, Time } from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { actionText, actorText, objectText } from "../../pages/console/words.ts";
import type { auditEvent } from "../audit-events/audit-event.ts";
import { listAuditEvents } from "../audit-events/list.ts";
import { ask } from "./ask.ts";
import { isConsoleRequest, readQuery, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

const AUDIT_PATH = `${CONSOLE_PATH}/audit`;
export const AUDIT_FILTERS = ["object_type", "object_id", "actor_id"];

type Event = z.input<typeof auditEvent>;

export async function showAudit(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const query = readQuery(c, AUDIT_FILTERS);
  const found = await ask(c, session, listAuditEvents, { query });
  const content = (
    <>
      <div class="head">
        <h1>Audit</h1>
        <p>Who changed what, for 90 days.</p>
      </div>
      <AuditEvents path={AUDIT_PATH} query={query} {...found} />
    </>
  );
  return await show(c, session, { title: "Audit", current: AUDIT_PATH }, content);
}

interface EventsView {
  path: string;
  query: Record<string, string>;
  results: readonly Event[];
  previous: string | null;
  next: string | null;
}

/** The filters, a page of events, and the ways to others. */
export function AuditEvents({ path, query, results, previous, next }: EventsView) {
  return (
    <>
      <form class="filters panel" method="get" action={path} data-results="results">
        <Field name="object_id" label="ID of what was changed" type="search" value={query.object_id} />
        <Field name="actor_id" label="ID of who did it" type="search" value={query.actor_id} />
        <Choice
          name="object_type"
          label="What was changed"
          value={query.object_type}
          options={[["", "Anything"], ...AUDIT_OBJECT_TYPES.map((type) => [type, objectText(type)] as const)]}
        />
        <button type="submit">Filter</button>
      </form>
      <div id="results">
        {results.length === 0 ? (
          <Empty title="Nothing fits">
            <p>
              Changes of apps, webhooks, secrets, keys, links, sessions and connections stand here for 90
              days.
            </p>
          </Empty>
        ) : (
          <div class="panel">
            <Table
              caption="Audit events"
              columns={["When", "What", "Object", "Who", "From"]}
              rows={results.map(({ created_at, action, object, actor, ip_address, request_id }) => [
                <Time at={created_at} />,
                actionText(action),
                <Id>{object.id}</Id>,
                <>
                  {actorText(actor)}
                  {isConsoleRequest(request_id) && ", in the console"}
                  {actor.id && (
                    <div class="hint">
                      <code>{actor.id}</code>
                    </div>
                  )}
                </>,
                ip_address === null ? (
                  <span class="quiet words">no request</span>
                ) : (
                  // One of IPv6 may be long, and breaks where it must.
                  <span class={ip_address.includes(":") ? "" : "words"}>{ip_address}</span>
                ),
              ])}
            />
          </div>
        )}
        <Pager previous={previous} next={next} />
      </div>
    </>
  );
}
