// `npm run import`: takes grants over from another system, by their refresh tokens. docs/moving.md tells the order of steps.

import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { createClient, ZoomOAuthConnectionsError } from "../../client/src/index.ts";
import { CAPABILITY_NAMES } from "../../src/model/capabilities.ts";
import { readServiceUrl } from "../service-url.ts";
import { openAttendee } from "./attendee.ts";
import { type GrantFields, type Source, StopRun } from "./grant.ts";
import { Journal } from "./journal.ts";
import { openNango } from "./nango.ts";
import { openNdjson } from "./ndjson.ts";
import { Progress } from "./progress.ts";
import { runImport } from "./run.ts";

/** `local_recording`, `onbehalf`. */
const CAPABILITY_WORDS = CAPABILITY_NAMES.map((name) => name.replace(/^is_|_token_supported$/g, ""));

const USAGE = `npm run import -- --url https://… --app zoa_… grants.ndjson
npm run import -- --url https://… --app zoa_… --from nango --source-app <integration ID>
npm run import -- --url https://… --app zoa_… --from attendee

  --url            where the service runs
  --app            the Zoom OAuth app, whose grants these are
  --capabilities   ${CAPABILITY_WORDS.join(",")}: for grants whose source does not say
  --dry-run        reads and checks everything, uses nothing up
  --report         where the report goes; the journal is beside it
  --source-app     Nango's integration, or Attendee's Zoom OAuth app (zoa_…) where it has several
  --nango-url      where Nango runs, if it is hosted by you

In the environment: API_KEY (scope connections:write; with apps:read the app is checked first);
for Nango NANGO_SECRET_KEY; for Attendee ATTENDEE_DATABASE_URL and CREDENTIALS_ENCRYPTION_KEY.`;

const OPTIONS = {
  url: { type: "string" },
  app: { type: "string" },
  from: { type: "string", default: "ndjson" },
  capabilities: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  report: { type: "string" },
  "source-app": { type: "string" },
  "nango-url": { type: "string", default: "https://api.nango.dev" },
  help: { type: "boolean", default: false },
} as const;

type Arguments = ReturnType<typeof readArguments>;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    return { ...values, file: positionals[0], extra: positionals.slice(1) };
  } catch (error) {
    throw new StopRun(`${(error as Error).message}\n\n${USAGE}`);
  }
}

async function main(): Promise<void> {
  const args = readArguments();
  if (args.help) {
    console.log(USAGE);
    return;
  }
  const { url, app } = args;
  if (!url || !app || args.extra.length > 0) throw new StopRun(USAGE);
  const client = createClient({ baseUrl: readUrl(url), apiKey: readEnvironment("API_KEY") });
  const source = await openSource(args);
  try {
    await checkApp(client, app, source);
    await run(args, { client, app, url, source });
  } finally {
    await source.close();
  }
}

interface Target {
  client: ReturnType<typeof createClient>;
  app: string;
  url: string;
  source: Source;
}

async function run(args: Arguments, { client, app, url, source }: Target): Promise<void> {
  const isDry = args["dry-run"];
  const base = args.report ?? `${args.file ?? args.from}.report.ndjson`;
  const report = isDry ? `${base}.dry-run` : base;
  const journalPath = `${report}.journal`;
  if (isDry) rmSync(journalPath, { force: true });
  const journal = await Journal.open(journalPath, { url, app, source: source.name });
  const progress = new Progress(await source.count(), process.stderr);
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    process.stderr.write("\nStopping when the requests under way are answered.\n");
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    await runImport({
      client,
      appId: app,
      source,
      journal,
      defaults: readCapabilities(args.capabilities),
      isDry,
      signal: stop.signal,
      onOutcome: (outcome) => progress.add(outcome),
    });
  } finally {
    progress.end();
    await journal.writeReport(report);
    journal.close();
    if (isDry) rmSync(journalPath, { force: true });
  }
  console.log(`${progress.describe()}. Report: ${report}`);
  if (stop.signal.aborted) throw new StopRun("Stopped. The same command goes on from here.");
  if (!isDry && progress.counts.has("failed"))
    console.log("Run the same command again for those that failed.");
  const good = (progress.counts.get("connected") ?? 0) + (progress.counts.get("ready") ?? 0);
  const all = [...progress.counts.values()].reduce((sum, count) => sum + count, 0);
  if (good < all) process.exitCode = 1;
}

async function openSource({ from, file, ...args }: Arguments): Promise<Source> {
  const appId = args["source-app"] ?? null;
  switch (from) {
    case "ndjson":
      if (file === undefined) throw new StopRun(`Name the file with the grants.\n\n${USAGE}`);
      return await openNdjson(file);
    case "nango":
      if (appId === null) throw new StopRun("Name Nango's integration with --source-app.");
      return await openNango({
        baseUrl: readUrl(args["nango-url"]),
        secretKey: readEnvironment("NANGO_SECRET_KEY"),
        integrationId: appId,
      });
    case "attendee":
      return await openAttendee({
        databaseUrl: readEnvironment("ATTENDEE_DATABASE_URL"),
        encryptionKey: readEnvironment("CREDENTIALS_ENCRYPTION_KEY"),
        appId,
      });
    default:
      throw new StopRun("--from is ndjson, nango or attendee.");
  }
}

/** The key, the app and, where both sides tell it, that the grants are the app's. Uses nothing up. */
async function checkApp(client: Target["client"], id: string, source: Source): Promise<void> {
  try {
    const { client_id } = await client.getZoomOAuthApp({ id });
    if (source.clientId !== null && source.clientId !== client_id) {
      throw new StopRun(
        `The grants are for the client ID ${source.clientId}, but ${id} has ${client_id}: Zoom would refuse each.`,
      );
    }
  } catch (error) {
    if (!(error instanceof ZoomOAuthConnectionsError)) throw error;
    if (error.code === "insufficient_scope") return;
    throw new StopRun(`${id}: ${error.message}`);
  }
}

/** Throws {@link StopRun}, as all that the caller can correct does. */
function readUrl(text: string): string {
  try {
    return readServiceUrl(text);
  } catch (error) {
    throw new StopRun((error as Error).message);
  }
}

function readEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new StopRun(`Set ${name} in the environment.`);
  return value;
}

function readCapabilities(text: string | undefined): GrantFields {
  if (text === undefined) return {};
  const words = text.split(",").map((word) => word.trim());
  const unknown = words.filter((word) => !CAPABILITY_WORDS.includes(word));
  if (unknown.length > 0) throw new StopRun(`--capabilities takes ${CAPABILITY_WORDS.join(",")}.`);
  const chosen = CAPABILITY_NAMES.map((name, index) => [name, words.includes(CAPABILITY_WORDS[index] ?? "")]);
  return Object.fromEntries(chosen);
}

try {
  await main();
} catch (error) {
  // What foreign code throws may repeat what it was given: its kind is enough.
  const { name, code } = error as { name?: string; code?: string };
  const text =
    error instanceof StopRun ? error.message : `Something failed: ${code ?? name}. The same command goes on.`;
  console.error(text);
  process.exitCode = 2;
}
