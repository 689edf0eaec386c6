// The hosted connect pages as a user meets them: from the link to the product's page, with Zoom's consent page in between,
// and what goes wrong on the way. On a phone and on a desktop, light and dark, by keyboard alone, without script.

import { createServer, type Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LOOPBACK, listen } from "../../dev/ports.ts";
import { CAPABILITIES, CAPABILITY_NAMES } from "../../src/model/capabilities.ts";
import { ATTEMPT_FAILURES, type AttemptFailureCode } from "../../src/model/connect-session.ts";
import { TEXTS } from "../../src/pages/texts.ts";
import { findFaults, setView, takePicture, VIEWS } from "../support/axe.ts";
import { CHROMIUM, openWindow, startBrowser, warnWithoutChromium } from "../support/chromium.ts";
import { createUnsynced } from "../support/connections.ts";
import { IS_SOAK } from "../support/soak.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createSession, createVisitor, SESSIONS } from "../support/visitor.ts";

warnWithoutChromium("the connect pages");

const MAX_PAGE_BYTES = 20_000;
const isStore = (text: string) => text.startsWith("/* store_grant */");

let stack: Stack;
let tenant: Tenant;
let product: { server: Server; url: string };
let browser: Browser;
let page: Page;
/** What the browser complained about. */
let complaints: string[];

beforeAll(async () => {
  if (!CHROMIUM) return;
  [stack, browser] = await Promise.all([
    startStack({ vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } }),
    startBrowser(),
  ]);
  tenant = await stack.createTenant();
  await stack.control("clients", {
    client_id: tenant.clientId,
    client_secret: tenant.clientSecret,
    redirect_uris: [`${stack.url.origin}/oauth/zoom/callback`],
  });
  product = await startProduct();
});
afterAll(async () => {
  if (!CHROMIUM) return;
  await browser.close();
  product.server.close();
  await stack.close();
});
afterEach(async () => {
  stack.gateway.setFault(null);
  await stack.control("faults", undefined, "DELETE");
});

/** Where the user returns to. */
async function startProduct() {
  const server = createServer((_request, response) =>
    response
      .writeHead(200, { "Content-Type": "text/html" })
      .end("<!doctype html><title>Product</title><h1>Welcome back</h1>"),
  );
  return { server, url: `http://localhost:${await listen(server, 0)}/connected` };
}

