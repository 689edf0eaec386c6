// The tokens of the Meeting SDK: minted for the right meeting, and faults that stay with the meeting.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  CONNECTIONS,
  createConnection,
  eventTypes,
  expireAccessToken,
  waitFor,
} from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";
import { eachDoubtAtLength, setZoom } from "../support/zoom-doubts.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());

describe.each(eachDoubtAtLength("api"))("meeting tokens where %s", (_name, zoom) => {
  let tenant: Tenant;
  let both: { id: string; user_id: string };
  let recordingOnly: { id: string; user_id: string };
  let meetingId: string;

  beforeAll(async () => {
    setZoom(stack, zoom);
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
        {
          meeting_url: `${"Agenda. ".repeat(7000)}\nJoin: <https://www.google.com/url?q=https://zoom.us/j/${meetingId}>`,
        },
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
      expect(asked).toEqual([...Array(4).fill("bypass_waiting_room=true"), "bypass_waiting_room=false"]);
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

    it("is refused where the grant lacks its scope, which is no reason to refresh or to disconnect", async () => {
      const capabilities = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };
      const code = await stack.authorize(tenant, { scopes: ["user:read:user", "user:read:token"] });
      const { body } = await createConnection(stack, tenant, code, capabilities);
      const change =
        "update zoom_oauth_connections set is_local_recording_token_supported = true where id = $1";
      await stack.sql(change, [body.id]);
      const meeting = { meeting_id: await createMeeting(body.user_id) };
      expect(outcome(await ask(body.id, "local_recording_token", meeting))).toEqual([400, "missing_scopes"]);
      expect((await stack.control("requests?operation=token.refresh_token")).requests).toEqual([]);
      expect(await state(body.id)).toBe("connected");
    });

    it.each([
      {},
      { meeting_id: "1234567890", meeting_url: "https://zoom.us/j/1234567890" },
      { meeting_id: "12" },
      { meeting_url: "https://zoom.us.example.com/j/1234567890" },
    ])("is refused for %j", async (body) =>
      expect(outcome(await ask(both.id, "local_recording_token", body))).toEqual([400, "invalid_request"]),
    );

    it("is refused for a text that is too long", async () => {
      const body = { meeting_url: `https://zoom.us/j/${meetingId}?pwd=${"x".repeat(60_000)}` };
      expect(outcome(await ask(both.id, "local_recording_token", body))).toEqual([400, "invalid_request"]);
    });

    it.each([
      ["zoom.us/j/123456789 or zoom.us/j/987654321", "several: 123456789, 987654321."],
      [
        Array.from({ length: 11 }, (_, index) => `zoom.us/j/${123456789 + index}`).join(" "),
        "123456798 and more. Send",
      ],
      ["https://acme.zoom.us/my/jane", "Must contain a meeting id"],
      ["https://bit.ly/abc", "a link of bit.ly does not"],
      ["https://evil.example/zoom.us/j/123456789", "a link to a Zoom meeting"],
    ])("is refused with what to do about %j", async (meetingUrl, says) => {
      const answer = await ask(both.id, "local_recording_token", { meeting_url: meetingUrl });
      expect(outcome(answer)).toEqual([400, "invalid_request"]);
      expect(JSON.stringify(answer.body)).toContain(says);
    });
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

    it("is refreshed no more than once where Zoom refuses the fresh one too: 503 with a back-off, and the connection stays", async () => {
      const body = { code: 124, message: "Invalid access token {{access_token}}." };
      const fault = { operation: "api", kind: "status", status: 401, body, times: 0 };
      await stack.control("faults", fault);
      const answer = await ask(both.id, "local_recording_token", { meeting_id: meetingId });
      expect(outcome(answer)).toEqual([503, "zoom_unavailable"]);
      const again = await ask(both.id, "local_recording_token", { meeting_id: meetingId });
      expect(outcome(again)).toEqual([503, "zoom_unavailable"]);
      expect((await stack.control("requests?operation=token.refresh_token")).requests).toHaveLength(1);
      expect(await state(both.id)).toBe("connected");
    });
  });

  describe("a call", () => {
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
    ])(
      "that Zoom answers with %j is refused with %i %s, without a secret of Zoom's",
      async (fault, status, code) => {
        await stack.control("faults", { operation: "api", times: 1, ...fault });
        const answer = await ask(both.id, "local_recording_token", { meeting_id: meetingId });
        expect(outcome(answer)).toEqual([status, code]);
        const { secrets } = await stack.control("secrets");
        expect(secrets.filter((secret: string) => answer.text.includes(secret))).toEqual([]);
        expect(await state(both.id)).toBe("connected");
      },
    );
  });
});
