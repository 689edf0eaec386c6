// The texts of statements, for a database that lacks their functions. They are made when the Worker is built
// (dev/compile-statements.ts) and read at their first use.

import { NeonDbError } from "@neondatabase/serverless";

/** The name of a host that nobody asks: assets go by their path. */
const TEXTS_URL = "https://assets.local/statements.json";

/** Finds a text by its call. Where it cannot, the database is as good as away: the same work may be done a moment later. */
export function createTextFinder(assets: Fetcher | undefined): (call: string) => Promise<string> {
  let texts: Promise<Record<string, string>> | undefined;
  const read = async (): Promise<Record<string, string>> => {
    const response = await assets?.fetch(TEXTS_URL);
    if (!response?.ok) throw new NeonDbError("The texts of statements cannot be read.");
    return (await response.json()) as Record<string, string>;
  };
  return async (call) => {
    texts ??= read();
    try {
      const text = (await texts)[call];
      if (text === undefined) throw new NeonDbError("A statement has no text.");
      return text;
    } catch (error) {
      texts = undefined;
      throw error instanceof NeonDbError ? error : new NeonDbError("The texts of statements cannot be read.");
    }
  };
}
