// What rows keep sealed of Zoom: the secrets of an app, and the token set of a connection. Each is bound to its place, so that
// one cannot be put in another's.

import type { Keyring } from "./crypto/keyring.ts";
import { type Credentials, credentialsSchema } from "./model/credentials.ts";
import type { TokenSet } from "./zoom/client.ts";

/** Seals a new app's secrets for its row. */
export async function sealAppSecrets(
  keyring: Keyring,
  app: { id: string; clientSecret: string; webhookSecret: string | null },
) {
  return {
    client_secret: await sealClientSecret(keyring, app.id, app.clientSecret),
    webhook_secret: app.webhookSecret && (await sealWebhookSecret(keyring, app.id, app.webhookSecret)),
  };
}

export async function sealClientSecret(keyring: Keyring, appId: string, secret: string): Promise<string> {
  return await keyring.seal(secret, placeInApp(appId, "client_secret"));
}

export async function sealWebhookSecret(keyring: Keyring, appId: string, secret: string): Promise<string> {
  return await keyring.seal(secret, placeInApp(appId, "webhook_secret"));
}

/** The client secret of an app's row. Throws `UnsealError`. */
export async function openClientSecret(keyring: Keyring, appId: string, sealed: string): Promise<string> {
  return await keyring.open(sealed, placeInApp(appId, "client_secret"));
}

/** The webhook secret of an app's row. Throws `UnsealError`. */
export async function openWebhookSecret(keyring: Keyring, appId: string, sealed: string): Promise<string> {
  return await keyring.open(sealed, placeInApp(appId, "webhook_secret"));
}

function placeInApp(appId: string, column: "client_secret" | "webhook_secret") {
  return { table: "zoom_oauth_apps", row: appId, column };
}

/** What to keep of Zoom's answer, which arrived at `nowMs`. */
export function toCredentials(tokens: TokenSet, nowMs: number): Credentials {
  return {
    access_token: tokens.accessToken,
    expires_at: new Date(nowMs + tokens.expiresInSeconds * 1000).toISOString(),
    refresh_token: tokens.refreshToken,
    scopes: tokens.scopes,
    api_url: tokens.apiUrl,
  };
}

/** What a refresh makes of a token set; Zoom may leave out what has not changed. */
export function renewCredentials(old: Credentials, tokens: TokenSet): Credentials {
  const renewed = toCredentials(tokens, Date.now());
  return {
    ...renewed,
    scopes: renewed.scopes.length > 0 ? renewed.scopes : old.scopes,
    api_url: renewed.api_url ?? old.api_url,
  };
}

/**
 * The row is named by its unique key, app and Zoom user: it is known before the row is, and a reconnect
 * finds out only inside the statement that stores it which id the row has.
 */
interface CredentialsOwner {
  zoomOAuthAppId: string;
  userId: string;
}

export async function sealCredentials(
  keyring: Keyring,
  owner: CredentialsOwner,
  value: Credentials,
): Promise<string> {
  return await keyring.seal(JSON.stringify(value), placeInConnection(owner));
}

/** Throws `UnsealError`. */
export async function openCredentials(
  keyring: Keyring,
  owner: CredentialsOwner,
  sealed: string,
): Promise<Credentials> {
  return credentialsSchema.parse(JSON.parse(await keyring.open(sealed, placeInConnection(owner))));
}

function placeInConnection({ zoomOAuthAppId, userId }: CredentialsOwner) {
  return { table: "zoom_oauth_connections", row: `${zoomOAuthAppId}/${userId}`, column: "credentials" };
}
