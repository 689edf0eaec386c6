// Reads and validates what a request brings: its body within limits, then each part by its schema.

import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import * as z from "zod";
import { findProjectId } from "../db/authenticated.ts";
import { ApiError, type FieldErrors, invalidRequest } from "../errors.ts";
import type { Scope } from "../scope.ts";
import { findJsonError } from "./json-error.ts";
import type { AppEnv } from "./router.ts";

/** Throws the error, but tells what is wrong only to those who have a valid key. Others get `unauthenticated`. */
export async function refuseInput({ caller, db }: Scope, error: ApiError): Promise<never> {
  if (caller.kind === "project") await findProjectId(db, caller);
  throw error;
}

const MAX_BODY_BYTES = 64 * 1024;
/** JSON is in UTF-8 (RFC 8259, 8.1), whether or not the header says so; other parameters mean nothing. */
const JSON_MEDIA_TYPE = /^application\/json\s*(;|$)/i;
const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?(?:utf-?8|us-ascii)"?\s*(?:;|$))/i;
/** Refuses what is no UTF-8, in place of which others would put replacement characters. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

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
  const type = c.req.header("Content-Type") ?? "";
  if (!JSON_MEDIA_TYPE.test(type) || OTHER_CHARSET.test(type)) {
    await refuseInput(c.get("scope"), new ApiError("unsupported_media_type"));
  }
  const text = await readText(c);
  if (text === null) {
    await refuseInput(c.get("scope"), new ApiError("invalid_json", { message: NOT_UTF8 }));
  } else {
    try {
      JSON.parse(text);
    } catch {
      await refuseInput(c.get("scope"), invalidJson(text));
    }
  }
  await next();
});

const NOT_UTF8 = "The request body is not encoded in UTF-8.";

/** The body as text, which the validator reads as well. Null: it is no UTF-8. */
async function readText(c: Context<AppEnv>): Promise<string | null> {
  const bytes = await c.req.arrayBuffer();
  try {
    const text = utf8.decode(bytes);
    c.req.bodyCache.text = Promise.resolve(text) as never;
    return text;
  } catch {
    return null;
  }
}

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
  if ((await c.req.arrayBuffer()).byteLength > 0) return await parse(c, next);
  // The validator reads what Hono has kept of the body.
  c.req.bodyCache.text = Promise.resolve("{}") as never;
  await next();
});

/** Requires `Content-Type: application/json` (415), at most 64 KiB (413) and JSON in it (400). */
export const readJsonBody = every(limit, parse);
/** The same for a body that may be left out. */
export const readOptionalJsonBody = every(limit, parseOptional);

/** A body with thousands of unknown keys gets an answer of bounded size. */
const MAX_FIELDS = 20;
const MAX_FIELD_NAME_LENGTH = 100;
const MAX_QUERY_PARAMETERS = 200;
const PROTO = "__proto__";
/** The name under which problems of the body as a whole stand. */
const WHOLE_BODY = "body";

const TYPE_NAMES: Record<string, string> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a JSON object",
  record: "a JSON object",
  array: "an array",
};

z.config({ customError: describeIssue });

/**
 * Validates a part of the request. What does not fit is refused with `invalid_request`, field by field, and with
 * `not_found` in the path, where it names no object.
 */
export function validate(target: "param" | "query" | "json", schema: z.ZodType): MiddlewareHandler<AppEnv> {
  const isQuery = target === "query";
  const input = z.preprocess(
    (value, context) => refuseProto(isQuery ? nestBrackets(refuseRepeats(value, context)) : value, context),
    schema,
  );
  const validator = zValidator(target, input, async (result, c) => {
    if (result.success) return;
    const error =
      target === "param"
        ? new ApiError("not_found")
        : invalidRequest(toFieldErrors(result.error.issues, isQuery));
    await refuseInput((c as Context<AppEnv>).get("scope"), error);
  });
  return validator as unknown as MiddlewareHandler<AppEnv>;
}

/** The input as its schema has it, where it comes from no JSON. Throws `invalid_request`, field by field. */
export function parseInput(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidRequest(toFieldErrors(parsed.error.issues));
}

/** Refuses a request with more than 200 query parameters, before anything parses them. */
export const limitQuery = createMiddleware<AppEnv>(async (c, next) => {
  const query = c.req.url.indexOf("?");
  let count = 0;
  for (let index = query; index !== -1 && count <= MAX_QUERY_PARAMETERS; count++) {
    index = c.req.url.indexOf("&", index + 1);
  }
  if (count > MAX_QUERY_PARAMETERS) {
    const problem = `Must have at most ${MAX_QUERY_PARAMETERS} parameters.`;
    await refuseInput(c.get("scope"), invalidRequest({ query: [problem] }));
  }
  await next();
});

