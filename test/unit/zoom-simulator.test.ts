// The Zoom simulator behaves like Zoom where the service depends on it.

import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listen } from "../../dev/ports.ts";
import { CONTROL_NAMES } from "../../dev/zoom-simulator/control.ts";
import { settingsInput } from "../../dev/zoom-simulator/control-inputs.ts";
import { CONTROL_TEXTS, nameRecords } from "../../dev/zoom-simulator/control-texts.ts";
import { startZoomSimulator, type ZoomSimulator } from "../../dev/zoom-simulator/server.ts";
import { signWebhook } from "../../dev/zoom-simulator/webhooks.ts";
import { DOUBTS } from "../support/zoom-doubts.ts";

const CLIENT = { client_id: "id", client_secret: "secret", webhook_secret: "test_secret" };
const REDIRECT_URI = "https://example.com/callback";

let simulator: ZoomSimulator;

beforeAll(async () => {
  simulator = await startZoomSimulator({ port: 0, clients: [CLIENT] });
});
afterAll(async () => await simulator.close());

// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape.
type Json = any;

async function control(
  path: string,
  body?: unknown,
  method = body ? "POST" : "GET",
  at = simulator,
): Promise<Json> {
  const response = await fetch(`${at.url}/_simulator/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return await response.json();
}

async function token(parameters: Record<string, string>, secret = CLIENT.client_secret, at = simulator) {
  const response = await fetch(`${at.url}/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${CLIENT.client_id}:${secret}`)}` },
    body: new URLSearchParams(parameters),
  });
  return { status: response.status, body: (await response.json()) as Json };
}

