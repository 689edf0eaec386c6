// Processor time of processes, from Linux's /proc.

import { readFileSync } from "node:fs";
import type { BenchStack } from "./stack.ts";

/** USER_HZ is 100 on every Linux. */
const MS_PER_TICK = 10;
const NANOSECONDS_PER_MS = 1e6;

/** What the process has used so far, with all its threads, in milliseconds. */
export function cpuMsOf(pid: number): number {
  // proc(5): the fields after the command's name; utime and stime are the 14th and the 15th of all.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** What all processes of Postgres have used so far, in milliseconds. Sessions stay open, so none is forgotten. */
export async function databaseCpuMs(stack: BenchStack): Promise<number> {
  let nanoseconds = 0;
  for (const pid of await stack.databaseProcesses()) {
    // They have one thread each, of which this is the finer clock.
    nanoseconds += Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / NANOSECONDS_PER_MS;
}
