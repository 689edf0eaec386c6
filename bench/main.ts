// What the service costs: round trips, size and start, waiting time, processor time and requests a second, Postgres's own
// part, memory. The built and minified Worker in workerd, with nothing in between; real PostgreSQL behind a gateway that
// speaks Neon's protocol; the Zoom simulator. Prints tables and writes everything to bench/results/. Fails where a figure is
// over its bar (bars.ts).
//
// node bench/main.ts [section …]: round-trips, size, wall, journal, busy, database, memory. Default: all but journal and memory.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { buildWorker } from "../dev/build.ts";
import { buildBareWorker, type Recording, record, startBare } from "./bare.ts";
import { MAX_JOURNAL_RATIO, MAX_MEMORY_GROWTH, ROUTE_BARS, type RouteBars, type RouteName } from "./bars.ts";
import { CONCURRENCY, measureBusy } from "./busy.ts";
import { measureDatabase } from "./database.ts";
import { measureMemory } from "./endurance.ts";
import type { RoundTrips } from "./peers.ts";
import { countRoundTrips } from "./round-trips.ts";
import { prepareDatabaseRoutes, prepareRoutes, type Route } from "./routes.ts";
import { startBenchStack } from "./stack.ts";
import { measureStart } from "./start.ts";
import { measureWall } from "./wall.ts";
import { startWorkerd } from "./workerd.ts";

/** What a call to the database takes where callers are waited for, and a call to Zoom, in milliseconds. */
const DELAYS: RoundTrips = { db: 20, zoom: 100 };
const NO_DELAYS: RoundTrips = { db: 0, zoom: 0 };
const SECTIONS = ["round-trips", "size", "wall", "journal", "busy", "database", "memory"] as const;
type Section = (typeof SECTIONS)[number];
const RESULTS = "bench/results";
/** Routes that a token journal may slow. */
const JOURNALED: readonly RouteName[] = [
  "create a connection",
  "access token, cached",
  "access token, refreshed",
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(SECTIONS as readonly string[]).includes(name));
if (unknown.length > 0)
  throw new Error(`no such section: ${unknown.join(", ")}; there are ${SECTIONS.join(", ")}`);
/** What takes long runs only where it is named. */
const LONG: readonly Section[] = ["journal", "memory"];
const isWanted = (section: Section) =>
  wanted.length === 0 ? !LONG.includes(section) : wanted.includes(section);
const failures: string[] = [];
const results: Record<string, unknown> = { date: new Date().toISOString(), ...describeMachine() };

const built = buildWorker();
const file = `${built.dir}/index.js`;
const bareFile = await buildBareWorker();
const stack = await startBenchStack();
const worker = await startWorkerd(file, stack.environment);
try {
  const routes = await prepareRoutes(stack, worker.url);
  const anyOrder = routes.filter(({ isOneByOne }) => !isOneByOne);
  if (isWanted("round-trips")) {
    const figures = await countRoundTrips(stack, built.dir);
    for (const { name, operation, calls } of routes) {
      const { db, zoom } = figures[operation] ?? {};
      if (db !== calls.db || zoom !== calls.zoom) failures.push(`${name}: ${db} + ${zoom} round trips`);
    }
    show("round-trips", "Round trips", figures);
  }
  if (isWanted("size")) {
    // The build holds it to its bar.
    const start = await measureStart(file, bareFile, stack.environment);
    show("size", "Size and start", { Worker: { "gzip KiB": built.gzipKib, ...start } });
  }
  const wall: Record<string, object> = {};
  const busy: Record<string, object> = {};
  for (const route of isWanted("wall") || isWanted("busy") ? anyOrder : []) {
    console.log(`… ${route.name}`);
    const recording = await record(stack, route, file);
    if (isWanted("wall")) wall[route.name] = await waitingTime(route, recording);
    if (isWanted("busy")) busy[route.name] = await busyCost(route, recording);
  }
  if (isWanted("wall"))
    show("wall", `Waiting time; a database call takes ${DELAYS.db} ms, Zoom's ${DELAYS.zoom}`, wall);
  if (isWanted("journal")) {
    const journaled = await startWorkerd(file, { ...stack.environment, bucketUrl: stack.peers.bucketUrl });
    await stack.peers.delay(DELAYS);
    const figures: Record<string, object> = {};
    let written = 0;
    for (const route of routes.filter(({ name }) => JOURNALED.includes(name))) {
      const figure = await measureWall(
        route,
        {
          worker: { url: journaled.url, prepare: async () => await stack.setJournal(true) },
          other: { url: worker.url, prepare: async () => await stack.setJournal(false) },
        },
        DELAYS,
      );
      hold(`${route.name}: waiting time over that without a journal`, figure.overOther, MAX_JOURNAL_RATIO);
      if (route.calls.zoom > 0) written += figure.runs;
      figures[route.name] = figure;
    }
    await stack.peers.delay(NO_DELAYS);
    const puts = await stack.peers.countPuts();
    if (puts < written) failures.push(`the token journal has ${puts} of ${written} token sets`);
    await journaled.close();
    show("journal", "Waiting time with the token journal, and without it (other)", figures);
  }
  if (isWanted("busy")) show("busy", `Processor time of a request, ${CONCURRENCY} at a time`, busy);
  if (isWanted("database")) {
    const texts = await startWorkerd(file, {
      ...stack.environment,
      texts: { ...stack.environment.texts, DATABASE_STATEMENTS: "texts" },
    });
    const figures: Record<string, object> = {};
    for (const route of await prepareDatabaseRoutes(stack, worker.url, routes)) {
      const figure = await measureDatabase(stack, route, { functions: worker.url, texts: texts.url });
      hold(`${route.name}: Postgres's time over that by texts`, figure.ratio, route.maxRatio);
      figures[route.name] = figure;
    }
    await texts.close();
    show("database", `Postgres's processor time a request, in ms, ${CONCURRENCY} at a time`, figures);
  }
  if (isWanted("memory")) {
    const figure = await measureMemory(anyOrder, worker);
    hold("memory after 100,000 requests", figure.growth, MAX_MEMORY_GROWTH);
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
console.log(`Written to ${path}, after ${Math.round(performance.now() / 1000)} s`);
for (const failure of failures) console.error(`FAILED ${failure}`);
if (failures.length > 0) process.exitCode = 1;

async function waitingTime(route: Route, recording: Recording): Promise<object> {
  const bare = await startBare(bareFile, recording, DELAYS);
  await stack.peers.delay(DELAYS);
  const figure = await measureWall(route, { worker, other: bare }, DELAYS);
  await stack.peers.delay(NO_DELAYS);
  await bare.close();
  const { waitOverLimit, waitOverBare }: RouteBars = ROUTE_BARS[route.name];
  hold(`${route.name}: waiting time over its calls`, figure.overLimit, waitOverLimit);
  hold(`${route.name}: waiting time over a bare handler's`, figure.overOther, waitOverBare);
  return figure;
}

async function busyCost(route: Route, recording: Recording): Promise<object> {
  const bare = await startBare(bareFile, recording);
  const figure = await measureBusy(stack, route, worker, bare);
  await bare.close();
  const { workerOverBare }: RouteBars = ROUTE_BARS[route.name];
  hold(`${route.name}: processor time over a bare handler's`, figure["Worker over bare"], workerOverBare);
  return figure;
}

/** Notes a figure that is over its bar, where it has one. */
function hold(what: string, figure: number, bar: number | undefined): void {
  if (bar !== undefined && !(figure <= bar)) failures.push(`${what}: ${figure.toFixed(3)}, bar ${bar}`);
}

function show(section: Section, title: string, figures: Record<string, object>): void {
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
