// `npm run dev`: the whole service on this machine. Postgres behind the gateway, migrations, the Zoom simulator and the
// Worker. Ctrl-C ends all of it, and so does the end of the terminal or of npm.

import { type ChildProcess, fork } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { databasePasswords } from "./database-passwords.ts";
import { LOCAL, LOCAL_ZOOM_CLIENT } from "./local-values.ts";
import { applyMigrations } from "./migrate.ts";
import { startNeonGateway } from "./neon-gateway.ts";
import { assertPortFree, hasCode, LOOPBACK } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { describeLeftovers, takeOver, writeRecord } from "./run-record.ts";
import { seedLocalValues } from "./seed.ts";
import type { WorkerMessage, WorkerSettings } from "./worker.ts";
import { grantWorkerRole, LOCAL_WORKER_ROLE } from "./worker-role.ts";
import { startZoomSimulator } from "./zoom-simulator/server.ts";

const DEFAULT_PORT = 8787;
/** The ports that follow the Worker's, in this order, where no flag says another. */
const FOLLOWING_PORTS = ["simulator-port", "gateway-port", "postgres-port"] as const;
const MAX_PORT = 65_535;
const DATABASE = "zoom_oauth_connections";
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const CRON_INTERVAL_MS = 60_000;
const PARENT_CHECK_MS = 1_000;

const USAGE = `npm run dev -- [--fresh] [--port ${DEFAULT_PORT}]

  --fresh              drop the data of earlier runs
  --port <n>           the Worker's port. The three after it are taken too, and with any other port than ${DEFAULT_PORT}
                       the data are in .data-<n>: so a second stack runs beside the first
  --simulator-port <n>, --gateway-port <n>, --postgres-port <n>
                       where one of those three is taken
  --inspector-port <n> lets a debugger attach to the Worker`;

interface Options {
  isFresh: boolean;
  ports: { worker: number; simulator: number; gateway: number; postgres: number; inspector: number | null };
  dataDir: string;
}

/** What to end, newest last. */
const running: Array<() => Promise<unknown>> = [];
let isStopping = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
// A terminal that was closed takes no more text, which must not keep the rest from ending.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
stopWithNpm();

try {
  await main();
} catch (error) {
  if (!isStopping) console.error(`\n${error instanceof Error ? error.message : error}`);
  await stop(1);
}

async function main(): Promise<void> {
  const { isFresh, ports, dataDir } = readArguments();
  assertOurs(dataDir);
  await takeOver(dataDir, say);
  await nameFlag("port", () => assertPortFree(ports.worker));
  await nameFlag("simulator-port", () => assertPortFree(ports.simulator));
  await nameFlag("gateway-port", () => assertPortFree(ports.gateway));
  if (isFresh) empty(dataDir);
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  writeRecord(dataDir, ports.worker);
  const passwords = databasePasswords(dataDir);

  say("Starting Postgres …");
  const postgres = await nameFlag("postgres-port", () =>
    startPostgres({
      dataDir: join(dataDir, "postgres"),
      port: ports.postgres,
      persistent: true,
      password: passwords.owner,
      onPredecessor: (pid) => say(describeLeftovers([{ pid, command: "postgres" }])),
    }),
  );
  running.push(() => postgres.stop());
  if (!(await postgres.hasDatabase(DATABASE))) await postgres.createDatabase(DATABASE);

  say("Applying migrations …");
  const ownerUrl = postgres.url(DATABASE);
  await applyMigrations(ownerUrl);
  await seedLocalValues(ownerUrl);
  const workerRole = { name: LOCAL_WORKER_ROLE, password: passwords.worker };
  const databaseUrl = await grantWorkerRole(ownerUrl, workerRole);

  say("Starting the database gateway and the Zoom simulator …");
  const upstream = { host: LOOPBACK, port: ports.postgres };
  const gateway = await startNeonGateway({ port: ports.gateway, upstream });
  running.push(() => gateway.close());
  const webhookUrl = `http://localhost:${ports.worker}/external_webhooks/zoom/oauth_apps/${LOCAL.zoomOAuthAppId}`;
  const simulator = await startZoomSimulator({
    port: ports.simulator,
    // Zoom tells the Worker when a user removes the app, as on the Marketplace an app's event subscription would have it.
    clients: [{ ...LOCAL_ZOOM_CLIENT, webhook_url: webhookUrl }],
    stateFile: join(dataDir, "zoom-simulator.json"),
  });
  running.push(() => simulator.close());

  say("Starting the Worker …");
  const simulatorUrl = `http://localhost:${ports.simulator}`;
  const worker = await startWorker(dataDir, {
    port: ports.worker,
    inspectorPort: ports.inspector,
    stateDir: resolve(dataDir, "wrangler"),
    variables: {
      DATABASE_URL: databaseUrl,
      DATABASE_FETCH_ENDPOINT: gateway.url,
      CREDENTIAL_ENCRYPTION_KEYS: LOCAL.encryptionKeys,
      ADMIN_API_KEY: LOCAL.adminApiKey,
      ZOOM_OAUTH_BASE_URL: simulatorUrl,
      ZOOM_API_BASE_URL: `${simulatorUrl}/v2`,
      ALLOW_INSECURE_WEBHOOK_URLS: "true",
    },
  });
  await assertReady(`http://localhost:${ports.worker}/readyz`);
  worker.once("exit", (code) => void stop(code ?? 1));
  const cron = setInterval(() => void runCron(ports.worker), CRON_INTERVAL_MS);
  running.push(async () => clearInterval(cron));
  say(describe(ports.worker, ports.simulator, dataDir));
}

