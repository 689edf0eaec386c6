// Nango's API: the connections of one integration, and the refresh token of each.
// https://nango.dev/docs/reference/backend/http-api/connections/list and /get

import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import {
  type Grant,
  type GrantFields,
  type NoGrant,
  type Source,
  StopRun,
  UnreadableGrant,
} from "./grant.ts";

const PAGE_SIZE = 1_000;
/** Without pages, Nango leaves out what is beyond. */
const MAX_UNPAGED = 10_000;
const TIMEOUT_MS = 60_000;
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1_000;

const nangoConnection = z.object({
  id: z.int(),
  connection_id: z.string(),
  provider_config_key: z.string(),
  end_user: z.object({ id: z.string() }).nullish(),
});
type NangoConnection = z.output<typeof nangoConnection>;
const connectionList = z.object({ connections: z.array(nangoConnection) });
const connectionWithToken = z.object({ credentials: z.object({ refresh_token: z.string().min(1) }) });

export interface NangoOptions {
  /** `https://api.nango.dev`, or where it is hosted. */
  baseUrl: string;
  secretKey: string;
  /** Nango's `provider_config_key`. */
  integrationId: string;
}

/** Lists at once, which uses no token. Throws {@link StopRun} where Nango refuses the list. */
export async function openNango(options: NangoOptions): Promise<Source> {
  const connections = await listConnections(options);
  return {
    name: `nango ${options.baseUrl} ${options.integrationId}`,
    count: async () => connections.length,
    read: () => readConnections(connections, options),
    clientId: null,
    isReadingRenewing: true,
    close: async () => {},
  };
}

async function* readConnections(
  connections: readonly NangoConnection[],
  options: NangoOptions,
): AsyncGenerator<Grant | NoGrant> {
  for (const { connection_id, end_user } of connections) {
    const metadata = {
      nango_connection_id: connection_id,
      ...(end_user ? { nango_end_user_id: end_user.id } : {}),
    };
    const fields: GrantFields = { metadata };
    const readRefreshToken = async () => await readToken(options, connection_id);
    yield { kind: "grant", ref: connection_id, fingerprint: null, fields, readRefreshToken };
  }
}

async function listConnections(options: NangoOptions): Promise<NangoConnection[]> {
  const byId = new Map<number, NangoConnection>();
  for (let page = 0; ; page++) {
    const paging = new URLSearchParams({ limit: String(PAGE_SIZE), page: String(page) });
    let answer = await ask(options, `/connections?${paging}`);
    // Releases without pages refuse the parameters.
    const isPaged = answer.status !== 400;
    if (!isPaged) answer = await ask(options, "/connections");
    const list = connectionList.safeParse(answer.body);
    if (!answer.isOk || !list.success) {
      throw new StopRun(
        `Nango answered ${answer.status} to a list of connections. Is NANGO_SECRET_KEY right?`,
      );
    }
    const { connections } = list.data;
    if (!isPaged && connections.length >= MAX_UNPAGED) {
      throw new StopRun(`This release of Nango lists no more than ${MAX_UNPAGED} connections: update it.`);
    }
    const known = byId.size;
    for (const connection of connections) byId.set(connection.id, connection);
    if (!isPaged || byId.size === known) break;
  }
  return [...byId.values()]
    .filter(({ provider_config_key }) => provider_config_key === options.integrationId)
    .sort((a, b) => a.id - b.id);
}

/** Nango renews a token that has expired before it answers. */
async function readToken(options: NangoOptions, connectionId: string): Promise<string> {
  const query = new URLSearchParams({ provider_config_key: options.integrationId, refresh_token: "true" });
  const { status, body } = await ask(options, `/connections/${encodeURIComponent(connectionId)}?${query}`);
  const read = connectionWithToken.safeParse(body);
  if (read.success) return read.data.credentials.refresh_token;
  throw new UnreadableGrant(
    status === 200
      ? "Nango has no refresh token for it. The API key needs the scope environment:connections:read_credentials."
      : `Nango answered ${status}.`,
  );
}

/** Tries again where Nango asks for patience or is away. */
async function ask({ baseUrl, secretKey }: NangoOptions, path: string) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${baseUrl}${path}`, {
      headers: { Authorization: `Bearer ${secretKey}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => null);
    const isPassing = response === null || response.status === 429 || response.status >= 500;
    if (!isPassing || attempt === MAX_ATTEMPTS) {
      if (response === null) throw new StopRun(`Nango cannot be reached at ${baseUrl}.`);
      const body: unknown = await response.json().catch(() => null);
      return { status: response.status, isOk: response.ok, body };
    }
    await response?.body?.cancel();
    const asked = Number(response?.headers.get("Retry-After") ?? 0) * 1000;
    await sleep(Math.max(Number.isNaN(asked) ? 0 : asked, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
  }
}
