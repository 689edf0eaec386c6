// What a request costs Postgres: processor time of its processes, by functions and by texts in turns, from the same build.

import type { RouteName } from "./bars.ts";
import { CONCURRENCY } from "./busy.ts";
import { askAll, type BenchRequest } from "./load.ts";
import { databaseCpuMs } from "./processor-time.ts";
import type { BenchStack } from "./stack.ts";

const WARM_UP = 1_000;
/** Each of the gateway's sessions plans anew after the tables were analysed. */
const AGAIN = 250;
const BLOCKS = 8;
const BLOCK = 250;

/** What is measured, and how much of a text's time the function may take. */
export interface DatabaseRoute {
  name: RouteName;
  maxRatio: number;
  /** So many requests that have not been sent yet. */
  next(count: number): Promise<BenchRequest[]>;
}

export interface DatabaseFigure {
  /** Of one request, in milliseconds of processor time. */
  "by functions": number;
  "by texts": number;
  ratio: number;
}

/** Both Workers are on one database, and take turns, so that what disturbs the machine disturbs them alike. */
export async function measureDatabase(
  stack: BenchStack,
  route: DatabaseRoute,
  urls: { functions: string; texts: string },
): Promise<DatabaseFigure> {
  const load = async (url: string, count: number): Promise<number> => {
    const requests = await route.next(count);
    const before = await databaseCpuMs(stack);
    await askAll(url, requests, CONCURRENCY);
    return (await databaseCpuMs(stack)) - before;
  };
  // A kept plan is made for the tables of its time. Those of a new database grow tenfold here, within seconds: Postgres's
  // autovacuum, which ends such plans, comes once a minute.
  await load(urls.functions, WARM_UP);
  await load(urls.texts, WARM_UP);
  await stack.analyze();
  await load(urls.functions, AGAIN);
  await load(urls.texts, AGAIN);
  let [byFunctions, byTexts] = [0, 0];
  for (let block = 0; block < BLOCKS; block++) {
    byFunctions += await load(urls.functions, BLOCK);
    byTexts += await load(urls.texts, BLOCK);
  }
  const requests = BLOCKS * BLOCK;
  return {
    "by functions": byFunctions / requests,
    "by texts": byTexts / requests,
    ratio: byFunctions / byTexts,
  };
}
