// What tests of connections share: the request that creates one, and what the database holds of it.

import { type Answer, REDIRECT_URI, type Stack, type Tenant } from "./stack.ts";

export const CONNECTIONS = "/api/v1/zoom_oauth_connections";

/** Sends the create request; the body's members can be replaced or, with undefined, left out. */
export async function createConnection(
  stack: Stack,
  tenant: Pick<Tenant, "apiKey" | "appId">,
  code: string,
  changes: Record<string, unknown> = {},
): Promise<Answer> {
  const body = {
    zoom_oauth_app_id: tenant.appId,
    authorization_code: code,
    redirect_uri: REDIRECT_URI,
    ...changes,
  };
  return await stack.request(CONNECTIONS, { method: "POST", apiKey: tenant.apiKey, body });
}

/** The same with capabilities that ask for no sync, so that none runs beside what a test looks at. */
export async function createUnsynced(
  stack: Stack,
  tenant: Pick<Tenant, "apiKey" | "appId">,
  code: string,
  changes: Record<string, unknown> = {},
): Promise<Answer> {
  const capabilities = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };
  return await createConnection(stack, tenant, code, { ...capabilities, ...changes });
}

/** As if the hour of the stored access token had passed. */
export async function expireAccessToken(stack: Stack, connectionId: string): Promise<void> {
  await stack.sql("update zoom_oauth_connections set access_token_expires_at = now() where id = $1", [
    connectionId,
  ]);
}

/** Asks for an access token after the stored one has expired. */
export async function askForNewToken(
  stack: Stack,
  { apiKey }: Pick<Tenant, "apiKey">,
  connectionId: string,
): Promise<Answer> {
  await expireAccessToken(stack, connectionId);
  return await stack.request(`${CONNECTIONS}/${connectionId}/access_token`, { method: "POST", apiKey });
}

/** How many exchanges of codes Zoom has seen, and how many of them it granted. */
export async function countExchanges(stack: Stack): Promise<{ asked: number; granted: number }> {
  const { requests } = await stack.control("requests?operation=token.authorization_code");
  const granted = requests.filter((request: { outcome: string }) => request.outcome === "ok").length;
  return { asked: requests.length, granted };
}

/** The types of a connection's events, oldest first. */
export async function eventTypes(stack: Stack, connectionId: string): Promise<string[]> {
  const rows = await stack.sql(
    "select type from connection_events where zoom_oauth_connection_id = $1 order by created_at, id",
    [connectionId],
  );
  return rows.map((row) => row.type as string);
}

export async function waitFor<T>(
  look: () => Promise<T | undefined | false>,
  what: string,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}
