// `npm run recover`: after a database was restored to an earlier moment, makes rows again from the token journal. The work is
// the Worker's, which has the keys and the bucket: here it is asked for page after page. It can be stopped and started, and a
// page that is done twice has one effect.

import { parseArgs } from "node:util";
import * as z from "zod";
import { readServiceUrl } from "./service-url.ts";

const USAGE = `ADMIN_API_KEY=… npm run recover -- --url https://zoom.example.com [--from <cursor>]

  --url <url>       the address of the service
  --from <cursor>   goes on where an earlier run was stopped; it has printed the cursor

The admin key is read from the environment, so that no list of processes shows it.`;

/** Tries of one page, and the pause before the next, in milliseconds, where the answer does not say. */
const MAX_TRIES = 20;
const PAUSE_MS = 3_000;
const TIMEOUT_MS = 120_000;

const COUNTS = ["made", "updated", "unchanged", "removed", "erased"] as const;

const page = z.object({
  cursor: z.string().nullable(),
  ...(Object.fromEntries(COUNTS.map((name) => [name, z.int()])) as Record<(typeof COUNTS)[number], z.ZodInt>),
  refused: z.array(
    z.object({
      zoom_oauth_connection_id: z.string(),
      zoom_oauth_app_id: z.string().nullable(),
      project_id: z.string().nullable(),
      reason: z.string(),
    }),
  ),
});
type Page = z.output<typeof page>;

const SENTENCES: Record<
  string,
  (ids: Pick<Page["refused"][number], "zoom_oauth_app_id" | "project_id">) => string
> = {
  app_missing: ({ zoom_oauth_app_id, project_id }) =>
    `the database has no app ${zoom_oauth_app_id} in a project ${project_id}. Put both back with these ids, then run this again.`,
  unreadable: () =>
    "the entry opens with none of the keys in CREDENTIAL_ENCRYPTION_KEYS. Put the missing key back.",
};

let isStopping = false;
process.on("SIGINT", () => {
  isStopping = true;
});

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { url, from, adminKey } = readInput();
  const sum = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<(typeof COUNTS)[number], number>;
  const refused: Page["refused"] = [];
  let cursor = from;
  for (let pages = 1; ; pages++) {
    const done = await askWithPatience(url, adminKey, cursor).catch((error: unknown) => {
      console.error(`Stopped. Go on with: --from '${cursor ?? ""}'`);
      throw error;
    });
    for (const name of COUNTS) sum[name] += done[name];
    refused.push(...done.refused);
    console.log(`page ${pages}: ${describe(sum)}, refused ${refused.length}`);
    cursor = done.cursor;
    if (cursor === null) return report(refused);
    if (isStopping) {
      console.log(`Stopped. Go on with: --from '${cursor}'`);
      return 130;
    }
  }
}

function readInput(): { url: string; from: string | null; adminKey: string } {
  const { values } = parseArgs({
    options: { url: { type: "string" }, from: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const adminKey = process.env.ADMIN_API_KEY;
  if (values.url === undefined || !adminKey) throw new Error(USAGE);
  return {
    url: new URL("/api/v1/recovery", readServiceUrl(values.url)).href,
    from: values.from || null,
    adminKey,
  };
}

/** One page; asks again where the service or what is behind it is away for a while. */
async function askWithPatience(url: string, adminKey: string, cursor: string | null): Promise<Page> {
  for (let tries = 1; ; tries++) {
    const answer = await ask(url, adminKey, cursor);
    if (answer.kind === "page") return answer.page;
    if (answer.pauseMs === null || tries === MAX_TRIES || isStopping) throw new Error(answer.reason);
    console.error(`${answer.reason} Trying again.`);
    await new Promise((done) => setTimeout(done, answer.pauseMs ?? PAUSE_MS));
  }
}

type Asked =
  | { kind: "page"; page: Page }
  /** `pauseMs`: null where no further try can help. */
  | { kind: "failed"; reason: string; pauseMs: number | null };

async function ask(url: string, adminKey: string, cursor: string | null): Promise<Asked> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { Authorization: `Bearer ${adminKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ cursor }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return { kind: "failed", reason: "The service does not answer.", pauseMs: PAUSE_MS };
  }
  const text = await response.text();
  if (response.ok) return { kind: "page", page: page.parse(JSON.parse(text)) };
  const seconds = Number(response.headers.get("Retry-After"));
  const mayPass = response.status === 429 || response.status >= 500;
  return {
    kind: "failed",
    reason: `The service answered ${response.status}: ${text.slice(0, 300)}`,
    pauseMs: mayPass ? Math.max(seconds * 1_000, PAUSE_MS) : null,
  };
}

function describe(sum: Record<(typeof COUNTS)[number], number>): string {
  return COUNTS.map((name) => `${name} ${sum[name]}`).join(", ");
}

/** Tells what could not be made, once for each cause. Returns the exit code. */
function report(refused: Page["refused"]): number {
  console.log("Done.");
  const causes = Map.groupBy(refused, (entry) => {
    const tell = SENTENCES[entry.reason];
    return tell ? tell(entry) : entry.reason;
  });
  for (const [cause, entries] of causes) {
    console.error(`\n${entries.length} connections were not made: ${cause}`);
    for (const { zoom_oauth_connection_id: id } of entries) console.error(`  ${id}`);
  }
  return causes.size === 0 ? 0 : 1;
}
