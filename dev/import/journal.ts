// What became of each grant, line by line as it happens: from it a run goes on where another was stopped, and of it the
// report is made. Holds no token.

import { closeSync, createReadStream, createWriteStream, existsSync, openSync, writeSync } from "node:fs";
import { rename, truncate } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import * as z from "zod";
import { StopRun } from "./grant.ts";

/**
 * connected, disconnected: stored, see the connection. refused: not with this refresh token, metadata or scopes. failed: may
 * succeed later. invalid: no grant can be read. skipped: the source has no live grant. ready: a dry run would import it.
 */
const OUTCOMES = ["connected", "disconnected", "refused", "failed", "invalid", "skipped", "ready"] as const;
export type Outcome = (typeof OUTCOMES)[number];

const journalLine = z.strictObject({
  ref: z.string(),
  fingerprint: z.string().nullable(),
  outcome: z.enum(OUTCOMES),
  /** Of the error, or of the connection's failure. */
  code: z.string().nullable(),
  /** A sentence. */
  reason: z.string().nullable(),
  zoom_oauth_connection_id: z.string().nullable(),
  user_id: z.string().nullable(),
  request_id: z.string().nullable(),
  at: z.string(),
});
export type JournalLine = z.output<typeof journalLine>;

/** Which import a journal is of. */
const headLine = z.strictObject({ url: z.string(), app: z.string(), source: z.string() });
export type JournalHead = z.output<typeof headLine>;

export class Journal {
  readonly #path: string;
  readonly #file: number;
  /** Those that are stored, from earlier runs. */
  readonly #done: Map<string, { fingerprint: string | null; outcome: Outcome }>;

  private constructor(path: string, done: Journal["done"]) {
    this.#path = path;
    this.#done = done;
    this.#file = openSync(path, "a", 0o600);
  }

  get done() {
    return this.#done;
  }

  /** Goes on with the journal that is there. Throws {@link StopRun} where it is of another import. */
  static async open(path: string, head: JournalHead): Promise<Journal> {
    const done: Journal["done"] = new Map();
    const isNew = !existsSync(path);
    if (!isNew) {
      await dropTornEnd(path);
      let isHead = true;
      for await (const line of readJson(path)) {
        if (isHead) {
          assertSameImport(path, line, head);
          isHead = false;
          continue;
        }
        const { ref, fingerprint, outcome } = journalLine.parse(line);
        if (isStored(outcome)) done.set(ref, { fingerprint, outcome });
        else done.delete(ref);
      }
      if (!isHead) return new Journal(path, done);
    }
    const journal = new Journal(path, done);
    journal.#write(head);
    return journal;
  }

  /** What an earlier run has stored of this grant. */
  find(ref: string, fingerprint: string | null): Outcome | null {
    const entry = this.#done.get(ref);
    return entry?.fingerprint === fingerprint ? (entry?.outcome ?? null) : null;
  }

  add(line: JournalLine): void {
    this.#write(line);
  }

  #write(line: JournalLine | JournalHead): void {
    // In one piece and at once: whatever ends this process ends it between two lines, or in the last one.
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  /** Writes the report, one line for each grant: the newest of the journal. */
  async writeReport(path: string): Promise<void> {
    const newest = new Map<string, number>();
    let index = 0;
    for await (const line of readJson(this.#path)) {
      const { success, data } = journalLine.safeParse(line);
      if (success) newest.set(data.ref, index);
      index += 1;
    }
    const draft = `${path}.tmp`;
    const file = Writable.toWeb(createWriteStream(draft, { mode: 0o600 }));
    const writer = file.getWriter();
    index = 0;
    for await (const line of readJson(this.#path)) {
      const { success, data } = journalLine.safeParse(line);
      if (success && newest.get(data.ref) === index)
        await writer.write(Buffer.from(`${toReportLine(data)}\n`));
      index += 1;
    }
    await writer.close();
    await rename(draft, path);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function toReportLine({ fingerprint: _, ...line }: JournalLine): string {
  return JSON.stringify(line);
}

/** The service has it: asking again finds nothing else. All others are tried again. */
function isStored(outcome: Outcome): boolean {
  return outcome === "connected" || outcome === "disconnected";
}

function assertSameImport(path: string, line: unknown, head: JournalHead): void {
  const { success, data } = headLine.safeParse(line);
  if (success && data.url === head.url && data.app === head.app && data.source === head.source) return;
  throw new StopRun(
    `${path} is the journal of another import: ${success ? `${data.source} into ${data.app} at ${data.url}` : "not of this command"}. Name another --report.`,
  );
}

/** A process that was killed may have left half a line. */
async function dropTornEnd(path: string): Promise<void> {
  let size = 0;
  let whole = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf("\n");
    if (end !== -1) whole = size + end + 1;
    size += chunk.length;
  }
  if (whole < size) await truncate(path, whole);
}

async function* readJson(path: string): AsyncGenerator<unknown> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) yield JSON.parse(line);
}
