// Keeps a state in a file between two runs: read once at the start, written whole or not at all.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { State } from "./state.ts";

const SAVE_DELAY_MS = 200;
/** Changes with the shape of the file. */
const VERSION = 1;

/** Loads what the file holds, and writes there soon after each change. Returns the last write, for the end. */
export function keepInFile(state: State, file: string): () => void {
  if (existsSync(file)) state.load(read(file));
  else mkdirSync(dirname(file), { recursive: true });
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const temporary = `${file}.new`;
    writeFileSync(temporary, JSON.stringify({ version: VERSION, ...state.toJson() }), { mode: 0o600 });
    renameSync(temporary, file);
  };
  state.onChange = () => {
    timer ??= setTimeout(write, SAVE_DELAY_MS).unref();
  };
  return write;
}

function read(file: string): ReturnType<State["toJson"]> {
  const kept = parse(readFileSync(file, "utf8"));
  if (kept?.version === VERSION) return kept;
  throw new Error(`${file} is no state of this Zoom simulator. Delete it to start with an empty one.`);
}

function parse(text: string): ReturnType<typeof JSON.parse> {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
