// `npm run import` in a process of its own, as a person starts it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack, Tenant } from "./stack.ts";

export interface ImportRun {
  process: ChildProcess;
  /** All that it printed so far. */
  output(): string;
  /** Its exit code, or null after a signal. */
  ended: Promise<number | null>;
}

export interface ReportLine {
  ref: string;
  outcome: string;
  code: string | null;
  zoom_oauth_connection_id: string | null;
  user_id: string | null;
}

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), "import-"));

export function startImport(
  { url }: Pick<Stack, "url">,
  tenant: Pick<Tenant, "apiKey" | "appId">,
  args: readonly string[],
  env: Record<string, string> = {},
): ImportRun {
  const target = ["--url", url.origin, "--app", tenant.appId];
  const child = spawn(process.execPath, ["dev/import/main.ts", ...target, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", API_KEY: tenant.apiKey, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => {
      output += text;
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { process: child, output: () => output, ended };
}

export const readReport = (path: string): ReportLine[] => readLines(path).map((line) => JSON.parse(line));

export function readLines(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").filter(Boolean);
}
