// Changes that a caller makes to a Zoom OAuth app: its name and its secrets.

import {
  type AppChanges,
  type AppKey,
  type CountedApp,
  findZoomOAuthApp,
  updateZoomOAuthApp,
} from "../db/zoom-oauth-apps.ts";
import type { Deps } from "../deps.ts";
import { sealClientSecret, sealWebhookSecret } from "./app-credentials.ts";
import { verifyAppCredentials } from "./verify-app.ts";

/** What is undefined stays as it is; null removes a name or a webhook secret. */
export interface RequestedAppChanges {
  name?: string | null | undefined;
  client_secret?: string | undefined;
  webhook_secret?: string | null | undefined;
}

/**
 * Applies the changes. A new client secret is checked at Zoom before it is stored, and clears the mark of one
 * that Zoom refused. Throws `zoom_app_credentials_invalid`.
 */
export async function changeApp(
  { db, zoom, keyring }: Deps,
  key: AppKey,
  changes: RequestedAppChanges,
): Promise<CountedApp | "unauthenticated" | "not_found"> {
  const current = await findZoomOAuthApp(db, key);
  if (typeof current === "string") return current;
  const columns: AppChanges = {};
  if (changes.name !== undefined) columns.name = changes.name;
  if (changes.client_secret !== undefined) {
    await verifyAppCredentials(zoom, {
      clientId: current.app.client_id,
      clientSecret: changes.client_secret,
    });
    columns.client_secret = await sealClientSecret(keyring, key.id, changes.client_secret);
    columns.credentials_invalid_at = null;
    columns.credentials_checked_at = null;
  }
  if (changes.webhook_secret !== undefined) {
    columns.webhook_secret =
      changes.webhook_secret && (await sealWebhookSecret(keyring, key.id, changes.webhook_secret));
  }
  return (await updateZoomOAuthApp(db, key, columns)) ?? "not_found";
}
