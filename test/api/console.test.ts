// The console from outside: who may see and change what, and that nothing shown is taken for anything but text.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONSOLE_ROUTES } from "../../src/routes/console/index.ts";
import { fillProject, visitConsole } from "../support/console.ts";
import { createOwner, type Owner } from "../support/owner.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, ADMIN_API_KEY, type Stack, startStack } from "../support/stack.ts";

const MAX_HTML_BYTES = 60_000;

let stack: Stack;
let receiver: Receiver;
let owner: Owner;
let stranger: Owner;

beforeAll(async () => {
  stack = await startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
  receiver = await startReceiver();
  [owner, stranger] = await Promise.all([createOwner(stack, receiver), createOwner(stack, receiver)]);
});
afterAll(async () => {
  await receiver.close();
  await stack.close();
});

const signIn = async (key: string) => await visitConsole(stack, key);
const keyWith = async (scopes: string[], of: Owner = owner) =>
  (
    await stack.request(`/api/v1/projects/${of.projectId}/api_keys`, {
      method: "POST",
      headers: ADMIN,
      body: { name: "Of a test", scopes },
    })
  ).body as { id: string; key: string };

/** The values of each route's parameters. */
async function paramsOf(path: string, of: Owner): Promise<Record<string, string>> {
  const [, resource] = path.split("/");
  const ids: Record<string, () => Promise<string>> = {
    connections: of.connectionId,
    apps: async () => of.appId,
    webhooks: of.webhookId,
    token_links: of.tokenLinkId,
    keys: of.otherKeyId,
    projects: async () => of.projectId,
  };
  const id = await ids[resource ?? ""]?.();
  return {
    ...(path.includes(":id") && id ? { id } : {}),
    ...(path.includes(":whd_id") ? { whd_id: await of.deliveryId() } : {}),
    ...(path.includes(":key_id") ? { key_id: await of.otherKeyId() } : {}),
  };
}

const fillIn = (path: string, params: Record<string, string>) =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] as string);

const PUBLIC = ["/assets/:file", "/sign_in", "/sign_out", "/connected"];
const protectedRoutes = CONSOLE_ROUTES.filter(([, path]) => !PUBLIC.includes(path));
const projectRoutes = protectedRoutes.filter(([, path]) => !path.startsWith("/projects"));
const named = (routes: typeof CONSOLE_ROUTES) => routes.map(([method, path]) => [method, path] as const);

/** What each form needs to be taken. */
const FIELDS: Record<string, Record<string, string>> = {
  "/connections/:id/remove": { confirmation: "remove" },
  "/apps": { client_id: "new", client_secret: "new" },
  "/webhooks": { url: "https://hooks.example.com/", triggers: "connect_session.completed" },
  "/webhooks/:id/active": { is_active: "false" },
  "/token_links/:id/active": { is_active: "false" },
  "/keys": { name: "New", scopes: "connections:read" },
  "/projects": { name: "New" },
  "/projects/:id/suspended": { is_suspended: "true" },
  "/projects/:id/keys": { name: "New", scopes: "connections:read" },
};

const TENANT_TABLES = [
  "zoom_oauth_connections",
  "zoom_oauth_apps",
  "webhooks",
  "webhook_deliveries",
  "token_links",
];
const rowsOf = async ({ projectId }: Owner) =>
  await Promise.all([
    ...TENANT_TABLES.map((table) =>
      stack.sql(`select * from ${table} where project_id = $1 order by id`, [projectId]),
    ),
    stack.sql("select id, name, disabled_at from api_keys where project_id = $1 order by id", [projectId]),
    stack.sql("select id from connect_sessions where project_id = $1 order by id", [projectId]),
  ]);

