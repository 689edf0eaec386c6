// What tests of connections share: the request that creates one, and what the database holds of it.

import { type Answer, REDIRECT_URI, type Service, type Tenant } from "./service.ts";

export const CONNECTIONS = "/api/v1/zoom_oauth_connections";

/** Sends the create request; the body's members can be replaced or, with undefined, left out. */
export async function createConnection(
  service: Service,
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
  return await service.request(CONNECTIONS, { method: "POST", apiKey: tenant.apiKey, body });
}

/** The same with capabilities that ask for no sync, so that none runs beside what a test looks at. */
export async function createUnsynced(
  service: Service,
  tenant: Pick<Tenant, "apiKey" | "appId">,
  code: string,
  changes: Record<string, unknown> = {},
): Promise<Answer> {
  const capabilities = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };
  return await createConnection(service, tenant, code, { ...capabilities, ...changes });
}

/** Not by a request, which would begin a sync. */
export async function allowLocalRecording(service: Service, connectionId: string): Promise<void> {
  const change = "update zoom_oauth_connections set is_local_recording_token_supported = true where id = $1";
  await service.sql(change, [connectionId]);
}

/** As if the hour of the stored access token had passed. */
export async function expireAccessToken(service: Service, connectionId: string): Promise<void> {
  await service.sql("update zoom_oauth_connections set access_token_expires_at = now() where id = $1", [
    connectionId,
  ]);
}

/** Asks for an access token after the stored one has expired. */
export async function askForNewToken(
  service: Service,
  { apiKey }: Pick<Tenant, "apiKey">,
  connectionId: string,
): Promise<Answer> {
  await expireAccessToken(service, connectionId);
  return await service.request(`${CONNECTIONS}/${connectionId}/access_token`, { method: "POST", apiKey });
}

/** How many exchanges of the app's codes Zoom has seen, and how many of them it granted. */
export async function countExchanges(
  service: Service,
  { clientId }: Pick<Tenant, "clientId">,
): Promise<{ asked: number; granted: number }> {
  const { requests } = await service.control("requests?operation=token.authorization_code");
  const asked = requests.filter((request: { client_id: string }) => request.client_id === clientId);
  const granted = asked.filter((request: { outcome: string }) => request.outcome === "ok");
  return { asked: asked.length, granted: granted.length };
}

/** The types of a connection's events, oldest first. */
export async function eventTypes(service: Service, connectionId: string): Promise<string[]> {
  const rows = await service.sql(
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

/** A refresh token of a new grant, as another system would have it. */
export async function takeGrant(
  service: Service,
  tenant: Pick<Tenant, "clientId" | "clientSecret">,
  input: Record<string, unknown> = {},
): Promise<string> {
  const code = await service.authorize(tenant, input);
  const response = await fetch(`${service.simulator.url}/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${tenant.clientId}:${tenant.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: REDIRECT_URI }),
  });
  if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { refresh_token: string }).refresh_token;
}
