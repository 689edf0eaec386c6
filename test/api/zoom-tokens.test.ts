// The tokens for a meeting, from the host's connection and from those of named users: whose they may be, why one is
// missing, and the same judged in advance.

import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { TOKEN_REASONS } from "../../src/model/token-reasons.ts";
import { CONNECTIONS, createUnsynced, expireAccessToken, waitFor } from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";

interface Connected {
  id: string;
  user_id: string;
  account_id: string;
}

interface Chosen {
  is_local_recording_token_supported?: boolean;
  is_onbehalf_token_supported?: boolean;
  metadata?: Record<string, string> | null;
}

let stack: Stack;
let tenant: Tenant;
/** The hosts of two customers, each with a meeting. */
let ours: Connected;
let theirs: Connected;
let ourMeeting: string;
let theirMeeting: string;
/** Can be joined on behalf of, and gives no local recording token. */
let guest: Connected;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
  const both = { is_local_recording_token_supported: true, is_onbehalf_token_supported: true };
  ours = await connect({ ...both, metadata: { customer: "ours" } });
  theirs = await connect({ ...both, metadata: { customer: "theirs" } });
  guest = await connect({
    is_local_recording_token_supported: false,
    is_onbehalf_token_supported: true,
    metadata: { customer: "ours", role: "guest" },
  });
  ourMeeting = await createMeeting(ours);
  theirMeeting = await createMeeting(theirs);
});
afterAll(async () => await stack.close());
afterEach(async () => {
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

/** A connection with the capabilities of a create, or those that are chosen, and without a first sync, which would ask Zoom beside a test. */
async function connect(
  { is_local_recording_token_supported = true, is_onbehalf_token_supported = false, metadata = null }: Chosen,
  of: Tenant = tenant,
): Promise<Connected> {
  const { body } = await createUnsynced(stack, of, await stack.authorize(of), { metadata });
  await stack.sql(
    `update zoom_oauth_connections set is_local_recording_token_supported = $2, is_onbehalf_token_supported = $3
     where id = $1`,
    [body.id, is_local_recording_token_supported, is_onbehalf_token_supported],
  );
  return body;
}

async function createMeeting(host: Connected): Promise<string> {
  const { id } = await stack.control("meetings", { user_id: host.user_id });
  await map(String(id), host.id, tenant.appId);
  return String(id);
}

async function map(meetingId: string, connectionId: string, appId: string): Promise<void> {
  await stack.sql(
    `insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id) values ($1, $2, $3)
     on conflict (zoom_oauth_app_id, meeting_id) do update set zoom_oauth_connection_id = excluded.zoom_oauth_connection_id`,
    [appId, meetingId, connectionId],
  );
}

const ask = async (body: object, path = ""): Promise<Answer> =>
  await stack.request(`/api/v1/zoom_tokens${path}`, { method: "POST", apiKey: tenant.apiKey, body });
const preflight = async (body: object) => await ask(body, "/preflight");
const codes = ({ body }: Answer) =>
  Object.fromEntries(
    Object.entries(body.reasons as Record<string, { code: string }>).map(([name, { code }]) => [name, code]),
  );
const ISSUED = expect.any(String);
const reason = (code: string, seconds: unknown = null) => ({
  code,
  message: expect.any(String),
  retry_after_seconds: seconds,
});

describe("POST /api/v1/zoom_tokens", () => {
  it("gives the host's local recording token, no ZAK, and a reason with a code for each null", async () => {
    const { status, body } = await ask({ meeting_url: `https://zoom.us/j/${ourMeeting}` });
    expect(status).toBe(200);
    expect(body).toEqual({
      zoom_oauth_connection_id: ours.id,
      zak_token: null,
      join_token: null,
      app_privilege_token: ISSUED,
      onbehalf_token: null,
      onbehalf_tokens: [],
      reasons: {
        zak_token: reason("not_requested"),
        join_token: reason("not_requested"),
        onbehalf_token: reason("not_requested"),
      },
    });
  });

  it("gives a ZAK where it is asked for, and never together with an onbehalf token", async () => {
    const alone = await ask({ meeting_id: ourMeeting, include_zak: true });
    expect(alone.body.zak_token).toEqual(ISSUED);
    const asked = { meeting_id: ourMeeting, include_zak: true, onbehalf_user_id: guest.user_id };
    const together = await ask(asked);
    expect([together.body.zak_token, together.body.onbehalf_token]).toEqual([null, ISSUED]);
    expect(codes(together).zak_token).toBe("not_requested");
  });

  it("asks the connection that may give onbehalf tokens, where the user has one of another app as well", async () => {
    const app = await stack.createApp(tenant.apiKey);
    const code = await stack.authorize({ ...tenant, ...app }, { user_id: guest.user_id });
    const later = await createUnsynced(stack, { ...tenant, ...app }, code, {
      is_local_recording_token_supported: true,
      is_onbehalf_token_supported: false,
    });
    expect(later.status).toBe(201);
    const asked = { meeting_id: ourMeeting, onbehalf_user_id: guest.user_id };
    expect((await ask(asked)).body.onbehalf_token).toEqual(ISSUED);
    expect((await preflight(asked)).body.tokens.onbehalf_token.would_issue).toBe(true);
    const path = `${CONNECTIONS}/${later.body.id}?revoke=false`;
    await stack.request(path, { method: "DELETE", apiKey: tenant.apiKey });
  });

  it("gives onbehalf tokens in the asked order, of which the first that was issued stands alone", async () => {
    const { body } = await ask({
      meeting_id: ourMeeting,
      onbehalf_user_ids: ["nobody", guest.user_id, theirs.user_id],
    });
    expect(body.onbehalf_tokens).toEqual([
      {
        user_id: "nobody",
        zoom_oauth_connection_id: null,
        token: null,
        reason: reason("user_not_connected"),
      },
      { user_id: guest.user_id, zoom_oauth_connection_id: guest.id, token: ISSUED, reason: null },
      { user_id: theirs.user_id, zoom_oauth_connection_id: theirs.id, token: ISSUED, reason: null },
    ]);
    expect(body.onbehalf_token).toBe(body.onbehalf_tokens[1].token);
    expect(body.reasons.onbehalf_token).toBeUndefined();
  });

  it.each([
    ["metadata", () => ({ metadata: { customer: "ours" } })],
    ["account_id", () => ({ account_id: ours.account_id })],
    ["zoom_oauth_connection_id", () => ({ zoom_oauth_connection_id: ours.id })],
  ])("bounded by %s gives nothing of another customer's", async (_name, bound) => {
    const asked = {
      meeting_id: theirMeeting,
      include_zak: true,
      ...bound(),
    };
    const foreign = await ask(asked);
    expect(foreign.body).toMatchObject({
      zoom_oauth_connection_id: null,
      zak_token: null,
      app_privilege_token: null,
    });
    expect(codes(foreign)).toMatchObject({
      zak_token: "host_not_connected",
      app_privilege_token: "host_not_connected",
    });
    const user = await ask({ ...asked, onbehalf_user_id: theirs.user_id });
    expect([user.body.onbehalf_token, codes(user).onbehalf_token]).toEqual([null, "user_not_connected"]);
    const own = await ask({ ...bound(), meeting_id: ourMeeting });
    expect(own.body).toMatchObject({ zoom_oauth_connection_id: ours.id, app_privilege_token: ISSUED });
    expect((await stack.control("requests?operation=users.me.token")).requests).toEqual([]);
  });

  it("gives nothing where connections of different users have the meeting, unless the request names one", async () => {
    const other = await stack.createApp(tenant.apiKey);
    const second = await connect({ is_onbehalf_token_supported: true }, { ...tenant, ...other });
    await map(ourMeeting, second.id, other.appId);
    const unbounded = await ask({ meeting_id: ourMeeting, include_zak: true });
    expect([unbounded.body.zak_token, unbounded.body.app_privilege_token]).toEqual([null, null]);
    expect(codes(unbounded).zak_token).toBe("host_not_connected");
    const bounded = await ask({ meeting_id: ourMeeting, zoom_oauth_connection_id: ours.id });
    expect(bounded.body.app_privilege_token).toEqual(ISSUED);
    await stack.sql("delete from zoom_meetings where zoom_oauth_app_id = $1", [other.appId]);
  });

  it("knows nothing of a meeting that no connection hosts", async () => {
    const answer = await ask({ meeting_id: "9876543210", include_zak: true });
    expect(answer.status).toBe(200);
    expect(codes(answer)).toEqual({
      zak_token: "meeting_unknown",
      join_token: "not_requested",
      app_privilege_token: "meeting_unknown",
      onbehalf_token: "not_requested",
    });
  });

  it("finds nothing of another project's", async () => {
    const { apiKey } = await stack.createTenant();
    const body = { meeting_id: ourMeeting, onbehalf_user_id: ours.user_id };
    const answer = await stack.request("/api/v1/zoom_tokens", { method: "POST", apiKey, body });
    expect(answer.body).toMatchObject({ app_privilege_token: null, onbehalf_token: null });
    expect(codes(answer)).toMatchObject({ app_privilege_token: "meeting_unknown" });
  });

  it.each([
    [{ kind: "status", status: 503 }, "zoom_unavailable", expect.any(Number)],
    [{ kind: "rate_limit", retry_after: 7 }, "zoom_rate_limited", 7],
    [{ kind: "malformed" }, "zoom_unavailable", expect.any(Number)],
    [{ kind: "drop_before" }, "zoom_unavailable", expect.any(Number)],
    [
      { kind: "status", status: 400, body: { code: 99999, message: "?" } },
      "zoom_unavailable",
      expect.any(Number),
    ],
    [
      { kind: "status", status: 404, body: { code: 3001, message: "No such meeting." } },
      "meeting_not_available",
      null,
    ],
  ])("%j is told with a stable code", async (fault, code, seconds) => {
    await stack.control("faults", { operation: "api", times: 0, ...fault });
    const { status, body } = await ask({ meeting_id: ourMeeting, onbehalf_user_id: guest.user_id });
    expect(status).toBe(200);
    expect(body.reasons).toMatchObject({
      app_privilege_token: reason(code, seconds),
      onbehalf_token: reason(code, seconds),
    });
  });

  it("one user whose token fails or never comes hides and delays no other", async () => {
    const slow = { operation: "users.me.token", kind: "delay", delay_ms: 25_000, times: 0 };
    await stack.control("faults", { ...slow, user_id: theirs.user_id });
    const refused = { operation: "users.me.token", kind: "status", status: 500, times: 0 };
    await stack.control("faults", { ...refused, user_id: ours.user_id });
    const start = Date.now();
    const { body } = await ask({
      meeting_id: ourMeeting,
      onbehalf_user_ids: [theirs.user_id, ours.user_id, guest.user_id],
    });
    expect(Date.now() - start).toBeLessThan(10_000);
    expect(body.onbehalf_tokens).toMatchObject([
      { token: null, reason: reason("zoom_unavailable", expect.any(Number)) },
      { token: null, reason: reason("zoom_unavailable", expect.any(Number)) },
      { token: ISSUED, reason: null },
    ]);
    expect(body.app_privilege_token).toEqual(ISSUED);
  });

  it("tells of each token in the events of its connection, and of no other", async () => {
    // In a project of its own, since events of earlier requests may still be on their way.
    const own = await stack.createTenant();
    const host = await connect({}, own);
    const visitor = await connect({ is_onbehalf_token_supported: true }, own);
    const { id: meetingId } = await stack.control("meetings", { user_id: host.user_id });
    await map(String(meetingId), host.id, own.appId);
    const body = { meeting_id: String(meetingId), onbehalf_user_ids: [visitor.user_id, "nobody"] };
    await stack.request("/api/v1/zoom_tokens", { method: "POST", apiKey: own.apiKey, body });
    const events = await waitFor(async () => {
      const rows = await stack.sql(
        `select zoom_oauth_connection_id as id, data from connection_events
         where type = 'token_issued' and project_id = $1 order by data::text`,
        [own.projectId],
      );
      return rows.length >= 2 && rows;
    }, "the events");
    expect(events).toEqual([
      { id: host.id, data: { token: "local_recording_token" } },
      { id: visitor.id, data: { token: "onbehalf_token" } },
    ]);
  });

  it("a connection that cannot give one says why", async () => {
    const ended = await connect({ is_onbehalf_token_supported: true });
    await stack.sql("update zoom_oauth_connections set state = 'disconnected' where id = $1", [ended.id]);
    const recordingOnly = await connect({});
    const { body } = await ask({
      meeting_id: ourMeeting,
      onbehalf_user_ids: [ended.user_id, recordingOnly.user_id],
    });
    const found = body.onbehalf_tokens.map((token: { reason: { code: string } }) => token.reason.code);
    expect(found).toEqual(["disconnected", "capability_not_supported"]);
  });

  it.each([
    [{ onbehalf_user_ids: [] }],
    [{ onbehalf_user_ids: Array.from({ length: 11 }, (_, index) => `user${index}`) }],
    [{ onbehalf_user_ids: ["a", "a"] }],
    [{ onbehalf_user_id: "a", onbehalf_user_ids: ["b"] }],
    [{ metadata: {} }],
    [{ metadata: null }],
    [{ zoom_oauth_connection_id: "zoa_abcdef1234567890" }],
    [{ unknown: 1 }],
  ])("refuses %j", async (changes) => {
    for (const path of ["", "/preflight"]) {
      const answer = await ask({ meeting_id: ourMeeting, ...changes }, path);
      expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    }
  });

  it("ten users cost one database round trip, and one at Zoom for each token", async () => {
    const capabilities = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };
    const users = await Promise.all(Array.from({ length: 10 }, async () => await connect(capabilities)));
    const answer = await ask({
      meeting_id: ourMeeting,
      onbehalf_user_ids: users.map((user) => user.user_id),
    });
    expect(answer.body.onbehalf_tokens.every(({ token }: { token: string }) => token !== null)).toBe(true);
    expect(answer.headers.get("Server-Timing")).toMatch(/^db;.*desc="1", zoom;.*desc="11"$/);
  });
});

describe("POST /api/v1/zoom_tokens/preflight", () => {
  it("says what would be issued, in one database round trip and none to Zoom", async () => {
    const answer = await preflight({ meeting_id: ourMeeting, onbehalf_user_ids: ["nobody", guest.user_id] });
    expect(answer.headers.get("Server-Timing")).toMatch(/^db;.*desc="1", zoom;.*desc="0"$/);
    expect(answer.body).toEqual({
      zoom_oauth_connection_id: ours.id,
      meeting: {
        meeting_id: ourMeeting,
        source: "sync",
        mapped_at: expect.stringMatching(/Z$/),
      },
      tokens: {
        zak_token: { would_issue: false, reason: reason("not_requested") },
        join_token: { would_issue: false, reason: reason("not_requested") },
        app_privilege_token: { would_issue: true, reason: null },
        onbehalf_token: { would_issue: true, reason: null },
      },
    });
    expect((await stack.control("requests")).requests).toEqual([]);
  });

  it("has the reasons that the request itself would have", async () => {
    const cases = [
      { meeting_id: "9876543210", include_zak: true },
      { meeting_id: theirMeeting, include_zak: true, metadata: { customer: "ours" } },
      { meeting_id: ourMeeting, onbehalf_user_ids: ["nobody"] },
      { meeting_id: ourMeeting, include_zak: true },
    ];
    for (const body of cases) {
      const issued = await ask(body);
      const { tokens } = (await preflight(body)).body;
      for (const [name, { would_issue, reason: why }] of Object.entries(tokens) as [
        string,
        { would_issue: boolean; reason: unknown },
      ][]) {
        expect([name, would_issue]).toEqual([name, issued.body[name] !== null]);
        expect(why).toEqual(issued.body.reasons[name] ?? null);
      }
    }
  });

  it("remembers for an hour that Zoom refused to record, until it gives a token again", async () => {
    const recording = async () =>
      (await preflight({ meeting_id: ourMeeting })).body.tokens.app_privilege_token;
    const refuse = async () => {
      const body = { code: 3000, message: "Not allowed to start local recording." };
      const fault = { operation: "meetings.local_recording", kind: "status", status: 400, body, times: 1 };
      await stack.control("faults", fault);
      expect(codes(await ask({ meeting_id: ourMeeting })).app_privilege_token).toBe("meeting_not_available");
      await waitFor(async () => !(await recording()).would_issue, "the memory");
    };
    await refuse();
    expect((await recording()).reason).toEqual(reason("meeting_not_available"));
    await stack.sql("update zoom_meetings set recording_refused_at = now() - interval '61 minutes'");
    expect((await recording()).would_issue).toBe(true);
    await refuse();
    expect((await ask({ meeting_id: ourMeeting })).body.app_privilege_token).toEqual(ISSUED);
    await waitFor(async () => (await recording()).would_issue, "the memory to end");
  });

  it("tells of a back-off and of an app whose secret Zoom refuses as faults that pass", async () => {
    await expireAccessToken(stack, guest.id);
    const onbehalf = async () =>
      (await preflight({ meeting_id: ourMeeting, onbehalf_user_id: guest.user_id })).body.tokens
        .onbehalf_token;
    expect(await onbehalf()).toEqual({ would_issue: true, reason: null });
    await stack.sql(
      "update zoom_oauth_connections set refresh_not_before = now() + interval '40 seconds' where id = $1",
      [guest.id],
    );
    const { reason: waiting } = await onbehalf();
    expect(waiting).toEqual(reason("zoom_unavailable", expect.any(Number)));
    expect(waiting.retry_after_seconds).toBeGreaterThan(30);
    await stack.sql("update zoom_oauth_connections set refresh_not_before = null");
    await stack.sql("update zoom_oauth_apps set credentials_invalid_at = now() where id = $1", [
      tenant.appId,
    ]);
    expect((await onbehalf()).reason).toEqual(reason("zoom_unavailable", expect.any(Number)));
    await stack.sql("update zoom_oauth_apps set credentials_invalid_at = null");
  });
});

describe("GET /api/v1/zoom_meetings", () => {
  const list = async (query: string, apiKey = tenant.apiKey) =>
    await stack.request(`/api/v1/zoom_meetings${query}`, { apiKey });

  it("shows the map by meeting and by connection", async () => {
    const expected = {
      meeting_id: ourMeeting,
      zoom_oauth_connection_id: ours.id,
      source: "sync",
      mapped_at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
    };
    for (const query of [
      `?meeting_id=${ourMeeting}`,
      `?zoom_oauth_connection_id=${ours.id}&meeting_id=${ourMeeting}`,
    ]) {
      const answer = await list(query);
      expect(answer.body.results).toEqual([expected]);
      expect(answer.headers.get("Server-Timing")).toMatch(/^db;.*desc="1", zoom;.*desc="0"$/);
    }
    expect(
      (await list(`?zoom_oauth_connection_id=${theirs.id}&meeting_id=${ourMeeting}`)).body.results,
    ).toEqual([]);
    const { apiKey } = await stack.createTenant();
    expect((await list(`?meeting_id=${ourMeeting}`, apiKey)).body.results).toEqual([]);
    expect((await list(`?zoom_oauth_connection_id=${ours.id}`, apiKey)).body.results).toEqual([]);
  });

  it("pages through a connection's meetings, many of which came at one moment", async () => {
    const host = await connect({ is_onbehalf_token_supported: true });
    await stack.sql(
      `insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id, mapped_at)
       select $1, 500000000 + number, $2, date_trunc('minute', now()) - (number % 3) * interval '1 hour'
       from generate_series(1, 250) number`,
      [tenant.appId, host.id],
    );
    const seen: string[] = [];
    let next: string | null = `?zoom_oauth_connection_id=${host.id}&page_size=40`;
    while (next !== null) {
      const { body } = await list(next);
      seen.push(...body.results.map((row: { meeting_id: string }) => row.meeting_id));
      next = body.next && new URL(body.next).search;
    }
    expect([seen.length, new Set(seen).size]).toEqual([250, 250]);
  });

  it("tells an event's meetings from those of a sync, and when a meeting moved", async () => {
    const [before] = (await list(`?meeting_id=${theirMeeting}`)).body.results;
    const event = { event: "meeting.updated", client_id: tenant.clientId };
    const send = async (host: Connected) =>
      await stack.control("webhooks", {
        ...event,
        url: `${stack.url.origin}/external_webhooks/zoom/oauth_apps/${tenant.appId}`,
        secret: await webhookSecret(),
        payload: {
          account_id: host.account_id,
          object: { id: Number(theirMeeting), host_id: host.user_id },
        },
      });
    await send(ours);
    const moved = await waitFor(async () => {
      const [row] = (await list(`?meeting_id=${theirMeeting}`)).body.results;
      return row.zoom_oauth_connection_id === ours.id && row;
    }, "the event");
    expect(moved.source).toBe("event");
    expect(moved.mapped_at > before.mapped_at).toBe(true);
    await map(theirMeeting, theirs.id, tenant.appId);
  });

  it.each([
    ["", "meeting_id"],
    ["?meeting_id=12", "meeting_id"],
    [`?meeting_id=1234567890&cursor=${btoa("o|2025-01-13T10:30:00.123456Z|zoc_a")}`, "cursor"],
    ["?zoom_oauth_connection_id=x", "zoom_oauth_connection_id"],
  ])("refuses %s", async (query, field) => {
    const answer = await list(query);
    expect([answer.status, Object.keys(answer.body.fields)]).toEqual([400, [field]]);
  });
});

it("every reason's code is in the published set", () => {
  const { paths, components } = JSON.parse(readFileSync("assets/openapi.json", "utf8"));
  expect(paths["/api/v1/zoom_tokens/preflight"]).toBeDefined();
  expect(components.schemas.TokenReason.properties.code.enum).toEqual(Object.keys(TOKEN_REASONS));
});

/** A secret that the test knows, as the app's. */
async function webhookSecret(): Promise<string> {
  const secret = "hook-of-the-test-0123456789";
  const body = { webhook_secret: secret };
  const path = `/api/v1/zoom_oauth_apps/${tenant.appId}`;
  expect((await stack.request(path, { method: "PATCH", apiKey: tenant.apiKey, body })).status).toBe(200);
  return secret;
}
