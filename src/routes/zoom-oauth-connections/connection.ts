// A Zoom OAuth connection as requests make it and answers show it.

import * as z from "zod";
import type { ShownConnection } from "../../db/zoom-oauth-connections.ts";
import { CAPABILITY_NAMES } from "../../model/capabilities.ts";
import { connectionFields, SHOWN_FIELDS } from "../../model/connection.ts";

export const connection = z.strictObject(connectionFields).meta({ id: "ZoomOAuthConnection" });

/** The app of a request that makes a connection. */
export const namedApp = z
  .string()
  .min(1)
  .optional()
  .meta({
    description:
      "The Zoom OAuth app that the connection is for. Required if the project has more than one app.",
    examples: ["zoa_abcdef1234567890"],
  });

/** What is wrong with a request for a connection without a capability. */
export const CAPABILITY_NEEDED = {
  path: CAPABILITY_NAMES.slice(0, 1),
  message: `A connection needs a capability: set ${CAPABILITY_NAMES.join(" or ")} to true.`,
};

/** Exactly the published fields, in their published order, whatever else the row has. */
export function toConnection(row: ShownConnection): z.input<typeof connection> {
  const shown = SHOWN_FIELDS.map((name) => [name, row[name]]);
  return Object.fromEntries(shown) as z.input<typeof connection>;
}
