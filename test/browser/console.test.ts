// The console in a real browser, filled with thousands of connections of all kinds: every page and every action, with and without
// script, by keyboard alone, at each width, light and dark. SCREENSHOTS=<folder> keeps what each page looks like.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFaults, setView, takePicture, VIEWS } from "../support/axe.ts";
import { CHROMIUM, openWindow, startBrowser, warnWithoutChromium } from "../support/chromium.ts";
import { createUnsynced } from "../support/connections.ts";
import { fillProject } from "../support/console.ts";
import { createOwner, type Owner } from "../support/owner.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { IS_SOAK } from "../support/soak.ts";
import { ADMIN_API_KEY, type Stack, startStack } from "../support/stack.ts";

warnWithoutChromium("the console");

const CONNECTIONS = IS_SOAK ? 10_000 : 1_000;

let stack: Stack;
let receiver: Receiver;
let owner: Owner;
/** Of a project in which nothing is yet. */
let emptyKey: string;
let connectionId: string;
let webhookId: string;
let browser: Browser;
let page: Page;
/** What the browser complained about. */
let complaints: string[];
/** Where it sent requests to. */
let origins: Set<string>;

beforeAll(async () => {
  if (!CHROMIUM) return;
  // The stylesheet and the script are assets.
  [stack, receiver, browser] = await Promise.all([
    startStack({ hasAssets: true, vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } }),
    startReceiver(),
    startBrowser(),
  ]);
  owner = await createOwner(stack, receiver);
  [connectionId, webhookId] = await Promise.all([owner.connectionId(), owner.webhookId()]);
  await Promise.all([owner.deliveryId(), owner.tokenLinkId(), owner.otherKeyId()]);
  await stack.sql(
    `insert into zoom_meetings (zoom_oauth_app_id, meeting_id, zoom_oauth_connection_id)
     values ($1, 1234567890, $2)`,
    [owner.appId, connectionId],
  );
  await fillProject(stack, owner, CONNECTIONS);
  emptyKey = (await stack.createProject()).apiKey;
}, 120_000);
afterAll(async () => {
  if (!CHROMIUM) return;
  await browser.close();
  await receiver.close();
  await stack.close();
});

async function openBrowser(options: Parameters<Browser["newContext"]>[0] = {}): Promise<void> {
  page = await openWindow(browser, { timezoneId: "Europe/Berlin", locale: "en-GB", ...options });
  page.setDefaultTimeout(20_000);
  complaints = [];
  origins = new Set();
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) origins.add(new URL(request.url()).origin);
  });
}

const go = async (path: string) => await page.goto(`${stack.url.origin}/console${path}`);
const button = (name: string | RegExp) => page.getByRole("button", { name });
const says = async (text: string) => await page.getByText(text).first().waitFor();
const heading = async (name: string) => await page.getByRole("heading", { name, level: 1 }).waitFor();

/** The cookies of each key that has signed in. */
const sessions = new Map<string, Awaited<ReturnType<BrowserContext["cookies"]>>>();

/** By the form, the first time with a key; then the session goes on. */
async function signIn(key = owner.apiKey): Promise<void> {
  const known = sessions.get(key);
  if (known) return await page.context().addCookies(known);
  await go("/sign_in");
  await page.getByLabel("API key").fill(key);
  await button("Sign in").click();
  await button("Sign out").waitFor();
  sessions.set(key, await page.context().cookies());
}

const PAGES: [string, () => string][] = [
  ["Overview", () => ""],
  ["Connections", () => "/connections"],
  ["Connections that nothing fits", () => "/connections?search=nobody&kind=user_id"],
  ["A connection", () => `/connections/${connectionId}`],
  ["A lost connection", () => "/connections/zoc_0000000000000009"],
  ["Meetings", () => `/connections/${connectionId}/meetings`],
  ["Preflight", () => `/connections/${connectionId}/preflight?meeting=1234567890&user=somebody`],
  ["Apps", () => "/apps"],
  ["An app", () => `/apps/${owner.appId}`],
  ["Webhooks", () => "/webhooks"],
  ["A webhook", () => `/webhooks/${webhookId}`],
  ["Token links", () => "/token_links"],
  ["API keys", () => "/keys"],
  ["Audit", () => "/audit"],
  ["Nothing here", () => "/nothing"],
];
const EMPTY_PAGES = ["", "/connections", "/apps", "/webhooks", "/token_links"];
const ADMIN_PAGES: [string, () => string][] = [
  ["Projects", () => "/projects"],
  ["A project", () => `/projects/${owner.projectId}`],
  ["Audit of a project", () => `/projects/${owner.projectId}/audit`],
];

