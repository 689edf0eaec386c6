// From a clone to a running service, step by step. Each step looks first at what is there, so that a deployment which was
// interrupted anywhere, or has long ended, can run again without harm.

import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CAPABILITIES } from "../../src/model/capabilities.ts";
import type { DeployedDatabase } from "./database.ts";
import { keepSecrets, MADE_SECRETS, type MadeSecret, readKeptSecrets } from "./kept-secrets.ts";
import type { Wrangler } from "./wrangler.ts";

/** The longest that Cloudflare keeps a message. */
const MESSAGE_RETENTION_SECONDS = 14 * 24 * 3_600;
const READY_TRIES = 30;
/** How wrangler says that there is no such Worker. */
const NO_SUCH_WORKER = /\bcode: 10007\b/;

/** What wrangler.toml asks the account for. */
export interface DeployedConfig {
  queues: {
    producers?: { queue: string }[];
    consumers?: { queue: string; dead_letter_queue?: string | undefined }[];
  };
  r2_buckets: { bucket_name?: string }[];
  vars: Record<string, unknown>;
}

export interface Deployment {
  wrangler: Wrangler;
  database: DeployedDatabase;
  config: DeployedConfig;
  /** Where made-up secrets are kept. */
  secretsFile: string;
  isDry: boolean;
  /** Whether the Worker gets a new connection string, with the role of the database, although it has one. */
  isLoginNew: boolean;
  say(line: string): void;
  /** Milliseconds between two looks at /readyz. */
  readyPauseMs?: number;
}

/** Deploys. Throws an Error that says what to do; what was done until then stays, and is not done again. */
export async function deploy(deployment: Deployment): Promise<void> {
  const { database, wrangler, say } = deployment;
  say("1. The account");
  const account = await wrangler.ask(["whoami", "--json"]);
  if (!account.isDone) throw new Error("Sign in at Cloudflare first: npx wrangler login");
  say("2. Queues and buckets");
  await makeQueues(deployment);
  await makeBuckets(deployment);
  say("3. Tables");
  await database.migrate();
  say("4. The Worker's database role, and secrets");
  await storeSecrets(deployment);
  say("5. The Worker");
  const { targets } = await wrangler.change(["deploy"]);
  say("6. Is it ready?");
  const url = findUrl(deployment, targets);
  await waitUntilReady(deployment, url);
  describeNext(deployment, url);
}

async function makeQueues({ wrangler, config: { queues } }: Deployment): Promise<void> {
  const names = [
    ...(queues.producers ?? []).map(({ queue }) => queue),
    ...(queues.consumers ?? []).flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue]),
  ];
  for (const name of new Set(names.filter((queue) => queue !== undefined))) {
    if ((await wrangler.ask(["queues", "info", name])).isDone) continue;
    const retention = ["--message-retention-period-secs", String(MESSAGE_RETENTION_SECONDS)];
    await wrangler.change(["queues", "create", name, ...retention]);
  }
}

async function makeBuckets({ wrangler, config }: Deployment): Promise<void> {
  for (const { bucket_name } of config.r2_buckets) {
    if (bucket_name === undefined) continue;
    if ((await wrangler.ask(["r2", "bucket", "info", bucket_name])).isDone) continue;
    await wrangler.change(["r2", "bucket", "create", bucket_name]);
  }
}

/** Stores what the Worker lacks, all of it in one request. What it has is never replaced. */
async function storeSecrets(deployment: Deployment): Promise<void> {
  const { wrangler, database, secretsFile, isDry, isLoginNew, say } = deployment;
  const stored = await findStoredSecrets(wrangler);
  const missing = MADE_SECRETS.filter((name) => !stored.includes(name));
  if (missing.includes("CREDENTIAL_ENCRYPTION_KEYS")) await assertKeysKept(deployment);
  const made = isDry ? dryValues(missing) : missing.length === 0 ? {} : keepSecrets(secretsFile, missing);
  if (missing.length > 0)
    say(`  ${missing.join(" and ")}: ${isDry ? "would be kept" : "kept"} in ${secretsFile}`);
  const isLoginKept = stored.includes("DATABASE_URL") && !isLoginNew;
  if (isLoginKept) await database.completeRole();
  const login = isLoginKept ? {} : { DATABASE_URL: await database.makeRole() };
  const secrets = { ...made, ...login };
  if (Object.keys(secrets).length === 0) return;
  say(`  ${isDry ? "would store" : "storing"} ${Object.keys(secrets).join(", ")}`);
  await wrangler.change(["secret", "bulk"], JSON.stringify(secrets));
}

