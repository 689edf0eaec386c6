// The project's webhooks, and one with its deliveries and their attempts.

import type { Context } from "hono";
import type * as z from "zod";
import type { AppEnv } from "../../http/router.ts";
import { WEBHOOK_TRIGGERS } from "../../model/webhook-payloads.ts";
import {
  Action,
  Badge,
  Card,
  Empty,
  Facts,
  Field,
  FinalAction,
  Id,
  Long,
  Pager,
  Table,
  Ticks,
  Time,
  type Tone,
} from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { createWebhook } from "../webhooks/create.ts";
import { deleteWebhook } from "../webhooks/delete.ts";
import type { delivery } from "../webhooks/delivery.ts";
import { getWebhook } from "../webhooks/get.ts";
import { listWebhooks as listOperation } from "../webhooks/list.ts";
import { listWebhookDeliveries } from "../webhooks/list-deliveries.ts";
import { redeliverWebhookDelivery } from "../webhooks/redeliver.ts";
import { testWebhook } from "../webhooks/test.ts";
import { updateWebhook } from "../webhooks/update.ts";
import { ask, may } from "./ask.ts";
import { done, readForm, readQuery, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

const WEBHOOKS_PATH = `${CONSOLE_PATH}/webhooks`;
/** As much of an answer, and of what was sent, as a page shows. */
const MAX_TEXT_LENGTH = 300;
/** Each can be long: with all of their attempts a page stays small. */
const DELIVERIES = 10;
const MAX_ATTEMPTS = 5;

type Delivery = z.output<typeof delivery>;

const idOf = (c: Context<AppEnv>) => ({ params: { id: c.req.param("id") } });
const pathOf = (id: string) => `${WEBHOOKS_PATH}/${id}`;

export async function listWebhooks(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const found = await ask(c, session, listOperation, { query: readQuery(c) });
  const content = (
    <>
      <div class="head">
        <h1>Webhooks</h1>
      </div>
      {found.results.length === 0 ? (
        <Empty title="No webhook yet">
          <p>
            A webhook tells your product within seconds that a connection stopped working or works again, so
            that nobody has to ask.
          </p>
        </Empty>
      ) : (
        <div class="panel">
          <Table
            caption="Webhooks"
            columns={["URL", "State", "Events"]}
            rows={found.results.map((row) => [
              <a href={pathOf(row.id)}>
                <Long>{row.url}</Long>
              </a>,
              <WebhookState {...row} />,
              <Long>{row.triggers.join(", ")}</Long>,
            ])}
          />
        </div>
      )}
      <Pager {...found} />
      {may(session, "webhooks:write") && (
        <Card title="Add a webhook">
          <form class="form" method="post" action={WEBHOOKS_PATH}>
            <Field name="url" label="URL" type="url" required placeholder="https://hooks.example.com/zoom" />
            <Ticks
              name="triggers"
              label="Events"
              options={WEBHOOK_TRIGGERS.map((value) => ({ value, text: value, isTicked: true }))}
            />
            <button type="submit" class="primary">
              Add
            </button>
          </form>
        </Card>
      )}
      <p class="hint">
        All webhooks of the project sign with one secret: <code>GET /api/v1/webhook_secret</code> shows it,
        and <code>POST /api/v1/webhook_secret/rotate</code> replaces it.
      </p>
    </>
  );
  return await show(c, session, { title: "Webhooks", current: WEBHOOKS_PATH }, content);
}

function WebhookState({ is_active, paused_at }: { is_active: boolean; paused_at: string | null }) {
  if (is_active) return <Badge tone="good">Active</Badge>;
  return paused_at === null ? <Badge tone="quiet">Off</Badge> : <Badge tone="bad">Paused</Badge>;
}

export async function addWebhook(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const form = await readForm(c);
  const body = { url: form.get("url"), triggers: form.all("triggers") };
  const { id } = await ask(c, session, createWebhook, { body });
  return done(c, pathOf(id), "created");
}

export async function showWebhook(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const [row, deliveries] = await Promise.all([
    ask(c, session, getWebhook, idOf(c)),
    ask(c, session, listWebhookDeliveries, {
      ...idOf(c),
      query: { ...readQuery(c), page_size: String(DELIVERIES) },
    }),
  ]);
  const path = pathOf(row.id);
  const isWriter = may(session, "webhooks:write");
  const content = (
    <>
      <div class="head">
        <div>
          <p class="crumb">
            <a href={WEBHOOKS_PATH}>Webhooks</a>
          </p>
          <h1>{row.url}</h1>
        </div>
        {isWriter && (
          <div class="actions">
            {row.is_active && <Action to={`${path}/test`}>Send a test event</Action>}
            <Action
              to={`${path}/active`}
              fields={{ is_active: String(!row.is_active) }}
              kind={row.is_active ? "" : "primary"}
            >
              {row.is_active ? "Switch off" : "Switch on"}
            </Action>
          </div>
        )}
      </div>
      <Card title="State">
        {row.paused_at && (
          <p class="notice bad">
            {row.pause_reason === "gone"
              ? "The receiver answered 410: it wants no more. "
              : "Every attempt failed for five days, so the service stopped sending. "}
            Mend the receiver and switch the webhook on: what waited is then sent.
          </p>
        )}
        <Facts
          facts={[
            ["State", <WebhookState {...row} />],
            ["Webhook", <Id>{row.id}</Id>],
            ["Events", row.triggers.join(", ")],
            ["Made", <Time at={row.created_at} />],
            ...(row.paused_at ? [["Paused", <Time at={row.paused_at} />] as const] : []),
          ]}
        />
      </Card>
      <Card title="Deliveries">
        {deliveries.results.length === 0 && <p class="quiet">Nothing was sent in the last 30 days.</p>}
        <ol class="timeline">
          {deliveries.results.map((one) => (
            <DeliveryItem delivery={one as Delivery} path={path} canResend={isWriter && row.is_active} />
          ))}
        </ol>
        <Pager {...deliveries} />
      </Card>
      {isWriter && (
        <Card title="Delete">
          <FinalAction to={`${path}/remove`} label="Delete this webhook">
            The webhook goes with its deliveries. Those that wait are not sent.
          </FinalAction>
        </Card>
      )}
    </>
  );
  return await show(c, session, { title: "Webhook", current: WEBHOOKS_PATH }, content);
}

const STATES: Record<Delivery["state"], [Tone, string]> = {
  succeeded: ["good", "Arrived"],
  failed: ["bad", "Given up"],
  pending: ["warn", "Waiting"],
};

function DeliveryItem({
  delivery: one,
  path,
  canResend,
}: {
  delivery: Delivery;
  path: string;
  canResend: boolean;
}) {
  const [tone, state] = STATES[one.state];
  const attempts = one.attempts.slice(-MAX_ATTEMPTS).reverse();
  return (
    <li class={tone}>
      <Badge tone={tone}>{state}</Badge> {one.trigger}{" "}
      {one.zoom_oauth_connection_id && (
        <a href={`${CONSOLE_PATH}/connections/${one.zoom_oauth_connection_id}`}>
          {one.zoom_oauth_connection_id}
        </a>
      )}
      <small>
        <Time at={one.created_at} />
        {one.next_attempt_at && (
          <>
            , next attempt <Time at={one.next_attempt_at} />
          </>
        )}
      </small>
      <details>
        <summary>
          {one.attempts.length === 1 ? "1 attempt" : `${one.attempts.length} attempts`} of {one.id}
        </summary>
        {attempts.map((attempt) => (
          <p>
            <Time at={attempt.attempted_at} />: {attempt.status_code ?? attempt.error} in{" "}
            {attempt.duration_ms} ms
            {attempt.response_body && <code> {cut(attempt.response_body)}</code>}
          </p>
        ))}
        <pre>{cut(JSON.stringify(one.payload, null, 1), 4 * MAX_TEXT_LENGTH)}</pre>
        {canResend && <Action to={`${path}/deliveries/${one.id}/redeliver`}>Send again</Action>}
      </details>
    </li>
  );
}

function cut(text: string, length = MAX_TEXT_LENGTH): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

export async function test(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { webhook_id } = await ask(c, session, testWebhook, idOf(c));
  return done(c, pathOf(webhook_id), "sent");
}

export async function redeliver(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { webhook_id } = await ask(c, session, redeliverWebhookDelivery, { params: c.req.param() });
  return done(c, pathOf(webhook_id), "sent");
}

export async function switchWebhook(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const form = await readForm(c);
  const body = { is_active: form.get("is_active") === "true" };
  const { id, is_active } = await ask(c, session, updateWebhook, { ...idOf(c), body });
  return done(c, pathOf(id), is_active ? "on" : "off");
}

export async function removeWebhook(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  await ask(c, session, deleteWebhook, idOf(c));
  return done(c, WEBHOOKS_PATH, "removed");
}