/** Looks at the page in each view. */
async function examine(name: string): Promise<void> {
  for (const view of VIEWS) {
    await setView(page, view);
    expect(await findFaults(page), `${name} ${view.width} ${view.colorScheme}`).toEqual([]);
    await takePicture(page, name, view);
  }
  expect(complaints).toEqual([]);
  expect([...origins]).toEqual([stack.url.origin]);
}

describe.runIf(CHROMIUM)("axe finds nothing on a phone and on a desktop, light and dark, on the page", () => {
  it("for the sign-in", async () => {
    await openBrowser();
    await go("/sign_in");
    await examine("Sign in");
  });

  it.each(PAGES)("%s", { timeout: 60_000 }, async (name, path) => {
    await openBrowser();
    await signIn();
    await go(path());
    // What is folded is looked at, too.
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    await examine(name);
  });

  it("of a project in which nothing is yet", { timeout: 90_000 }, async () => {
    await openBrowser();
    await signIn(emptyKey);
    for (const path of EMPTY_PAGES) {
      await go(path);
      await examine(`Empty ${path}`);
    }
  });

  it("of the operator", { timeout: 90_000 }, async () => {
    await openBrowser();
    await signIn(ADMIN_API_KEY);
    for (const [name, path] of ADMIN_PAGES) {
      await go(path());
      await examine(name);
    }
  });
});