describe("a session", () => {
  it("is a sealed cookie that only this site's pages send and no script reads, and has no key in it", async () => {
    const visitor = await visitConsole(stack);
    const { headers, status, location } = await visitor.post("/sign_in", { key: owner.apiKey });
    expect([status, location]).toEqual([303, "/console"]);
    const cookie = headers.get("Set-Cookie") ?? "";
    expect(cookie).toMatch(/^__Host-console=v1\./);
    for (const attribute of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=43200"]) {
      expect(cookie).toContain(attribute);
    }
    expect(cookie).not.toContain(owner.apiKey);
    expect((await visitor.get("")).text).toContain("Overview");
  });

  it("begins with a live key only, and each failure counts with those of the API", async () => {
    const limited = await startStack({ rateLimits: { FAILED_AUTHENTICATION_RATE_LIMIT: 3 } });
    const { apiKey } = await limited.createProject();
    const visitor = await visitConsole(limited);
    const statuses = [];
    for (const key of ["wrong", "zock_wrong", "", "wrong again", "wrong"]) {
      statuses.push((await visitor.post("/sign_in", { key })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await visitor.post("/sign_in", { key: apiKey })).status).toBe(429);
    await limited.close();
  });

  it("ends with its key, at the next click", async () => {
    const { id, key } = await keyWith(["connections:read"]);
    const visitor = await signIn(key);
    expect((await visitor.get("/connections")).status).toBe(200);
    await stack.request(`/api/v1/projects/${owner.projectId}/api_keys/${id}`, {
      method: "DELETE",
      headers: ADMIN,
    });
    const next = await visitor.get("/connections");
    expect([next.status, next.location, visitor.cookie]).toEqual([303, "/console/sign_in?note=ended", ""]);
  });

  it("ends where somebody signs out, and cannot be made by others", async () => {
    const visitor = await signIn(owner.apiKey);
    const { cookie } = visitor;
    await visitor.post("/sign_out");
    expect(visitor.cookie).toBe("");
    expect((await visitor.get("")).location).toBe("/console/sign_in");
    visitor.cookie = `${cookie.slice(0, -3)}AAA`;
    expect((await visitor.get("")).location).toBe("/console/sign_in");
    visitor.cookie = `__Host-console=${"x".repeat(5000)}`;
    expect((await visitor.get("")).location).toBe("/console/sign_in");
  });

  it("goes on to the page that was asked for, and to no other site", async () => {
    const visitor = await visitConsole(stack);
    const path = `/console/connections/${await owner.connectionId()}`;
    const { location } = await visitor.get(path.slice(8));
    expect(location).toBe(`/console/sign_in?next=${encodeURIComponent(path)}`);
    expect((await visitor.post("/sign_in", { key: owner.apiKey, next: path })).location).toBe(path);
    for (const next of [
      "https://example.com/",
      "//example.com",
      "/console//example.com",
      "/connect",
      "/console/../x",
    ]) {
      expect((await visitor.post("/sign_in", { key: owner.apiKey, next })).location).toBe("/console");
    }
  });
});

describe("the scopes of the key", () => {
  it("decide which pages there are", async () => {
    const visitor = await signIn((await keyWith(["connections:read", "audit:read"])).key);
    const { text } = await visitor.get("");
    expect(text).toContain("/console/audit");
    expect(text).not.toContain("/console/webhooks");
    for (const path of ["/apps", "/webhooks", "/token_links", "/keys"]) {
      const page = await visitor.get(path);
      expect([path, page.status]).toEqual([path, 403]);
      expect(page.text).toContain("Your key may not do this");
    }
  });

  it("decide which changes are offered, and which are possible", async () => {
    const visitor = await signIn((await keyWith(["connections:read"])).key);
    const id = await owner.connectionId();
    const page = (await visitor.get(`/connections/${id}`)).text;
    for (const form of ["sync", "reconnect", "remove"])
      expect(page).not.toContain(`/connections/${id}/${form}`);
    const before = await rowsOf(owner);
    expect((await visitor.post(`/connections/${id}/remove`, { confirmation: "remove" })).status).toBe(403);
    expect((await visitor.post(`/connections/${id}/reconnect`)).status).toBe(403);
    expect(await rowsOf(owner)).toEqual(before);
  });

  it("lead to the first page that the key may see", async () => {
    const visitor = await visitConsole(stack);
    const { key } = await keyWith(["webhooks:read"]);
    expect((await visitor.post("/sign_in", { key })).location).toBe("/console/webhooks");
    expect((await visitor.get("")).location).toBe("/console/webhooks");
  });
});

describe.each(named(protectedRoutes))("%s /console%s", (method, path) => {
  it("without a session leads to the sign-in, and changes nothing", async () => {
    const visitor = await visitConsole(stack);
    const to = fillIn(path, await paramsOf(path, owner));
    const before = await rowsOf(owner);
    const page = method === "GET" ? await visitor.get(to) : await visitor.post(to, FIELDS[path]);
    expect(page.status).toBe(303);
    expect(page.location).toMatch(/^\/console\/sign_in/);
    expect(await rowsOf(owner)).toEqual(before);
  });

  it.runIf(method === "POST")("from another site's page, or from no page, changes nothing", async () => {
    const visitor = await signIn(path.startsWith("/projects") ? ADMIN_API_KEY : owner.apiKey);
    const to = fillIn(path, await paramsOf(path, owner));
    const before = await rowsOf(owner);
    for (const headers of [
      {},
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "https://example.com" },
    ]) {
      const page = await visitor.post(to, FIELDS[path], headers as Record<string, string>);
      // The local stack itself refuses most of them.
      expect(page.status).toBe(403);
    }
    expect(await rowsOf(owner)).toEqual(before);
  });
});

