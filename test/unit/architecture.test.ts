// The arrows that ARCHITECTURE.md draws are the imports of src/, no more and no fewer.

import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const IMPORT = /(?:from|import) "([^"]+)"/g;
const document = readFileSync("ARCHITECTURE.md", "utf8");

/** The lines of the fenced block, each split at its separator. */
function readBlock(name: string, separator: string): [left: string, right: string[]][] {
  const block = new RegExp(`\`\`\`${name}\\n([^\`]*)\`\`\``).exec(document)?.[1];
  if (block === undefined) throw new Error(`ARCHITECTURE.md has no block "${name}"`);
  return block
    .trim()
    .split("\n")
    .map((line) => {
      const [left = "", right = ""] = line.split(separator);
      return [left.trim(), right.trim().split(/\s+/)];
    });
}

/** `src/db/client.ts` belongs to `db`, `src/app.ts` to `app`. */
function unitOf(file: string): string {
  return (file.split("/")[1] as string).replace(/\.tsx?$/, "");
}

interface Import {
  from: string;
  /** A file, or a package with its scope. */
  to: string;
}

function findImports(): Import[] {
  return globSync("src/**/*.{ts,tsx}").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, to = ""]) => ({
      from: file,
      to: to.startsWith(".") ? normalize(join(dirname(file), to)) : to,
    })),
  );
}

const imports = findImports();

describe("the imports of src", () => {
  it("are the arrows that ARCHITECTURE.md draws", () => {
    const found = new Map<string, Set<string>>();
    for (const { from, to } of imports) {
      if (!to.startsWith("src/") || unitOf(from) === unitOf(to)) continue;
      found.set(unitOf(from), (found.get(unitOf(from)) ?? new Set()).add(unitOf(to)));
    }
    const lines = [...found].map(([unit, targets]) => [unit, [...targets].sort()]);
    expect(Object.fromEntries(lines)).toEqual(Object.fromEntries(readBlock("arrows", "->")));
  });

  it("leave src for drizzle's journal only", () => {
    const outside = imports.filter(
      ({ to }) => /^[a-z]+\//.test(to) && !to.startsWith("src/") && !isPackage(to),
    );
    expect(outside).toEqual([{ from: "src/db/schema-version.ts", to: "drizzle/meta/_journal.json" }]);
  });

  it("take each package only where ARCHITECTURE.md says", () => {
    const allowed = new Map<string, string[]>();
    for (const [packages, units] of readBlock("packages", " : ")) {
      for (const name of packages.split(/\s+/)) allowed.set(name, units);
    }
    const foreign = imports
      .filter(({ to }) => isPackage(to) && !to.startsWith("node:"))
      .filter(({ from, to }) => !allowed.get(packageOf(to))?.includes(unitOf(from)));
    expect(foreign).toEqual([]);
  });
});

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function isPackage(specifier: string): boolean {
  return !/^(src|drizzle|dev|test|bench|client)\//.test(specifier);
}