async function openBrowser(options: Parameters<Browser["newContext"]>[0] = {}): Promise<void> {
  page = await openWindow(browser, options);
  page.setDefaultTimeout(15_000);
  complaints = [];
  page.on("console", (message) => {
    // A page that says that something is wrong has a status that says so, too.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
}

async function start(changes: Record<string, unknown> = {}, of: Tenant = tenant) {
  const { status, body } = await createSession(stack, of, { return_url: product.url, ...changes });
  expect(status).toBe(201);
  return body as { id: string; url: string };
}

const read = async (id: string, of: Tenant = tenant) =>
  (await stack.request(`${SESSIONS}/${id}`, { apiKey: of.apiKey })).body;

const button = (name: string) => page.getByRole("button", { name });

/** From the link through the consent page, as a user with JavaScript switched on and a mouse. */
async function consent(url: string, { decision = "Allow", userId = "" } = {}): Promise<void> {
  await page.goto(url);
  await button("Continue to Zoom").click();
  await answer(decision, userId);
}

async function answer(decision: string, userId = ""): Promise<void> {
  await button(decision).waitFor();
  if (userId) await page.getByLabel("Sign in as").selectOption(userId);
  await button(decision).click();
}

/** The product's page, and what its address says. */
async function returned(): Promise<Record<string, string>> {
  await page.getByText("Welcome back").waitFor();
  return Object.fromEntries(new URL(page.url()).searchParams);
}

async function heading(text: string): Promise<void> {
  await page.getByRole("heading", { name: text, level: 1 }).waitFor();
  expect(page.url()).not.toMatch(/[?&](code|state)=/);
}

describe.runIf(CHROMIUM && !IS_SOAK)("from the link to the product's page", () => {
  it("is two clicks", async () => {
    await openBrowser();
    const { id, url } = await start();
    await consent(url);
    expect(await returned()).toEqual({ connect_session_id: id, status: "completed" });
    expect((await read(id)).state).toBe("completed");
    const [cookie] = await page.context().cookies(stack.url.origin);
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
    expect(cookie?.name).toMatch(/^__Host-connect-/);
    expect(complaints).toEqual([]);
  });

  it("works without script, by keyboard alone", async () => {
    await openBrowser({ javaScriptEnabled: false });
    const { id, url } = await start();
    await page.goto(url);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await button("Allow").waitFor();
    // Past the choice of the user and "Decline".
    for (let step = 0; step < 3; step++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect((await returned()).connect_session_id).toBe(id);
  });

  it("declined, tried again, and connected", async () => {
    await openBrowser();
    const { id, url } = await start();
    await consent(url, { decision: "Decline" });
    await heading("You declined at Zoom");
    await button("Try again").click();
    await answer("Allow");
    expect(await returned()).toEqual({ connect_session_id: id, status: "completed" });
    expect(complaints).toEqual([]);
  });

  it("declined, and back, by keyboard alone", async () => {
    await openBrowser();
    const { id, url } = await start();
    await consent(url, { decision: "Decline" });
    await heading("You declined at Zoom");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await returned()).toEqual({ connect_session_id: id, status: "cancelled" });
    expect(complaints).toEqual([]);
  });

  it("with missing scopes", async () => {
    await openBrowser();
    const narrow = await stack.createTenant(["user:read:user"]);
    const { id, url } = await start({}, narrow);
    await consent(url);
    await heading("Some permissions are missing");
    await page.getByText("View a user's token").waitFor();
    await button("Back to Test").click();
    expect(await returned()).toEqual({ connect_session_id: id, status: "failed", code: "missing_scopes" });
  });

  it("with a user who is not active", async () => {
    await openBrowser();
    const { id: userId } = await stack.control("users", { status: "inactive" });
    const { id, url } = await start();
    await consent(url, { userId });
    await heading("Your Zoom user is not active");
    expect((await read(id)).failure.code).toBe("user_not_active");
  });

  it("with another user than the one to reconnect", async () => {
    await openBrowser();
    const { body } = await createUnsynced(
      stack,
      tenant,
      await stack.authorize(tenant, { redirect_uri: redirectUri() }),
      {
        redirect_uri: redirectUri(),
      },
    );
    const { id, url } = await start({
      zoom_oauth_connection_id: body.id,
      is_local_recording_token_supported: undefined,
      is_onbehalf_token_supported: undefined,
    });
    const { id: userId } = await stack.control("users", {});
    await page.goto(url);
    await heading("Reconnect Zoom to Test");
    await button("Continue to Zoom").click();
    await answer("Allow", userId);
    await heading("This is another Zoom user");
    await button("Try again").click();
    await answer("Allow", body.user_id);
    expect(await returned()).toEqual({ connect_session_id: id, status: "completed" });
  });

  it("with a link that has expired", async () => {
    await openBrowser();
    const { id, url } = await start();
    await stack.sql("update connect_sessions set expires_at = now() where id = $1", [id]);
    await page.goto(url);
    await heading("This link has expired");
    await page.getByRole("link", { name: "Back to Test" }).click();
    expect(await returned()).toEqual({ connect_session_id: id, status: "failed", code: "expired" });
  });

  it("with a link that was used", async () => {
    await openBrowser();
    const { url } = await start();
    await consent(url);
    await returned();
    await page.goto(url);
    await heading("Zoom is connected");
    await page.goBack();
    expect((await returned()).status).toBe("completed");
  });

  it("in a second browser, which changes nothing for the first", async () => {
    await openBrowser();
    const { id, url } = await start();
    const first = createVisitor(stack);
    const callback = await first.consent(url);
    await page.goto(callback);
    await heading("We do not recognise this browser");
    expect((await first.get(callback)).location).toContain("status=completed");
    expect((await read(id)).state).toBe("completed");
  });

  it("while Zoom is away", async () => {
    await openBrowser();
    const { id, url } = await start();
    await stack.control("faults", { operation: "token.authorization_code", kind: "status", times: 0 });
    await consent(url);
    await heading("Zoom cannot be reached");
    await stack.control("faults", undefined, "DELETE");
    await button("Try again").click();
    await answer("Allow");
    expect(await returned()).toEqual({ connect_session_id: id, status: "completed" });
  });

  it("while the database is away after Zoom's answer", async () => {
    await openBrowser();
    const { id, url } = await start();
    stack.gateway.setFault({ kind: "error", matching: isStore });
    await consent(url);
    await heading("Almost done");
    stack.gateway.setFault(null);
    expect(await returned()).toEqual({ connect_session_id: id, status: "completed" });
    expect(complaints).toEqual([]);
  });

  it("while the database is away from the start", async () => {
    await openBrowser();
    const { url } = await start();
    stack.gateway.setFault({ kind: "error" });
    await page.goto(url);
    await heading("We cannot reach our database");
    stack.gateway.setFault(null);
    await heading("Connect Zoom to Test");
  });
});

const redirectUri = () => `${stack.url.origin}/oauth/zoom/callback`;

describe.runIf(CHROMIUM && !IS_SOAK)("Zoom's consent page", () => {
  it("refuses a redirect URI that the app does not have", async () => {
    await openBrowser();
    const { url } = await start();
    const { status } = await page.goto(url.replace(LOOPBACK, "localhost")).then((response) => ({
      status: response?.status(),
    }));
    expect(status).toBe(200);
    await button("Continue to Zoom").click();
    await page.getByText("Invalid redirect url").waitFor();
  });
});

/** A session's page after the failure, as any attempt that ends in it leaves the row. */
async function openFailed(code: AttemptFailureCode): Promise<void> {
  const { id, url } = await start(BOTH);
  const missing = CAPABILITY_NAMES.flatMap((name) => CAPABILITIES[name].scopes);
  const missing_scopes = code === "missing_scopes" ? [...new Set(missing)] : undefined;
  const failure = { code, message: "What happened.", missing_scopes };
  await stack.sql("update connect_sessions set failure = $2 where id = $1", [id, JSON.stringify(failure)]);
  await page.goto(url);
}

async function openEnded(change: string): Promise<void> {
  const { id, url } = await start();
  await stack.sql(`update connect_sessions set ${change} where id = $1`, [id]);
  await page.goto(url);
}

const BOTH = { is_local_recording_token_supported: true };

/** Each page by the way to it, and its heading. A form of another site never gets here: the local stack refuses it first. */
const PAGES: [heading: string, open: () => Promise<void>][] = [
  [TEXTS.en.connectTitle("Test"), async () => void (await page.goto((await start(BOTH)).url))],
  ...ATTEMPT_FAILURES.map((code): [string, () => Promise<void>] => [
    TEXTS.en.problems[code].title,
    () => openFailed(code),
  ]),
  [TEXTS.en.problems.link_expired.title, () => openEnded("expires_at = now()")],
  [TEXTS.en.problems.link_ended.title, () => openEnded("state = 'cancelled'")],
  [TEXTS.en.problems.link_used.title, () => openEnded("state = 'completed', completed_at = now()")],
  [
    TEXTS.en.waitingTitle,
    async () => {
      stack.gateway.setFault({ kind: "error", matching: isStore });
      await consent((await start()).url);
    },
  ],
  [
    TEXTS.en.problems.link_unknown.title,
    async () => void (await page.goto(`${stack.url.origin}/connect/wrong`)),
  ],
  [
    TEXTS.en.problems.other_browser.title,
    async () => void (await page.goto(`${redirectUri()}?code=a&state=b`)),
  ],
];

describe.runIf(CHROMIUM)("axe finds nothing on a phone and on a desktop, light and dark, on the page", () => {
  it.each(PAGES)("%s", async (title, open) => {
    await openBrowser();
    await open();
    for (const view of VIEWS) {
      await setView(page, view);
      await heading(title);
      expect(await findFaults(page)).toEqual([]);
      await takePicture(page, title, view);
    }
    expect(Buffer.byteLength(await page.content())).toBeLessThan(MAX_PAGE_BYTES);
  });
});
