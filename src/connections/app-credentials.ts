// The secrets of a Zoom OAuth app: checked at Zoom before they are kept, sealed at rest.

import type { Keyring } from "../crypto/keyring.ts";
import type { Deps } from "../deps.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { toApiError } from "./zoom-failure.ts";

interface AppSecrets {
  id: string;
  clientId: string;
  clientSecret: string;
  webhookSecret: string | null;
}

/**
 * Asks Zoom whether the client id and secret belong together, then seals the secrets for the app's row.
 * Throws `zoom_app_credentials_invalid` where they do not.
 */
export async function verifyAndSealApp(
  { zoom, keyring }: Pick<Deps, "zoom" | "keyring">,
  app: AppSecrets,
): Promise<{ client_secret: string; webhook_secret: string | null }> {
  try {
    await zoom.checkAppCredentials(app);
  } catch (error) {
    throw error instanceof ZoomFailure ? toApiError(error) : error;
  }
  return await sealApp(keyring, app);
}

/** Seals an app's secrets for its row. */
export async function sealApp(keyring: Keyring, app: Omit<AppSecrets, "clientId">) {
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
