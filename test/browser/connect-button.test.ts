// The example product, run as its README says, with the client installed from its tarball: by hand over HTTP, and as
// its user sees it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, createTestWebhookHeaders } from "../../client/src/index.ts";
import { freePort } from "../../dev/ports.ts";
import { CHROMIUM, startBrowser, warnWithoutChromium } from "../support/chromium.ts";
import { type InstalledClient, installClient } from "../support/client-package.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createVisitor as createPagesVisitor } from "../support/visitor.ts";

warnWithoutChromium("the connect button");

/** The simulator's first meeting, hosted by its first user. */
const MEETING_ID = "97763643886";
/** Signs what Zoom tells. */
const WEBHOOK_SECRET = "secret-of-the-apps-events";

let stack: Stack;
let client: InstalledClient;
let tenant: Tenant;
let product: { url: string; process: ChildProcess };

beforeAll(async () => {
  [stack, client] = await Promise.all([
    startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } }),
    installClient(),
  ]);
  tenant = await stack.createTenant();
  const zoom = createClient({ baseUrl: stack.url.href, apiKey: tenant.apiKey });
  await zoom.updateZoomOAuthApp({ id: tenant.appId, webhook_secret: WEBHOOK_SECRET });
  product = await startProduct();
});
afterAll(async () => {
  product?.process.kill();
  client?.remove();
  await stack?.close();
});

describe("over HTTP", () => {
  it("connects a user, who gets a token for the bot and hears when the connection ends", async () => {
    const visitor = createVisitor();
    expect((await visitor.get("/")).text).toContain("Not connected.");
    const callback = await visitor.consent("allow");
    expect(await visitor.get(callback)).toMatchObject({ status: 303, location: "/" });
    expect(callback).toContain("status=completed");
    expect((await visitor.get("/")).text).toContain("<strong>connected</strong>");

    const token = await visitor.post("/meeting-token", { meeting: MEETING_ID });
    expect(token.text).toMatch(/The bot has a token until \d{4}-/);
    const unknown = await visitor.post("/meeting-token", {
      meeting: "https://us02web.zoom.us/j/99999999999",
    });
    expect(unknown.text).toMatch(/role="status">[^<]*meeting/i);

    const [{ user_id, account_id } = {}] = await stack.sql(
      "select user_id, account_id from zoom_oauth_connections",
    );
    await stack.control("webhooks", {
      url: new URL(`/external_webhooks/zoom/oauth_apps/${tenant.appId}`, stack.url).href,
      secret: WEBHOOK_SECRET,
      event: "app_deauthorized",
      payload: { user_id, account_id, client_id: tenant.clientId },
    });
    const news = async () => (await visitor.get("/")).text.split("What the service told us")[1] ?? "";
    await expect.poll(news, { timeout: 15_000 }).toContain("disconnected: app_deauthorized");
  });

  it("leaves alone who declines at Zoom", async () => {
    const visitor = createVisitor();
    const callback = await visitor.consent("decline");
    const page = (await visitor.get(callback)).text;
    expect(page).toContain("Zoom was not connected. You declined on Zoom&#39;s page.");
    expect(page).toContain("Not connected.");
  });

  it("shows nobody what became of a stranger's session, and deletes what was connected for the stranger", async () => {
    const [attacker, victim] = [createVisitor(), createVisitor()];
    const callback = await attacker.consent("allow");
    await victim.get("/");
    expect((await victim.get(callback)).text).toContain("This session is not yours.");
    for (const visitor of [attacker, victim])
      expect((await visitor.get("/")).text).toContain("Not connected.");
  });

  it("keeps a connection whose own user is back, whoever opens that address later", async () => {
    const [owner, other] = [createVisitor(), createVisitor()];
    const callback = await owner.consent("allow");
    await owner.get(callback);
    await other.get("/");
    expect((await other.get(callback)).text).toContain("This session is not yours.");
    expect((await owner.get("/")).text).toContain("<strong>connected</strong>");
    const declined = await owner.consent("decline");
    expect((await other.get(declined)).text).toContain("This session is not yours.");
    expect((await owner.get("/")).text).toContain("<strong>connected</strong>");
  });

  it("refuses forms of other sites", async () => {
    const visitor = createVisitor();
    const answer = await visitor.post("/zoom/connect", {}, { Origin: "https://evil.example.com" });
    expect(answer.status).toBe(403);
  });

  it("refuses webhooks that the service did not sign", async () => {
    const body = JSON.stringify({ trigger: "zoom_oauth_connection.state_change" });
    const headers = await createTestWebhookHeaders(body, Buffer.from("a guess").toString("base64"));
    const forged = await fetch(`${product.url}/zoom/webhooks`, { method: "POST", headers, body });
    expect([forged.status, await forged.text()]).toEqual([
      400,
      expect.stringContaining("No signature is right."),
    ]);
    const unsigned = await fetch(`${product.url}/zoom/webhooks`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    expect([unsigned.status, await unsigned.text()]).toEqual([
      400,
      expect.stringContaining("webhook-id is missing"),
    ]);
  });
});

describe.runIf(CHROMIUM)("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => await browser.close());

  it("is four clicks from nothing to a token", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(product.url);
    await page.getByRole("button", { name: "Connect Zoom" }).click();
    await page.getByRole("button", { name: "Continue to Zoom" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByText("is connected.").waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    await page.getByLabel("Meeting ID or link").fill(MEETING_ID);
    await page.getByRole("button", { name: "Get a token" }).click();
    await page.getByText("The bot has a token until").waitFor();
    // A browser asks for an icon by itself.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
  });
});

/** The product beside the installed client, with the packages that its README's `npm install` would bring. */
async function startProduct(): Promise<{ url: string; process: ChildProcess }> {
  for (const file of ["server.js", "page.js"])
    cpSync(join("examples/connect-button", file), join(client.dir, file));
  mkdirSync(join(client.dir, "node_modules/@hono"));
  for (const name of ["hono", "@hono/node-server"]) {
    symlinkSync(resolve("node_modules", name), join(client.dir, "node_modules", name), "dir");
  }
  const port = await freePort();
  const child = spawn(process.execPath, ["server.js"], {
    cwd: client.dir,
    env: {
      PORT: String(port),
      SERVICE_URL: stack.url.href,
      API_KEY: tenant.apiKey,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([once(lines, "line"), once(child, "exit")]);
  expect(line).toBe(`Ready: http://localhost:${port}`);
  return { url: `http://localhost:${port}`, process: child };
}

/** A browser's manners, as far as the product needs them: it keeps cookies, and names the site of a form. */
function createVisitor() {
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { Cookie: cookie, Origin: product.url, ...init.headers };
    const response = await fetch(new URL(path, product.url), { ...init, headers, redirect: "manual" });
    for (const header of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("Location") ?? "";
    return { status: response.status, location, text: await response.text() };
  };
  const post = async (path: string, fields: Record<string, string>, headers = {}) =>
    await send(path, { method: "POST", body: new URLSearchParams(fields), headers });
  return {
    get: async (path: string) => await send(path),
    post,
    /** Goes through the service's pages and answers Zoom; returns where that leads in the end. */
    consent: async (decision: "allow" | "decline") => {
      const { location: link } = await post("/zoom/connect", {});
      const pages = createPagesVisitor(stack);
      const consentPage = await pages.press(link);
      const page = await (await fetch(consentPage)).text();
      const userId = /<option value="([^"]+)"/.exec(page)?.[1] ?? "";
      const callback = await pages.consent(link, { decision, userId });
      const { location } = await pages.follow(callback);
      return location ?? (await pages.post(`${link}/back`)).location ?? "";
    },
  };
}
