// The end of a connection that its owner removes: erased here first, then revoked at Zoom.

import { openClientSecret, openCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import { type DeletedConnection, deleteConnection } from "../db/zoom-oauth-connections.ts";
import { describeError, log } from "../log.ts";
import type { ProjectScope, Scope } from "../scope.ts";
import { describeFailure, ZoomFailure } from "../zoom/failure.ts";
import { buryInJournal } from "./journaling.ts";

/**
 * Erases the connection and, where asked to, revokes its grant at Zoom. The order keeps the promise that
 * counts: what the caller removed is gone, whatever Zoom answers.
 */
export async function removeConnection(
  scope: ProjectScope,
  id: string,
  { isToRevoke }: { isToRevoke: boolean },
): Promise<void> {
  const deleted = await deleteConnection(scope.db, {
    ...scope.caller,
    id,
    eventId: createId("evt"),
    isToRevoke,
  });
  buryInJournal(scope, { id: deleted.id, removed_at: deleted.removed_at, authorized_at: null, code: null });
  if (isToRevoke) await revoke(scope, deleted);
}

async function revoke(scope: Scope, connection: DeletedConnection): Promise<void> {
  if (connection.credentials === null) return;
  const { id, zoom_oauth_app_id: zoomOAuthAppId, user_id: userId, credentials } = connection;
  try {
    const opened = await openCredentials(scope.keyring, { zoomOAuthAppId, userId }, credentials);
    const secret = await openClientSecret(scope.keyring, zoomOAuthAppId, connection.client_secret);
    const app = { clientId: connection.client_id, clientSecret: secret };
    // Zoom takes a living access token here and documents nothing else ("Revoke an access token").
    const isAlive = Date.parse(opened.expires_at) > Date.now();
    const token = isAlive
      ? opened.access_token
      : (await scope.zoom.refreshTokens(app, opened.refresh_token)).accessToken;
    await scope.zoom.revokeToken(app, token);
  } catch (error) {
    const why =
      error instanceof ZoomFailure ? { zoom_failure: describeFailure(error) } : describeError(error);
    log("warn", "grant_not_revoked", {
      zoom_oauth_connection_id: id,
      zoom_oauth_app_id: zoomOAuthAppId,
      ...why,
    });
  }
}
