// `npm run dev` in a process of its own, on ports and data of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { assertPortFree } from "../../dev/ports.ts";

const READY_TIMEOUT_MS = 60_000;
const PORTS = 4;

export interface LocalStack {
  process: ChildProcess;
  /** The Worker's, and of those that follow it. */
  ports: { worker: number; simulator: number; gateway: number; postgres: number };
  dataDir: string;
  /** All that it printed so far. */
  output(): string;
}

/** Starts the local stack, with an empty data folder unless told otherwise. */
export async function startLocalStack(port: number, { keepsData = false } = {}): Promise<LocalStack> {
  const dataDir = `.data-${port}`;
  if (!keepsData) rmSync(dataDir, { recursive: true, force: true });
  const child = spawn(process.execPath, ["dev/main.ts", "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const isReady = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time:\n${output}`)), READY_TIMEOUT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => {
        output += text;
        if (!output.includes("Ctrl-C ends everything.")) return;
        clearTimeout(timer);
        resolve();
      });
    }
    child.once("exit", () => reject(new Error(`the local stack ended:\n${output}`)));
  });
  await isReady;
  const ports = { worker: port, simulator: port + 1, gateway: port + 2, postgres: port + 3 };
  return { process: child, ports, dataDir, output: () => output };
}

/** Ends it as a signal does, and waits for the process that got it. */
export async function signalLocalStack(
  { process: child }: LocalStack,
  signal: NodeJS.Signals,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** The first of four ports in a row that were free a moment ago. */
export async function freePortsInARow(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    if (await areFree(first)) return first;
  }
}

export async function areFree(first: number): Promise<boolean> {
  for (let port = first; port < first + PORTS; port++) {
    const isFree = await assertPortFree(port).then(
      () => true,
      () => false,
    );
    if (!isFree) return false;
  }
  return true;
}

/** Which process its data folder names for a part of it. */
export function readRun({ dataDir }: LocalStack): { pid: number; worker: { pid: number } } {
  return JSON.parse(readFileSync(`${dataDir}/run.json`, "utf8"));
}
