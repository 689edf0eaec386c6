// Fields that several resources share.

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

/** An id as it is given, whatever follows the prefix. In a path one of another kind is not found (404). */
export function givenId(prefix: string) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[A-Za-z0-9]{1,64}$`), `Must be an id that starts with ${prefix}_.`)
    .meta({ examples: [`${prefix}_abcdef1234567890`] });
}

/** Text that Postgres and JSON can hold: no U+0000, no half of a surrogate pair. */
export const storableText = z
  .string()
  .refine(
    (text) => !text.includes("\0") && text.isWellFormed(),
    "Must not contain U+0000 or unpaired surrogates.",
  );

/** A name for people, 1 to 200 characters. */
export const displayName = storableText.min(1).max(200);

export const DEFAULT_PAGE_SIZE = 25;
const MAX_PAGE_SIZE = 100;

/** The body of a call that has nothing to say: empty, or an empty object. */
export const noFields = z.strictObject({});

/** The query of a list, beside its filters. */
export const paging = {
  page_size: z
    .string()
    .regex(/^\d{1,3}$/, "Must be a whole number.")
    .transform(Number)
    .refine((size) => size >= 1 && size <= MAX_PAGE_SIZE, `Must be between 1 and ${MAX_PAGE_SIZE}.`)
    .optional()
    .meta({
      description: `Objects on a page, 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} where it is left out.`,
      type: "integer",
      pattern: undefined,
      minimum: 1,
      maximum: MAX_PAGE_SIZE,
    }),
  cursor: z
    .string()
    .max(200)
    .optional()
    .meta({ description: "From the `next` or `previous` of another page." }),
};

/** A page of a list, newest first. */
export function pageOf<T extends z.ZodType>(item: T) {
  const link = z.url().nullable();
  return z.strictObject({
    next: link.meta({ description: "The URL of the next page, with older objects." }),
    previous: link.meta({ description: "The URL of the previous page, with newer objects." }),
    results: z.array(item),
  });
}
