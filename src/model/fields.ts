// Fields that the API's answers and the webhook payloads share.

import * as z from "zod";

/** The one way in which a time is shown. */
export const timestamp = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  .meta({ description: "ISO 8601, UTC, six fractional digits.", examples: ["2025-01-13T10:30:00.123456Z"] });

/** An id as it is shown. */
export function shownId(prefix: string, description: string) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[A-Za-z0-9]{16}$`))
    .meta({ description, examples: [`${prefix}_abcdef1234567890`] });
}

/** Text that Postgres and JSON can hold: no U+0000 and no half of a surrogate pair. */
export const storableText = z
  .string()
  .refine(
    (text) => !text.includes("\0") && text.isWellFormed(),
    "Must not contain U+0000 or unpaired surrogates.",
  );
