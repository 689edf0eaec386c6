// Where this machine has a Chromium, for the tests that look at pages as a browser does.

import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Undefined where there is none. */
export const CHROMIUM = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
].find((path) => path !== undefined && existsSync(path));

/** Says on the console that a test is skipped, where that is so. */
export function warnWithoutChromium(what: string): void {
  if (!CHROMIUM) console.warn(`SKIPPED: ${what} in a browser. No Chromium found; set CHROMIUM_PATH to one.`);
}

export async function startBrowser(...args: string[]): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM as string,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", ...args],
  });
}

const windows = new WeakMap<Browser, Map<string, Page>>();

/**
 * A window in which nobody was yet: no cookies, no listeners, an empty page. It is the same one for the same options, since
 * opening one costs a second of a processor.
 */
export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const open = windows.get(browser) ?? new Map<string, Page>();
  windows.set(browser, open);
  const key = JSON.stringify(options);
  const known = open.get(key);
  if (!known) {
    const page = await (await browser.newContext(options)).newPage();
    open.set(key, page);
    return page;
  }
  known.removeAllListeners();
  await known.unrouteAll();
  await known.goto("about:blank");
  await known.context().clearCookies();
  await known.setViewportSize(options.viewport ?? { width: 1280, height: 720 });
  await known.emulateMedia({ colorScheme: options.colorScheme ?? null });
  return known;
}
