// What stands at `/`: where to go from here, as a page for people and as JSON for programs.

import { createRouter } from "../http/router.ts";

const NAME = "Zoom OAuth connections";
const LINKS = {
  console: { path: "/console", text: "Console: see each connection, and what to do" },
  docs: { path: "/docs", text: "API reference" },
  openapi: { path: "/openapi.json", text: "OpenAPI document" },
  health: { path: "/healthz", text: "Health: the service runs" },
  readiness: { path: "/readyz", text: "Readiness: its database answers" },
};
const README = "README.md in the repository shows how to connect a first user.";

const STYLE = `
  :root { color-scheme: light dark; }
  body { max-width: 36rem; margin: 15vh auto; padding: 0 1.5rem; font: 18px/1.6 system-ui, sans-serif;
    color: light-dark(#1c2030, #e6e8ef); background: light-dark(#fff, #14161c); }
  a { color: light-dark(#0b5cff, #7fa8ff); }`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${NAME}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${NAME}</h1>
<p>This service connects Zoom users, and keeps their connections and tokens.</p>
<ul>
${Object.values(LINKS)
  .map(({ path, text }) => `<li><a href="${path}">${text}</a></li>`)
  .join("\n")}
</ul>
<p>${README}</p>
</main>
</body>
</html>
`;

export const welcomeRoutes = createRouter();

welcomeRoutes.get("/", async (c) => {
  c.header("Vary", "Accept");
  if (!c.req.header("Accept")?.includes("text/html")) {
    const links = Object.fromEntries(Object.entries(LINKS).map(([name, { path }]) => [name, path]));
    return c.json({ name: NAME, links, readme: README });
  }
  c.header("Content-Security-Policy", await describePolicy());
  c.header("Referrer-Policy", "no-referrer");
  return c.html(PAGE);
});

/** Nothing but the page's own style sheet. */
async function describePolicy(): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE));
  const base64 = btoa(String.fromCharCode(...new Uint8Array(hash)));
  return `default-src 'none'; style-src 'sha256-${base64}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
