// What the service costs: round trips, waiting time, CPU time, throughput, memory, size and start. The built and
// minified Worker in workerd, with nothing in between; real PostgreSQL behind a gateway that speaks Neon's protocol;
// the Zoom simulator. Prints tables and writes everything to bench/results/. Fails where a figure is over its bar.
//
// node bench/main.ts [section …]: round-trips, wall, cpu, throughput, memory, size. Default: all of them.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { buildWorker } from "../dev/build.ts";
import { buildBareWorker, type Recording, record, startBare } from "./bare.ts";
import { measureCpu } from "./cpu.ts";
import { measureMemory, measureThroughput } from "./endurance.ts";
import type { Delays } from "./peers.ts";
import { countRoundTrips } from "./round-trips.ts";
import { prepareRoutes, type Route } from "./routes.ts";
import { startBenchStack } from "./stack.ts";
import { measureStart } from "./start.ts";
import { measureWall } from "./wall.ts";
import { startWorkerd } from "./workerd.ts";

/** Zoom's and the database's part, in milliseconds. */
const DELAYS: Delays = { db: 20, zoom: 100, isAdded: false };
const NO_DELAYS: Delays = { db: 0, zoom: 0, isAdded: false };
const MAX_WALL_RATIO = 1.05;
/** For a create whose database works on top of the delay. */
const MAX_ADDED_WALL_RATIO = 1.1;
const CREATE = { db: 2, zoom: 2 };
/** One request at a time, which the bars are for, and several at once. */
const CONCURRENCIES = [1, 8] as const;
const MAX_MEMORY_GROWTH = 1.05;
const RESULTS = "bench/results";

const wanted = process.argv.slice(2);
const isWanted = (section: string) => wanted.length === 0 || wanted.includes(section);
const failures: string[] = [];
const results: Record<string, unknown> = { date: new Date().toISOString(), ...describeMachine() };

const built = buildWorker();
const file = `${built.dir}/index.js`;
const bareFile = buildBareWorker();
const stack = await startBenchStack();
const worker = await startWorkerd(file, stack.environment);
try {
  if (isWanted("round-trips")) {
    const figures = await countRoundTrips(stack, worker.url);
    const { db, zoom } = figures["POST /api/v1/zoom_oauth_connections"] ?? {};
    hold("create: round trips", `${db} + ${zoom}`, db === CREATE.db && zoom === CREATE.zoom);
    show("round_trips", "Round trips", figures);
  }
  if (isWanted("size")) {
    // The build holds it to its bar.
    const start = await measureStart(file, bareFile, stack.environment);
    show("size", "Size and start", { Worker: { "gzip KiB": built.gzipKib, ...start } });
  }
  const routes = await prepareRoutes(stack, worker.url);
  const anyOrder = routes.filter(({ isOneByOne }) => !isOneByOne);
  const wall: Record<string, object> = {};
  const cpu: Record<string, object> = {};
  for (const route of isWanted("wall") || isWanted("cpu") ? routes : []) {
    console.log(`… ${route.name}`);
    const recording = await record(stack, route, file);
    if (isWanted("wall")) Object.assign(wall, await waitingTimes(route, recording));
    if (isWanted("cpu") && !route.isOneByOne) Object.assign(cpu, await cpuTimes(route, recording));
  }
  if (isWanted("wall"))
    show("wall", `Waiting time; a database call takes ${DELAYS.db} ms, Zoom's ${DELAYS.zoom}`, wall);
  if (isWanted("cpu")) show("cpu", "CPU time of workerd per request, beside a bare handler", cpu);
  if (isWanted("throughput")) {
    const figures: Record<string, object> = {};
    for (const route of anyOrder) figures[route.name] = await measureThroughput(route, worker.url);
    show("throughput", "Requests per second, 64 at a time", figures);
  }
  if (isWanted("memory")) {
    const figure = await measureMemory(anyOrder, worker);
    const growth = `${figure.growth.toFixed(3)} times`;
    hold("memory after 100,000 requests", growth, figure.growth <= MAX_MEMORY_GROWTH);
    show("memory", "Resident memory of workerd, MiB", { requests: figure.rssMiB });
  }
} finally {
  await worker.close();
  await stack.close();
}
results.failures = failures;
mkdirSync(RESULTS, { recursive: true });
const path = `${RESULTS}/${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`;
writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
console.log(`Written to ${path}`);
for (const failure of failures) console.error(`FAILED ${failure}`);
if (failures.length > 0) process.exitCode = 1;

/** Of the route, beside the bare handler's; of a create also with the delays on top of the database's work. */
async function waitingTimes(route: Route, recording: Recording): Promise<Record<string, object>> {
  const bare = await startBare(bareFile, recording, DELAYS);
  const bareFigure = await measureWall(route, bare.url, DELAYS);
  await bare.close();
  await stack.peers.delay(DELAYS);
  const figure = await measureWall(route, worker.url, DELAYS);
  if (route.isBarred) hold(`${route.name}: wall`, figure.ratio.toFixed(3), figure.ratio <= MAX_WALL_RATIO);
  const figures: Record<string, object> = { [route.name]: { ...figure, "bare handler": bareFigure.ratio } };
  if (route.calls.zoom === CREATE.zoom) {
    await stack.peers.delay({ ...DELAYS, isAdded: true });
    const added = await measureWall(route, worker.url, DELAYS);
    const name = `${route.name}, delays added`;
    hold(`${name}: wall`, added.ratio.toFixed(3), added.ratio <= MAX_ADDED_WALL_RATIO);
    figures[name] = added;
  }
  await stack.peers.delay(NO_DELAYS);
  return figures;
}

/** Of the route, beside the bare handler's, one at a time and several. */
async function cpuTimes(route: Route, recording: Recording): Promise<Record<string, object>> {
  const figures: Record<string, object> = {};
  const bare = await startBare(bareFile, recording);
  for (const concurrency of CONCURRENCIES) {
    const figure = await measureCpu(route, worker, bare, concurrency);
    const name = `${route.name}, ${concurrency} at a time`;
    if (route.maxCpuRatio !== null && concurrency === 1) {
      hold(`${name}: CPU`, figure.ratio.toFixed(2), figure.ratio <= route.maxCpuRatio);
    }
    figures[name] = figure;
  }
  await bare.close();
  return figures;
}

/** Notes a figure that is over its bar. */
function hold(what: string, figure: string, isHeld: boolean): void {
  if (!isHeld) failures.push(`${what}: ${figure}`);
}

function show(section: string, title: string, figures: Record<string, object>): void {
  results[section] = figures;
  console.log(title);
  console.table(
    Object.fromEntries(
      Object.entries(figures).map(([name, values]) => [
        name,
        Object.fromEntries(Object.entries(values).map(([key, value]) => [key, round(value as number)])),
      ]),
    ),
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function describeMachine() {
  const version = (name: string) =>
    (JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")) as { version: string }).version;
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim();
  return {
    commit,
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
    versions: { node: process.versions.node, workerd: version("workerd"), wrangler: version("wrangler") },
  };
}
