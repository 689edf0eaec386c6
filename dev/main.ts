// `npm run dev`: the whole service on this machine. Postgres behind the gateway, migrations, the Zoom
// simulator, and `wrangler dev` with the Worker; Ctrl-C ends all of it.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { LOCAL, LOCAL_ZOOM_CLIENT } from "./local-values.ts";
import { applyMigrations } from "./migrate.ts";
import { startNeonGateway } from "./neon-gateway.ts";
import { assertPortFree } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { seedLocalValues } from "./seed.ts";
import { startZoomSimulator } from "./zoom-simulator/server.ts";

const DATA_DIR = ".data";
const DATABASE = "zoom_oauth_connections";
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const CRON_INTERVAL_MS = 60_000;

const PORT_FLAGS = {
  port: { type: "string", default: "8787" },
  "simulator-port": { type: "string", default: "8788" },
  "gateway-port": { type: "string", default: "8789" },
  "postgres-port": { type: "string", default: "8790" },
  "inspector-port": { type: "string", default: "8791" },
} as const;

const USAGE = `npm run dev -- [--fresh] ${Object.entries(PORT_FLAGS)
  .map(([flag, { default: port }]) => `[--${flag} ${port}]`)
  .join(" ")}`;

/** What to end, newest last. */
const running: Array<() => Promise<unknown>> = [];
let isStopping = false;

process.on("SIGINT", () => void stop(0));
process.on("SIGTERM", () => void stop(0));

try {
  await main();
} catch (error) {
  if (!isStopping) console.error(`\n${error instanceof Error ? error.message : error}`);
  await stop(1);
}

async function main(): Promise<void> {
  const { fresh, ports } = readArguments();
  const [port, simulatorPort, gatewayPort, postgresPort, inspectorPort] = ports;
  await assertPortsFree(ports);
  if (fresh) rmSync(DATA_DIR, { recursive: true, force: true });
  mkdirSync(DATA_DIR, { recursive: true });

  say("Starting Postgres …");
  const dataDir = join(DATA_DIR, "postgres");
  const postgres = await startPostgres({ dataDir, port: postgresPort, persistent: true });
  running.push(() => postgres.stop());
  if (!(await postgres.hasDatabase(DATABASE))) await postgres.createDatabase(DATABASE);

  say("Applying migrations …");
  await applyMigrations(postgres.url(DATABASE));
  await seedLocalValues(postgres.url(DATABASE));

  say("Starting the database gateway and the Zoom simulator …");
  const gateway = await startNeonGateway({
    port: gatewayPort,
    upstream: { host: "127.0.0.1", port: postgresPort },
  });
  running.push(() => gateway.close());
  const simulator = await startZoomSimulator({
    port: simulatorPort,
    clients: [LOCAL_ZOOM_CLIENT],
    stateFile: join(DATA_DIR, "zoom-simulator.json"),
  });
  running.push(() => simulator.close());

  say("Starting the Worker …");
  const envFile = writeWorkerEnvironment({
    DATABASE_URL: postgres.url(DATABASE),
    DATABASE_FETCH_ENDPOINT: gateway.url,
    CREDENTIAL_ENCRYPTION_KEYS: LOCAL.encryptionKeys,
    ADMIN_API_KEY: LOCAL.adminApiKey,
    ZOOM_OAUTH_BASE_URL: `http://localhost:${simulatorPort}`,
    ZOOM_API_BASE_URL: `http://localhost:${simulatorPort}/v2`,
    ALLOW_INSECURE_WEBHOOK_URLS: "true",
  });
  const worker = startWorker(port, inspectorPort, envFile);
  running.push(() => endProcess(worker));
  await waitUntilReady(`http://localhost:${port}/readyz`, worker);
  const cron = setInterval(() => void runCron(port), CRON_INTERVAL_MS);
  running.push(async () => clearInterval(cron));
  say(describe(port, simulatorPort));
}

