// Wrangler as the deployment uses it: what asks, and what changes the account. Secrets go through stdin, and stand in no argument.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Result {
  isDone: boolean;
  /** What it printed. */
  text: string;
  /** Where a deployed Worker is reached: URLs, or `zoom.example.com (custom domain)`. */
  targets: string[];
}

export interface Wrangler {
  /** Asks, and changes nothing. */
  ask(args: string[]): Promise<Result>;
  /** Changes the account. Throws where wrangler fails. */
  change(args: string[], stdin?: string): Promise<Result>;
}

/** The one that the package brings. */
export const wrangler: Wrangler = {
  ask: async (args) => await run(args),
  change: async (args, stdin) => {
    const result = await run(args, stdin);
    if (!result.isDone) throw new Error(`wrangler ${args.join(" ")} failed:\n${result.text}`);
    return result;
  },
};

/** Asks nobody: says what would be done, as for an account that has nothing yet. The Worker is built all the same. */
export function dryWrangler(say: (line: string) => void): Wrangler {
  const nothing = { isDone: false, text: "[code: 10007]", targets: [] };
  return {
    ask: async (args) => {
      say(`  would ask: wrangler ${args.join(" ")}`);
      return args[0] === "whoami" ? { ...nothing, isDone: true } : nothing;
    },
    change: async (args, stdin) => {
      say(`  would run: wrangler ${args.join(" ")}${stdin === undefined ? "" : " (values through stdin)"}`);
      if (args[0] === "deploy") await wrangler.change(["deploy", "--dry-run"]);
      return { ...nothing, isDone: true };
    },
  };
}

async function run(args: string[], stdin?: string): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), "deploy-"));
  const output = join(dir, "output.ndjson");
  try {
    const child = spawn("wrangler", args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, WRANGLER_OUTPUT_FILE_PATH: output, WRANGLER_SEND_METRICS: "false" },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        text += chunk;
      });
    }
    // A wrangler that ends before it has read all of it fails by its status.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin ?? "");
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { isDone: status === 0, text, targets: readTargets(output) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Wrangler writes a line of JSON for each thing that it did. */
function readTargets(file: string): string[] {
  const lines = readTextOrNothing(file).split("\n").filter(Boolean);
  return lines.flatMap((line) => JSON.parse(line).targets ?? []);
}

function readTextOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
