// Changes that a caller makes to a Zoom OAuth app: its name, its secrets and where its users may return to.

import { sealClientSecret, sealWebhookSecret } from "../credentials.ts";
import {
  type AppChanges,
  findZoomOAuthApp,
  type ShownApp,
  updateZoomOAuthApp,
} from "../db/zoom-oauth-apps.ts";
import type { ProjectScope } from "../scope.ts";
import { verifyAppCredentials } from "./verify.ts";

/**
 * Applies the changes; what is undefined stays as it is, and null removes a name, a webhook secret or the list of origins. A new client
 * secret is checked at Zoom before it is stored, and clears the mark of one that Zoom refused. Throws `not_found` and
 * `zoom_app_credentials_invalid`.
 */
export async function changeApp(
  { db, zoom, keyring, caller }: ProjectScope,
  id: string,
  changes: AppChanges,
): Promise<ShownApp> {
  const key = { ...caller, id };
  const sealed: AppChanges = {
    name: changes.name,
    allowed_return_origins: changes.allowed_return_origins,
  };
  if (changes.client_secret !== undefined) {
    const { client_id: clientId } = await findZoomOAuthApp(db, key);
    await verifyAppCredentials(zoom, { clientId, clientSecret: changes.client_secret });
    sealed.client_secret = await sealClientSecret(keyring, id, changes.client_secret);
  }
  if (changes.webhook_secret !== undefined) {
    sealed.webhook_secret =
      changes.webhook_secret && (await sealWebhookSecret(keyring, id, changes.webhook_secret));
  }
  return await updateZoomOAuthApp(db, key, sealed);
}