/** Every action once, each by its button. What waits for nobody is looked at with and without script. */
describe.runIf(CHROMIUM && !IS_SOAK).each([true, false])("with script: %s", (javaScriptEnabled) => {
  const open = async () => {
    await openBrowser({ javaScriptEnabled });
    await signIn();
  };

  it("a connection is found by its user, its account and its metadata, and the list has pages", async () => {
    await open();
    await go("");
    await page
      .getByRole("navigation", { name: "Console" })
      .getByRole("link", { name: "Connections" })
      .click();
    await page.getByRole("link", { name: "Older" }).click();
    await page.getByRole("link", { name: "Newer" }).waitFor();
    await page.getByLabel("Search").fill("user_988");
    await button("Search").click();
    await page.getByRole("link", { name: "user_988" }).waitFor();
    await go("/connections?search=tenant_id%3D988");
    await page.getByRole("link", { name: "user_988" }).click();
    await heading("user_988");
    await go("/connections");
    await page.getByLabel("State").selectOption("Disconnected");
    await page.getByLabel("Reason").selectOption("User deactivated at Zoom");
    await button("Search").click();
    await page.getByRole("link", { name: "user_9", exact: true }).waitFor();
  });

  it("a lost connection says why and what to do, and a link for its user is made", async () => {
    await open();
    await go("/connections/zoc_0000000000000045");
    await says(
      "The user was deactivated at Zoom. Once an administrator has activated the user again, send the user",
    );
    await button("Make a reconnect link").click();
    const link = await page.getByLabel("Reconnect link", { exact: true }).inputValue();
    expect(link).toContain(`${stack.url.origin}/connect/`);
    await page.goto(link);
    await page.getByRole("heading", { name: /Reconnect Zoom/ }).waitFor();
  });

  it("a preflight says which tokens a bot would get, and why not", async () => {
    await open();
    await go(`/connections/${connectionId}`);
    await page.getByLabel("Meeting link or ID").fill("123 4567 890");
    await button("Check").click();
    await says("Local recording token");
    await says("Issued");
    await page.getByRole("link", { name: "Meetings" }).click();
    await says("1234567890");
  });

  it("a sync is asked for, and what happened is shown with who did it", async () => {
    await open();
    await go(`/connections/${connectionId}`);
    await button("Sync now").click();
    await says("The sync has begun.");
    await says("Connected for the first time");
    await page.getByText("API key").first().waitFor();
  });

  it("what a connection may do is changed, as far as the user has consented to it", async () => {
    const code = await stack.authorize(owner, {
      scopes: ["user:read:user", "user:read:token"],
    });
    const { body } = await createUnsynced(stack, owner, code);
    await open();
    await go(`/connections/${body.id}`);
    await page.getByLabel("let a bot record meetings of this user").check();
    await button("Save").click();
    await heading("Nothing was changed");
    await says("meeting:read:local_recording_token");
    await page.getByRole("link", { name: "Back to the connection" }).click();
    await page.getByLabel("let a bot join on behalf of this user").uncheck();
    await button("Save").click();
    await heading("Nothing was changed");
    await page.getByRole("link", { name: "Back to the connection" }).click();
    await page.getByLabel("let a bot join on behalf of this user").check();
    await button("Save").click();
    await says("Saved.");
  });

  it("a connection is removed only where that was typed", async () => {
    const { body } = await createUnsynced(stack, owner, await stack.authorize(owner));
    await open();
    await go(`/connections/${body.id}`);
    await page.getByLabel(/Type .remove./).fill("yes");
    await button("Remove this connection").click();
    await heading("Nothing was removed");
    await page.getByRole("link", { name: "Back to the connection" }).click();
    await page.getByLabel(/Type .remove./).fill("remove");
    await button("Remove this connection").click();
    await says("Removed.");
    expect((await go(`/connections/${body.id}`))?.status()).toBe(404);
  });

  it("an app is added, diagnosed, and changed", async () => {
    const client = {
      client_id: `console-${javaScriptEnabled}`,
      client_secret: `secret-${javaScriptEnabled}-0123456789`,
    };
    await stack.control("clients", client);
    await openBrowser({ javaScriptEnabled });
    await signIn(emptyKey);
    await go("/apps");
    await page.getByLabel("Name").fill("Meeting notes");
    await page.getByLabel("Client ID").fill(client.client_id);
    await page.getByLabel("Client secret").fill("wrong");
    await button("Add").click();
    await says("Compare them with the Zoom Marketplace");
    await go("/apps");
    await page.getByLabel("Client ID").fill(client.client_id);
    await page.getByLabel("Client secret").fill(client.client_secret);
    await button("Add").click();
    await says("Created.");
    await says("Zoom accepts the client ID and the client secret.");
    await says("The Secret Token is not set");
    await page.getByLabel("Name").fill("Renamed");
    await page.getByLabel("New secret token").fill("a-secret-token");
    await button("Save").click();
    await heading("Renamed");
    await says("The Secret Token for Zoom's events is set.");
  });

  it("a webhook is added, tested, switched off and on, and deleted; a delivery is sent again", async () => {
    receiver.answerWith(() => ({ status: 500, body: "<b>out of order</b>" }));
    await open();
    await go("/webhooks");
    await page.getByLabel("URL").fill(`${receiver.url}/${javaScriptEnabled}`);
    await button("Add").click();
    await says("Created.");
    await button("Send a test event").click();
    await says("Sent. The attempt appears in a moment.");
    await expect
      .poll(async () => {
        await page.reload();
        return await page.getByText("1 attempt of").count();
      })
      .toBe(1);
    await page.getByText("1 attempt of").click();
    await says("<b>out of order</b>");
    receiver.reset();
    await button("Send again").click();
    await expect
      .poll(async () => {
        await page.reload();
        return await page.getByText("Arrived").count();
      })
      .toBe(1);
    await button("Switch off").click();
    await says("Switched off.");
    await button("Switch on").click();
    await says("Switched on.");
    await page.getByText("Delete this webhook", { exact: true }).click();
    await button("Delete this webhook for good").click();
    await says("Removed.");
  });

  it("a token link is switched off and on, and a key is made, shown once and disabled", async () => {
    await open();
    await go("/token_links");
    await button("Switch off").click();
    await says("Switched off.");
    await button("Switch on").click();
    await says("Switched on.");
    await go("/keys");
    await page.getByLabel("Name").fill("Support");
    for (const scope of ["tokens:access", "keys:write"]) await page.getByLabel(scope).uncheck();
    await button("Add").click();
    const key = await page.getByLabel("API key", { exact: true }).inputValue();
    expect(key).toMatch(/^zock_/);
    await page.getByRole("link", { name: "Back to the keys" }).click();
    await page
      .getByRole("row", { name: /Support/ })
      .getByText("Disable", { exact: true })
      .first()
      .click();
    await page
      .getByRole("row", { name: /Support/ })
      .getByRole("button", { name: "Disable for good" })
      .first()
      .click();
    await says("Disabled.");
    const answer = await stack.request("/api/v1/zoom_oauth_connections", { apiKey: key });
    expect(answer.status).toBe(401);
    await go("/audit?object_type=api_key");
    await says("in the console");
  });

  it("the operator adds a project and a key of it, suspends it and lets it go on", async () => {
    await openBrowser({ javaScriptEnabled });
    await signIn(ADMIN_API_KEY);
    await go("/projects");
    await page.getByLabel("Name").fill(`Project ${javaScriptEnabled}`);
    await button("Add").click();
    await says("Created.");
    await page.getByLabel("Name").fill("First key");
    await button("Add").click();
    const key = await page.getByLabel("API key", { exact: true }).inputValue();
    await page.getByRole("link", { name: "Back to the keys" }).click();
    await button("Suspend the project").click();
    await says("The project is suspended.");
    expect((await stack.request("/api/v1/webhooks", { apiKey: key })).body.code).toBe("project_suspended");
    await button("Let the project go on").click();
    await says("The project goes on.");
    await button("Sign out").click();
    await says("You are signed out.");
    await signIn(key);
    await says("Connect your first Zoom user");
  });
});

