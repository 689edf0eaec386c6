// Notes in the data folder which process runs on it, so that a second start is refused while that one lives, and ends
// what it left behind once it is gone.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { listGroup, type OtherProcess, startOf, waitUntilTrue } from "./processes.ts";

const END_TIMEOUT_MS = 5_000;

interface RunRecord {
  pid: number;
  /** Of `startOf`, for this process and the next. */
  start: string | null;
  port: number;
  worker?: { pid: number; start: string | null };
}

/** Throws where another run that lives has the folder. Ends what a run that was killed left, and says so. */
export async function takeOver(dataDir: string, say: (text: string) => void): Promise<void> {
  const earlier = readRecord(dataDir);
  if (earlier === null) return;
  if (startOf(earlier.pid) === earlier.start && earlier.start !== null && earlier.pid !== process.pid) {
    throw new Error(
      `The local stack runs already, with its data in ${dataDir}: http://localhost:${earlier.port} (process ${earlier.pid}).\n` +
        "Start a second one beside it on ports and data of its own: npm run dev -- --port 9787",
    );
  }
  if (earlier.worker !== undefined) await endGroup(earlier.worker, say);
}

export function writeRecord(dataDir: string, port: number, workerPid?: number): void {
  const record: RunRecord = {
    pid: process.pid,
    start: startOf(process.pid),
    port,
    ...(workerPid === undefined ? {} : { worker: { pid: workerPid, start: startOf(workerPid) } }),
  };
  const file = recordPath(dataDir);
  // Whole or not at all.
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Names the processes that will be ended. */
export function describeLeftovers(processes: ReadonlyArray<Pick<OtherProcess, "pid" | "command">>): string {
  const names = processes.map(
    ({ pid, command }) => `${basename(command.split(" ")[0] ?? "")} (process ${pid})`,
  );
  return `Ending what an earlier run left behind: ${names.join(", ")} …`;
}

/** Ends the Worker's processes, of which only those of this project's own programs can be the earlier run's. */
async function endGroup(
  leader: { pid: number; start: string | null },
  say: (text: string) => void,
): Promise<void> {
  const isAnother = startOf(leader.pid) !== null && startOf(leader.pid) !== leader.start;
  if (isAnother) return;
  const findOurs = () =>
    listGroup(leader.pid).filter(
      ({ pid, command }) => pid === leader.pid || command.includes(`${process.cwd()}/node_modules/`),
    );
  const left = findOurs();
  if (left.length === 0) return;
  say(describeLeftovers(left));
  signal(left, "SIGTERM");
  if (await waitUntilTrue(() => findOurs().length === 0, END_TIMEOUT_MS)) return;
  signal(findOurs(), "SIGKILL");
  await waitUntilTrue(() => findOurs().length === 0, END_TIMEOUT_MS);
}

function signal(processes: ReadonlyArray<{ pid: number }>, name: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended meanwhile.
    }
  }
}

function readRecord(dataDir: string): RunRecord | null {
  if (!existsSync(recordPath(dataDir))) return null;
  return JSON.parse(readFileSync(recordPath(dataDir), "utf8"));
}

function recordPath(dataDir: string): string {
  return join(dataDir, "run.json");
}
