// Token links: the management of them, and calls as each vendor makes them.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createConnection, eventTypes, expireAccessToken, waitFor } from "../support/connections.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";
import {
  callAsAttendee,
  pythonWire,
  send,
  signAttendee,
  signRecall,
  type VendorAnswer,
} from "../support/vendors.ts";

interface Connected {
  id: string;
  user_id: string;
}

const LINKS = "/api/v1/token_links";
const ATTENDEE_SECRET = Buffer.from("attendee signs with this secret!").toString("base64");
const RECALL_SECRET = `whsec_${Buffer.from("recall signs with this secret!!!").toString("base64")}`;

let stack: Stack;
let tenant: Tenant;
let host: Connected;
let guest: Connected;
let meetingId: string;

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
  const both = { is_local_recording_token_supported: true, is_onbehalf_token_supported: true };
  host = await connect({ ...both, metadata: { customer: "a", role: "host" } });
  guest = await connect({
    is_local_recording_token_supported: false,
    is_onbehalf_token_supported: true,
    metadata: { customer: "a", role: "guest" },
  });
  meetingId = String((await stack.control("meetings", { user_id: host.user_id })).id);
  await waitFor(async () => (await eventTypes(stack, host.id)).includes("synced"), "the first sync");
  await stack.sql(
    `insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id) values ($1, $2, $3)
     on conflict do nothing`,
    [tenant.appId, meetingId, host.id],
  );
});
afterAll(async () => await stack.close());
afterEach(async () => {
  await stack.control("faults", undefined, "DELETE");
  await stack.control("requests", undefined, "DELETE");
  stack.gateway.setFault(null);
});

async function connect(chosen: Record<string, unknown>): Promise<Connected> {
  return (await createConnection(stack, tenant, await stack.authorize(tenant), chosen)).body;
}

const create = async (body: object, apiKey = tenant.apiKey): Promise<Answer> =>
  await stack.request(LINKS, { method: "POST", apiKey, body });

