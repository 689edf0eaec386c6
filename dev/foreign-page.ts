// The check of src/http/origins.ts for servers on node:http.

import type { IncomingMessage } from "node:http";
import { describeForeignPage } from "../src/http/origins.ts";

/** Why the request must be refused, in a sentence for a person; null: it must not. */
export function refusalOf({ method = "GET", headers }: IncomingMessage): string | null {
  return describeForeignPage({ method, header: (name) => headers[name]?.toString() });
}
