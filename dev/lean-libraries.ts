// Of the Worker's libraries, what it does not need and the bundler cannot know: zod's JSON schemas, which are made once at build time,
// and the types of columns that no table has. zod and Drizzle bring them along because any schema can make the ones, and any table
// ask for the others by a function.

import { toLeanNeon } from "./lean-neon.ts";

/** By what a file's path ends with. Each throws where the file is laid out in another way than it was. */
const LEAN: Record<string, (text: string) => string> = {
  "@neondatabase/serverless/index.mjs": toLeanNeon,
  "zod/v4/core/json-schema-processors.js": toEmptyFunctions,
  "zod/v4/core/to-json-schema.js": toEmptyFunctions,
  "zod/v4/classic/schemas.js": (text) => without(text, /^ *inst\._zod\.processJSONSchema = .*;$/gm),
  "drizzle-orm/pg-core/columns/all.js": (text) =>
    `${without(text, /^.*getPgColumnBuilders.*$/s)}export const getPgColumnBuilders = () => ({});`,
};

/** The text of a library's file as the Worker needs it; null: as it is. */
export function toLeanLibrary(file: string, text: string): string | null {
  const [, toLean] = Object.entries(LEAN).find(([path]) => file.endsWith(`node_modules/${path}`)) ?? [];
  return toLean?.(text) ?? null;
}

function without(text: string, unneeded: RegExp): string {
  const rest = text.replace(unneeded, "");
  if (rest === text) throw new Error(`a library is not what it was: nothing in it is like ${unneeded}`);
  return rest;
}

/** The same exports, each a function that does nothing. */
function toEmptyFunctions(text: string): string {
  const names = [
    ...[...text.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name),
    ...[...text.matchAll(/^export \{ \w+ as (\w+) \}/gm)].map(([, name]) => name),
  ];
  return names.map((name) => `export const ${name} = () => {};\n`).join("");
}
