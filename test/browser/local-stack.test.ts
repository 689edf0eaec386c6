// The local stack as a newcomer starts it, and as a web page next door attacks it.

import { readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databasePasswords } from "../../dev/database-passwords.ts";
import { LOCAL } from "../../dev/local-values.ts";
import { LOOPBACK, listen } from "../../dev/ports.ts";
import { CHROMIUM, startBrowser, warnWithoutChromium } from "../support/chromium.ts";
import {
  freePortsInARow,
  type LocalStack,
  signalLocalStack,
  startLocalStack,
} from "../support/local-stack.ts";

warnWithoutChromium("the local stack and a foreign page");

const FOREIGN_PAGE = readFileSync(new URL("foreign-page.js", import.meta.url), "utf8");
const REFUSAL = /^(\{"(error|message)":")?The local stack answers to localhost/;
const API_HEADERS = { Authorization: `Token ${LOCAL.apiKey}`, "Content-Type": "application/json" };

let stack: LocalStack;

beforeAll(async () => {
  stack = await startLocalStack(await freePortsInARow());
}, 90_000);
afterAll(async () => {
  await signalLocalStack(stack, "SIGTERM");
  rmSync(stack.dataDir, { recursive: true, force: true });
});

const at = (part: keyof LocalStack["ports"], path = "") => `http://localhost:${stack.ports[part]}${path}`;

describe("at the start", () => {
  it("prints where everything is, and no warning", () => {
    expect(stack.output()).toContain(at("worker", "/docs"));
    expect(stack.output()).toContain(at("simulator"));
    expect(stack.output()).not.toMatch(/warn|error|not automatically|Request\.cf/i);
  });

  it("/ has the links that a person wants, as a page and as JSON, without script", async () => {
    const page = await fetch(at("worker", "/"), { headers: { Accept: "text/html,*/*;q=0.8" } });
    expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(page.headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const html = await page.text();
    expect(html).not.toContain("<script");
    const { links } = (await (await fetch(at("worker", "/"))).json()) as { links: Record<string, string> };
    for (const link of Object.values(links)) {
      expect(html).toContain(`href="${link}"`);
      expect((await fetch(at("worker", link))).status).toBe(200);
    }
  });

  it("the simulator's page shows a user with meetings, and commands that work as pasted", async () => {
    const html = await (await fetch(at("simulator", "/_simulator/"))).text();
    expect((await fetch(at("simulator", "/"))).headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(html).toMatch(/Jill Chill.*Weekly <code>\d+<\/code>/s);
    expect(html).toContain(`curl ${at("simulator", "/_simulator/authorization_codes")} -d`);
  });

  it("keeps passwords from others, and gives the Worker a role that cannot change the schema", async () => {
    expect(statSync(stack.dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(`${stack.dataDir}/database-passwords.json`).mode & 0o777).toBe(0o600);
    const { owner, worker } = databasePasswords(stack.dataDir);
    expect(new Set([owner, worker, "postgres"]).size).toBe(3);
    const client = new pg.Client({
      host: LOOPBACK,
      port: stack.ports.postgres,
      database: "zoom_oauth_connections",
      user: "zoom_oauth_connections_worker",
      password: worker,
    });
    await client.connect();
    try {
      expect((await client.query("select count(*)::int as projects from projects")).rows).toEqual([
        { projects: 1 },
      ]);
      for (const statement of [
        "create table mine (id int)",
        "create temporary table mine (id int)",
        "create function mine() returns int language sql as 'select 1'",
        "alter table projects add column mine int",
        "drop table zoom_meetings",
        "truncate projects",
        "delete from schema_migrations",
        "copy (select 1) to program 'true'",
        "select pg_read_file('postgresql.conf')",
        "create role other",
        "set role postgres",
      ]) {
        await expect(client.query(statement), statement).rejects.toMatchObject({ code: "42501" });
      }
    } finally {
      await client.end();
    }
  });
});

/** What a page sends, and how. */
interface Attempt {
  part: "worker" | "simulator" | "gateway";
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

const json = JSON.stringify;

/** All of them work when they come from a program. */
const attempts = (): Attempt[] => [
  { part: "worker", path: "/" },
  { part: "worker", path: "/openapi.json" },
  { part: "worker", path: "/api/v1/zoom_oauth_connections", headers: API_HEADERS },
  {
    part: "worker",
    path: "/api/v1/webhooks",
    method: "POST",
    headers: API_HEADERS,
    body: json({ url: at("simulator", "/evil"), triggers: ["zoom_oauth_connection.state_change"] }),
  },
  {
    part: "worker",
    path: "/api/v1/projects",
    method: "POST",
    headers: { ...API_HEADERS, Authorization: `Bearer ${LOCAL.adminApiKey}` },
    body: json({ name: "Evil" }),
  },
  { part: "simulator", path: "/" },
  { part: "simulator", path: "/_simulator/secrets" },
  { part: "simulator", path: "/_simulator/users", method: "POST", body: json({ first_name: "Evil" }) },
  {
    part: "simulator",
    path: "/_simulator/webhooks",
    method: "POST",
    body: json({ url: at("simulator", "/evil"), event: "app_deauthorized", payload: {} }),
  },
  {
    part: "simulator",
    path: "/_simulator/faults",
    method: "POST",
    body: json({ operation: "any", kind: "status", times: 0 }),
  },
  {
    part: "simulator",
    path: "/_simulator/authorization_codes",
    method: "POST",
    body: json({ client_id: LOCAL.clientId, redirect_uri: "https://evil.example/" }),
  },
  {
    part: "simulator",
    path: `/oauth/authorize?${consentQuery()}`,
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "decision=allow&user_id=zJKyaiAyTNC-MWjiWC18KQ",
  },
  { part: "simulator", path: "/_simulator/state", method: "DELETE" },
  {
    part: "gateway",
    path: "/sql",
    method: "POST",
    headers: { "Neon-Connection-String": databaseUrl() },
    body: json({ query: "update projects set name = 'Evil' returning name", params: [] }),
  },
];

describe.runIf(CHROMIUM)("against a foreign page", () => {
  let browser: Browser;
  let foreign: Server;
  let foreignPort: number;

  beforeAll(async () => {
    // The name of another site that leads to this machine: for its own page, and, rebound, for ours.
    browser = await startBrowser(`--host-resolver-rules=MAP evil.example ${LOOPBACK}`);
    foreign = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end("<!doctype html><title>Evil</title><body>");
    });
    foreignPort = await listen(foreign, 0);
  });
  afterAll(async () => {
    await browser.close();
    foreign.close();
  });

  it.each([
    ["another site", () => `http://evil.example:${foreignPort}/`],
    ["another port of localhost", () => `http://localhost:${foreignPort}/`],
  ])("from %s it changes nothing and reads nothing", async (_from, address) => {
    const before = await readEverything();
    const page = await browser.newPage();
    await page.goto(address());
    for (const attempt of attempts()) {
      const { method = "GET", headers, body } = attempt;
      const address = url("localhost", attempt);
      expect(await call(page, "read", address, { method, headers, body }), json(attempt)).toBeNull();
      await sendBlindly(page, address, attempt);
    }
    await page.close();
    expect(await readEverything()).toEqual(before);
  });

  it.each(["worker", "simulator", "gateway"] as const)(
    "under a name that is rebound to the %s it changes nothing and reads nothing",
    async (part) => {
      const before = await readEverything();
      const page = await browser.newPage();
      // Page and stack are one origin to the browser. The script here stands for the site's, from before its name led here.
      await page.goto(`http://evil.example:${stack.ports[part]}/`);
      for (const attempt of attempts()) {
        if (attempt.part !== part) continue;
        const { method = "GET", headers, body } = attempt;
        const address = url("evil.example", attempt);
        expect(await call(page, "read", address, { method, headers, body }), json(attempt)).toMatch(REFUSAL);
        await call(page, "submit", address, method === "GET" ? "get" : "post", body ?? "");
      }
      await page.close();
      expect(await readEverything()).toEqual(before);
    },
  );

  it("a product on another port sends its user through the consent page, and connects from its server", async () => {
    const page = await browser.newPage();
    const redirectUri = `http://localhost:${foreignPort}/callback`;
    await page.goto(`http://localhost:${foreignPort}/`);
    const consent = at("simulator", `/oauth/authorize?${consentQuery(redirectUri)}`);
    await page.evaluate(`location.href = ${json(consent)}`);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL((address) => address.port === String(foreignPort));
    const code = new URL(page.url()).searchParams.get("code");
    await page.close();
    const answer = await fetch(at("worker", "/api/v1/zoom_oauth_connections"), {
      method: "POST",
      headers: API_HEADERS,
      body: json({ authorization_code: code, redirect_uri: redirectUri }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([201, { state: "connected" }]);
  });

  it("a developer's own browser reads the pages", async () => {
    const page = await browser.newPage();
    for (const address of [at("worker", "/"), at("worker", "/docs"), at("simulator", "/")]) {
      expect((await page.goto(address))?.status(), address).toBe(200);
    }
    await page.close();
  });

  // Last, since they do change it: what was refused above was not refused for being wrong.
  it("the same requests work when a program sends them", async () => {
    for (const attempt of attempts()) {
      const { method = "GET", headers = {}, body } = attempt;
      const answer = await fetch(url("localhost", attempt), {
        method,
        headers,
        body: body ?? null,
        redirect: "manual",
      });
      expect(answer.status, json(attempt)).toBeLessThan(400);
    }
  });
});

/** Runs one of the functions of foreign-page.js in the page. */
async function call(page: Page, name: string, ...parameters: unknown[]): Promise<unknown> {
  const list = parameters.map((parameter) => JSON.stringify(parameter)).join(", ");
  return await page.evaluate(`${FOREIGN_PAGE}; foreignPage.${name}(${list})`);
}

/** Everything that a page can send to an address without being able to read the answer. */
async function sendBlindly(
  page: Page,
  address: string,
  { method = "GET", body = "" }: Attempt,
): Promise<void> {
  const isGet = method === "GET";
  const init = isGet ? { mode: "no-cors" } : { mode: "no-cors", method: "POST", body };
  expect(await call(page, "read", address, init), address).toBeNull();
  await call(page, "submit", address, isGet ? "get" : "post", body);
  await call(page, "embed", address);
}

function consentQuery(redirectUri = "https://evil.example/"): URLSearchParams {
  return new URLSearchParams({ response_type: "code", client_id: LOCAL.clientId, redirect_uri: redirectUri });
}

function url(host: string, { part, path }: Attempt): string {
  return `http://${host}:${stack.ports[part]}${path}`;
}

function databaseUrl(): string {
  const { worker } = databasePasswords(stack.dataDir);
  return `postgresql://zoom_oauth_connections_worker:${worker}@${LOOPBACK}:${stack.ports.postgres}/zoom_oauth_connections`;
}

/** What the stack knows, in the database and at the simulated Zoom. */
async function readEverything(): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: databaseUrl() });
  await client.connect();
  try {
    const { rows: tables } = await client.query(
      "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname",
    );
    const everything: Record<string, unknown> = {};
    for (const { relname } of tables) {
      everything[relname] = (await client.query(`select r::text from ${relname} r order by 1`)).rows;
    }
    for (const control of ["faults", "grants", "requests", "secrets"]) {
      everything[control] = await (await fetch(at("simulator", `/_simulator/${control}`))).json();
    }
    const page = await (await fetch(at("simulator", "/"))).text();
    everything.users = /<h2>Users.*?<h2>Connect/s.exec(page)?.[0];
    return everything;
  } finally {
    await client.end();
  }
}