/** A link of the tenant's, ready to be called. */
async function makeLink(body: object): Promise<{ id: string; url: string }> {
  const answer = await create(body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

const show = async ({ id }: { id: string }) =>
  (await stack.request(`${LINKS}/${id}`, { apiKey: tenant.apiKey })).body;
const change = async ({ id }: { id: string }, body: object) =>
  await stack.request(`${LINKS}/${id}`, { method: "PATCH", apiKey: tenant.apiKey, body });
const onbehalf = (connection: object, more: object = {}) => ({
  vendor: "recall",
  token: "onbehalf",
  meeting_id: meetingId,
  connection,
  ...more,
});
const issuedEvents = async (linkId: string) =>
  await stack.sql(
    "select zoom_oauth_connection_id as id, data ->> 'token' as token from connection_events where data ->> 'token_link_id' = $1 order by 2, 1",
    [linkId],
  );
const refusal = async (link: { id: string }) =>
  await waitFor(async () => (await show(link)).last_refusal?.code, "the refusal to be noted");

describe("a token link", () => {
  it("is created, shown without its secrets, listed, changed and deleted", async () => {
    const body = onbehalf({ user_id: host.user_id }, { name: "Recall", verification_secret: RECALL_SECRET });
    const created = await create(body);
    expect(created.status).toBe(201);
    const { url, ...shown } = created.body;
    expect(url).toMatch(new RegExp(`^${stack.url.origin}/t/[A-Za-z0-9]{40}$`));
    expect(shown).toEqual({
      id: expect.stringMatching(/^tl_[A-Za-z0-9]{16}$/),
      name: "Recall",
      vendor: "recall",
      token: "onbehalf",
      connection: { user_id: host.user_id },
      zoom_oauth_app_id: null,
      meeting_id: meetingId,
      has_verification_secret: true,
      is_active: true,
      expires_at: null,
      max_uses: null,
      use_count: 0,
      last_used_at: null,
      last_refusal: null,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(await show(shown)).toEqual(shown);
    const list = await stack.request(LINKS, { apiKey: tenant.apiKey });
    expect(list.body.results[0]).toEqual(shown);
    const changed = await change(shown, { name: null, is_active: false, verification_secret: null });
    expect(changed.body).toMatchObject({ name: null, is_active: false, has_verification_secret: false });
    const removed = await stack.request(`${LINKS}/${shown.id}`, { method: "DELETE", apiKey: tenant.apiKey });
    expect([removed.status, removed.text]).toEqual([200, ""]);
    expect((await send(url)).status).toBe(404);
  });

  it.each([
    [{ connection: undefined }, "connection"],
    [{ connection: {} }, "connection"],
    [{ connection: { user_id: "a", meeting_host: true } }, "connection"],
    [{ connection: { user_ids: [] } }, "connection.user_ids"],
    [{ connection: { user_ids: Array.from({ length: 11 }, (_, index) => `u${index}`) } }, "connection"],
    [{ connection: { meeting_host: false } }, "connection"],
    [{ connection: { from_request: "bot_metadata" } }, "connection.from_request"],
    [{ connection: { from_request: "bot_metadata.x" } }, "connection.from_request"],
    [{ connection: { from_request: "$.query" } }, "connection.from_request"],
    [
      { connection: { zoom_oauth_connection_id: "zoc_of0another0one" } },
      "connection.zoom_oauth_connection_id",
    ],
    [{ token: "all" }, "token"],
    [{ vendor: "attendee", token: "access" }, "token"],
    [{ vendor: "zoom" }, "vendor"],
    [{ verification_secret: "not whsec" }, "verification_secret"],
    [{ vendor: "meeting_baas", verification_secret: "whatever it is" }, "verification_secret"],
    [{ vendor: "attendee", verification_secret: "%%%" }, "verification_secret"],
    [{ vendor: "meetstream", verification_secret: "short" }, "verification_secret"],
    [{ expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
    [{ expires_at: "tomorrow" }, "expires_at"],
    [{ max_uses: 0 }, "max_uses"],
    [{ meeting_id: "12" }, "meeting_id"],
    [{ unknown: 1 }, "unknown"],
  ])("is refused for %j", async (changes, field) => {
    const answer = await create({ ...onbehalf({ user_id: "a" }), ...changes });
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(Object.keys(answer.body.fields)).toContain(field);
  });
});

describe("round trips", () => {
  const asked = async (link: { url: string }, init: RequestInit = {}) => {
    stack.gateway.clearRequests();
    await stack.control("requests", undefined, "DELETE");
    expect((await send(link.url, init)).status).toBe(200);
    // What would follow the answer has begun by now.
    await new Promise((done) => setTimeout(done, 200));
    return [stack.gateway.requests.length, (await stack.control("requests")).requests.length];
  };

  it("are 1 and 1 for a meeting token, and 1 and 0 for an access token", async () => {
    await send(
      (await makeLink({ vendor: "plain", token: "access", connection: { user_id: host.user_id } })).url,
    );
    const by = { user_id: host.user_id };
    expect(await asked(await makeLink(onbehalf(by)))).toEqual([1, 1]);
    expect(await asked(await makeLink({ ...onbehalf({ meeting_host: true }), token: "zak" }))).toEqual([
      1, 1,
    ]);
    expect(await asked(await makeLink({ vendor: "recall", token: "access", connection: by }))).toEqual([
      1, 0,
    ]);
    const signed = await makeLink(onbehalf(by, { verification_secret: RECALL_SECRET }));
    expect(await asked(signed, { headers: signRecall(RECALL_SECRET) })).toEqual([1, 1]);
  });
});

describe("the forms of connection", () => {
  const given = async (link: { url: string }, query = "") => await send(`${link.url}${query}`);

  it("by id, by user, by users in order, by metadata and by the host of the meeting", async () => {
    const forms: [object, Connected][] = [
      [{ zoom_oauth_connection_id: guest.id }, guest],
      [{ user_id: guest.user_id }, guest],
      [{ user_ids: ["nobody", guest.user_id, host.user_id] }, guest],
      [{ metadata: { role: "guest" } }, guest],
      [{ meeting_host: true }, host],
    ];
    for (const [connection, expected] of forms) {
      const link = await makeLink(onbehalf(connection));
      const answer = await given(link);
      expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "text/plain; charset=utf-8"]);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(await issuedEvents(link.id)).toEqual([{ id: expected.id, token: "onbehalf_token" }]);
      expect(await show(link)).toMatchObject({ use_count: 1, last_used_at: expect.any(String) });
    }
  });

  it("from the request: one user id or a list of them, and nothing else", async () => {
    const link = await makeLink(onbehalf({ from_request: "query.user" }));
    expect((await given(link, `?user=${guest.user_id}`)).status).toBe(200);
    expect((await given(link, `?user=nobody&user=${guest.user_id}`)).status).toBe(200);
    expect((await given(link, `?user=nobody,${guest.user_id}`)).status).toBe(200);
    for (const query of ["", "?other=1", "?user=", `?user=${"a".repeat(201)}`, "?user=a%00b"]) {
      expect((await given(link, query)).status).toBe(400);
      expect(await refusal(link)).toBe("user_not_named");
    }
    expect((await given(link, "?user=%27%20or%201%3D1--")).status).toBe(400);
    await waitFor(async () => (await show(link)).last_refusal.code === "user_not_connected", "the refusal");
    expect((await show(link)).use_count).toBe(3);
  });

  it("refuses metadata that fits several connections, and a meeting that no connection hosts", async () => {
    const several = await makeLink(onbehalf({ metadata: { customer: "a" } }));
    expect((await given(several)).status).toBe(400);
    expect(await refusal(several)).toBe("connection_ambiguous");
    const unknown = await makeLink({ ...onbehalf({ meeting_host: true }), meeting_id: "9876543210" });
    expect((await given(unknown)).status).toBe(400);
    expect(await refusal(unknown)).toBe("meeting_unknown");
    const incapable = await makeLink({
      ...onbehalf({ zoom_oauth_connection_id: guest.id }),
      token: "local_recording",
    });
    expect((await given(incapable)).status).toBe(400);
    expect(await refusal(incapable)).toBe("capability_not_supported");
  });

  it("takes the meeting from the link, else from the call", async () => {
    const link = await makeLink({ ...onbehalf({ meeting_host: true }), meeting_id: undefined });
    for (const query of [
      `?meeting_id=${meetingId}`,
      `?meeting_number=${meetingId}`,
      `?meeting_url=${encodeURIComponent(`https://us02web.zoom.us/j/${meetingId}?pwd=x`)}`,
    ]) {
      expect((await given(link, query)).status).toBe(200);
    }
    for (const query of ["", "?meeting_id=12", "?meeting_url=https%3A%2F%2Fexample.com%2Fj%2F1234567890"]) {
      const answer = await given(link, query);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("names no meeting")]);
    }
    expect(await refusal(link)).toBe("meeting_unknown");
    expect((await show(link)).use_count).toBe(3);
  });

  it("stays within the link's app", async () => {
    const other = await stack.createApp(tenant.apiKey);
    for (const connection of [
      { user_id: guest.user_id },
      { zoom_oauth_connection_id: guest.id },
      { metadata: { role: "guest" } },
      { meeting_host: true },
    ]) {
      const link = await makeLink({ ...onbehalf(connection), zoom_oauth_app_id: other.appId });
      expect((await given(link)).status).toBe(400);
    }
  });
});

describe("Attendee", () => {
  const canonical = (meeting: string) =>
    `{"bot_id":"bot_1","bot_metadata":{"name":"Jörg 😀","score":1.0,"zoom_user_ids":["${guest.user_id}","${host.user_id}"]},"callback_type":"zoom_tokens","meeting_url":"https://zoom.us/j/${meeting}"}`;
  const wire = (meeting: string) =>
    pythonWire(
      `{"bot_id": "bot_1", "bot_metadata": {"zoom_user_ids": ["${guest.user_id}", "${host.user_id}"], "score": 1.0, "name": "Jörg 😀"}, "callback_type": "zoom_tokens", "meeting_url": "https://zoom.us/j/${meeting}"}`,
    );
  const body = (token: string) => ({
    vendor: "attendee",
    token,
    connection: { from_request: "bot_metadata.zoom_user_ids" },
    verification_secret: ATTENDEE_SECRET,
  });
  const signature = () => signAttendee(ATTENDEE_SECRET, canonical(meetingId));

  it("gets every onbehalf token as one list, in order, and one event for each", async () => {
    const link = await makeLink(body("onbehalf"));
    const answer = await callAsAttendee(link.url, { wire: wire(meetingId), signature: signature() });
    expect([answer.status, Object.keys(answer.json)]).toEqual([200, ["onbehalf_token"]]);
    expect(answer.json.onbehalf_token.split(",")).toHaveLength(2);
    expect(await issuedEvents(link.id)).toEqual(
      [guest.id, host.id].sort().map((id) => ({ id, token: "onbehalf_token" })),
    );
    expect((await show(link)).use_count).toBe(1);
  });

  it("gets all that there is, and never a ZAK with an onbehalf token", async () => {
    const link = await makeLink(body("all"));
    const { json } = await callAsAttendee(link.url, { wire: wire(meetingId), signature: signature() });
    expect(Object.keys(json).sort()).toEqual(["app_privilege_token", "onbehalf_token"]);
    const zak = await makeLink(body("zak"));
    const alone = await callAsAttendee(zak.url, { wire: wire(meetingId), signature: signature() });
    expect(Object.keys(alone.json)).toEqual(["zak_token"]);
  });

  it("gets the other tokens where one fails", async () => {
    const link = await makeLink(body("onbehalf"));
    const fault = { operation: "users.me.token", kind: "status", status: 500, times: 0 };
    await stack.control("faults", { ...fault, user_id: guest.user_id });
    const answer = await callAsAttendee(link.url, { wire: wire(meetingId), signature: signature() });
    expect(answer.json.onbehalf_token.split(",")).toHaveLength(1);
    await waitFor(async () => (await issuedEvents(link.id)).length === 1, "the other event to go");
    expect(await issuedEvents(link.id)).toEqual([{ id: host.id, token: "onbehalf_token" }]);
  });

  it("is refused without a good signature, and nothing is used up", async () => {
    const link = await makeLink({ ...body("onbehalf"), max_uses: 1 });
    const good = signature();
    const forged: { wire: string; signature?: string }[] = [
      { wire: wire(meetingId) },
      { wire: wire(meetingId), signature: "" },
      { wire: wire(meetingId), signature: "AAAA" },
      {
        wire: wire(meetingId),
        signature: signAttendee(Buffer.from("x").toString("base64"), canonical(meetingId)),
      },
      // The signature of the bytes on the wire, and that of another meeting or number.
      { wire: wire(meetingId), signature: signAttendee(ATTENDEE_SECRET, wire(meetingId)) },
      { wire: wire("1234567890"), signature: good },
      { wire: wire(meetingId).replace("1.0", "1"), signature: good },
      { wire: `${wire(meetingId)}}`, signature: good },
      { wire: "", signature: good },
    ];
    for (const call of forged) {
      const answer = await callAsAttendee(link.url, call);
      expect([answer.status, answer.json.code]).toEqual([401, "signature_invalid"]);
      expect(answer.headers.get("WWW-Authenticate")).toBeTruthy();
    }
    expect(await show(link)).toMatchObject({ use_count: 0, last_refusal: { code: "signature_invalid" } });
    expect((await callAsAttendee(link.url, { wire: wire(meetingId), signature: good })).status).toBe(200);
    // Attendee signs no time, so a replay is the same call again: what bounds it is the link.
    const replayed = await callAsAttendee(link.url, { wire: wire(meetingId), signature: good });
    expect([replayed.status, replayed.json.code]).toEqual([410, "link_used_up"]);
  });

  it("a changed secret counts at the next call", async () => {
    const link = await makeLink(body("zak"));
    const call = { wire: wire(meetingId), signature: signature() };
    expect((await callAsAttendee(link.url, call)).status).toBe(200);
    const next = Buffer.from("the next one").toString("base64");
    await change(link, { verification_secret: next });
    expect((await callAsAttendee(link.url, call)).status).toBe(401);
    const signed = { ...call, signature: signAttendee(next, canonical(meetingId)) };
    expect((await callAsAttendee(link.url, signed)).status).toBe(200);
    await change(link, { verification_secret: null });
    expect((await callAsAttendee(link.url, signed)).status).toBe(200);
    expect((await callAsAttendee(link.url, { wire: call.wire })).status).toBe(200);
  });
});

describe("Recall.ai", () => {
  it("gets the bare token, for a signature of Standard Webhooks over an empty payload", async () => {
    const link = await makeLink(onbehalf({ user_id: guest.user_id }, { verification_secret: RECALL_SECRET }));
    const signed = signRecall(RECALL_SECRET);
    const rotated = {
      ...signed,
      "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")} ${signed["webhook-signature"]}`,
    };
    for (const headers of [signed, rotated]) {
      const answer = await send(`${link.url}?bot=1`, { headers });
      expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "text/plain; charset=utf-8"]);
      expect(answer.text).toMatch(/^\S{20,}$/);
    }
    const at = Date.now() / 1000;
    const other = `whsec_${Buffer.from("another secret").toString("base64")}`;
    for (const headers of [
      {},
      signRecall(other),
      // A replay of an old call, one from the future, and a good signature under another id.
      signRecall(RECALL_SECRET, { at: at - 400 }),
      signRecall(RECALL_SECRET, { at: at + 400 }),
      { ...signed, "webhook-id": "msg_other" },
      { ...signed, "webhook-timestamp": String(Number(signed["webhook-timestamp"]) - 1) },
      { ...signed, "webhook-signature": signed["webhook-signature"]?.replace("v1,", "v2,") ?? "" },
      { ...signed, "webhook-signature": "v1,%%%" },
    ]) {
      const answer = await send(link.url, { headers });
      expect([answer.status, answer.headers.get("Content-Type")]).toEqual([401, "text/plain; charset=utf-8"]);
    }
    expect((await show(link)).use_count).toBe(2);
  });

  it("gets an access token that lives at least five minutes", async () => {
    const link = await makeLink({
      vendor: "recall",
      token: "access",
      connection: { user_id: guest.user_id },
    });
    const first = await send(link.url);
    expect(first.status).toBe(200);
    await stack.sql(
      "update zoom_oauth_connections set access_token_expires_at = now() + interval '4 minutes' where id = $1",
      [guest.id],
    );
    const second = await send(link.url);
    expect([second.status, second.text === first.text]).toEqual([200, false]);
    expect(await issuedEvents(link.id)).toHaveLength(2);
  });
});

describe("Meeting BaaS, MeetStream and plain", () => {
  it("Meeting BaaS names the user in its extra", async () => {
    const link = await makeLink({
      ...onbehalf({ from_request: "extra.zoom.user" }),
      vendor: "meeting_baas",
    });
    const extra = encodeURIComponent(JSON.stringify({ zoom: { user: guest.user_id } }));
    expect((await send(`${link.url}?bot_uuid=1&extra=${extra}`)).status).toBe(200);
    expect((await send(`${link.url}?bot_uuid=1&extra=%7B`)).status).toBe(400);
  });

  it("MeetStream gets an object, proves itself by its secret, and hears 400 for what is final", async () => {
    const secret = "meetstream-shared-secret";
    const link = await makeLink({
      vendor: "meetstream",
      token: "local_recording",
      connection: { meeting_host: true },
      verification_secret: secret,
      max_uses: 2,
    });
    const query = `?meeting_number=${meetingId}`;
    const headers = { "X-Bot-Id": "bot", "X-Webhook-Secret": secret };
    const got = await send(link.url + query, { headers });
    expect([got.status, got.json]).toEqual([200, { token: expect.any(String) }]);
    const posted = await send(link.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ bot_id: "bot", meeting_number: Number(meetingId), webhook_secret: secret }),
    });
    expect(posted.status).toBe(200);
    expect((await send(link.url + query)).status).toBe(401);
    expect((await send(link.url + query, { headers: { "X-Webhook-Secret": `${secret}x` } })).status).toBe(
      401,
    );
    expect((await send(link.url + query, { headers })).status).toBe(400);
  });

  it("takes at most 200 query parameters", async () => {
    const link = await makeLink({ ...onbehalf({ user_id: guest.user_id }), vendor: "plain" });
    const query = (count: number) =>
      `?${Array.from({ length: count }, (_, index) => `a${index}=`).join("&")}`;
    expect((await send(link.url + query(200))).status).toBe(200);
    expect((await send(link.url + query(201))).status).toBe(400);
  });

  it("plain answers text, or JSON for who accepts it", async () => {
    const link = await makeLink({ ...onbehalf({ user_id: guest.user_id }), vendor: "plain" });
    const asText = await send(link.url, { method: "POST" });
    expect([asText.status, asText.headers.get("Content-Type")]).toEqual([200, "text/plain; charset=utf-8"]);
    const asJson = await send(link.url, { headers: { Accept: "application/json" } });
    expect(asJson.json).toEqual({
      token: expect.any(String),
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
  });
});

describe("a call that is no vendor's", () => {
  it("issues nothing, uses nothing up and costs no round trip", async () => {
    const link = await makeLink(onbehalf({ user_id: guest.user_id }, { max_uses: 1 }));
    await stack.control("requests", undefined, "DELETE");
    stack.gateway.clearRequests();
    const strangers: RequestInit[] = [
      { method: "HEAD" },
      { method: "OPTIONS" },
      { method: "PUT" },
      { method: "DELETE" },
      { headers: { "User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)" } },
      { headers: { "User-Agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0" } },
      { headers: { "User-Agent": "WhatsApp/2.23.20.0" } },
      { headers: { "User-Agent": "Mozilla/5.0 (Windows NT 10.0) SkypeUriPreview Preview/0.5" } },
      { headers: { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0" } },
      { headers: { "Sec-Purpose": "prefetch;prerender" } },
      { headers: { Purpose: "prefetch" } },
    ];
    for (const init of strangers) {
      const answer = await send(link.url, init);
      expect([403, 405]).toContain(answer.status);
    }
    expect((await send(`${stack.url.origin}/t/${"x".repeat(39)}`)).status).toBe(404);
    expect((await send(`${stack.url.origin}/t/`)).status).toBe(404);
    expect(stack.gateway.requests).toHaveLength(0);
    expect((await stack.control("requests")).requests).toEqual([]);
    expect(await show(link)).toMatchObject({ use_count: 0, last_refusal: null });
    expect((await send(`${stack.url.origin}/t/${"x".repeat(40)}`)).status).toBe(404);
    expect((await send(link.url)).status).toBe(200);
  });

  it("a body over 64 KiB is refused", async () => {
    const link = await makeLink({ ...onbehalf({ user_id: guest.user_id }), vendor: "plain" });
    expect((await send(link.url, { method: "POST", body: "x".repeat(64 * 1024 + 1) })).status).toBe(413);
  });
});

describe("a link that has ended", () => {
  it("is dead at the next call: expired, switched off, used up, deleted", async () => {
    const link = await makeLink(onbehalf({ user_id: guest.user_id }, { max_uses: 1 }));
    await change(link, { is_active: false });
    expect((await send(link.url)).status).toBe(410);
    expect(await refusal(link)).toBe("link_inactive");
    await change(link, { is_active: true });
    await stack.sql("update token_links set expires_at = now() where id = $1", [link.id]);
    expect((await send(link.url)).status).toBe(410);
    await waitFor(async () => (await show(link)).last_refusal.code === "link_expired", "the refusal");
    await stack.sql("update token_links set expires_at = now() + interval '1 hour' where id = $1", [link.id]);
    expect((await send(link.url)).status).toBe(200);
    expect((await send(link.url)).status).toBe(410);
    await waitFor(async () => (await show(link)).last_refusal.code === "link_used_up", "the refusal");
    await stack.request(`${LINKS}/${link.id}`, { method: "DELETE", apiKey: tenant.apiKey });
    expect((await send(link.url)).status).toBe(404);
    expect(await issuedEvents(link.id)).toHaveLength(1);
  });

  it("of 64 calls at one moment as many get a token as the link has uses", async () => {
    const link = await makeLink(onbehalf({ user_id: guest.user_id }, { max_uses: 10 }));
    const answers = await Promise.all(Array.from({ length: 64 }, async () => await send(link.url)));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(200), count(410)]).toEqual([10, 54]);
    expect((await show(link)).use_count).toBe(10);
    expect(await issuedEvents(link.id)).toHaveLength(10);
  });
});

describe("a fault", () => {
  const call = async (fault: object): Promise<[VendorAnswer, { id: string; url: string }]> => {
    const link = await makeLink(onbehalf({ user_id: guest.user_id }, { max_uses: 1 }));
    await stack.control("faults", { operation: "users.me.token", times: 1, ...fault });
    return [await send(link.url), link];
  };

  it.each([
    [{ kind: "status", status: 503 }, 503, "zoom_unavailable"],
    [{ kind: "rate_limit", retry_after: 3 }, 503, "zoom_rate_limited"],
    [{ kind: "status", status: 404, body: { code: 3001, message: "?" } }, 400, "meeting_not_available"],
  ])("at Zoom, %j: the use is given back, with its event", async (fault, status, code) => {
    const [answer, link] = await call(fault);
    expect(answer.status).toBe(status);
    expect(answer.headers.has("Retry-After")).toBe(status === 503);
    expect(await show(link)).toMatchObject({ use_count: 0, last_used_at: null, last_refusal: { code } });
    expect(await issuedEvents(link.id)).toEqual([]);
    expect((await send(link.url)).status).toBe(200);
  });

  it("of one candidate: the next one's token is given, and its connection tells of it", async () => {
    const link = await makeLink(onbehalf({ user_ids: [guest.user_id, host.user_id] }));
    const fault = { operation: "users.me.token", kind: "status", status: 500, times: 1 };
    await stack.control("faults", { ...fault, user_id: guest.user_id });
    expect((await send(link.url)).status).toBe(200);
    await waitFor(async () => (await issuedEvents(link.id))[0]?.id === host.id, "the event to move");
    expect(await issuedEvents(link.id)).toHaveLength(1);
    expect((await show(link)).use_count).toBe(1);
  });

  it("that never ends: the vendor waits less than 20 seconds", { timeout: 60_000 }, async () => {
    await expireAccessToken(stack, guest.id);
    const start = Date.now();
    await stack.control("faults", { operation: "token", kind: "delay", delay_ms: 25_000, times: 0 });
    const [answer, link] = await call({ kind: "delay", delay_ms: 25_000, times: 0 });
    expect(answer.status).toBe(503);
    expect(Date.now() - start).toBeLessThan(20_000);
    expect((await show(link)).use_count).toBe(0);
  });

  it("of the database: 503, and the vendor may try again", async () => {
    const link = await makeLink(onbehalf({ user_id: guest.user_id }));
    stack.gateway.setFault({ kind: "drop", times: 1 });
    const answer = await send(link.url);
    expect([answer.status, answer.headers.has("Retry-After")]).toEqual([503, true]);
  });
});

it("the log has no URL of a link: the route stands for it", () => {
  const lines = stack.logs().filter((line) => line.includes('"route":"/t/:secret"'));
  expect(lines.length).toBeGreaterThan(50);
});
