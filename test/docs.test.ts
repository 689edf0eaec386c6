// The reference page, as a browser sees it: it shows every operation and asks nobody else for anything.

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../src/api/index.ts";
import { type Stack, startStack } from "./support/stack.ts";

const CHROMIUM = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
].find((path) => path !== undefined && existsSync(path));
if (!CHROMIUM) {
  console.warn("SKIPPED: the reference page in a browser. No Chromium found; set CHROMIUM_PATH to one.");
}

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => await stack.close());

// The page is no part of the OpenAPI document, so these requests go around the check of answers.
const get = async (path: string, method = "GET") => await fetch(new URL(path, stack.url), { method });

describe("its files", () => {
  it("are a page with a strict policy, and what it names", async () => {
    const page = await get("/docs");
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(page.headers.get("Content-Security-Policy")).toMatch(/default-src 'none'; script-src 'self';/);
    expect(page.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(page.headers.get("X-Request-Id")).toBeTruthy();
    const named = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path as string);
    expect(named.length).toBeGreaterThan(4);
    for (const path of named) {
      expect(path).toMatch(/^\//);
      const file = await get(path);
      expect([path, file.status]).toEqual([path, 200]);
      await file.body?.cancel();
    }
  });

  it.each([
    ["GET", "/docs/nothing.js", 404, "not_found"],
    ["GET", "/docs/..%2findex.js", 404, "not_found"],
    ["POST", "/docs", 405, "method_not_allowed"],
    ["GET", "/swagger-ui.css", 404, "not_found"],
  ])("%s %s: %i", async (method, path, status, code) => {
    const answer = await get(path, method);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
  });
});

describe.runIf(CHROMIUM)("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM as string,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  afterAll(async () => await browser.close());

  it("shows every operation, opens one, and asks no other host", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    const hosts = new Set<string>();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) hosts.add(new URL(request.url()).host);
    });
    await page.goto(new URL("/docs", stack.url).href);
    for (const operationId of Object.keys(operations)) {
      await page.locator(`.opblock-summary-operation-id:text-is("${operationId}")`).waitFor();
    }
    await page.locator('.opblock-summary-operation-id:text-is("createZoomOAuthConnection")').click();
    await page.getByText("AUTH_CODE_FROM_ZOOM").first().waitFor();
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByRole("button", { name: "Execute" }).waitFor();
    await page.locator("button.authorize").click();
    await page.getByText("ADMIN_API_KEY").first().waitFor();
    expect(complaints).toEqual([]);
    expect([...hosts]).toEqual([stack.url.host]);
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: false });
  });
});
