// Which requests the local stack takes.

import { expect, it } from "vitest";
import { describeForeignPage } from "../../src/http/origins.ts";

const HOST = "localhost:8787";
const CROSS_SITE = { host: HOST, "sec-fetch-site": "cross-site" };
const NAVIGATION = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

type Headers = Record<string, string>;

const judge = (headers: Headers, method = "GET") =>
  describeForeignPage({ method, header: (name) => headers[name] });

it.each<[string, Headers, string?]>([
  ["a program", { host: HOST }],
  ["a program that posts", { host: HOST }, "POST"],
  ["a program by address", { host: "127.0.0.1:8787" }],
  ["a program by IPv6 address", { host: "[::1]:8787" }],
  ["a program without a port", { host: "localhost" }],
  ["Node's fetch", { host: HOST, "sec-fetch-mode": "cors" }, "POST"],
  ["an address typed into a browser", { host: HOST, "sec-fetch-site": "none", ...NAVIGATION }],
  ["a page's own script", { host: HOST, "sec-fetch-site": "same-origin", origin: `http://${HOST}` }, "POST"],
  [
    "a page's own form without a referrer",
    { host: HOST, "sec-fetch-site": "same-origin", origin: "null" },
    "POST",
  ],
  ["an older browser's own form", { host: HOST, origin: `http://${HOST}` }, "POST"],
  ["a link on another site", { ...CROSS_SITE, ...NAVIGATION }],
  ["a redirect from another port", { host: HOST, "sec-fetch-site": "same-site", ...NAVIGATION }],
])("takes %s", (_whose, headers, method) => {
  expect(judge(headers, method)).toBeNull();
});

it.each<[string, Headers, string?]>([
  ["a rebound name", { host: "evil.example:8787" }],
  ["a rebound name with its own origin", { host: "evil.example:8787", origin: "http://evil.example:8787" }],
  ["a name under localhost", { host: "app.localhost:8787" }],
  ["a name that begins as localhost does", { host: "localhost.evil.example" }],
  ["a name behind a login", { host: "localhost:8787@evil.example" }],
  ["another address", { host: "192.168.1.2:8787" }],
  ["any address", { host: "0.0.0.0:8787" }],
  ["no host", {}],
  [
    "another site's script",
    { ...CROSS_SITE, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty" },
    "POST",
  ],
  ["another site's image", { ...CROSS_SITE, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
  ["another site's form", { ...CROSS_SITE, ...NAVIGATION }, "POST"],
  ["another site's frame", { ...CROSS_SITE, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
  ["another port's script", { host: HOST, "sec-fetch-site": "same-site", origin: "http://localhost:3000" }],
  ["an older browser's foreign form", { host: HOST, origin: "https://evil.example" }, "POST"],
  ["an older browser's form without an origin", { host: HOST, origin: "null" }, "POST"],
  ["localhost for 127.0.0.1", { host: "127.0.0.1:8787", origin: `http://${HOST}` }],
])("refuses %s", (_whose, headers, method) => {
  expect(judge(headers, method)).toMatch(/^The local stack /);
});
