// A file with one grant a line, as JSON.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { forEachCapability } from "../../src/model/capabilities.ts";
import { type Grant, type NoGrant, type Source, StopRun } from "./grant.ts";

const LINE_FEED = 10;

/** Whether the metadata and the capabilities fit is for the service to say; a name that it does not know is refused here. */
const grantLine = z.strictObject({
  refresh_token: z.string().min(1),
  metadata: z.exactOptional(z.record(z.string(), z.string()).nullable()),
  ...forEachCapability(() => z.exactOptional(z.boolean())),
});

/** Throws {@link StopRun} where there is no such file. */
export async function openNdjson(path: string): Promise<Source> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw new StopRun(`There is no file ${path}.`);
  return {
    name: `ndjson ${resolve(path)}`,
    count: async () => await countLines(path),
    read: () => readLines(path),
    clientId: null,
    isReadingRenewing: false,
    close: async () => {},
  };
}

async function* readLines(path: string): AsyncGenerator<Grant | NoGrant> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() !== "") yield readLine(`line ${number}`, line);
  }
}

function readLine(ref: string, line: string): Grant | NoGrant {
  const { success, data, error } = grantLine.safeParse(parseJson(line));
  if (!success) return { kind: "invalid", ref, reason: describe(error) };
  const { refresh_token: refreshToken, ...fields } = data;
  // Nobody guesses a token, so its hash tells nothing of it.
  const fingerprint = createHash("sha256").update(refreshToken).digest("hex").slice(0, 16);
  return { kind: "grant", ref, fingerprint, fields, readRefreshToken: async () => refreshToken };
}

/** By the names of the fields that are known and by the kinds of mistakes: what stands in the line may be a token. */
function describe({ issues }: z.ZodError): string {
  const words = issues.map(({ code, path: [field] }) =>
    field === undefined
      ? code === "unrecognized_keys"
        ? "It has a field that is not known."
        : "It is not a JSON object."
      : `${String(field)} is missing or not what it must be.`,
  );
  return [...new Set(words)].join(" ");
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function countLines(path: string): Promise<number> {
  let count = 0;
  let isLineOpen = false;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (byte === LINE_FEED) {
        if (isLineOpen) count += 1;
        isLineOpen = false;
      } else isLineOpen ||= byte > 32;
    }
  }
  return isLineOpen ? count + 1 : count;
}
