// What the documents say, held against the repository: links lead somewhere, commands can be pasted, and every log event,
// error code and table is explained.

import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { getTableName, is, Table } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import * as schema from "../../src/db/schema.ts";
import { ERROR_CODES } from "../../src/errors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DOCUMENTS = listFiles("**/*.md");
/** The level of a call of `log` and its event: a text, or a name that stands for one of two texts. */
const LOG_CALL = /\blog\(\s*"(?:info|warn|error)",\s*(?:"(\w+)"|(\w+))/g;

/** Files of the repository that fit the pattern, by their paths from its root; nothing that was installed or made. */
function listFiles(pattern: string): string[] {
  const exclude = (path: string) => /^(node_modules|dist|assets|\..+)$/.test(basename(path));
  return globSync(pattern, { cwd: ROOT, exclude }).toSorted();
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The fenced blocks of a document, in the given languages. */
function blocksOf(text: string, languages: readonly string[]): string[] {
  const blocks = [...text.matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm)];
  return blocks.filter(([, language = ""]) => languages.includes(language)).map(([, , block = ""]) => block);
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "").replaceAll(/`[^`\n]*`/g, "");
}

/** The names under which GitHub links to the headings of a document. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Every event that the code can log. */
function loggedEvents(): Set<string> {
  const events = new Set<string>();
  for (const file of listFiles("src/**/*.ts")) {
    const source = read(file);
    for (const [, event, name] of source.matchAll(LOG_CALL)) {
      if (event !== undefined) events.add(event);
      else for (const choice of choicesOf(source, String(name), file)) events.add(choice);
    }
  }
  return events;
}

function choicesOf(source: string, name: string, file: string): string[] {
  const [, one, other] = new RegExp(`const ${name} = .* \\? "(\\w+)" : "(\\w+)"`).exec(source) ?? [];
  expect([one, other], `the events that ${name} stands for in ${file}`).not.toContain(undefined);
  return [String(one), String(other)];
}

/** The names in backticks that begin the rows of a document's tables, in the given column. */
function firstNames(text: string, column: number): string[] {
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  return rows.flatMap((row) =>
    [...(row.split("|")[column + 1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => String(name)),
  );
}

describe.each(DOCUMENTS)("%s", (document) => {
  const text = read(document);

  it("has no link that leads nowhere", () => {
    const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => String(target));
    const broken = links.filter((link) => {
      if (/^(https?:|mailto:)/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : relative(ROOT, join(ROOT, dirname(document), path));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("has no command with a placeholder that a shell reads as a redirection", () => {
    const commands = blocksOf(text, ["sh", "bash", "shell", "console"]);
    expect(commands.filter((command) => /<[A-Za-z][\w ]*>/.test(command))).toEqual([]);
  });

  it("has no comment in a command, which zsh takes for arguments", () => {
    const commands = blocksOf(text, ["sh", "bash", "shell", "console"]);
    expect(commands.filter((command) => /^\s*#|\s#\s/m.test(command))).toEqual([]);
  });
});

it("README.md can be read in five minutes", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(160);
});

it("docs/operations.md explains every log event, and none that does not exist", () => {
  const [, section = ""] = /^## Log events$([\s\S]*?)^## /m.exec(read("docs/operations.md")) ?? [];
  const explained = firstNames(section, 0);
  expect(explained.toSorted()).toEqual([...loggedEvents()].toSorted());
});

it("docs/api-guide.md explains every error code, and none that does not exist", () => {
  const [, section = ""] = /^## Errors$([\s\S]*?)^## /m.exec(read("docs/api-guide.md")) ?? [];
  const explained = firstNames(section, 1);
  expect(explained.toSorted()).toEqual([...ERROR_CODES].toSorted());
});

it("docs/data.md describes every table, and none that does not exist", () => {
  const described = [...read("docs/data.md").matchAll(/^### `(\w+)`$/gm)].map(([, name]) => String(name));
  const tables = Object.values(schema).filter((value) => is(value, Table)) as Table[];
  expect(described.toSorted()).toEqual(tables.map(getTableName).toSorted());
});

it("the changelog has an entry for the version of the package", () => {
  const { version } = JSON.parse(read("package.json"));
  expect(read("CHANGELOG.md")).toContain(`\n## [${version}]`);
});