async function api(path: string, accessToken: string) {
  const response = await fetch(`${simulator.url}/v2${path}`, {
    headers: { Authorization: `Bearer ${accessToken}` },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

async function authorize(input: Record<string, unknown> = {}) {
  const { code } = await control("authorization_codes", {
    client_id: CLIENT.client_id,
    redirect_uri: REDIRECT_URI,
    ...input,
  });
  return { grant_type: "authorization_code", code: code as string, redirect_uri: REDIRECT_URI };
}

const refresh = async (refresh_token: string) => await token({ grant_type: "refresh_token", refresh_token });

describe("codes", () => {
  it("work once", async () => {
    const parameters = await authorize();
    const first = await token(parameters);
    expect(first.body).toMatchObject({ token_type: "bearer", expires_in: 3599, api_url: simulator.url });
    expect(first.body.access_token.length).toBeGreaterThan(500);
    expect(await token(parameters)).toEqual({
      status: 400,
      body: { reason: "Invalid authorization code", error: "invalid_grant" },
    });
  });

  it("are bound to client secret and redirect URI, and survive a wrong one", async () => {
    const parameters = await authorize();
    expect((await token(parameters, "wrong")).body).toEqual({
      reason: "Invalid client_id or client_secret",
      error: "invalid_client",
    });
    const wrong = await token({ ...parameters, redirect_uri: "https://example.com/other" });
    expect([wrong.status, wrong.body.error]).toEqual([400, "invalid_request"]);
    expect((await token(parameters)).status).toBe(200);
  });

  it("with a challenge want its verifier", async () => {
    const verifier = "v".repeat(43);
    const code_challenge = createHash("sha256").update(verifier).digest("base64url");
    const parameters = await authorize({ code_challenge, code_challenge_method: "S256" });
    expect((await token(parameters)).status).toBe(400);
    expect((await token({ ...parameters, code_verifier: "w".repeat(43) })).status).toBe(400);
    expect((await token({ ...parameters, code_verifier: verifier })).status).toBe(200);
  });
});

describe("refresh tokens", () => {
  it("rotate: only the newest works", async () => {
    const first = (await token(await authorize())).body.refresh_token;
    const second = (await refresh(first)).body.refresh_token;
    expect(await refresh(first)).toEqual({
      status: 400,
      body: { reason: "Invalid Token!", error: "invalid_grant" },
    });
    expect((await refresh(second)).status).toBe(200);
  });

  it("of two refreshes at once serve one", async () => {
    const { refresh_token } = (await token(await authorize())).body;
    const statuses = (await Promise.all([refresh(refresh_token), refresh(refresh_token)])).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, 400]);
  });

  it("die with a new authorization of the same user, and with a revocation", async () => {
    const old = (await token(await authorize())).body;
    const current = (await token(await authorize())).body;
    expect((await refresh(old.refresh_token)).status).toBe(400);
    expect((await api("/users/me", old.access_token)).status).toBe(401);
    const revocation = await fetch(`${simulator.url}/oauth/revoke`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa("id:secret")}` },
      body: new URLSearchParams({ token: current.access_token }),
    });
    expect(await revocation.json()).toEqual({ status: "success" });
    expect((await refresh(current.refresh_token)).status).toBe(400);
  });
});

describe("the API", () => {
  it("pages through meetings until an empty next_page_token", async () => {
    const user = await control("users", {});
    await control("meetings", { user_id: user.id, count: 650 });
    const { access_token } = (await token(await authorize({ user_id: user.id }))).body;
    const ids = new Set<number>();
    const sizes: number[] = [];
    for (let next: string | undefined = undefined; next !== ""; ) {
      const page = await api(`/users/me/meetings?page_size=300&next_page_token=${next ?? ""}`, access_token);
      for (const meeting of page.body.meetings) ids.add(meeting.id);
      sizes.push(page.body.meetings.length);
      next = page.body.next_page_token as string;
    }
    expect(sizes).toEqual([300, 300, 50]);
    expect(ids.size).toBe(650);
  });

  it("checks scopes, expiry and ownership, with Zoom's bodies", async () => {
    const [user, other] = [await control("users", {}), await control("users", {})];
    const foreign = await control("meetings", { user_id: other.id });
    const own = await control("meetings", { user_id: user.id });
    const webinar = await control("meetings", { user_id: user.id, webinar: true });
    const narrow = (await token(await authorize({ user_id: user.id, scopes: ["user:read:user"] }))).body;
    expect((await api("/users/me/zak", narrow.access_token)).body.code).toBe(4711);
    const { access_token } = (await token(await authorize({ user_id: user.id }))).body;
    const recording = async (id: number) =>
      await api(`/meetings/${id}/jointoken/local_recording`, access_token);
    expect((await recording(own.id)).body).toEqual({ expire_in: 120, token: expect.any(String) });
    expect((await recording(foreign.id)).status).toBe(403);
    expect((await recording(webinar.id)).body.code).toBe(3000);
    expect((await recording(12345678901)).body.code).toBe(3001);
    expect((await api("/users/me/token?type=onbehalf", access_token)).body.token).toEqual(expect.any(String));
    expect((await api("/users/me", access_token)).headers.get("X-RateLimit-Category")).toBe("Light");
    await control("access_tokens/expire", { user_id: user.id });
    expect((await api("/users/me", access_token)).body).toEqual({
      code: 124,
      message: "Access token is expired.",
    });
  });
});

describe("faults", () => {
  it("befall the named operation, as often as said, before or after its effect", async () => {
    const { refresh_token } = (await token(await authorize())).body;
    await control("faults", { operation: "token.refresh_token", kind: "drop_before", times: 2 });
    await expect(refresh(refresh_token)).rejects.toThrow();
    await expect(refresh(refresh_token)).rejects.toThrow();
    await control("faults", { operation: "token", kind: "status", status: 502 });
    expect((await refresh(refresh_token)).status).toBe(502);
    await control("faults", { operation: "any", kind: "drop_after" });
    await expect(refresh(refresh_token)).rejects.toThrow();
    expect((await refresh(refresh_token)).body.error).toBe("invalid_grant");
  });

  it("with a typing error are refused", async () => {
    expect((await control("faults", { operation: "users.mee", kind: "delay" })).error).toContain("operation");
    expect((await control("faults", { operation: "any", kind: "delay", time: 1 })).error).toContain("time");
  });
});

it("each of its settings stands for a doubt about Zoom that a suite runs under", () => {
  const { delay_ms: _, ...settings } = settingsInput.shape;
  const doubted = Object.values(DOUBTS).flatMap((doubts) =>
    doubts.flatMap(([, change]) => Object.keys(change)),
  );
  expect([...new Set(doubted)].sort()).toEqual(Object.keys(settings).sort());
});

describe("webhooks", () => {
  it("are signed as Zoom signs them", async () => {
    const body = '{"event":"meeting.created","event_ts":1739923528000,"payload":{}}';
    expect(signWebhook("test_secret", 1739923528, body)).toBe(
      "v0=30c076c8ab3f8b7d772b464c2f3f21e610ab928b055776807c747088ba7d3180",
    );
    const received: Array<{ headers: IncomingMessage["headers"]; body: string }> = [];
    const receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.end("thanks");
    });
    const url = `http://127.0.0.1:${await listen(receiver, 0)}/`;
    const sent = await control("webhooks", {
      url,
      client_id: "id",
      event: "meeting.created",
      payload: {},
      event_ts: 1739923528000,
      timestamp: 1739923528,
    });
    receiver.close();
    expect(sent).toMatchObject({ status: 200, body: "thanks" });
    expect(received[0]?.body).toBe(body);
    expect(received[0]?.headers["x-zm-signature"]).toBe(signWebhook("test_secret", 1739923528, body));
    expect(received[0]?.headers["x-zm-request-timestamp"]).toBe("1739923528");
  });
});

describe("the consent page", () => {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: CLIENT.client_id,
    redirect_uri: `${REDIRECT_URI}?a=1`,
    state: '"><script>',
  });

  it("shows no markup of the caller's, and leads back with code and state", async () => {
    const page = await (await fetch(`${simulator.url}/oauth/authorize?${query}`)).text();
    expect(page).not.toContain("<script>");
    const answer = async (form: Record<string, string>) => {
      const response = await fetch(`${simulator.url}/oauth/authorize?${query}`, {
        method: "POST",
        body: new URLSearchParams(form),
        redirect: "manual",
      });
      expect(response.status).toBe(302);
      return new URL(response.headers.get("Location") ?? "").searchParams;
    };
    const [, userId = ""] = /<option value="([^"]+)"/.exec(page) ?? [];
    const allowed = await answer({ decision: "allow", user_id: userId });
    expect([allowed.get("a"), allowed.get("state")]).toEqual(["1", '"><script>']);
    const exchange = { grant_type: "authorization_code", redirect_uri: `${REDIRECT_URI}?a=1` };
    expect((await token({ ...exchange, code: allowed.get("code") ?? "" })).status).toBe(200);
    expect((await answer({ decision: "decline" })).get("error")).toBe("access_denied");
  });
});