function dryValues(names: readonly MadeSecret[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, ""]));
}

async function findStoredSecrets(wrangler: Wrangler): Promise<string[]> {
  const list = await wrangler.ask(["secret", "list", "--format", "json"]);
  if (!list.isDone) {
    // Any other failure must not be taken for an empty list.
    if (NO_SUCH_WORKER.test(list.text)) return [];
    throw new Error(`The Worker's secrets could not be listed. Start again.\n${list.text}`);
  }
  const json = list.text.slice(list.text.indexOf("["), list.text.lastIndexOf("]") + 1);
  return (JSON.parse(json) as { name: string }[]).map(({ name }) => name);
}

/** A new key would not open what the database has. */
async function assertKeysKept({ database, secretsFile }: Deployment): Promise<void> {
  const { CREDENTIAL_ENCRYPTION_KEYS: kept = "" } = readKeptSecrets(secretsFile);
  const keptIds = kept.split(",").map((key) => key.split(":")[0]);
  const lacking = (await database.findKeyIds()).filter((id) => !keptIds.includes(id));
  if (lacking.length === 0) return;
  throw new Error(
    `The database has secrets under the master keys ${lacking.join(", ")}, and the Worker has no keys. No secret was stored, and no Worker was deployed. Write all keys into ${secretsFile}, as CREDENTIAL_ENCRYPTION_KEYS=…, and start again.`,
  );
}

function findUrl({ config, isDry }: Deployment, targets: readonly string[]): string {
  const { PUBLIC_BASE_URL } = config.vars;
  if (typeof PUBLIC_BASE_URL === "string" && PUBLIC_BASE_URL !== "") return PUBLIC_BASE_URL;
  const [, domain] = /^(\S+) \(custom domain\)/m.exec(targets.join("\n")) ?? [];
  const url = domain === undefined ? targets.find((target) => /^https?:/.test(target)) : `https://${domain}`;
  if (url !== undefined) return url.replace(/\/+$/, "");
  if (isDry) return "https://zoom.example.com";
  throw new Error("Wrangler did not say where the Worker is. Set PUBLIC_BASE_URL in wrangler.toml.");
}

async function waitUntilReady({ isDry, say, readyPauseMs = 2_000 }: Deployment, url: string): Promise<void> {
  if (isDry) return say("  would ask: GET /readyz");
  let last = "";
  for (let tries = 0; tries < READY_TRIES; tries++) {
    if (tries > 0) await sleep(readyPauseMs);
    const answer = await fetch(`${url}/readyz`).catch((error: unknown) => String(error));
    if (typeof answer !== "string" && answer.ok) return;
    last = typeof answer === "string" ? answer : `${answer.status} ${await answer.text()}`;
  }
  throw new Error(`${url}/readyz does not answer 200. The last answer: ${last}`);
}

function describeNext({ config, secretsFile, isDry, say }: Deployment, url: string): void {
  const scopes = new Set(Object.values(CAPABILITIES).flatMap((capability) => [...capability.scopes]));
  say(`
${isDry ? "The service would run at" : "The service runs:"} ${url}
${existsSync(secretsFile) ? `Its secrets are in ${secretsFile}. Bring that file to a safe place, and delete it here.\n` : ""}${config.vars.PUBLIC_BASE_URL ? "" : `Set PUBLIC_BASE_URL = "${url}" under [vars] in wrangler.toml, and deploy again.\n`}
Register at the Zoom Marketplace, in your app of type "General":
- OAuth redirect URL: ${url}/oauth/zoom/callback
- Scopes: ${[...scopes].join(", ")}
- Event notification endpoint URL: the webhook_url that POST /api/v1/zoom_oauth_apps answers with.

Then make a project, an API key and the app: docs/operations.md, "Projects and API keys".`);
}
