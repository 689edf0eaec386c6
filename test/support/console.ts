// What tests of the console share: a project with connections of all kinds, and a visitor who has signed in.

import { CONNECTION_FAILURES } from "../../src/model/connection-failure.ts";
import { ONCE } from "./service.ts";
import type { Stack, Tenant } from "./stack.ts";

/** What each form of the console is sent with by a browser. */
export const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

export interface ConsoleVisitor {
  cookie: string;
  get(path: string, headers?: Record<string, string>): Promise<ConsolePage>;
  post(path: string, fields?: Fields, headers?: Record<string, string>): Promise<ConsolePage>;
}

type Fields = Record<string, string> | [string, string][];

export interface ConsolePage {
  status: number;
  location: string | null;
  headers: Headers;
  text: string;
}

/** A browser reduced to what the console needs. Without a key nobody is signed in. */
export async function visitConsole(
  stack: Stack,
  key?: string,
  address = crypto.randomUUID(),
): Promise<ConsoleVisitor> {
  const visitor: ConsoleVisitor = {
    cookie: "",
    get: async (path, headers = {}) => await send(path, { method: "GET", headers }),
    post: async (path, fields = {}, headers = OWN_PAGE) =>
      await send(path, { method: "POST", headers, body: new URLSearchParams(fields) }),
  };
  async function send(path: string, init: RequestInit): Promise<ConsolePage> {
    const response = await fetch(`${stack.url.origin}/console${path}`, {
      ...init,
      headers: {
        ...ONCE,
        "CF-Connecting-IP": address,
        ...(visitor.cookie ? { Cookie: visitor.cookie } : {}),
        ...(init.headers as Record<string, string>),
      },
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      visitor.cookie = pair.endsWith("=") ? "" : pair;
    }
    const location = response.headers.get("Location");
    return { status: response.status, location, headers: response.headers, text: await response.text() };
  }
  if (key !== undefined) {
    const { status, text } = await visitor.post("/sign_in", { key });
    if (status !== 303) throw new Error(`the sign-in answered ${status}: ${text}`);
  }
  return visitor;
}

const FAILURES = (["app_deauthorized", "user_deactivated", "user_deleted", "grant_revoked"] as const).map(
  (code, number) => {
    const { error, recommended_action: action } = CONNECTION_FAILURES[code];
    return { number, code, action, error };
  },
);

/** Connections of the tenant's app in every state, which no Zoom user stands behind, and some days of figures. */
export async function fillProject(stack: Stack, { projectId, appId }: Tenant, count: number): Promise<void> {
  await stack.sql(
    `insert into zoom_oauth_connections (id, project_id, zoom_oauth_app_id, user_id, account_id, state, metadata,
       is_local_recording_token_supported, is_onbehalf_token_supported, credentials, connection_failure_data,
       authorized_at, created_at)
     select 'zoc_' || lpad(i::text, 16, '0'), $1, $2, 'user_' || i, 'account_' || i % 50,
       case when i % 9 = 0 then 'disconnected' else 'connected' end,
       case when i % 3 > 0 then jsonb_build_object('tenant_id', i::text, 'plan', 'pro') end,
       i % 2 = 0, i % 2 = 1 or i % 4 = 0, 'v1.test.none',
       case when i % 9 = 0 then jsonb_build_object('error', failure.error, 'code', failure.code,
         'recommended_action', failure.action, 'timestamp', '2026-11-26T10:00:00.000000Z') end,
       now(), now() - i * interval '1 minute'
     from generate_series(1, $3) i join jsonb_to_recordset($4) as failure (number integer, code text, action text, error text)
       on failure.number = i / 9 % 4`,
    [projectId, appId, count, JSON.stringify(FAILURES)],
  );
  await stack.sql(
    `insert into project_daily_counts (project_id, day, counted, reason, count, is_folded)
     select $1, (now() at time zone 'utc')::date - day, counted, reason, 1 + (day * 7 + length(counted) * 5) % 23 * size, true
     from generate_series(1, 29) day, (values
       ('disconnected', 'app_deauthorized', 1), ('disconnected', 'user_deactivated', 1),
       ('refreshed', null, 90), ('refresh_failed', 'zoom_unavailable', 2), ('token_issued', null, 40),
       ('delivery_succeeded', null, 8), ('delivery_failed', null, 1)
     ) kinds (counted, reason, size)`,
    [projectId],
  );
  // As many as were lost: what is counted fits the connections that there are.
  await stack.sql(
    `insert into project_daily_counts (project_id, day, counted, count, is_folded)
     select project_id, day, 'connected', sum(count), true from project_daily_counts
     where project_id = $1 and counted = 'disconnected' group by project_id, day`,
    [projectId],
  );
}
