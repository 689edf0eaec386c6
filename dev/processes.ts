// What the operating system tells of other processes: enough to know one again, and to end what a killed run of ours
// left behind.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "./ports.ts";

const IS_LINUX = process.platform === "linux";
const POLL_MS = 25;

export interface OtherProcess {
  pid: number;
  /** The id of its process group. */
  group: number;
  command: string;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** When the process started, so that another one with the same id later is not taken for it; null: there is none. */
export function startOf(pid: number): string | null {
  if (!IS_LINUX) return runPs("-o", "lstart=", "-p", String(pid))[0] ?? null;
  const stat = readStat(pid);
  // Ticks since the machine started (proc_pid_stat(5), field 22), which alone could repeat after the next start.
  return stat && `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${stat[19]}`;
}

/** The members of a process group, whether or not the process that it is named after still runs. */
export function listGroup(group: number): OtherProcess[] {
  return listProcesses().filter((other) => other.group === group);
}

/** Whether the process has this working directory, or names it in its command line where the system keeps that secret. */
export function worksIn(pid: number, directory: string): boolean {
  try {
    if (IS_LINUX) return readlinkSync(`/proc/${pid}/cwd`) === directory;
    return runPs("-o", "command=", "-p", String(pid)).some((command) => command.includes(directory));
  } catch {
    return false;
  }
}

/** Resolves to true as soon as the condition holds, to false after so long. */
export async function waitUntilTrue(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function listProcesses(): OtherProcess[] {
  if (!IS_LINUX) {
    return runPs("-A", "-o", "pid=,pgid=,command=").flatMap((line) => {
      const [, pid, group, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined ? [] : [{ pid: Number(pid), group: Number(group), command }];
    });
  }
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : null;
    return stat === null ? [] : [{ pid, group: Number(stat[2]), command: readCommand(pid) }];
  });
}

/** The fields of /proc/…/stat from the third on; null: no such process, or one that has ended and waits for its parent. */
function readStat(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : fields;
  } catch {
    return null;
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

function runPs(...args: string[]): string[] {
  try {
    return execFileSync("ps", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } })
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  } catch {
    return [];
  }
}
