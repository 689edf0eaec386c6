// Ends another process once this one is gone, whether it returned, crashed or was killed: a shell waits on a pipe that
// only we hold open. It needs no handler of a signal, so the caller's own are the only ones.

import { spawn } from "node:child_process";

const SCRIPT = `
  while read -r line; do [ "$line" = released ] && exit; done
  signal=$1 pid=$2; shift 2
  kill -s "$signal" "$pid"
  tries=0
  while kill -0 "$pid" && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  [ $# -gt 0 ] && rm -rf -- "$@"`;

export interface Lifeline {
  /** The process has ended in another way. */
  release(): void;
}

/** `thenRemove`: what is removed once the process has ended. */
export function tieToThisProcess(pid: number, signal: string, thenRemove: readonly string[]): Lifeline {
  const shell = spawn(
    "/bin/sh",
    ["-c", SCRIPT, "lifeline", signal, String(pid), ...thenRemove],
    // Its own session, out of reach of Ctrl-C; no share in our output, whose reader would wait for it.
    { detached: true, stdio: ["pipe", "ignore", "ignore"] },
  );
  shell.unref();
  shell.stdin.on("error", () => {});
  return { release: () => void shell.stdin.end("released\n") };
}
