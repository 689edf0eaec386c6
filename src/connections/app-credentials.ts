// The secrets of a Zoom OAuth app as they are kept: sealed, each for its column of the app's row.

import type { Keyring } from "../crypto/keyring.ts";

/** Seals an app's secrets for its row. */
export async function sealAppSecrets(
  keyring: Keyring,
  app: { id: string; clientSecret: string; webhookSecret: string | null },
) {
  return {
    client_secret: await keyring.seal(app.clientSecret, place(app.id, "client_secret")),
    webhook_secret:
      app.webhookSecret && (await keyring.seal(app.webhookSecret, place(app.id, "webhook_secret"))),
  };
}

/** The client secret of an app's row. Throws `UnsealError`. */
export async function openClientSecret(keyring: Keyring, appId: string, sealed: string): Promise<string> {
  return await keyring.open(sealed, place(appId, "client_secret"));
}

function place(appId: string, column: "client_secret" | "webhook_secret") {
  return { table: "zoom_oauth_apps", row: appId, column };
}
