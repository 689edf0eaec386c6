// The reference page, as its readers meet it: on a phone and on a desktop, light and dark, by keyboard, and sending
// requests. It asks no other host for anything.

import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { describeErrorCode } from "../../src/errors.ts";
import { webhookPayloads } from "../../src/model/webhook-payloads.ts";
import { operations } from "../../src/routes/index.ts";
import { findFaults, setView, takePicture, VIEWS } from "../support/axe.ts";
import { CHROMIUM, openWindow, startBrowser, warnWithoutChromium } from "../support/chromium.ts";
import { IS_SOAK } from "../support/soak.ts";
import { type Stack, startStack } from "../support/stack.ts";

warnWithoutChromium("the reference page");

/** axe looks at every element of a long page. */
const AXE_TIMEOUT_MS = 90_000;
const DESKTOP = { width: 1280, height: 800 };

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ hasAssets: true });
});
afterAll(async () => await stack.close());

// The page is no part of the OpenAPI document, so these requests go around the check of answers.
const get = async (path: string, method = "GET") => await fetch(new URL(path, stack.url), { method });

describe.skipIf(IS_SOAK)("its files", () => {
  it("are a page with a strict policy, and what it names", async () => {
    const page = await get("/docs");
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(page.headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    );
    expect(page.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(page.headers.get("X-Request-Id")).toBeTruthy();
    const named = [...html.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, path]) => path as string);
    expect(named.length).toBeGreaterThan(3);
    for (const path of named) {
      expect(path).toMatch(/^\//);
      const file = await get(path);
      expect([path, file.status]).toEqual([path, 200]);
      await file.body?.cancel();
    }
  });

  it("are asked for again, and sent again only where they have changed", async () => {
    const first = await get("/docs/page.js");
    await first.body?.cancel();
    expect(first.headers.get("Cache-Control")).toBe("public, no-cache");
    const headers = { "If-None-Match": first.headers.get("ETag") as string };
    expect((await fetch(new URL("/docs/page.js", stack.url), { headers })).status).toBe(304);
  });

  it("have every operation and every webhook event, and a link to each", async () => {
    const html = await (await get("/docs")).text();
    const ids = [...html.matchAll(/<details class="operation" id="(\w+)"/g)].map(([, id]) => id);
    const links = [...html.matchAll(/<a href="#(\w+)"><span/g)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining(Object.keys(operations)));
    expect(ids).toHaveLength(Object.keys(operations).length + Object.keys(webhookPayloads).length);
    expect(links).toEqual(ids);
  });

  it.each([
    ["GET", "/docs/nothing.js", 404, "not_found"],
    ["GET", "/docs/..%2findex.js", 404, "not_found"],
    ["POST", "/docs", 405, "method_not_allowed"],
    ["GET", "/page.css", 404, "not_found"],
  ])("%s %s: %i", async (method, path, status, code) => {
    const answer = await get(path, method);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
  });
});

describe.runIf(CHROMIUM)("in a browser", () => {
  let browser: Browser;
  /** Errors and warnings of the browser, and requests to other hosts, since the last page was opened. */
  let complaints: string[];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => await browser.close());
  afterEach(() => expect(complaints).toEqual([]));

  async function open(options: BrowserContextOptions = {}, hash = ""): Promise<Page> {
    const page = await openWindow(browser, { viewport: DESKTOP, ...options });
    page.setDefaultTimeout(10_000);
    complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== stack.url.origin) complaints.push(request.url());
    });
    await page.goto(new URL(`/docs${hash}`, stack.url).href);
    return page;
  }

  it.each(VIEWS)(
    "at $width pixels, $colorScheme: axe finds nothing, nothing runs out of the page",
    {
      timeout: AXE_TIMEOUT_MS,
    },
    async (view) => {
      const page = await open();
      await setView(page, view);
      const operation = page.locator("#createZoomOAuthConnection");
      await operation.locator("h3").click();
      await operation.locator("li code", { hasText: "redirect_uri" }).first().waitFor();
      expect((await operation.boundingBox())?.height).toBeLessThan(view.width < 1280 ? 6_000 : 3_500);
      await operation.locator("summary", { hasText: "authorization_code_rejected" }).last().click();
      await operation.getByText(describeErrorCode("authorization_code_rejected").sentence).waitFor();
      const event = page.locator("#zoomOauthConnectionStateChange");
      await event.locator("h3").click();
      await event.locator("li code", { hasText: "webhook-signature" }).first().waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(view.width);
      const shade = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(shade === "rgb(255, 255, 255)").toBe(view.colorScheme === "light");
      await takePicture(page, "docs", view);
      expect(await findFaults(page)).toEqual([]);
    },
  );

  it.skipIf(IS_SOAK)("sends a request with the key as it is", async () => {
    const { apiKey } = await stack.createTenant();
    const page = await open({}, "#createWebhook");
    const create = page.locator("#createWebhook");
    await create.getByLabel("API key").fill(apiKey);
    await create.getByRole("button", { name: "Send" }).click();
    await create.getByText("201,").waitFor();
    const list = page.locator("#listWebhooks");
    await list.locator("h3").click();
    await list.getByLabel("page_size").fill("1");
    await list.getByRole("button", { name: "Send" }).click();
    await list.getByText("200,").waitFor();
    expect(await list.getByRole("status").textContent()).toContain('"url": "https://hooks.example.com/zoom"');
    const read = page.locator("#getWebhook");
    await read.locator("h3").click();
    await read.getByLabel("id").fill("webhook_none");
    await read.getByRole("button", { name: "Send" }).click();
    await read.getByText("404,").waitFor();
    // The browser itself reports an answer of that kind.
    expect(complaints.splice(0)).toEqual([expect.stringContaining("404")]);
  });

  it.skipIf(IS_SOAK)("is used by keyboard alone", async () => {
    const page = await open();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the reference");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("reference");
    await page.locator("#createZakToken summary").first().focus();
    await page.keyboard.press("Enter");
    await page.locator("#createZakToken").getByText("Zoom access key").waitFor();
    await page.keyboard.press("Tab");
    const inside = await page.evaluate("document.activeElement.closest('.operation').id");
    expect(inside).toBe("createZakToken");
  });

  it.skipIf(IS_SOAK)("finds an operation by words, and opens the one that the address names", async () => {
    const page = await open({}, "#createZakToken");
    await page.locator("#createZakToken").getByText("Zoom access key").waitFor();
    await page.getByLabel("Find an operation").fill("connection list");
    expect(await page.locator(".operation:visible h3").allTextContents()).toEqual([
      "List connections",
      "List a connection's events",
    ]);
    await page.getByRole("link", { name: "List connections" }).click();
    await page.locator("#listZoomOAuthConnections").getByLabel("state").selectOption("connected");
  });

  it.skipIf(IS_SOAK)("is read without script", async () => {
    const page = await open({ javaScriptEnabled: false });
    await page.locator("#createZoomOAuthConnection h3").click();
    await page.locator("#createZoomOAuthConnection li code", { hasText: "redirect_uri" }).first().waitFor();
    expect(await page.locator("form:visible").count()).toBe(0);
  });
});