describe("the state file", () => {
  it("keeps grants over a restart", async () => {
    const stateFile = join(tmpdir(), `zoom-simulator-${process.pid}.json`);
    const options = {
      port: 0,
      clients: [CLIENT],
      stateFile,
    };
    const before = await startZoomSimulator(options);
    const { code } = await control(
      "authorization_codes",
      { client_id: "id", redirect_uri: REDIRECT_URI },
      "POST",
      before,
    );
    const parameters = { grant_type: "authorization_code", code, redirect_uri: REDIRECT_URI };
    const { refresh_token } = (await token(parameters, CLIENT.client_secret, before)).body;
    await before.close();
    const after = await startZoomSimulator(options);
    const refreshed = await token(
      { grant_type: "refresh_token", refresh_token },
      CLIENT.client_secret,
      after,
    );
    await after.close();
    await rm(stateFile);
    expect(refreshed.status).toBe(200);
  });
});

describe("the page of controls", () => {
  it("shows every control, with a body that it takes", async () => {
    const one = await startZoomSimulator({ port: 0, clients: [CLIENT] });
    try {
      const page = await (await fetch(one.url)).text();
      for (const name of CONTROL_NAMES) {
        const [method, path] = name.split(" ") as [string, string];
        expect(page).toContain(`<code>${method} /_simulator/${path}</code>`);
        const { query = "", body } = CONTROL_TEXTS[name];
        const answer = await fetch(`${one.url}/_simulator/${path}${query}`, {
          method,
          body: body === undefined ? null : JSON.stringify(body(nameRecords(one.state))),
        });
        expect([200, 201], name).toContain(answer.status);
      }
    } finally {
      await one.close();
    }
  });

  it("escapes what came from outside", async () => {
    await control("users", { first_name: "<script>", last_name: "it's" });
    const page = await (await fetch(`${simulator.url}/_simulator/`)).text();
    expect(page).not.toContain("<script>");
  });
});
