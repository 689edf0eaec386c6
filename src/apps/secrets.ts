// The secrets of a Zoom OAuth app as they are kept: sealed, each for its column of the app's row.

import type { Keyring } from "../crypto/keyring.ts";

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
  return await keyring.seal(secret, place(appId, "client_secret"));
}

export async function sealWebhookSecret(keyring: Keyring, appId: string, secret: string): Promise<string> {
  return await keyring.seal(secret, place(appId, "webhook_secret"));
}

/** The client secret of an app's row. Throws `UnsealError`. */
export async function openClientSecret(keyring: Keyring, appId: string, sealed: string): Promise<string> {
  return await keyring.open(sealed, place(appId, "client_secret"));
}

/** The webhook secret of an app's row. Throws `UnsealError`. */
export async function openWebhookSecret(keyring: Keyring, appId: string, sealed: string): Promise<string> {
  return await keyring.open(sealed, place(appId, "webhook_secret"));
}

function place(appId: string, column: "client_secret" | "webhook_secret") {
  return { table: "zoom_oauth_apps", row: appId, column };
}
