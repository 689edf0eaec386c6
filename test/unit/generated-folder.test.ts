// A folder of generated files that a running Worker reads while a second build makes it again.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeGeneratedFolder } from "../../dev/generated-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "generated-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("writes what has changed, leaves what has not, and removes what is not named", () => {
  writeGeneratedFolder(
    folder,
    new Map([
      ["a/same.txt", "same"],
      ["a/changed.txt", "before"],
    ]),
  );
  mkdirSync(join(folder, "old"));
  writeFileSync(join(folder, "old", "gone.txt"), "gone");
  const { mtimeMs } = statSync(join(folder, "a/same.txt"));
  writeGeneratedFolder(
    folder,
    new Map<string, string | Buffer>([
      ["a/same.txt", Buffer.from("same")],
      ["a/changed.txt", "after"],
    ]),
  );
  expect(statSync(join(folder, "a/same.txt")).mtimeMs).toBe(mtimeMs);
  expect(readFileSync(join(folder, "a/changed.txt"), "utf8")).toBe("after");
  expect(existsSync(join(folder, "old/gone.txt"))).toBe(false);
});
