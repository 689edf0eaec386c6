// What zod found, in sentences for a person, by field.

import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler } from "hono";
import * as z from "zod";
import { ApiError, type FieldErrors, invalidRequest } from "../errors.ts";
import { refuseInput } from "./authentication.ts";
import type { AppEnv } from "./router.ts";

/** A body with thousands of unknown keys gets an answer of bounded size. */
const MAX_FIELDS = 20;
const MAX_FIELD_NAME_LENGTH = 100;
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
 * Validates a part of the request; what does not fit is refused with `invalid_request`, field by field. In the path it
 * names nothing that there is: `not_found`.
 */
export function validate(target: "param" | "query" | "json", schema: z.ZodType): MiddlewareHandler<AppEnv> {
  const input = target === "query" ? z.preprocess(nestBrackets, schema) : schema;
  const validator = zValidator(target, input, async (result, c) => {
    if (result.success) return;
    const error =
      target === "param" ? new ApiError("not_found") : invalidRequest(toFieldErrors(result.error.issues));
    await refuseInput(c as Context<AppEnv>, error);
  });
  return validator as unknown as MiddlewareHandler<AppEnv>;
}

/** `{ "metadata[key]": "value" }` becomes `{ metadata: { key: "value" } }`, as OpenAPI's deepObject style has it. */
function nestBrackets(query: unknown): unknown {
  // A map, because a caller may name an object "__proto__".
  const nested = new Map<string, unknown>();
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    const [, object, key] = /^([^[\]]+)\[([^\]]*)\]$/.exec(name) ?? [];
    if (object === undefined || key === undefined) nested.set(name, value);
    else nested.set(object, { ...(nested.get(object) as object | undefined), [key]: value });
  }
  return Object.fromEntries(nested);
}

function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    return issue.input === undefined
      ? "Required."
      : `Must be ${TYPE_NAMES[issue.expected] ?? issue.expected}.`;
  }
  if (issue.code === "too_small" && issue.origin === "string") return "Must not be empty.";
  if (issue.code === "too_big" && issue.origin === "string") {
    return `Must be at most ${issue.maximum} characters long.`;
  }
  return undefined;
}

/** Messages by field; `metadata.key` for a member of an object, `body` for the body itself. */
function toFieldErrors(issues: readonly z.core.$ZodIssue[]): FieldErrors {
  const fields = new Map<string, string[]>();
  const add = (path: readonly PropertyKey[], message: string) => {
    const name = (path.map(String).join(".") || WHOLE_BODY).slice(0, MAX_FIELD_NAME_LENGTH);
    if (fields.has(name) || fields.size < MAX_FIELDS)
      fields.set(name, [...(fields.get(name) ?? []), message]);
  };
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) add([...issue.path, key], "Unknown field.");
    } else {
      add(issue.path, issue.message);
    }
  }
  return Object.fromEntries(fields);
}
