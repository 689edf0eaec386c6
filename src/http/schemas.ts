// Schemas that several resources share.

import { z } from "@hono/zod-openapi";
import type { IdPrefix } from "../crypto/ids.ts";

/**
 * An id in a path. One of the wrong kind is a mistake that is worth naming (400); one of the right kind
 * that no object has is not found (404), whatever follows the prefix.
 */
export function pathId(prefix: IdPrefix) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[A-Za-z0-9]{1,64}$`), `Must be an id that starts with ${prefix}_.`)
    .openapi({ example: `${prefix}_abcdef1234567890` });
}

/** Text that Postgres and JSON can hold: no U+0000, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** A name for people, 1 to 200 characters. */
export const displayName = z
  .string()
  .min(1)
  .max(200)
  .refine(isStorableText, "Must not contain U+0000 or unpaired surrogates.");

export const timestamp = z.string().openapi({ format: "date-time", example: "2025-01-13T10:30:00.123456Z" });

const errorBody = z
  .object({
    error: z.string().openapi({ example: "redirect_uri: Required." }),
    code: z.string().openapi({ example: "invalid_request" }),
    fields: z.record(z.string(), z.array(z.string())).optional(),
    request_id: z.string(),
  })
  .openapi("Error");

/** The answers that a route gives beside its good one. */
export function errorResponses<S extends number>(...statuses: S[]) {
  const response = { description: "Error", content: { "application/json": { schema: errorBody } } };
  return Object.fromEntries(statuses.map((status) => [status, response])) as Record<S, typeof response>;
}

/** A required JSON body. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } };
}

/** A JSON answer. */
export function jsonResponse<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}
