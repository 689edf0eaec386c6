// Token links under load and under attack: 10,000 calls over two Workers, and 10,000 attempts of one project to get
// another's token.

import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConnection } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { send, type VendorAnswer } from "../support/vendors.ts";

const CALLS = 10_000;
const AT_ONCE = 64;
const ATTEMPTS = 10_000;

interface Connected {
  id: string;
  user_id: string;
  account_id: string;
}

let stack: Stack;
let second: Stack;
let tenant: Tenant;
let connection: Connected;

beforeAll(async () => {
  stack = await startStack();
  second = await startStack({
    database: stack.database,
    vars: { ZOOM_OAUTH_BASE_URL: stack.simulator.url, ZOOM_API_BASE_URL: `${stack.simulator.url}/v2` },
  });
  tenant = await stack.createTenant();
  connection = await connect(tenant, { customer: "ours" });
});
afterAll(async () => {
  await second.close();
  await stack.close();
});

async function connect(of: Tenant, metadata: Record<string, string>): Promise<Connected> {
  const chosen = {
    is_local_recording_token_supported: false,
    is_onbehalf_token_supported: true,
    metadata,
  };
  return (await createConnection(stack, of, await stack.authorize(of), chosen)).body;
}

async function makeLink(body: object, { apiKey }: Tenant = tenant): Promise<{ id: string; url: string }> {
  const answer = await stack.request("/api/v1/token_links", { method: "POST", apiKey, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

const onbehalf = { vendor: "recall", token: "onbehalf", meeting_id: "1234567890" };

/** As many calls as there are urls, some at once, on both Workers in turn. */
async function callAll(urls: readonly string[]): Promise<VendorAnswer[]> {
  const answers: VendorAnswer[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < urls.length; index = next++) {
      const url = urls[index] as string;
      const worker = index % 2 === 0 ? stack : second;
      answers[index] = await send(url.replace(stack.url.origin, worker.url.origin));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

const eventCount = async (linkId: string): Promise<unknown> => {
  const [row] = await stack.sql(
    "select count(*)::int as count from connection_events where data ->> 'token_link_id' = $1",
    [linkId],
  );
  return row?.count;
};
const useCount = async (linkId: string): Promise<unknown> => {
  const [row] = await stack.sql("select use_count from token_links where id = $1", [linkId]);
  return row?.use_count;
};

describe(`${CALLS} calls, ${AT_ONCE} at a time, over two Workers`, () => {
  it("each gets a token and is one event; none is beyond max_uses", { timeout: 600_000 }, async () => {
    const unbounded = await makeLink({ ...onbehalf, connection: { user_id: connection.user_id } });
    const bounded = await makeLink({
      ...onbehalf,
      connection: { user_id: connection.user_id },
      max_uses: CALLS / 4,
    });
    const urls = Array.from({ length: CALLS }, (_, index) => (index % 4 < 2 ? unbounded.url : bounded.url));
    const answers = await callAll(urls);
    const statuses = (url: string) =>
      answers.filter((_, index) => urls[index] === url).map(({ status }) => status);
    expect(statuses(unbounded.url).every((status) => status === 200)).toBe(true);
    const ofBounded = statuses(bounded.url);
    expect(ofBounded.filter((status) => status === 200)).toHaveLength(CALLS / 4);
    expect(ofBounded.filter((status) => status === 410)).toHaveLength(CALLS / 4);
    const tokens = answers.filter(({ status }) => status === 200).map(({ text }) => text);
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const [link, count] of [
      [unbounded, CALLS / 2],
      [bounded, CALLS / 4],
    ] as const) {
      expect([await eventCount(link.id), await useCount(link.id)]).toEqual([count, count]);
    }
  });

  it("none gets a token after the link was deleted or had expired", { timeout: 120_000 }, async () => {
    for (const end of ["delete", "expire"]) {
      const link = await makeLink({ ...onbehalf, connection: { user_id: connection.user_id } });
      let isEnded = false;
      const answers: { status: number; isLate: boolean }[] = [];
      const work = async (worker: Stack) => {
        for (let late = 0; late < 50; ) {
          const isLate = isEnded;
          const { status } = await send(link.url.replace(stack.url.origin, worker.url.origin));
          answers.push({ status, isLate });
          if (isLate) late += 1;
        }
      };
      const working = Promise.all([stack, second, stack, second].map(work));
      await new Promise((done) => setTimeout(done, 1_000));
      if (end === "delete") {
        const path = `/api/v1/token_links/${link.id}`;
        await stack.request(path, { method: "DELETE", apiKey: tenant.apiKey });
      } else {
        await stack.sql("update token_links set expires_at = now() where id = $1", [link.id]);
      }
      isEnded = true;
      await working;
      const dead = end === "delete" ? 404 : 410;
      expect(answers.filter(({ isLate, status }) => isLate && status !== dead)).toEqual([]);
      expect(answers.some(({ status }) => status === 200)).toBe(true);
    }
  });
});

describe(`${ATTEMPTS} attempts to get another project's token`, () => {
  it("get none, whatever the link's connection and the call say", { timeout: 900_000 }, async () => {
    const owner = await stack.createTenant();
    const theirs = await connect(owner, { customer: "theirs", secret: "of the owner" });
    const meetingId = "5550001111";
    await stack.sql(
      "insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id) values ($1, $2, $3)",
      [owner.appId, meetingId, theirs.id],
    );
    const forms = [
      { user_id: theirs.user_id },
      { user_ids: [theirs.user_id, theirs.id, theirs.account_id] },
      { metadata: { customer: "theirs" } },
      { metadata: { secret: "of the owner" } },
      { from_request: "query.user" },
      { from_request: "query.a.b" },
      { meeting_host: true },
    ];
    const attacker = await stack.createTenant();
    const links: { id: string; url: string }[] = [];
    for (const linked of forms) {
      for (const [vendor, token] of [
        ["recall", "onbehalf"],
        ["recall", "access"],
        ["recall", "zak"],
        ["plain", "local_recording"],
        ["attendee", "all"],
      ] as const) {
        links.push(await makeLink({ vendor, token, connection: linked }, attacker));
      }
    }
    // A link of a connection of another project cannot even be made.
    const body = { ...onbehalf, connection: { zoom_oauth_connection_id: theirs.id } };
    const refused = await stack.request("/api/v1/token_links", {
      method: "POST",
      apiKey: attacker.apiKey,
      body,
    });
    expect(refused.status).toBe(400);

    const hostile = fc.oneof(
      fc.constantFrom(
        theirs.user_id,
        theirs.id,
        theirs.account_id,
        owner.appId,
        owner.projectId,
        `${theirs.user_id}' or '1'='1`,
        `%${theirs.user_id}%`,
        `["${theirs.user_id}"]`,
        `{"user_id":"${theirs.user_id}"}`,
        `x,${theirs.user_id}`,
        "null",
        "$1",
        "\\",
      ),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    const query = fc.record(
      {
        user: fc.oneof(hostile, fc.array(hostile, { maxLength: 4 })),
        "a.b": hostile,
        extra: fc.oneof(
          fc.jsonValue().map(String),
          hostile.map((user) => JSON.stringify({ user })),
        ),
        meeting_id: fc.constantFrom(meetingId, "1234567890", "x"),
        meeting_url: fc.constantFrom(`https://zoom.us/j/${meetingId}`, "https://example.com"),
        zoom_oauth_connection_id: fc.constant(theirs.id),
        project_id: fc.constant(owner.projectId),
        from_request: hostile,
      },
      { requiredKeys: ["user"] },
    );
    const sampled = fc.sample(fc.tuple(fc.constantFrom(...links), query), {
      numRuns: ATTEMPTS,
      seed: 20261125,
    });
    const urls = sampled.map(([{ url }, values]) => {
      const parameters = new URLSearchParams();
      for (const [name, value] of Object.entries(values)) {
        for (const one of [value].flat()) parameters.append(name, String(one).toWellFormed());
      }
      return `${url}?${parameters}`;
    });
    const answers = await callAll(urls);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 400)).toEqual([]);
    const [events] = await stack.sql(
      "select count(*)::int as count from connection_events where zoom_oauth_connection_id = $1 and type = 'token_issued'",
      [theirs.id],
    );
    expect(events?.count).toBe(0);
    expect(answers.some(({ text }) => text.includes("of the owner") || text.includes(theirs.id))).toBe(false);
  });
});