describe.runIf(CHROMIUM && !IS_SOAK)("in a browser", () => {
  it("a link on another site finds the session", async () => {
    await openBrowser();
    await signIn();
    const path = `/console/connections/${connectionId}`;
    await page.route("http://elsewhere.test/", async (route) => {
      await route.fulfill({
        contentType: "text/html",
        body: `<!doctype html><title>x</title><a href="${stack.url.origin}${path}">See</a>`,
      });
    });
    await page.goto("http://elsewhere.test/");
    await page.getByRole("link", { name: "See" }).click();
    await page.waitForURL(`**${path}`);
    await page.getByText("What happened").waitFor();
  });

  it("ids can be copied, times are the browser's, and a search shows results while somebody types", async () => {
    await openBrowser({ permissions: ["clipboard-read", "clipboard-write"] });
    await signIn();
    await go(`/connections/${connectionId}`);
    await page.getByRole("button", { name: `Copy ${connectionId}` }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(connectionId);
    await page.getByText("Copied.").waitFor({ state: "attached" });
    expect(await page.locator("time").first().textContent()).not.toContain("UTC");
    await go("/connections");
    await page.getByLabel("Search").pressSequentially("user_777");
    await page.waitForURL("**search=user_777**");
    await page.getByRole("link", { name: "user_777" }).waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("search");
    expect(complaints).toEqual([]);
  });

  it("the keyboard alone signs in, reaches everything and signs out; the focus can be seen", async () => {
    await openBrowser();
    await go("/sign_in");
    await page.keyboard.press("Tab");
    await page.keyboard.type(owner.apiKey);
    await page.keyboard.press("Enter");
    await heading("Overview");
    for (const path of [
      "",
      "/connections",
      `/connections/${connectionId}`,
      `/webhooks/${webhookId}`,
      "/keys",
    ]) {
      await go(path);
      const reachable = "a[href], button, input:not([type=hidden]), select, summary";
      const count = await page.evaluate(
        `[...document.querySelectorAll("${reachable}")].filter((one) => one.checkVisibility()).length`,
      );
      const reached = new Set<string>();
      for (let step = 0; step < (count as number) + 1; step++) {
        await page.keyboard.press("Tab");
        const [place, outline] = (await page.evaluate(`(() => {
          const all = [...document.querySelectorAll("${reachable}")];
          const { activeElement: active } = document;
          return [String(all.indexOf(active)), getComputedStyle(active).outlineStyle];
        })()`)) as [string, string];
        if (place === "-1") continue;
        reached.add(place);
        expect(outline, `${path} ${place}`).not.toBe("none");
      }
      expect(reached.size, path).toBe(count);
    }
    await page.getByRole("button", { name: "Sign out" }).focus();
    await page.keyboard.press("Enter");
    await says("You are signed out.");
  });
});
