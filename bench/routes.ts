// The routes whose time is measured: what a caller waits for most.

import { ask, type BenchRequest } from "./load.ts";
import type { RoundTrips } from "./peers.ts";
import { type BenchStack, REDIRECT_URI } from "./stack.ts";

export const CONNECTIONS = "/api/v1/zoom_oauth_connections";

export interface Route {
  name: string;
  /** Calls that it cannot do without, one after the other. */
  calls: RoundTrips;
  /** How much more than a bare handler it may cost in CPU time; null: no bar. */
  maxCpuRatio: number | null;
  /** Whether its waiting time has a bar. */
  isBarred: boolean;
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
      calls: { db: 2, zoom: 2 },
      maxCpuRatio: 2,
      isBarred: true,
      next: create,
    },
    {
      name: "get a connection",
      calls: { db: 1, zoom: 0 },
      maxCpuRatio: 1.6,
      isBarred: true,
      next: async () => ({ method: "GET", path: `${CONNECTIONS}/${id}` }),
    },
    {
      name: "list 25 connections",
      calls: { db: 1, zoom: 0 },
      maxCpuRatio: null,
      isBarred: true,
      next: async () => ({ method: "GET", path: CONNECTIONS }),
    },
    {
      name: "access token, cached",
      calls: { db: 1, zoom: 0 },
      maxCpuRatio: 1.6,
      isBarred: true,
      next: async () => accessToken,
    },
    {
      name: "access token, refreshed",
      calls: { db: 2, zoom: 1 },
      maxCpuRatio: null,
      isBarred: false,
      isOneByOne: true,
      next: async () => {
        await stack.expireAccessTokens();
        return accessToken;
      },
    },
  ];
}
