// The shell commands of the documents, run as they stand there: only addresses, keys and the app are those of the test.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONNECTIONS } from "../support/connections.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { ADMIN, ADMIN_API_KEY, type Stack, startStack } from "../support/stack.ts";
import { createVisitor } from "../support/visitor.ts";

const CLIENT = { client_id: "local-client-id", client_secret: "local-client-secret" };
const SECRET_TOKEN = "local-webhook-secret";

/** Notes each curl that did not end well, which a pipe would hide, and ends each answer with a line break. */
const PRELUDE = `
set -eu
curl() {
  command curl --silent --fail-with-body "$@" || echo "failed: curl $*" >&2
  echo
}
`;

/** In place of each pause: waits until the API shows what the command after it needs. */
const WAIT_INSTEAD_OF_SLEEP = `
pauses=0
sleep() {
  pauses=$((pauses + 1))
  case $pauses in
    1) object="zoom_oauth_connections/$ID" awaited='"last_successful_sync_at":"' ;;
    2) object="webhooks/$WEBHOOK_ID/deliveries" awaited='"attempts":\\[{' ;;
    3) object="zoom_oauth_connections/$ID" awaited='"state":"disconnected"' ;;
  esac
  until curl "$URL/api/v1/$object" -H "Authorization: Token $API_KEY" | grep -q "$awaited"; do
    command sleep 0.2
  done
}
`;

const PROGRESS_IS_NO_ERROR = `
npm() {
  command npm "$@" 2>&1
}
`;

/** Cloudflare is not asked: the admin key stays as it is, and what would be stored is printed. */
const SAME_ADMIN_KEY = `
openssl() {
  printf '%s' "$ADMIN_KEY"
}
npx() {
  printf 'stored: %s ' "$4"
  cat
  echo
}
`;

let stack: Stack;
let receiver: Receiver;
let apiKey: string;
let appId: string;
let projectId: string;

const canRun = spawnSync("curl", ["--version"]).status === 0 && spawnSync("sh", ["-c", "true"]).status === 0;
if (!canRun) console.warn("There is no curl or no sh: the commands of the documents are NOT tested.");

