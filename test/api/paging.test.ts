// Paging while the list changes: what was there throughout is shown exactly once.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS } from "../support/connections.ts";
import { IS_SOAK } from "../support/soak.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const CONNECTION_COUNT = IS_SOAK ? 10_000 : 1_000;
const DOOMED_COUNT = CONNECTION_COUNT / 5;
const PAGE_SIZE = IS_SOAK ? 100 : 50;

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());

it.each([
  ["oldest", "next"],
  ["newest", "previous"],
] as const)(
  `a walk through ${CONNECTION_COUNT} connections towards the %s sees each once that was there throughout`,
  { timeout: 120_000 },
  async (_end, link) => {
    await stack.sql("delete from zoom_oauth_connections");
    await insert(CONNECTION_COUNT, "kept");
    await insert(DOOMED_COUNT, "doomed");
    const kept = new Set(
      (await stack.sql("select id from zoom_oauth_connections where user_id like 'kept%'")).map(idOf),
    );
    expect(kept.size).toBe(CONNECTION_COUNT);

    const seen: string[] = [];
    let url: string | null = await startOf(link);
    for (let pageNumber = 0; url !== null; pageNumber++) {
      const answer = await stack.request(url, { apiKey: tenant.apiKey });
      expect(answer.status).toBe(200);
      seen.push(...answer.body.results.map(idOf));
      url = answer.body[link]?.replace(stack.url.origin, "") ?? null;
      // Between two pages, others come and go, on both sides of the place where the reader stands.
      await insert(PAGE_SIZE / 5, `new-${pageNumber}`);
      await stack.sql(
        "delete from zoom_oauth_connections where id in (select id from zoom_oauth_connections where user_id like 'doomed%' order by md5(id || $1) limit $2)",
        [String(pageNumber), Math.floor(PAGE_SIZE / 6)],
      );
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => kept.has(id))).toHaveLength(CONNECTION_COUNT);
  },
);

const idOf = (row: Record<string, unknown>) => row.id as string;

/** The first URL of a walk: the newest page, or, for the walk back, the one that stands at the oldest. */
async function startOf(link: "next" | "previous"): Promise<string> {
  if (link === "next") return `${CONNECTIONS}?page_size=${PAGE_SIZE}`;
  const cursor = btoa("n|1970-01-01T00:00:00.000000Z|zoc_0").replaceAll("=", "");
  return `${CONNECTIONS}?page_size=${PAGE_SIZE}&cursor=${cursor}`;
}

async function insert(count: number, name: string): Promise<void> {
  await stack.sql(
    `insert into zoom_oauth_connections (id, project_id, zoom_oauth_app_id, user_id, account_id, state,
       is_local_recording_token_supported, is_onbehalf_token_supported, credentials, authorized_at, created_at)
     select 'zoc_' || substr(md5($1 || '/' || number), 1, 16), $2, $3, $1 || '-' || number, 'account', 'connected',
       true, false, 'sealed', now(),
       -- Many share a moment, and some come in the past of the list.
       date_trunc('second', now()) - (number % 500) * interval '1 second'
     from generate_series(1, $4::int) number`,
    [name, tenant.projectId, tenant.appId, count],
  );
}
