// Reads a JSON body once, within its limit, before any schema sees it.

import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import { ApiError } from "../errors.ts";
import { findJsonError } from "./json-error.ts";
import { refuseInput } from "./refuse-input.ts";
import type { AppEnv } from "./router.ts";

const MAX_BODY_BYTES = 64 * 1024;
const JSON_MEDIA_TYPE = /^application\/json\s*(;|$)/i;

/** Zoom's events about long series of meetings are large, and Zoom never sends a refused event again. */
const MAX_RAW_BODY_BYTES = 1024 * 1024;

const limitTo = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: async (c) =>
      await refuseInput((c as Context<AppEnv>).get("scope"), new ApiError("payload_too_large")),
  });

const limit = limitTo(MAX_BODY_BYTES);
const limitRaw = limitTo(MAX_RAW_BODY_BYTES);

/** The body byte for byte, which nothing has read before. Refuses one over 1 MiB (413). */
export async function readRawBody(c: Context<AppEnv>): Promise<ArrayBuffer> {
  await limitRaw(c, async () => {});
  return await c.req.arrayBuffer();
}

const parse = createMiddleware<AppEnv>(async (c, next) => {
  if (!JSON_MEDIA_TYPE.test(c.req.header("Content-Type") ?? "")) {
    await refuseInput(c.get("scope"), new ApiError("unsupported_media_type"));
  }
  try {
    // Hono keeps the parsed body: the validator does not parse again.
    await c.req.json();
  } catch {
    await refuseInput(c.get("scope"), invalidJson(await c.req.text()));
  }
  await next();
});

/** Says where, and nothing of what stands there. */
function invalidJson(text: string): ApiError {
  const place = findJsonError(text);
  if (place === null) return new ApiError("invalid_json");
  const { line, column } = place;
  return new ApiError("invalid_json", {
    message: `The request body is not valid JSON: see line ${line}, column ${column}.`,
  });
}

/** An empty body, of whatever type, stands for an empty object. */
const parseOptional = createMiddleware<AppEnv>(async (c, next) => {
  if ((await c.req.text()) !== "") return await parse(c, next);
  // The validator reads what Hono has kept of the body.
  c.req.bodyCache.text = Promise.resolve("{}") as never;
  await next();
});

/** Requires `Content-Type: application/json` (415), at most 64 KiB (413) and JSON in it (400). */
export const readJsonBody = every(limit, parse);
/** The same for a body that may be left out. */
export const readOptionalJsonBody = every(limit, parseOptional);