function readArguments(): Options {
  try {
    const port = { type: "string" } as const;
    const { values } = parseArgs({
      options: {
        help: { type: "boolean", default: false },
        fresh: { type: "boolean", default: false },
        port: { ...port, default: String(DEFAULT_PORT) },
        "simulator-port": port,
        "gateway-port": port,
        "postgres-port": port,
        "inspector-port": port,
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit();
    }
    const worker = readPort("port", values.port);
    const [simulator, gateway, postgres] = FOLLOWING_PORTS.map((flag, index) =>
      readPort(flag, values[flag] ?? String(worker + 1 + index)),
    ) as [number, number, number];
    const inspector = values["inspector-port"];
    return {
      isFresh: values.fresh,
      ports: {
        worker,
        simulator,
        gateway,
        postgres,
        inspector: inspector === undefined ? null : readPort("inspector-port", inspector),
      },
      dataDir: worker === DEFAULT_PORT ? ".data" : `.data-${worker}`,
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function readPort(flag: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= MAX_PORT) return port;
  throw new Error(`--${flag}: ${text} is no port number.`);
}

/** Adds to the error for a taken port which flag chooses another one. */
async function nameFlag<T>(flag: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, "EADDRINUSE")) throw error;
    throw new Error(`${(error as Error).message} Choose another one: npm run dev -- --${flag} <port>`);
  }
}

function assertOurs(dataDir: string): void {
  if (!existsSync(dataDir) || statSync(dataDir).uid === process.getuid?.()) return;
  throw new Error(
    `${dataDir} belongs to another user, who ran the local stack here. Remove it, or start as that user.`,
  );
}

function empty(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true, force: true });
}

/** Resolves when it takes requests. The settings, which hold secrets, go through the channel and into no file. */
async function startWorker(dataDir: string, settings: WorkerSettings): Promise<ChildProcess> {
  const worker = fork(join(import.meta.dirname, "worker.ts"), {
    // A process group of its own: Ctrl-C reaches us alone, and we end it and its workerd together.
    detached: true,
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_LOG_PATH: resolve(dataDir, "wrangler-logs"),
      // It would be asked of Cloudflare, and nothing here needs it.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      X_LOCAL_EXPLORER: "false",
    },
  });
  running.push(() => endWorker(worker));
  writeRecord(dataDir, settings.port, worker.pid);
  worker.send(settings);
  return await new Promise((ready, reject) => {
    const timer = setTimeout(() => reject(new Error("The Worker did not start in time.")), READY_TIMEOUT_MS);
    worker.once("message", (_message: WorkerMessage) => {
      clearTimeout(timer);
      ready(worker);
    });
    worker.once("exit", (code) => reject(new Error(`The Worker ended with exit code ${code}.`)));
  });
}

async function endWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null || worker.pid === undefined) return;
  const group = -worker.pid;
  const ended = new Promise((done) => worker.once("exit", done));
  worker.disconnect();
  const timer = setTimeout(() => process.kill(group, "SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

async function assertReady(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

/** The local Worker offers its cron trigger as a request and does not run it by itself. */
async function runCron(port: number): Promise<void> {
  const response = await fetch(`http://localhost:${port}/cdn-cgi/local/scheduled`).catch(() => null);
  await response?.body?.cancel();
  if (!response?.ok) console.warn("The cron run failed; see the Worker's log above.");
}

/** Where npm is killed, nobody tells us: our parent is another process then. */
function stopWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) void stop(1);
  }, PARENT_CHECK_MS).unref();
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

function describe(port: number, simulatorPort: number, dataDir: string): string {
  const redirectUri = "http://localhost:3000/callback";
  return `
Ready.

  API              http://localhost:${port}/api/v1
  API reference    http://localhost:${port}/docs
  Console          http://localhost:${port}/console (sign in with the API key)
  Zoom simulator   http://localhost:${simulatorPort} (its users and controls)
  API key          ${LOCAL.apiKey}
  Admin key        ${LOCAL.adminApiKey}
  Zoom OAuth app   ${LOCAL.zoomOAuthAppId}

Connect a Zoom user: this prints a link. Open it, press "Continue to Zoom", and then "Allow".

curl -s http://localhost:${port}/api/v1/connect_sessions \\
  -H 'Authorization: Token ${LOCAL.apiKey}' -H 'Content-Type: application/json' \\
  -d '{"return_url":"http://localhost:${port}/docs","metadata":{"tenant_id":"42"}}' \\
  | sed 's/.*"url": *"\\([^"]*\\)".*/\\1/'

Or without a browser: take a code from the simulator, as the consent page would give it, and send it.

CODE=$(curl -s http://localhost:${simulatorPort}/_simulator/authorization_codes \\
  -H 'Content-Type: application/json' \\
  -d '{"client_id":"${LOCAL.clientId}","redirect_uri":"${redirectUri}"}' | sed 's/.*"code": *"\\([^"]*\\)".*/\\1/')
curl -s http://localhost:${port}/api/v1/zoom_oauth_connections \\
  -H 'Authorization: Token ${LOCAL.apiKey}' \\
  -H 'Content-Type: application/json' \\
  -d '{"zoom_oauth_app_id":"${LOCAL.zoomOAuthAppId}","authorization_code":"'"$CODE"'","redirect_uri":"${redirectUri}","metadata":{"tenant_id":"1234567890"}}'

Data stays in ${dataDir}/ (start with --fresh to drop it). Ctrl-C ends everything.
`;
}
