// GET /console: is anything wrong now, and what happened in the last 30 days.

import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { type Overview, readOverview } from "../../db/overview.ts";
import type { AppEnv } from "../../http/router.ts";
import { REMOVED } from "../../model/statistics.ts";
import { Badge, Card, Empty, Facts, Time, type Tone } from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { Plot } from "../../pages/console/plot.tsx";
import { failureText } from "../../pages/console/words.ts";
import { type DayStatistics, toDays } from "../statistics/day.ts";
import { may, projectScope } from "./ask.ts";
import { homeOf, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

export async function showOverview(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  if (!may(session, "connections:read") && homeOf(session) !== CONSOLE_PATH)
    return c.redirect(homeOf(session), 303);
  const { db, caller } = projectScope(c, session, "connections:read");
  const overview = await readOverview(db, caller);
  const days = toDays(overview);
  const content = (
    <>
      <div class="head">
        <h1>Overview</h1>
        <p>{session.projectName}</p>
      </div>
      {overview.apps?.length === 0 && <FirstSteps session={session} />}
      <Alerts overview={overview} days={days} />
      <Figures overview={overview} today={days.at(-1) as DayStatistics} />
      <div class="columns">
        <Plots days={days} />
        <Lost days={days} />
        {overview.apps !== null && overview.apps.length > 0 && <Heard apps={overview.apps} />}
      </div>
    </>
  );
  return await show(c, session, { title: "Overview", current: CONSOLE_PATH }, content);
}

function FirstSteps({ session }: { session: ProjectSession }) {
  return (
    <Empty title="Connect your first Zoom user">
      <ol>
        <li>
          Make a user-managed app on the Zoom Marketplace, and add it here with its client ID and client
          secret.
        </li>
        <li>Copy the redirect URI and the event URL from the app’s page here to the Zoom Marketplace.</li>
        <li>Make a connect session with the API, and send your user to its link.</li>
      </ol>
      {may(session, "apps:write") && (
        <p>
          <a class="button primary" href={`${CONSOLE_PATH}/apps`}>
            Add an app
          </a>
        </p>
      )}
    </Empty>
  );
}

function Alerts({ overview, days }: { overview: Overview; days: DayStatistics[] }) {
  const alerts = findAlerts(overview, days);
  if (alerts.length === 0)
    return (
      <p class="notice good">
        <Badge tone="good">All well</Badge> Nothing needs your attention now.
      </p>
    );
  return (
    <section aria-labelledby="attention">
      <h2 id="attention" class="unseen">
        What needs attention
      </h2>
      <ul class="alerts">
        {alerts.map(({ tone, badge, text }) => (
          <li class={`notice ${tone}`}>
            <Badge tone={tone}>{badge}</Badge> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Alert {
  tone: Tone;
  badge: string;
  text: Child;
}

function findAlerts({ apps, webhooks, late }: Overview, days: DayStatistics[]): Alert[] {
  const alerts: Alert[] = [];
  for (const { id, name, credentials_invalid_at } of apps ?? []) {
    if (credentials_invalid_at === null) continue;
    const text = (
      <>
        Zoom refuses the client secret of <a href={`${CONSOLE_PATH}/apps/${id}`}>{name ?? id}</a> since{" "}
        <Time at={credentials_invalid_at} />. No token of its connections can be refreshed until it is
        corrected.
      </>
    );
    alerts.push({ tone: "bad", badge: "App refused", text });
  }
  for (const { id, url, paused_at, failing_since } of webhooks ?? []) {
    if (paused_at === null && failing_since === null) continue;
    const link = <a href={`${CONSOLE_PATH}/webhooks/${id}`}>{url}</a>;
    alerts.push(
      paused_at === null
        ? {
            tone: "warn",
            badge: "Webhook failing",
            text: (
              <>
                No delivery to {link} has arrived since <Time at={failing_since} />.
              </>
            ),
          }
        : {
            tone: "bad",
            badge: "Webhook paused",
            text: (
              <>
                Nothing has been sent to {link} since <Time at={paused_at} />. Mend it and switch it on.
              </>
            ),
          },
    );
  }
  const lost = (days.at(-1) as DayStatistics).disconnected;
  const usual = mean(days.slice(0, -1).map(({ disconnected }) => disconnected));
  // A few a day are usual: users leave.
  if (lost >= 3 && lost > 2 * usual) {
    const link = (
      <a href={`${CONSOLE_PATH}/connections?state=disconnected`}>See those that are disconnected.</a>
    );
    alerts.push({
      tone: "warn",
      badge: "Connections lost",
      text: (
        <>
          {lost} today; on other days {toFigure(usual)}. {link}
        </>
      ),
    });
  }
  const { refresh, sync, delivery } = late;
  if (refresh + sync + delivery > 0) {
    const text = `Late by an hour or more: ${refresh} refreshes, ${sync} syncs and ${delivery} deliveries. The operator of the service should look.`;
    alerts.push({ tone: "warn", badge: "Work is late", text });
  }
  return alerts;
}

function Figures({ overview, today }: { overview: Overview; today: DayStatistics }) {
  const figures: [number, string][] = [
    [overview.connection_counts.connected, "connected now"],
    [overview.connection_counts.disconnected, "disconnected now"],
    [today.connected, "connected today"],
    [today.disconnected, "lost today"],
    [today.failed_refreshes, "failed refreshes today"],
    [today.failed_deliveries, "deliveries given up today"],
  ];
  return (
    <div class="figures">
      {figures.map(([figure, text]) => (
        <div class="figure">
          <b>{figure.toLocaleString("en")}</b> <span>{text}</span>
        </div>
      ))}
    </div>
  );
}

function Plots({ days }: { days: DayStatistics[] }) {
  const dates = days.map(({ date }) => date);
  type Figure = {
    [Name in keyof DayStatistics]: DayStatistics[Name] extends number ? Name : never;
  }[keyof DayStatistics];
  const plot = (title: string, main: [string, Figure], bad?: [string, Figure]) => {
    const series = [main, ...(bad ? [bad] : [])].map(([name, figure], index) => ({
      name,
      tone: index === 0 ? ("main" as const) : ("bad" as const),
      values: days.map((day) => day[figure]),
    }));
    return <Plot title={title} dates={dates} series={series} />;
  };
  return (
    <>
      {plot("Connected", ["Connected", "connected"])}
      <Plot
        title="Lost"
        dates={dates}
        series={[
          { name: "Disconnected or removed", tone: "bad", values: days.map((day) => day.disconnected) },
        ]}
      />
      {plot("Refreshes", ["Done", "refreshes"], ["Failed", "failed_refreshes"])}
      {plot("Webhook deliveries", ["Arrived", "deliveries"], ["Given up", "failed_deliveries"])}
      {plot("Tokens", ["Handed out", "tokens_issued"])}
    </>
  );
}

function Lost({ days }: { days: DayStatistics[] }) {
  const today = days.at(-1) as DayStatistics;
  const before = days.slice(0, -1);
  const codes = [...new Set(days.flatMap((day) => Object.keys(day.disconnected_by_reason)))];
  const rows = codes
    .map((code) => ({
      code,
      today: today.disconnected_by_reason[code] ?? 0,
      usual: mean(before.map((day) => day.disconnected_by_reason[code] ?? 0)),
    }))
    .sort((a, b) => b.today - a.today || b.usual - a.usual);
  return (
    <Card title="Why connections were lost">
      {rows.length === 0 ? (
        <p class="quiet">None was lost in the last 30 days.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col">Today</th>
              <th scope="col">Daily average before</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ code, today: now, usual }) => (
              <tr>
                <td>
                  {code === REMOVED ? (
                    failureText(code)
                  ) : (
                    <a
                      href={`${CONSOLE_PATH}/connections?state=disconnected&failure_code=${encodeURIComponent(code)}`}
                    >
                      {failureText(code)}
                    </a>
                  )}
                </td>
                <td>{now}</td>
                <td>{toFigure(usual)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Heard({ apps }: { apps: NonNullable<Overview["apps"]> }) {
  return (
    <Card title="Last event from Zoom">
      <Facts
        facts={apps.map(({ id, name, last_verified_webhook_received_at }) => [
          name ?? id,
          <Time at={last_verified_webhook_received_at} none="none yet" />,
        ])}
      />
    </Card>
  );
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** At most one place behind the point. */
function toFigure(value: number): string {
  return (Math.round(value * 10) / 10).toLocaleString("en");
}
