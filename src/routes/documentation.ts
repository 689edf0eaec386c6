// The reference page, Swagger UI on /openapi.json. All its files are the Worker's own static assets
// (dev/collect-assets.ts), so the page asks no other host for anything.

import { createRouter } from "../http/router.ts";

const PAGE = "index.html";
/** Swagger UI draws its icons from `data:` images; it needs nothing else from outside its files. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
const MAX_AGE_SECONDS = 3600;

export const documentationRoutes = createRouter();

documentationRoutes.get("/docs/:file?", async (c) => {
  const { ASSETS } = c.env;
  if (!ASSETS) return c.notFound();
  const asset = await ASSETS.fetch(new URL(`/docs/${c.req.param("file") ?? PAGE}`, c.req.url));
  if (!asset.ok) return c.notFound();
  const headers = {
    "Content-Type": asset.headers.get("Content-Type") ?? "application/octet-stream",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": `public, max-age=${MAX_AGE_SECONDS}`,
  };
  return new Response(asset.body, { headers });
});
