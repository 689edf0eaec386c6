// The OpenAPI document and the reference page: the Worker's own static assets (dev/collect-assets.ts), so the page asks
// no other host for anything.

import type { Context } from "hono";
import * as z from "zod";
import type { OperationDescription } from "../api/operation.ts";
import { type AppEnv, createRouter } from "../http/router.ts";

const PAGE = "index.html";
/** The page's requests go to the service itself: to its files, and to the API where a reader tries an operation. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** Described only: the document is an asset, not the work of a handler. */
export const getOpenApiDocument = {
  operationId: "getOpenApiDocument",
  method: "get",
  path: "/openapi.json",
  tag: "Service",
  summary: "Get this OpenAPI document",
  security: "none",
  status: 200,
  answer: z.record(z.string(), z.unknown()),
  errors: [],
} as const satisfies OperationDescription;

export const documentationRoutes = createRouter();

documentationRoutes.get(getOpenApiDocument.path, async (c) => await serveAsset(c, getOpenApiDocument.path));

documentationRoutes.get(
  "/docs/:file?",
  async (c) => await serveAsset(c, `/docs/${c.req.param("file") ?? PAGE}`),
);

/** A file among the assets, for pages that this service shows. */
export async function serveAsset(c: Context<AppEnv>, path: string): Promise<Response> {
  const { ASSETS } = c.env;
  if (!ASSETS) return await c.notFound();
  const asset = await ASSETS.fetch(new Request(new URL(path, c.req.url), c.req.raw));
  if (!asset.ok && asset.status !== 304) return await c.notFound();
  // A copy, whose headers can be changed. The files of a page must be of one version, so a browser asks each time
  // whether its own is still the newest.
  const response = new Response(asset.body, asset);
  response.headers.set("Cache-Control", "public, no-cache");
  response.headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
  response.headers.set("Referrer-Policy", "no-referrer");
  return response;
}
