// Every statement of src/db, by the names that its modules export.

import { readdirSync } from "node:fs";
import { NamedStatement, Variants } from "../src/db/statement.ts";

const FOLDER = new URL("../src/db/", import.meta.url);

export interface FoundStatement {
  /** The module and the export: `grants.ts store`. */
  place: string;
  statement: NamedStatement;
}

/** All of them; of those that differ by a request, the samples. */
export async function findStatements(): Promise<FoundStatement[]> {
  const found: FoundStatement[] = [];
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".ts"))) {
    const module: Record<string, unknown> = await import(new URL(file, FOLDER).href);
    for (const [name, value] of Object.entries(module)) {
      const place = `${file} ${name}`;
      if (value instanceof NamedStatement) found.push({ place, statement: value });
      if (!(value instanceof Variants)) continue;
      for (const shape of value.samples) {
        found.push({ place: `${place} ${JSON.stringify(shape)}`, statement: value.for(shape) });
      }
    }
  }
  return found;
}
