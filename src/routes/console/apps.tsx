// The project's Zoom OAuth apps, and one with what to copy to the Zoom Marketplace and its secrets.

import type { Context } from "hono";
import type * as z from "zod";
import { toPublicUrl } from "../../http/public-origin.ts";
import type { AppEnv } from "../../http/router.ts";
import { CAPABILITIES, CAPABILITY_NAMES } from "../../model/capabilities.ts";
import type { Check } from "../../model/diagnosis.ts";
import {
  Badge,
  Card,
  Empty,
  Facts,
  Field,
  Id,
  Pager,
  Table,
  Time,
  type Tone,
  WithTimes,
} from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { CALLBACK_PATH } from "../connect/session-link.ts";
import type { zoomOAuthApp } from "../zoom-oauth-apps/app.ts";
import { createZoomOAuthApp } from "../zoom-oauth-apps/create.ts";
import { diagnoseZoomOAuthApp } from "../zoom-oauth-apps/diagnose.ts";
import { getZoomOAuthApp } from "../zoom-oauth-apps/get.ts";
import { listZoomOAuthApps } from "../zoom-oauth-apps/list.ts";
import { updateZoomOAuthApp } from "../zoom-oauth-apps/update.ts";
import { ask, may } from "./ask.ts";
import { done, readForm, readQuery, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

const APPS_PATH = `${CONSOLE_PATH}/apps`;

type App = z.input<typeof zoomOAuthApp>;

const idOf = (c: Context<AppEnv>) => ({ params: { id: c.req.param("id") } });
const pathOf = (id: string) => `${APPS_PATH}/${id}`;

export async function listApps(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const found = await ask(c, session, listZoomOAuthApps, { query: readQuery(c) });
  const content = (
    <>
      <div class="head">
        <h1>Apps</h1>
      </div>
      {found.results.length === 0 ? (
        <Empty title="No app yet">
          <p>On the Zoom Marketplace, make a user-managed “General app”. It needs three things of yours:</p>
          <ol>
            <li>
              As OAuth redirect URL: <Id>{redirectUri(c)}</Id>
            </li>
            <li>The scopes: {SCOPES.join(", ")}.</li>
            <li>
              As event notification endpoint URL, the address that stands on the app’s page here once you have
              added the app below.
            </li>
          </ol>
        </Empty>
      ) : (
        <div class="panel">
          <Table
            caption="Zoom OAuth apps"
            columns={["App", "State", "Connections", "Last event from Zoom"]}
            rows={found.results.map((app) => [
              <a href={pathOf(app.id)}>{app.name ?? app.client_id}</a>,
              <AppState {...app} />,
              `${app.connection_counts.connected} connected, ${app.connection_counts.disconnected} disconnected`,
              <Time at={app.last_verified_webhook_received_at} none="none yet" />,
            ])}
          />
        </div>
      )}
      <Pager {...found} />
      {may(session, "apps:write") && (
        <Card title="Add an app">
          <form class="form" method="post" action={APPS_PATH}>
            <Field name="name" label="Name" hint="For you. Zoom users do not see it." />
            <Field name="client_id" label="Client ID" required />
            <Field
              name="client_secret"
              label="Client secret"
              type="password"
              required
              autocomplete="new-password"
            />
            <Field
              name="webhook_secret"
              label="Secret token"
              type="password"
              autocomplete="new-password"
              hint="Stands on the app’s page “Access” at Zoom. It can be added later."
            />
            <button type="submit" class="primary">
              Add
            </button>
          </form>
        </Card>
      )}
    </>
  );
  return await show(c, session, { title: "Apps", current: APPS_PATH }, content);
}

const SCOPES = [
  ...new Set(CAPABILITY_NAMES.flatMap((name) => CAPABILITIES[name].scopes as readonly string[])),
];

function redirectUri(c: Context<AppEnv>): string {
  return new URL(CALLBACK_PATH, toPublicUrl(c)).href;
}

function AppState({ credentials_invalid_at }: Pick<App, "credentials_invalid_at">) {
  return credentials_invalid_at === null ? (
    <Badge tone="good">Accepted by Zoom</Badge>
  ) : (
    <Badge tone="bad">Refused by Zoom</Badge>
  );
}

export async function addApp(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const form = await readForm(c);
  const body = {
    client_id: form.get("client_id"),
    client_secret: form.get("client_secret"),
    ...givenOf(form, ["name", "webhook_secret"]),
  };
  const { id } = await ask(c, session, createZoomOAuthApp, { body });
  return done(c, pathOf(id), "created");
}

/** The fields that are not empty: an empty one changes nothing. */
function givenOf(form: { get(name: string): string }, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, form.get(name)]).filter(([, value]) => value));
}

