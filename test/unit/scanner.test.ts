// Which requests are none of a vendor's server, so that a token link gives them nothing.

import { expect, it } from "vitest";
import { isScanner } from "../../src/routes/token-links/scanner.ts";

const request = (headers: Record<string, string> = {}, httpProtocol = "HTTP/1.1") => ({
  headers: new Headers(headers),
  cf: { httpProtocol },
});

it.each([
  ["HTTP/1.0", request({}, "HTTP/1.0")],
  ["a browser", request({ "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" })],
  ["a navigation", request({ "Sec-Fetch-Mode": "navigate" })],
  ["a link preview", request({ "User-Agent": "Slackbot-LinkExpanding 1.0" })],
  ["a prefetch", request({ "Sec-Purpose": "prefetch;prerender" })],
])("%s is a scanner", (_name, scanner) => {
  expect(isScanner(scanner)).toBe(true);
});

it.each([
  ["HTTP/1.1 without a name", request()],
  ["HTTP/2", request({ "User-Agent": "python-requests/2.32" }, "HTTP/2")],
  ["HTTP/3", request({ "User-Agent": "node" }, "HTTP/3")],
])("%s is a vendor's server", (_name, server) => {
  expect(isScanner(server)).toBe(false);
});

it("where nothing is known of the protocol, the headers decide", () => {
  expect(isScanner({ headers: new Headers() })).toBe(false);
});