/** A parameter that is given twice means nothing. */
function refuseRepeats(query: unknown, context: z.core.$RefinementCtx): unknown {
  const repeated = Object.entries(query as Record<string, unknown>).find(([, value]) => Array.isArray(value));
  if (repeated !== undefined)
    context.addIssue({ code: "custom", path: [repeated[0]], message: "Send it only once." });
  return query;
}

/** `{ "metadata[key]": "value" }` becomes `{ metadata: { key: "value" } }`, as OpenAPI's deepObject style has it. */
function nestBrackets(query: unknown): unknown {
  // Maps, because a caller may name an object or a key "__proto__".
  const plain = new Map<string, unknown>();
  const objects = new Map<string, Map<string, unknown>>();
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    const [, object, key] = /^([^[\]]+)\[(.*)\]$/s.exec(name) ?? [];
    // What is given both ways stays as it is, and is refused as an unknown field.
    if (object === undefined || key === undefined || Object.hasOwn(query as object, object)) {
      plain.set(name, value);
      continue;
    }
    const keys = objects.get(object) ?? new Map<string, unknown>();
    objects.set(object, keys.set(key, value));
  }
  return Object.fromEntries([
    ...plain,
    ...[...objects].map(([name, keys]) => [name, Object.fromEntries(keys)]),
  ]);
}

interface Place {
  value: unknown;
  name: string;
  parent: Place | null;
}

/**
 * Refuses `__proto__` as a name, wherever it stands: zod leaves it out of what it returns, and nothing that was sent is
 * dropped silently.
 */
function refuseProto(input: unknown, context: z.core.$RefinementCtx): unknown {
  const waiting: Place[] = [{ value: input, name: "", parent: null }];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    if (typeof place.value !== "object" || place.value === null) continue;
    for (const [name, value] of Object.entries(place.value)) {
      const member = { value, name, parent: place };
      waiting.push(member);
      if (name !== PROTO) continue;
      context.addIssue({ code: "custom", path: pathOf(member), message: "This name is not allowed." });
      return input;
    }
  }
  return input;
}

function pathOf(place: Place): string[] {
  const names: string[] = [];
  for (let at = place; at.parent; at = at.parent) names.push(at.name);
  return names.reverse();
}

function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const isMissing =
    issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value");
  if (isMissing) return "Required.";
  if (issue.code === "invalid_type") {
    return `Must be ${TYPE_NAMES[issue.expected] ?? issue.expected}.`;
  }
  if (issue.code === "too_small" && issue.origin === "string") return "Must not be empty.";
  if (issue.code === "too_big" && issue.origin === "string") {
    return `Must be at most ${issue.maximum} characters long.`;
  }
  if (issue.code === "too_small" && issue.origin === "array") return `Must have at least ${issue.minimum}.`;
  if (issue.code === "too_small") return `Must be at least ${issue.minimum}.`;
  if (issue.code === "too_big" && issue.origin === "array") return `Must have at most ${issue.maximum}.`;
  if (issue.code === "too_big") return `Must be at most ${issue.maximum}.`;
  if (issue.code === "invalid_value") return `Must be one of: ${issue.values.join(", ")}.`;
  return undefined;
}

/** Messages by field; `metadata.key` for a member of an object, `body` for the body itself. */
function toFieldErrors(issues: readonly z.core.$ZodIssue[], isQuery = false): FieldErrors {
  const fields = new Map<string, string[]>();
  const add = (path: readonly PropertyKey[], message: string) => {
    const name = (path.map(String).join(".") || WHOLE_BODY).slice(0, MAX_FIELD_NAME_LENGTH);
    if (fields.has(name) || fields.size < MAX_FIELDS)
      fields.set(name, [...(fields.get(name) ?? []), message]);
  };
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys)
        add([...issue.path, key], isQuery ? "Unknown query parameter." : "Unknown field.");
    } else if (issue.code === "invalid_key") {
      // The name itself may be unfit to be shown.
      add(issue.path.slice(0, -1), `One of its names: ${issue.issues[0]?.message}`);
    } else if (isQuery && issue.code === "invalid_type" && issue.expected === "record") {
      add(issue.path, `Write it as ${issue.path.join(".")}[name]=value.`);
    } else {
      add(issue.path, issue.message);
    }
  }
  return Object.fromEntries(fields);
}
