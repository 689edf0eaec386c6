// POST …/access_token: the stored token while it lives, one refresh when it does not, and the right verdicts.

import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  CONNECTIONS,
  createUnsynced,
  eventTypes,
  expireAccessToken,
  waitFor,
} from "../support/connections.ts";
import { IS_SOAK } from "../support/soak.ts";
import { type Answer, type Stack, startStack, type Tenant } from "../support/stack.ts";
import { eachDoubtAtLength } from "../support/zoom-doubts.ts";

describe.each(eachDoubtAtLength("refresh"))("access tokens where %s", (_name, zoom) => {
  let stack: Stack;
  let tenant: Tenant;

  beforeAll(async () => {
    stack = await startStack({ zoom });
    tenant = await stack.createTenant();
  });
  afterAll(async () => await stack.close());
  afterEach(async () => {
    stack.mendDatabase();
    await stack.control("faults", undefined, "DELETE");
    await stack.control("requests", undefined, "DELETE");
  });

  async function connected(of: Tenant = tenant): Promise<{ id: string; user_id: string }> {
    const answer = await createUnsynced(stack, of, await stack.authorize(of));
    expect(answer.status).toBe(201);
    return answer.body;
  }

  const ask = async (id: string, body: unknown = {}, of: Tenant = tenant): Promise<Answer> =>
    await stack.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey: of.apiKey, body });

  const expire = async (id: string) => await expireAccessToken(stack, id);

  /** As if another Worker had begun to refresh. */
  async function leaseElsewhere(id: string): Promise<void> {
    await stack.sql(
      "update zoom_oauth_connections set refresh_lease_owner = 'elsewhere', refresh_lease_expires_at = now() + interval '1 minute' where id = $1",
      [id],
    );
  }

  async function refreshes(): Promise<{ outcome: string }[]> {
    return (await stack.control("requests?operation=token.refresh_token")).requests;
  }

  const row = async (id: string) =>
    (await stack.sql("select * from zoom_oauth_connections where id = $1", [id]))[0] as Record<
      string,
      unknown
    >;

  /** How many access tokens each event of the connection tells of, the oldest first. */
  const issuedCounts = async (id: string) =>
    (
      await stack.sql(
        `select coalesce((data ->> 'count')::integer, 1) as count from connection_events
         where zoom_oauth_connection_id = $1 and type = 'token_issued' order by created_at`,
        [id],
      )
    ).map(({ count }) => count);

  async function countIssuedToday(): Promise<number> {
    const { body } = await stack.request("/api/v1/statistics", { apiKey: tenant.apiKey });
    return body.days.at(-1).tokens_issued;
  }

  /** Whether Zoom's API takes the token. */
  async function works(token: string): Promise<boolean> {
    const response = await fetch(`${stack.simulator.url}/v2/users/me`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return response.ok;
  }

  const outcome = ({ status, body }: Answer) => [status, body.code];
  const roundTrips = ({ headers }: Answer) =>
    [...(headers.get("Server-Timing") ?? "").matchAll(/desc="(\d+)"/g)].map(([, count]) => Number(count));

  describe("a stored token", () => {
    it("is handed out for one database round trip and none to Zoom, and never cached", async () => {
      const { id } = await connected();
      stack.gateway.clearRequests();
      const answer = await ask(id);
      expect(answer.status).toBe(200);
      expect(Object.keys(answer.body)).toEqual([
        "access_token",
        "token_type",
        "expires_at",
        "scopes",
        "api_url",
      ]);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect([stack.gateway.requests.length, roundTrips(answer)]).toEqual([1, [1, 0]]);
      expect(await refreshes()).toEqual([]);
      expect(await works(answer.body.access_token)).toBe(true);
      expect((await ask(id, { min_ttl_seconds: 3000 })).body.access_token).toBe(answer.body.access_token);
      expect(await eventTypes(stack, id)).toEqual(["created", "token_issued"]);
    });

    it("of each actor is one event a minute, with a count", async () => {
      const { id } = await connected();
      const { body: other } = await stack.request("/api/v1/api_keys", {
        method: "POST",
        apiKey: tenant.apiKey,
        body: { scopes: ["tokens:access"] },
      });
      const askAs = async (apiKey: string) =>
        await stack.request(`${CONNECTIONS}/${id}/access_token`, { method: "POST", apiKey });
      const before = await countIssuedToday();
      await Promise.all(Array.from({ length: 12 }, async () => await askAs(tenant.apiKey)));
      await askAs(other.key);
      await askAs(tenant.apiKey);
      expect(await issuedCounts(id)).toEqual([13, 1]);
      expect((await countIssuedToday()) - before).toBe(14);
      await stack.sql(
        "update connection_events set created_at = created_at - interval '61 seconds' where zoom_oauth_connection_id = $1",
        [id],
      );
      // Another minute by the clock as well, or the same event would be raised.
      await stack.sql(
        "update connection_events set id = id || 'x' where zoom_oauth_connection_id = $1 and type = 'token_issued'",
        [id],
      );
      await askAs(tenant.apiKey);
      expect(await issuedCounts(id)).toEqual([13, 1, 1]);
    });

    it("needs no body", async () => {
      const { id } = await connected();
      const path = `${CONNECTIONS}/${id}/access_token`;
      const headers = { "Content-Type": "application/json" };
      const { apiKey } = tenant;
      expect((await stack.request(path, { method: "POST", apiKey })).status).toBe(200);
      expect((await stack.request(path, { method: "POST", apiKey, headers })).status).toBe(200);
      expect(outcome(await stack.request(path, { method: "POST", apiKey, body: "{" }))).toEqual([
        400,
        "invalid_json",
      ]);
    });

    it.each([{ min_ttl_seconds: 3001 }, { min_ttl_seconds: -1 }, { min_ttl_seconds: "300" }, { ttl: 5 }])(
      "is refused for %j",
      async (body) => {
        const { id } = await connected();
        expect(outcome(await ask(id, body))).toEqual([400, "invalid_request"]);
      },
    );
  });

  describe("an expired token", () => {
    it("is refreshed for two database round trips and one to Zoom", async () => {
      const { id } = await connected();
      const first = (await ask(id)).body.access_token;
      await expire(id);
      stack.gateway.clearRequests();
      const answer = await ask(id);
      expect([answer.status, stack.gateway.requests.length, roundTrips(answer)]).toEqual([200, 2, [2, 1]]);
      expect(answer.body.access_token).not.toBe(first);
      expect(await works(answer.body.access_token)).toBe(true);
      expect(await eventTypes(stack, id)).toEqual(["created", "token_issued", "refreshed"]);
      expect(await issuedCounts(id)).toEqual([2]);
      await expire(id);
      expect((await ask(id)).status).toBe(200);
      expect((await refreshes()).map((request) => request.outcome)).toEqual(["ok", "ok"]);
    });

    it("is refreshed once for all who ask at the same time", async () => {
      const { id } = await connected();
      await expire(id);
      const answers = await Promise.all(Array.from({ length: 16 }, async () => await ask(id)));
      expect(new Set(answers.map(({ status, body }) => `${status} ${body.access_token}`)).size).toBe(1);
      expect(await refreshes()).toHaveLength(1);
      await waitFor(
        async () => (await issuedCounts(id)).join() === "16",
        "an event that counts each token that was handed out",
      );
    });

    it("that is being refreshed elsewhere costs three database round trips at most", async () => {
      const { id } = await connected();
      await expire(id);
      await leaseElsewhere(id);
      const asking = ask(id);
      await new Promise((done) => setTimeout(done, 700));
      await stack.sql(
        "update zoom_oauth_connections set refresh_lease_owner = null, access_token_expires_at = now() + interval '1 hour' where id = $1",
        [id],
      );
      const answer = await asking;
      expect([answer.status, roundTrips(answer)]).toEqual([200, [3, 0]]);
    });

    it("that was refreshed elsewhere is not refreshed again, also where Zoom's new one lives shorter than asked for", async () => {
      const { id } = await connected();
      await expire(id);
      await leaseElsewhere(id);
      stack.gateway.clearRequests();
      const asking = ask(id, { min_ttl_seconds: 3_000 });
      await waitFor(async () => stack.gateway.requests.length > 0, "the first look");
      await new Promise((done) => setTimeout(done, 100));
      await stack.sql(
        `update zoom_oauth_connections set refresh_lease_owner = null, credentials_version = credentials_version + 1,
           access_token_expires_at = now() + interval '10 minutes' where id = $1`,
        [id],
      );
      expect((await asking).status).toBe(200);
      expect(await refreshes()).toEqual([]);
    });

    it("is refreshed although Zoom's limit per second was met", async () => {
      const { id } = await connected();
      await expire(id);
      await stack.control("faults", { operation: "token.refresh_token", kind: "rate_limit", times: 1 });
      expect((await ask(id)).status).toBe(200);
    });

    it("is refreshed where the caller wants it to live longer", async () => {
      const { id } = await connected();
      await stack.sql(
        "update zoom_oauth_connections set access_token_expires_at = now() + interval '200 seconds' where id = $1",
        [id],
      );
      expect((await ask(id, { min_ttl_seconds: 100 })).status).toBe(200);
      expect(await refreshes()).toHaveLength(0);
      expect((await ask(id)).status).toBe(200);
      expect(await refreshes()).toHaveLength(1);
    });
  });

  describe("a refresh", () => {
    it("of a revoked grant disconnects with grant_revoked, and does not ask Zoom again", async () => {
      const { id, user_id } = await connected();
      await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
      await expire(id);
      expect(outcome(await ask(id))).toEqual([409, "connection_disconnected"]);
      const { state, connection_failure_data } = await row(id);
      expect(state).toBe("disconnected");
      expect(connection_failure_data).toMatchObject({ code: "grant_revoked" });
      expect(await eventTypes(stack, id)).toEqual(["created", "disconnected"]);
      expect(outcome(await ask(id))).toEqual([409, "connection_disconnected"]);
      expect(await refreshes()).toHaveLength(1);
    });

    it("whose answer was lost disconnects with refresh_answer_lost", async () => {
      const { id } = await connected();
      await expire(id);
      await stack.control("faults", { operation: "token.refresh_token", kind: "drop_after", times: 1 });
      expect(outcome(await ask(id))).toEqual([409, "connection_disconnected"]);
      expect((await row(id)).connection_failure_data).toMatchObject({ code: "refresh_answer_lost" });
    });

    it("with a wrong client secret marks the app, fails fast, and leaves connections alone", async () => {
      const other = await stack.createTenant();
      const { id } = await connected(other);
      await stack.control("clients", { client_id: other.clientId, client_secret: "changed-at-zoom-1" });
      await expire(id);
      expect(outcome(await ask(id, {}, other))).toEqual([502, "zoom_app_credentials_invalid"]);
      expect(outcome(await ask(id, {}, other))).toEqual([502, "zoom_app_credentials_invalid"]);
      expect(await refreshes()).toHaveLength(1);
      expect((await row(id)).state).toBe("connected");
      const path = `/api/v1/zoom_oauth_apps/${other.appId}`;
      expect(
        (await stack.request(path, { apiKey: other.apiKey })).body.credentials_invalid_at,
      ).not.toBeNull();
      const mended = await stack.request(path, {
        method: "PATCH",
        apiKey: other.apiKey,
        body: { client_secret: "changed-at-zoom-1" },
      });
      expect(mended.body.credentials_invalid_at).toBeNull();
      expect((await ask(id, {}, other)).status).toBe(200);
    });

    it.each([
      ["500 of Zoom's", 503, "zoom_unavailable", { kind: "status", status: 500 }],
      ["502 of Zoom's", 503, "zoom_unavailable", { kind: "status", status: 502 }],
      ["429 with Retry-After", 503, "zoom_rate_limited", { kind: "rate_limit", retry_after: "3" }],
      ["broken connection", 503, "zoom_unavailable", { kind: "drop_before" }],
      [
        "collision of two token calls",
        503,
        "zoom_unavailable",
        {
          kind: "status",
          status: 400,
          body: { reason: "Save Access token into Database", error: "invalid_request" },
        },
      ],
      [
        "refusal that nobody knows",
        502,
        "zoom_error",
        { kind: "status", status: 400, body: { reason: "Who knows", error: "temporarily_odd" } },
      ],
      [
        "page of HTML with status 200",
        502,
        "zoom_error",
        { kind: "status", status: 200, body: "<html>Down for maintenance</html>" },
      ],
    ])(
      "that meets a %s is a %i %s, does not disconnect, and is over after its time",
      async (_what, status, code, fault) => {
        const { id } = await connected();
        await expire(id);
        await stack.control("faults", { operation: "token.refresh_token", times: 3, ...fault });
        const answer = await ask(id);
        expect(outcome(answer)).toEqual([status, code]);
        if (status === 503) expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
        expect((await row(id)).state).toBe("connected");
        await stack.control("faults", undefined, "DELETE");
        // Nobody asks Zoom again before the time that it named, or a moment.
        const early = await ask(id);
        expect(outcome(early)).toEqual([503, "zoom_unavailable"]);
        // As if that time had passed.
        const waitSeconds = Number(early.headers.get("Retry-After"));
        expect(waitSeconds).toBeGreaterThan(0);
        if ("retry_after" in fault) expect(waitSeconds).toBeLessThanOrEqual(Number(fault.retry_after));
        await stack.sql(
          "update zoom_oauth_connections set refresh_not_before = refresh_not_before - $2 * interval '1 second' where id = $1",
          [id, waitSeconds],
        );
        expect((await ask(id)).status).toBe(200);
      },
    );

    it("that meets one 503 is made up for while the caller waits", async () => {
      const { id } = await connected();
      await expire(id);
      await stack.control("faults", {
        operation: "token.refresh_token",
        kind: "status",
        status: 503,
        times: 1,
      });
      expect((await ask(id)).status).toBe(200);
    });
  });

  describe("a new token set", () => {
    it.each(["drop", "error", "drop_after"] as const)(
      "whose write meets one %s of the database is written again, and handed out",
      async (kind) => {
        const { id } = await connected();
        await expire(id);
        stack.failStatement("store_token_set", { kind, times: 1 });
        const answer = await ask(id);
        expect(answer.status).toBe(200);
        expect(await works(answer.body.access_token)).toBe(true);
        expect(await refreshes()).toHaveLength(1);
      },
    );

    it("that the database does not take for a while is stored by the queue, and the caller hears 503", async () => {
      const { id } = await connected();
      await expire(id);
      stack.failStatement("store_token_set", { kind: "drop", times: IS_SOAK ? 6 : 5 });
      expect(outcome(await ask(id))).toEqual([503, "database_unavailable"]);
      await waitFor(
        async () => (await row(id)).credentials_version === 2,
        "the queue to store the token set",
      );
      expect((await ask(id)).status).toBe(200);
      expect(await refreshes()).toHaveLength(1);
      await expire(id);
      expect((await ask(id)).status).toBe(200);
    });

    it("can be had at once by the next request, where the answer to a lease was lost", async () => {
      const { id } = await connected();
      await expire(id);
      stack.failDatabase({ kind: "drop_after", times: 1 });
      expect(outcome(await ask(id))).toEqual([503, "database_unavailable"]);
      expect((await ask(id)).status).toBe(200);
    });
  });

  describe("a lease that was taken over", () => {
    const endLease = async (id: string) =>
      await stack.sql("update zoom_oauth_connections set refresh_lease_expires_at = now() where id = $1", [
        id,
      ]);

    it("does not disconnect while the result of its holder may be on the queue", async () => {
      const { id } = await connected();
      await expire(id);
      stack.failStatement("store_token_set", { kind: "error" });
      expect(outcome(await ask(id))).toEqual([503, "database_unavailable"]);
      await endLease(id);
      const late = await ask(id);
      expect(outcome(late)).toEqual([503, "request_in_progress"]);
      expect(Number(late.headers.get("Retry-After"))).toBeGreaterThan(0);
      stack.mendDatabase();
      await waitFor(
        async () => (await row(id)).credentials_version === 2,
        "the queue to store the token set",
      );
      expect((await ask(id)).status).toBe(200);
      expect(await eventTypes(stack, id)).toEqual(["created", "refreshed", "token_issued"]);
    });

    it("disconnects with refresh_answer_lost where nothing has turned up for long", async () => {
      const { id, user_id } = await connected();
      await expire(id);
      await stack.sql(
        "update zoom_oauth_connections set refresh_lease_owner = 'dead', refresh_lease_expires_at = now() where id = $1",
        [id],
      );
      await stack.control("grants/revoke", { client_id: tenant.clientId, user_id });
      expect((await ask(id)).status).toBe(503);
      await stack.sql(
        "update zoom_oauth_connections set refresh_lease_lost_at = now() - interval '4 minutes', refresh_not_before = null where id = $1",
        [id],
      );
      expect(outcome(await ask(id))).toEqual([409, "connection_disconnected"]);
      expect((await row(id)).connection_failure_data).toMatchObject({ code: "refresh_answer_lost" });
    });
  });

  it("a token set that is stored beside its own verdict brings the connection back, and says so", async () => {
    const { id, user_id } = await connected();
    await expire(id);
    await stack.control("faults", {
      operation: "token.refresh_token",
      kind: "delay",
      delay_ms: 600,
      user_id,
    });
    const asking = ask(id);
    await new Promise((done) => setTimeout(done, 200));
    const verdict = `update zoom_oauth_connections set state = 'disconnected',
      connection_failure_data = '{"code":"refresh_answer_lost"}' where id = $1`;
    await stack.holding([[verdict, [id]]], async () => {
      await new Promise((done) => setTimeout(done, 1_000));
    });
    expect((await asking).status).toBe(200);
    expect((await row(id)).state).toBe("connected");
    expect(await eventTypes(stack, id)).toEqual(["created", "reconnected", "token_issued"]);
  });

  it("a caller who hangs up stops nothing", async () => {
    const { id } = await connected();
    await expire(id);
    stack.gateway.delayMs = 300;
    await new Promise<void>((done) => {
      const socket = connect(Number(stack.url.port), stack.url.hostname, () => {
        socket.write(
          `POST ${CONNECTIONS}/${id}/access_token HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token ${tenant.apiKey}\r\nContent-Length: 0\r\n\r\n`,
        );
        setTimeout(() => socket.resetAndDestroy(), 150);
      });
      socket.on("error", () => {});
      socket.on("close", () => done());
    });
    await waitFor(async () => (await row(id)).credentials_version === 2, "the refresh without its caller");
    stack.gateway.delayMs = 0;
    expect((await row(id)).refresh_lease_owner).toBeNull();
  });

  it.each([
    ["no life", { access_token: "access-1", refresh_token: "refresh-1" }],
    [
      "an odd life, scope and api_url",
      { access_token: "access-2", refresh_token: "refresh-2", expires_in: 9e15, scope: ["a"], api_url: 5 },
    ],
  ])("a token set with %s is stored all the same", async (_name, body) => {
    const { id } = await connected();
    const { scopes } = (await ask(id)).body;
    await expire(id);
    await stack.control("faults", { operation: "token.refresh_token", kind: "malformed", body });
    const answer = await ask(id);
    expect([answer.status, answer.body.access_token, answer.body.scopes]).toEqual([
      200,
      body.access_token,
      scopes,
    ]);
    const lifeMs = Date.parse(answer.body.expires_at) - Date.now();
    expect(lifeMs).toBeGreaterThan(3_500_000);
    expect(lifeMs).toBeLessThan(3_700_000);
  });

  it("secrets that Zoom sends back inside an error body of a refresh reach neither answer nor event", async () => {
    const echo = "{{client_secret}} {{refresh_token}}";
    for (const body of [
      { reason: echo, error: "invalid_request" },
      { reason: echo, error: echo },
      { reason: echo, error: "invalid_grant" },
    ]) {
      const { id } = await connected();
      await expire(id);
      await stack.control("faults", {
        operation: "token.refresh_token",
        kind: "status",
        status: 400,
        times: 3,
        body,
      });
      const answer = await ask(id);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      const { secrets } = await stack.control("secrets");
      const shown = `${answer.text}${(await stack.request(`${CONNECTIONS}/${id}`, { apiKey: tenant.apiKey })).text}`;
      expect(secrets.filter((secret: string) => shown.includes(secret))).toEqual([]);
      await stack.control("faults", undefined, "DELETE");
    }
  });

  it("a scope that is missing is no reason to refresh, whatever the status", async () => {
    const { id } = await connected();
    const body = { code: 4711, message: "Invalid access token, does not contain scopes:[user:read:zak]." };
    await stack.control("faults", { operation: "api", kind: "status", status: 401, body });
    const answer = await stack.request(`${CONNECTIONS}/${id}/zak_token`, {
      method: "POST",
      apiKey: tenant.apiKey,
    });
    expect(outcome(answer)).toEqual([400, "missing_scopes"]);
    expect(await refreshes()).toHaveLength(0);
  });

  it("a lease whose holder died is taken over after its end", async () => {
    const { id } = await connected();
    await stack.sql(
      `update zoom_oauth_connections set access_token_expires_at = null, refresh_lease_owner = 'dead',
       refresh_lease_expires_at = now() + interval '1 second' where id = $1`,
      [id],
    );
    const start = performance.now();
    expect((await ask(id)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(700);
  });
});