describe.skipIf(!canRun)("the commands of the documents", () => {
  beforeAll(async () => {
    stack = await startStack({ isJournaled: true, vars: { ALLOW_INSECURE_WEBHOOK_URLS: "true" } });
    receiver = await startReceiver();
    ({ apiKey, projectId } = await stack.createProject());
    await stack.control("clients", { ...CLIENT, webhook_secret: SECRET_TOKEN });
    const body = { ...CLIENT, webhook_secret: SECRET_TOKEN };
    const app = await stack.request("/api/v1/zoom_oauth_apps", { method: "POST", apiKey, body });
    expect(app.status).toBe(201);
    appId = app.body.id;
  });
  afterAll(async () => {
    await receiver?.close();
    await stack?.close();
  });

  it("README.md prints a link that connects a user of the simulator", async () => {
    const [create = "", list = ""] = askingBlocks("README.md");
    const link = (await run(create)).trim();
    expect(link).toMatch(new RegExp(`^${stack.url.origin}/connect/\\w{40}$`));
    const visitor = createVisitor(stack);
    const { location } = await visitor.get(await visitor.consent(link));
    expect(location).toMatch(
      new RegExp(`^${stack.url.origin}/docs\\?connect_session_id=cs_\\w{16}&status=completed$`),
    );
    expect(await run(list)).toMatch(/"state":"connected","metadata":\{"tenant_id":"42"\}/);
  });

  it("docs/api-guide.md connects, lists, gets tokens, hears a test event, and sees the app removed", async () => {
    const output = await run(WAIT_INSTEAD_OF_SLEEP + commands("docs/api-guide.md"));
    const lines = output.split("\n").filter(Boolean);
    const [key, audit, link, id] = lines;
    expect(key).toMatch(/^zock_\w{46}$/);
    expect(audit).toContain('"results":[');
    expect(link).toMatch(/^http:.*\/connect\/\w{40}$/);
    expect(id).toMatch(/^zoc_\w{16}$/);
    expect(output).toMatch(/"app_privilege_token":"[^"]+"/);
    expect(output).toMatch(/"refresh_token":"[^"]+"/);
    expect(output).toMatch(/^[A-Za-z0-9+/]{43}=$/m);
    expect(lines.findLast((line) => line.includes(`"${id}"`))).toContain('"code":"app_deauthorized"');
    await expect
      .poll(() => receiver.requests.map(({ body }) => JSON.parse(body).trigger))
      .toContain("webhook.test");
  });

  it("docs/moving.md tries an import of three grants, and makes it", async () => {
    const output = await run(PROGRESS_IS_NO_ERROR + commands("docs/moving.md"));
    expect(output).toContain("3 ready");
    expect(output.match(/"outcome":"connected"/g)).toHaveLength(3);
  });

  it("docs/operations.md makes a project, a key and an app", async () => {
    const answers = `${CLIENT.client_id}\n${CLIENT.client_secret}\n${SECRET_TOKEN}\n`;
    const output = await run(operations("Projects and API keys"), answers);
    expect(output).toMatch(/^zock_\w{46}$/m);
    expect(output).toMatch(/"has_webhook_secret":true,"webhook_url":"http/);
  });

  it("docs/operations.md ends a leaked key and a leaked admin key, and recovers", async () => {
    const tenant = await stack.createTenant();
    const keys = `/api/v1/projects/${tenant.projectId}/api_keys`;
    const leaked = (await stack.request(keys, { method: "POST", headers: ADMIN, body: {} })).body;
    const made = await stack.request("/api/v1/webhooks", {
      method: "POST",
      apiKey: leaked.key,
      body: { url: receiver.url, triggers: ["zoom_oauth_connection.state_change"] },
    });
    expect(made.status).toBe(201);
    const answers = `${tenant.projectId}\n${leaked.id}\n`;
    const output = await run(PROGRESS_IS_NO_ERROR + SAME_ADMIN_KEY + operations("Incidents"), answers);
    expect(output).toContain('"action":"webhook.created"');
    expect(output).toContain(`stored: ADMIN_API_KEY ${ADMIN_API_KEY}`);
    expect(output).toContain('"revocation":{"requested_at":"');
    expect(output).toContain("zoom_oauth_due_work_oldest_age_seconds{");
    expect(output).toContain("Done.");
    expect((await stack.request(CONNECTIONS, { apiKey: leaked.key })).status).toBe(401);
    expect((await stack.request(CONNECTIONS, { apiKey: tenant.apiKey })).status).toBe(200);
    const { body } = await stack.request("/api/v1/webhooks", { apiKey: tenant.apiKey });
    expect(body.results).toEqual([]);
  });
});

function read(document: string): string {
  return readFileSync(new URL(`../../${document}`, import.meta.url), "utf8");
}

function blocksOf(document: string): string[] {
  return [...document.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block = ""]) => block);
}

/** The commands that ask the service or the simulator. */
function commands(document: string): string {
  return askingBlocks(document).join("\n");
}

/** All commands of a chapter, for this service and its administrator. */
function operations(chapter: string): string {
  const section = read("docs/operations.md")
    .split("\n## ")
    .find((part) => part.startsWith(chapter));
  return `URL=${stack.url.origin}\nADMIN_KEY=${ADMIN_API_KEY}\n${blocksOf(String(section)).join("\n")}`;
}

/** The same, one by one. */
function askingBlocks(document: string): string[] {
  return blocksOf(read(document))
    .filter((block) => /curl|^[A-Z]+=http/m.test(block))
    .map(localize);
}

/** With the addresses, keys and the app of this test. */
function localize(block: string): string {
  return block
    .replaceAll("http://localhost:8787", stack.url.origin)
    .replaceAll("http://localhost:8788", stack.simulator.url)
    .replaceAll("http://localhost:3000/hooks", receiver.url)
    .replaceAll("local-api-key", apiKey)
    .replaceAll("local-admin-key", ADMIN_API_KEY)
    .replaceAll("proj_local00000000001", projectId)
    .replaceAll("zoa_local00000000001", appId);
}

/** Runs the script in a POSIX shell; fails where it, or a curl in it, does. Returns what it printed. */
async function run(script: string, input = ""): Promise<string> {
  const shell = spawn("sh", ["-c", PRELUDE + script], { stdio: ["pipe", "pipe", "pipe"] });
  shell.stdin.end(input);
  const ending = new Promise((done) => shell.once("close", done));
  const [output, errors, exitCode] = await Promise.all([text(shell.stdout), text(shell.stderr), ending]);
  expect({ errors, exitCode }, output).toEqual({ errors: "", exitCode: 0 });
  return output;
}
