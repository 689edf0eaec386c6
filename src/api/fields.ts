// Fields that several resources share.

import * as z from "zod";
import { storableText } from "../model/fields.ts";

/** An id as it is given, whatever follows the prefix. In a path one of another kind is not found (404). */
export function givenId(prefix: string, description: string) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[A-Za-z0-9]{1,64}$`), `Must be an ID that starts with ${prefix}_.`)
    .meta({ description, examples: [`${prefix}_abcdef1234567890`] });
}

/** `2025-01-13T10:30:00.123Z`, as JavaScript writes a time, in the way in which answers show it. */
export function fromIsoMilliseconds(time: string): string {
  return time.replace(/Z$/, "000Z");
}

const LATEST_TIME = Date.UTC(3000, 0);

/** A time to come, ISO 8601 with an offset. */
export const futureTime = z.iso
  .datetime({
    offset: true,
    error: "Must be an ISO 8601 time with an offset, such as 2030-01-31T12:00:00Z.",
    abort: true,
  })
  .refine((time) => Date.parse(time) > Date.now(), "Must lie in the future.")
  .refine((time) => Date.parse(time) < LATEST_TIME, "Must lie before the year 3000.")
  // In UTC: Postgres knows no offset of 16 hours or more.
  .transform((time) => new Date(time).toISOString());

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
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PAGE_SIZE,
      `Must be a whole number of at least 1 and at most ${MAX_PAGE_SIZE}.`,
    )
    .transform(Number)
    .optional()
    .meta({
      description: `How many objects a page has at most, 1 to ${MAX_PAGE_SIZE}. Default: ${DEFAULT_PAGE_SIZE}.`,
      type: "integer",
      pattern: undefined,
      minimum: 1,
      maximum: MAX_PAGE_SIZE,
    }),
  cursor: z.string().max(200).optional().meta({
    description: "Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page.",
  }),
};

/** A page of a list, newest first. */
export function pageOf<T extends z.ZodType>(item: T) {
  const link = z.url().nullable();
  return z.strictObject({
    next: link.meta({
      description: "The URL of the next page, which has older objects. Null if there is none.",
    }),
    previous: link.meta({
      description: "The URL of the previous page, which has newer objects. Null if there is none.",
    }),
    results: z.array(item).meta({ description: "The objects of this page." }),
  });
}
