// A connection's token set as it is kept: sealed, for one Zoom user's row of one app.

import type { Keyring } from "../crypto/keyring.ts";
import type { Credentials } from "../model/credentials.ts";
import { credentialsSchema } from "../model/credentials.ts";
import type { TokenSet } from "../zoom/client.ts";

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
  return await keyring.seal(JSON.stringify(value), place(owner));
}

/** Throws `UnsealError`. */
export async function openCredentials(
  keyring: Keyring,
  owner: CredentialsOwner,
  sealed: string,
): Promise<Credentials> {
  return credentialsSchema.parse(JSON.parse(await keyring.open(sealed, place(owner))));
}

function place({ zoomOAuthAppId, userId }: CredentialsOwner) {
  return { table: "zoom_oauth_connections", row: `${zoomOAuthAppId}/${userId}`, column: "credentials" };
}