describe.each(named(projectRoutes.filter(([, path]) => path.includes(":id"))))(
  "%s /console%s of another project's object",
  (method, path) => {
    it("answers as if there were none, and changes and shows nothing of it", async () => {
      const visitor = await signIn(stranger.apiKey);
      const params = await paramsOf(path, owner);
      const before = await rowsOf(owner);
      const to = `${fillIn(path, params)}?meeting=1234567890&user=somebody`;
      const page = method === "GET" ? await visitor.get(to) : await visitor.post(to, FIELDS[path]);
      const isPreflight = path.endsWith("/preflight");
      expect(page.status).toBe(isPreflight ? 200 : 404);
      if (isPreflight) expect(page.text).not.toContain("Issued");
      expect(await rowsOf(owner)).toEqual(before);
    });
  },
);

describe.each(named(projectRoutes.filter(([, path]) => !path.includes(":id"))))(
  "%s /console%s",
  (method, path) => {
    it("shows and changes nothing of another project", async () => {
      const ids = [
        owner.appId,
        await owner.connectionId(),
        await owner.webhookId(),
        await owner.tokenLinkId(),
      ];
      const visitor = await signIn(stranger.apiKey);
      const before = await rowsOf(owner);
      const page = method === "GET" ? await visitor.get(path) : await visitor.post(path, FIELDS[path]);
      for (const id of ids) expect(page.text).not.toContain(id);
      expect(await rowsOf(owner)).toEqual(before);
    });
  },
);

describe("a project's session", () => {
  it("has no way to the operator's pages, and the operator's none to a project's", async () => {
    const visitor = await signIn(owner.apiKey);
    const admin = await signIn(ADMIN_API_KEY);
    for (const [method, path] of protectedRoutes) {
      const isOperators = path.startsWith("/projects");
      const other = isOperators ? visitor : admin;
      const to = fillIn(path, await paramsOf(path, owner));
      const page = method === "GET" ? await other.get(to) : await other.post(to, FIELDS[path]);
      expect([path, page.status, page.location]).toEqual([
        path,
        303,
        isOperators ? "/console" : "/console/projects",
      ]);
    }
  });
});

describe("each page", () => {
  it("takes two database round trips at most, and is small, without foreign or inline parts", async () => {
    const filled = await createOwner(stack, receiver);
    await filled.deliveryId();
    await fillProject(stack, filled, 300);
    const visitor = await signIn(filled.apiKey);
    const admin = await signIn(ADMIN_API_KEY);
    for (const [method, path] of protectedRoutes) {
      if (method === "POST") continue;
      const of = path.startsWith("/projects") ? admin : visitor;
      const page = await of.get(
        `${fillIn(path, await paramsOf(path, filled))}?meeting=1234567890&user=user_1`,
      );
      expect([path, page.status]).toEqual([path, 200]);
      const roundTrips = Number(
        /db;dur=[\d.]+;desc="(\d+)"/.exec(page.headers.get("Server-Timing") ?? "")?.[1],
      );
      expect(roundTrips, path).toBeLessThanOrEqual(
        ["", "/connections", "/webhooks", "/keys", "/audit"].includes(path) ? 1 : 2,
      );
      expect(Buffer.byteLength(page.text), path).toBeLessThan(MAX_HTML_BYTES);
      expect(page.text, path).not.toMatch(
        /<style|style=|<script(?! src="\/console\/assets\/console.js" defer)| on\w+="/,
      );
      const addresses = page.text.match(/(?<=(?:src|href|action)=")https?:[^"]*/g) ?? [];
      expect(
        addresses.filter((url) => !url.startsWith(stack.url.origin)),
        path,
      ).toEqual([]);
      const policy = page.headers.get("Content-Security-Policy");
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      expect(page.headers.get("Cache-Control")).toBe("no-store");
    }
  });

  it("says in words what is wrong, with the request's id", async () => {
    const visitor = await signIn(owner.apiKey);
    const missing = await visitor.get("/connections/zoc_0000000000000000");
    expect([missing.status, missing.text.includes("This does not exist")]).toEqual([404, true]);
    expect(missing.text).toContain(missing.headers.get("X-Request-Id") as string);
    const wrong = await visitor.post("/webhooks", {
      url: "https://10.0.0.1/",
      triggers: "connect_session.failed",
    });
    expect([wrong.status, wrong.text.includes("Something is not right yet")]).toEqual([400, true]);
    expect((await visitor.get("/nothing")).status).toBe(404);
    expect((await visitor.post("/webhooks", { url: "x".repeat(70_000) })).status).toBe(413);
  });
});