function readArguments() {
  try {
    const { values } = parseArgs({ options: { fresh: { type: "boolean", default: false }, ...PORT_FLAGS } });
    const ports = (Object.keys(PORT_FLAGS) as Array<keyof typeof PORT_FLAGS>).map((flag) => {
      const number = Number(values[flag]);
      if (!Number.isInteger(number) || number < 1 || number > 65_535) {
        throw new Error(`--${flag}: must be a port number.`);
      }
      return number;
    });
    return { fresh: values.fresh, ports: ports as [number, number, number, number, number] };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\nUsage: ${USAGE}`);
  }
}

/** Checked before anything starts, so that the message can name the flag. */
async function assertPortsFree(ports: readonly number[]): Promise<void> {
  for (const [index, flag] of Object.keys(PORT_FLAGS).entries()) {
    await assertPortFree(ports[index] as number).catch((error: Error) => {
      throw new Error(`${error.message} Choose another one: npm run dev -- --${flag} <port>`);
    });
  }
}

/** In a file of the owner's, not on the command line, where every user of the machine could read it. */
function writeWorkerEnvironment(values: Record<string, string>): string {
  const file = resolve(DATA_DIR, "worker.env");
  const lines = Object.entries(values).map(([name, value]) => `${name}="${value}"`);
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  return file;
}

function startWorker(port: number, inspectorPort: number, envFile: string): ChildProcess {
  const args = ["dev", "--port", `${port}`, "--inspector-port", `${inspectorPort}`, "--env-file", envFile];
  // A process group of its own: Ctrl-C reaches us alone, and we end it and its workerd together.
  return spawn("wrangler", [...args, "--show-interactive-dev-session=false", "--log-level=warn"], {
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
}

async function waitUntilReady(url: string, worker: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (worker.exitCode !== null) throw new Error(`wrangler dev ended with exit code ${worker.exitCode}.`);
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) {
      worker.once("exit", (code) => void stop(code ?? 1));
      return;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`The Worker did not become ready at ${url}.`);
}

/** `wrangler dev` offers the cron trigger as a request and does not run it by itself. */
async function runCron(port: number): Promise<void> {
  const url = `http://localhost:${port}/cdn-cgi/local/scheduled`;
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) console.warn("The cron run failed; see the Worker's log above.");
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((done) => child.once("exit", done));
  process.kill(-child.pid, "SIGTERM");
  const timer = setTimeout(() => process.kill(-(child.pid as number), "SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  if (running.length > 0) say("\nStopping …");
  for (const end of running.reverse()) await end().catch((error: unknown) => console.error(error));
  process.exit(exitCode);
}

function say(text: string): void {
  console.log(text);
}

function describe(port: number, simulatorPort: number): string {
  const redirectUri = "http://localhost:3000/callback";
  return `
Ready.

  API              http://localhost:${port}/api/v1
  Zoom simulator   http://localhost:${simulatorPort}
  API key          ${LOCAL.apiKey}
  Admin key        ${LOCAL.adminApiKey}
  Zoom OAuth app   ${LOCAL.zoomOAuthAppId}

Connect a Zoom user: take a code from the simulator, as Zoom's consent page would give it, and send it.

CODE=$(curl -s http://localhost:${simulatorPort}/_simulator/authorization_codes \\
  -H 'Content-Type: application/json' \\
  -d '{"client_id":"${LOCAL.clientId}","redirect_uri":"${redirectUri}"}' | sed 's/.*"code": *"\\([^"]*\\)".*/\\1/')
curl -s http://localhost:${port}/api/v1/zoom_oauth_connections \\
  -H 'Authorization: Token ${LOCAL.apiKey}' \\
  -H 'Content-Type: application/json' \\
  -d '{"zoom_oauth_app_id":"${LOCAL.zoomOAuthAppId}","authorization_code":"'"$CODE"'","redirect_uri":"${redirectUri}","metadata":{"tenant_id":"1234567890"}}'

Data stays in ${DATA_DIR}/ (start with --fresh to drop it). Ctrl-C ends everything.
`;
}