const STATUSES: Record<Check["status"], [Tone, string]> = {
  ok: ["good", "Good"],
  warning: ["warn", "Look"],
  failed: ["bad", "Wrong"],
  unknown: ["quiet", "Unknown"],
};

const CHECKS: Record<Check["check"], string> = {
  client_credentials: "Client ID and secret",
  redirect_uri: "Redirect URL",
  webhook_secret: "Secret token",
  verified_webhook: "Events arrive",
  refused_webhook: "Refused events",
  event_types: "Kinds of events",
  scopes: "Scopes",
};

export async function showApp(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const [app, diagnosis] = await Promise.all([
    ask(c, session, getZoomOAuthApp, idOf(c)),
    // What cannot be diagnosed can still be seen and mended.
    ask(c, session, diagnoseZoomOAuthApp, idOf(c)).catch(() => null),
  ]);
  const content = (
    <>
      <div class="head">
        <div>
          <p class="crumb">
            <a href={APPS_PATH}>Apps</a>
          </p>
          <h1>{app.name ?? app.client_id}</h1>
        </div>
        <a href={`${CONSOLE_PATH}/connections?zoom_oauth_app_id=${app.id}`}>Connections of this app</a>
      </div>
      <div class="columns">
        <Card title="State">
          {app.credentials_invalid_at && (
            <p class="notice bad">
              Zoom refuses the client secret. Copy the one that stands on the Zoom Marketplace into the form
              below: the connections then work again.
            </p>
          )}
          <Facts
            facts={[
              ["State", <AppState {...app} />],
              ["App", <Id>{app.id}</Id>],
              ["Client ID", <Id>{app.client_id}</Id>],
              ["Connected", String(app.connection_counts.connected)],
              ["Disconnected", String(app.connection_counts.disconnected)],
              ["Last event", <Time at={app.last_verified_webhook_received_at} />],
              ["Last refused event", <Time at={app.last_unverified_webhook_received_at} />],
              ["Users may return to", app.allowed_return_origins?.join(", ") ?? "any page of yours"],
            ]}
          />
        </Card>
        <Card title="Is it set up right?">
          {diagnosis === null ? (
            <p class="quiet">This cannot be told at the moment.</p>
          ) : (
            <ul class="checks">
              {diagnosis.checks.map(({ check, status, message, action }) => (
                <li>
                  <Badge tone={STATUSES[status][0]}>{STATUSES[status][1]}</Badge>
                  <div>
                    <p>
                      <b>{CHECKS[check]}.</b> <WithTimes text={message} />
                    </p>
                    {action && <p>{action}</p>}
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Card>
        <Card title="To copy to the Zoom Marketplace">
          <Facts
            facts={[
              ["OAuth redirect URL", <Id>{redirectUri(c)}</Id>],
              ["Event notification endpoint URL", <Id>{app.webhook_url}</Id>],
              ["Scopes", SCOPES.join(", ")],
            ]}
          />
        </Card>
        {may(session, "apps:write") && (
          <Card title="Name and secrets">
            <form class="form" method="post" action={pathOf(app.id)}>
              <Field name="name" label="Name" value={app.name ?? ""} />
              <Field
                name="client_secret"
                label="New client secret"
                type="password"
                autocomplete="new-password"
                hint="Zoom is asked whether it accepts it before it is stored. Empty: stays as it is."
              />
              <Field
                name="webhook_secret"
                label="New secret token"
                type="password"
                autocomplete="new-password"
                hint={
                  app.has_webhook_secret
                    ? "Empty: stays as it is."
                    : "Without it, events from Zoom are refused."
                }
              />
              <button type="submit" class="primary">
                Save
              </button>
            </form>
          </Card>
        )}
      </div>
    </>
  );
  return await show(c, session, { title: app.name ?? "App", current: APPS_PATH }, content);
}

export async function changeApp(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const form = await readForm(c);
  const body = { name: form.get("name") || null, ...givenOf(form, ["client_secret", "webhook_secret"]) };
  const { id } = await ask(c, session, updateZoomOAuthApp, { ...idOf(c), body });
  return done(c, pathOf(id), "saved");
}