it("a change is in the audit with the key behind the session, and as one of the console", async () => {
  const { id, key } = await keyWith(["sessions:write"]);
  const link = await owner.tokenLinkId();
  await (await signIn(key)).post(`/token_links/${link}/active`, { is_active: "false" });
  const { body } = await stack.request(`/api/v1/audit_events?object_id=${link}`, { apiKey: owner.apiKey });
  expect(body.results[0]).toMatchObject({ action: "token_link.updated", actor: { type: "api_key", id } });
  expect(body.results[0].request_id).toMatch(/^console-[0-9a-f-]{36}$/);
  expect((await (await signIn(owner.apiKey)).get(`/audit?object_id=${link}`)).text).toContain(
    "in the console",
  );
});

describe("hostile text", () => {
  it("is shown as text: 200 strings as metadata, names, failures and answers of receivers", async () => {
    const victim = await createOwner(stack, receiver);
    const strings = hostileStrings();
    expect(strings).toHaveLength(200);
    const id = await victim.connectionId();
    const webhookId = await victim.webhookId();
    await victim.deliveryId();
    await victim.tokenLinkId();
    const visitor = await signIn(victim.apiKey);
    for (const text of strings) {
      await stack.sql(
        `update zoom_oauth_connections set metadata = jsonb_build_object($2::text, $2::text), account_id = $2,
           connection_failure_data = jsonb_build_object('error', $2::text, 'code', $2::text,
             'recommended_action', 'reconnect', 'timestamp', '2026-11-26T10:00:00.000000Z') where id = $1`,
        [id, text],
      );
      await stack.sql("update zoom_oauth_apps set name = $2, client_id = $2 where id = $1", [
        victim.appId,
        text,
      ]);
      await stack.sql("update token_links set name = $2 where project_id = $1", [victim.projectId, text]);
      await stack.sql("update api_keys set name = $2 where project_id = $1", [victim.projectId, text]);
      await stack.sql(
        `update webhook_deliveries set attempts = jsonb_build_array(jsonb_build_object('attempted_at',
           '2026-11-26T10:00:00.000000Z', 'status_code', 500, 'duration_ms', 1, 'response_body', $2::text, 'error', null)),
           payload = jsonb_build_object('x', $2::text) where webhook_id = $1`,
        [webhookId, text],
      );
      const pages = await Promise.all(
        [
          `/connections/${id}`,
          "/connections",
          "/apps",
          `/apps/${victim.appId}`,
          `/webhooks/${webhookId}`,
          "/token_links",
          "/keys",
        ].map(async (path) => (await visitor.get(path)).text),
      );
      pages.push((await visitor.get(`/connections?search=${encodeURIComponent(text)}`)).text);
      for (const page of pages) expect(unescapedTags(page), text).toEqual([]);
    }
    await stack.sql("update zoom_oauth_connections set connection_failure_data = null where id = $1", [id]);
  }, 120_000);
});

/** Tags and attributes that no page of ours has. */
function unescapedTags(page: string): string[] {
  return [...page.matchAll(/<(\/?[a-z][\w-]*)([^>]*)>/gi)]
    .filter(([, name = "", attributes = ""]) => {
      const isOurs =
        /^\/?(html|head|meta|title|link|body|header|a|div|span|nav|ul|ol|li|form|button|main|p|h[1-2]|section|dl|dt|dd|code|time|table|caption|thead|tbody|tr|th|td|b|label|input|select|option|fieldset|legend|details|summary|small|pre|figure|figcaption|svg|path|text|wbr)$/.test(
          name,
        );
      const isScript = name === "script" && attributes === ' src="/console/assets/console.js" defer=""';
      const isHostile = /\son\w+\s*=|javascript:|\bsrcdoc|\bstyle\s*=/i.test(
        attributes.replaceAll(/"[^"]*"/g, '""'),
      );
      return !(isOurs || isScript || name === "/script") || isHostile;
    })
    .map(([tag]) => tag);
}

/** Twenty ways out of text and attributes, each in ten spellings. */
function hostileStrings(): string[] {
  const ways = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onfocus="alert(1)" autofocus="',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<base href=//example.com>",
    "<meta http-equiv=refresh content=0;url=//example.com>",
    "<form action=//example.com><button>x",
    "&lt;script&gt;alert(1)&lt;/script&gt;<b onclick=alert(1)>",
    "<object data=data:text/html,<script>alert(1)</script>>",
    "\u2028<script>alert(1)</script>\u202e",
  ];
  const spellings: ((text: string) => string)[] = [
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => `x${text}`,
    (text) => text.replaceAll(" ", "\n"),
    (text) => text.replaceAll(" ", "\t"),
    (text) => text.repeat(2),
    (text) => text.replaceAll("<", "<<"),
    (text) => text.replace(">", "/>"),
    (text) => `${text}\\`,
    (text) => `&#0;${text}&amp;`,
  ];
  return ways.flatMap((way) => spellings.map((spell) => spell(way)));
}
