// The tokens of the Meeting SDK: minted for the right meeting, and faults that stay with the meeting.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  CONNECTIONS,
  createConnection,
  eventTypes,
  expireAccessToken,
  waitFor,
} from "./support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "./support/stack.ts";

let stack: Stack;
let tenant: Tenant;
let both: { id: string; user_id: string };
let recordingOnly: { id: string; user_id: string };
let meetingId: string;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
  both = (
    await createConnection(stack, tenant, await stack.authorize(tenant), {
      is_onbehalf_token_supported: true,
    })
  ).body;
  recordingOnly = (await createConnection(stack, tenant, await stack.authorize(tenant))).body;
  meetingId = await createMeeting(both.user_id);
  // The syncs that follow the creates call Zoom too.
  for (const { id } of [both, recordingOnly]) {
    await waitFor(async () => (await eventTypes(stack, id)).includes("synced"), "the first sync");
  }
  await stack.control("requests", undefined, "DELETE");
});
afterAll(async () => await stack.close());
afterEach(async () => {
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
});

async function createMeeting(userId: string): Promise<string> {
  const { id } = await stack.control("meetings", { user_id: userId });
  return String(id);
}

const ask = async (id: string, kind: string, body?: unknown): Promise<Answer> =>
  await stack.request(`${CONNECTIONS}/${id}/${kind}`, { method: "POST", apiKey: tenant.apiKey, body });
const outcome = ({ status, body }: Answer) => [status, body.code];
const state = async (id: string) =>
  (await stack.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey })).body.state;

/** Seconds from now. */
const life = (answer: Answer) => (Date.parse(answer.body.expires_at) - Date.now()) / 1000;

describe("a local recording token", () => {
  it("is minted for a meeting id or link, with the waiting room bypassed or not", async () => {
    for (const meeting of [
      { meeting_id: meetingId },
      { meeting_id: Number(meetingId) },
      { meeting_url: `https://us02web.zoom.us/j/${meetingId}?pwd=x` },
    ]) {
      const answer = await ask(both.id, "local_recording_token", meeting);
      expect([answer.status, Object.keys(answer.body)]).toEqual([200, ["token", "expires_at"]]);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(life(answer)).toBeGreaterThan(100);
      expect(life(answer)).toBeLessThanOrEqual(120);
    }
    await ask(both.id, "local_recording_token", { meeting_id: meetingId, bypass_waiting_room: false });
    const { requests } = await stack.control("requests?operation=meetings.local_recording");
    const asked = requests.map(({ path }: { path: string }) => path.replace(/.*\?/, ""));
    expect(asked).toEqual([...Array(3).fill("bypass_waiting_room=true"), "bypass_waiting_room=false"]);
    await waitFor(async () => (await eventTypes(stack, both.id)).includes("token_issued"), "the event");
  });

  it("is refused for a meeting that is not there, and the connection stays", async () => {
    const answer = await ask(both.id, "local_recording_token", { meeting_id: "99999999999" });
    expect(outcome(answer)).toEqual([400, "meeting_not_available"]);
    expect(answer.body.error).toContain("Meeting does not exist");
    const foreign = await ask(recordingOnly.id, "local_recording_token", { meeting_id: meetingId });
    expect(outcome(foreign)).toEqual([400, "meeting_not_available"]);
    expect(await state(both.id)).toBe("connected");
  });

  it.each([
    {},
    { meeting_id: "1234567890", meeting_url: "https://zoom.us/j/1234567890" },
    { meeting_id: "12" },
    { meeting_url: "https://zoom.us.example.com/j/1234567890" },
  ])("is refused for %j", async (body) =>
    expect(outcome(await ask(both.id, "local_recording_token", body))).toEqual([400, "invalid_request"]),
  );
});

describe("an onbehalf token and a ZAK", () => {
  it("are minted", async () => {
    const onbehalf = await ask(both.id, "onbehalf_token", { meeting_id: meetingId });
    const zak = await ask(both.id, "zak_token");
    expect([onbehalf.status, zak.status]).toEqual([200, 200]);
    expect(life(onbehalf)).toBeGreaterThan(7000);
    expect(life(zak)).toBeGreaterThan(200);
  });

  it("are refused without the capability", async () => {
    await expireAccessToken(stack, recordingOnly.id);
    const answer = await ask(recordingOnly.id, "onbehalf_token", { meeting_id: meetingId });
    expect(outcome(answer)).toEqual([409, "capability_not_supported"]);
    // Nothing is refreshed for a token that cannot be had.
    expect((await stack.control("requests")).requests).toEqual([]);
  });
});

