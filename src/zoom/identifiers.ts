// How Zoom writes what it names things by.

import * as z from "zod";

/** Zoom's ids are short and printable; what is not would be refused by the database later. */
export const zoomId = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** A meeting id, which Zoom writes as a number in some places and as text in others. */
export const meetingNumber = z
  .union([z.number().int().positive(), z.string().regex(/^\d{1,18}$/)])
  .transform(String);
