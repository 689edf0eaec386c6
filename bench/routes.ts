// The routes whose time is measured: what a caller waits for most.

import { ROUTE_BARS, type RouteBars, type RouteName } from "./bars.ts";
import type { DatabaseRoute } from "./database.ts";
import { ask, askAll, type BenchRequest } from "./load.ts";
import type { RoundTrips } from "./peers.ts";
import { type BenchStack, REDIRECT_URI } from "./stack.ts";

export const CONNECTIONS = "/api/v1/zoom_oauth_connections";

export interface Route {
  name: RouteName;
  /** The operation in the figures of round trips. */
  operation: string;
  /** Calls that it cannot do without, one after the other, and makes no more. */
  calls: RoundTrips;
  /** What `next` gives must be sent before `next` is asked again. */
  isOneByOne?: boolean;
  /** A request that has not been sent yet. */
  next(): Promise<BenchRequest>;
}

/** The measured routes of a Worker with thirty connections. */
export async function prepareRoutes(stack: BenchStack, url: string): Promise<Route[]> {
  const create = async (): Promise<BenchRequest> => {
    const { code } = await stack.authorize();
    return {
      method: "POST",
      path: CONNECTIONS,
      body: { authorization_code: code, redirect_uri: REDIRECT_URI },
    };
  };
  let id = "";
  for (let i = 0; i < 30; i++) {
    id = (JSON.parse((await ask(url, await create())).body) as { id: string }).id;
  }
  const accessToken: BenchRequest = { method: "POST", path: `${CONNECTIONS}/${id}/access_token`, body: {} };
  return [
    {
      name: "create a connection",
      operation: `POST ${CONNECTIONS}`,
      calls: { db: 2, zoom: 2 },
      next: create,
    },
    {
      name: "get a connection",
      operation: `GET ${CONNECTIONS}/{id}`,
      calls: { db: 1, zoom: 0 },
      next: async () => ({ method: "GET", path: `${CONNECTIONS}/${id}` }),
    },
    {
      name: "list 25 connections",
      operation: `GET ${CONNECTIONS}`,
      calls: { db: 1, zoom: 0 },
      next: async () => ({ method: "GET", path: CONNECTIONS }),
    },
    {
      name: "access token, cached",
      operation: `POST ${CONNECTIONS}/{id}/access_token`,
      calls: { db: 1, zoom: 0 },
      next: async () => accessToken,
    },
    {
      name: "access token, refreshed",
      operation: `POST ${CONNECTIONS}/{id}/access_token, refreshed`,
      calls: { db: 2, zoom: 1 },
      isOneByOne: true,
      next: async () => {
        await stack.expireAccessTokens();
        return accessToken;
      },
    },
  ];
}

/** The routes whose cost to Postgres is measured. `url`: a Worker that makes connections for them. */
export async function prepareDatabaseRoutes(
  stack: BenchStack,
  url: string,
  routes: readonly Route[],
): Promise<DatabaseRoute[]> {
  const plain = routes
    .filter(({ isOneByOne }) => !isOneByOne)
    .map((route) => ({ name: route.name, next: async (count: number) => await takeRequests(route, count) }));
  const ids: string[] = [];
  const create = routes.find(({ calls }) => calls.zoom === 2) as Route;
  const refreshed = async (count: number): Promise<BenchRequest[]> => {
    while (ids.length < count) ids.push(JSON.parse((await ask(url, await create.next())).body).id);
    await stack.expireAccessTokens();
    return ids
      .slice(0, count)
      .map((id) => ({ method: "POST", path: `${CONNECTIONS}/${id}/access_token`, body: {} }));
  };
  const all: Omit<DatabaseRoute, "maxRatio">[] = [
    ...plain,
    { name: "access token, refreshed", next: refreshed },
  ];
  return all.flatMap((route) => {
    const { functionsOverTexts: maxRatio }: RouteBars = ROUTE_BARS[route.name];
    return maxRatio === undefined ? [] : [{ ...route, maxRatio }];
  });
}

/** V8 compiles what has run often, as it has in a Worker that is in use: so many requests come before any that is measured. */
const WARM_UP = 2_000;
/** The Workers that have had them, by URL and route. */
const warm = new Set<string>();

/** Lets the Worker answer as many requests of the route as one in use has, once. */
export async function warmUp(url: string, route: Route, concurrency: number): Promise<void> {
  const name = `${url} ${route.name}`;
  if (warm.has(name)) return;
  warm.add(name);
  await askAll(url, await takeRequests(route, WARM_UP), concurrency);
}

/** So many requests of the route that have not been sent yet. */
export async function takeRequests({ next }: Pick<Route, "next">, count: number): Promise<BenchRequest[]> {
  const requests: BenchRequest[] = [];
  for (let i = 0; i < count; i++) requests.push(await next());
  return requests;
}