describe("an access token that Zoom refuses before its time", () => {
  it("is refreshed once, and the call goes on", async () => {
    await stack.control("access_tokens/expire", { user_id: both.user_id });
    const answer = await ask(both.id, "local_recording_token", { meeting_id: meetingId });
    expect(answer.status).toBe(200);
    expect((await stack.control("requests?operation=token.refresh_token")).requests).toHaveLength(1);
  });

  it("and a fresh one too: 502, and the connection stays", async () => {
    const body = { code: 124, message: "Invalid access token {{access_token}}." };
    const fault = { operation: "api", kind: "status", status: 401, body, times: 0 };
    await stack.control("faults", fault);
    const answer = await ask(both.id, "local_recording_token", { meeting_id: meetingId });
    expect(outcome(answer)).toEqual([502, "zoom_error"]);
    expect((await stack.control("requests?operation=token.refresh_token")).requests).toHaveLength(1);
    expect(await state(both.id)).toBe("connected");
  });

  it.each([
    [{ kind: "status", status: 500 }, 503, "zoom_unavailable"],
    [{ kind: "rate_limit", retry_after: 7 }, 503, "zoom_rate_limited"],
    [{ kind: "malformed" }, 502, "zoom_error"],
    [
      {
        kind: "status",
        status: 404,
        body: { code: 3001, message: "Meeting does not exist: {{access_token}}" },
      },
      400,
      "meeting_not_available",
    ],
  ])("%j: told, without a secret of Zoom's", async (fault, status, code) => {
    await stack.control("faults", { operation: "api", times: 1, ...fault });
    const answer = await ask(both.id, "local_recording_token", { meeting_id: meetingId });
    expect(outcome(answer)).toEqual([status, code]);
    const { secrets } = await stack.control("secrets");
    expect(secrets.filter((secret: string) => answer.text.includes(secret))).toEqual([]);
    expect(await state(both.id)).toBe("connected");
  });
});

describe("POST /api/v1/zoom_tokens", () => {
  const askAll = async (body: unknown) =>
    await stack.request("/api/v1/zoom_tokens", { method: "POST", apiKey: tenant.apiKey, body });

  it("finds the meeting's host, and says why a token is null", async () => {
    await stack.sql(
      "insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id) values ($1, $2, $3) on conflict do nothing",
      [tenant.appId, meetingId, both.id],
    );
    const answer = await askAll({ meeting_url: `https://zoom.us/j/${meetingId}` });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      zak_token: expect.any(String),
      join_token: null,
      app_privilege_token: expect.any(String),
      onbehalf_token: null,
      reasons: { join_token: expect.any(String), onbehalf_token: expect.any(String) },
    });
    const onbehalf = await askAll({
      meeting_id: meetingId,
      onbehalf_user_id: both.user_id,
      zoom_oauth_app_id: tenant.appId,
    });
    expect(onbehalf.body.onbehalf_token).toEqual(expect.any(String));
    expect(onbehalf.body.zak_token).toBeNull();
    expect(Object.keys(onbehalf.body.reasons).sort()).toEqual(["join_token", "zak_token"]);
  });

  it("knows nothing of a meeting that no connection hosts, and of no user who is not connected", async () => {
    const answer = await askAll({ meeting_id: "9876543210", onbehalf_user_id: "nobody" });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.reasons).sort()).toEqual([
      "app_privilege_token",
      "join_token",
      "onbehalf_token",
      "zak_token",
    ]);
  });

  it("finds nothing of another project's", async () => {
    const stranger = await stack.createTenant();
    const body = { meeting_id: meetingId, onbehalf_user_id: both.user_id };
    const answer = await stack.request("/api/v1/zoom_tokens", {
      method: "POST",
      apiKey: stranger.apiKey,
      body,
    });
    expect([answer.body.app_privilege_token, answer.body.onbehalf_token]).toEqual([null, null]);
  });
});
