// Schemas that several resources share.

import * as z from "zod";
import type { IdPrefix } from "../crypto/ids.ts";

/**
 * An id in a path. One of the wrong kind is a mistake that is worth naming (400); one of the right kind
 * that no object has is not found (404), whatever follows the prefix.
 */
export function pathId(prefix: IdPrefix) {
  const id = z
    .string()
    .regex(new RegExp(`^${prefix}_[A-Za-z0-9]{1,64}$`), `Must be an id that starts with ${prefix}_.`);
  return z.object({ id });
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
