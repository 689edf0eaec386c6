// The end of a connection that its owner removes: erased here first, then revoked at Zoom.

import { createId } from "../crypto/ids.ts";
import {
  type ConnectionKey,
  type DeletedConnection,
  deleteConnection,
} from "../db/zoom-oauth-connections.ts";
import type { Deps } from "../deps.ts";
import { describeError, log } from "../log.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { openClientSecret } from "./app-credentials.ts";
import { openCredentials } from "./credentials.ts";

/**
 * Erases the connection and, where asked to, revokes its grant at Zoom. The order keeps the promise that
 * counts: what the caller removed is gone, whatever Zoom answers.
 */
export async function removeConnection(
  deps: Deps,
  key: ConnectionKey,
  { isToRevoke }: { isToRevoke: boolean },
): Promise<"removed" | "unauthenticated" | "not_found"> {
  const type = isToRevoke ? "revoked" : "disconnected";
  const deleted = await deleteConnection(deps.db, key, { id: createId("evt"), type });
  if (typeof deleted === "string") return deleted;
  if (isToRevoke) await revoke(deps, deleted);
  return "removed";
}

async function revoke(deps: Deps, { connection, clientId, clientSecret }: DeletedConnection): Promise<void> {
  if (connection.credentials === null) return;
  const { id, zoom_oauth_app_id: zoomOAuthAppId, user_id: userId, credentials } = connection;
  try {
    const opened = await openCredentials(deps.keyring, { zoomOAuthAppId, userId }, credentials);
    const secret = await openClientSecret(deps.keyring, zoomOAuthAppId, clientSecret);
    const app = { clientId, clientSecret: secret };
    // Zoom takes a living access token here and documents nothing else ("Revoke an access token").
    const isAlive = Date.parse(opened.expires_at) > Date.now();
    const token = isAlive
      ? opened.access_token
      : (await deps.zoom.refreshTokens(app, opened.refresh_token)).accessToken;
    await deps.zoom.revokeToken(app, token);
  } catch (error) {
    const why = error instanceof ZoomFailure ? { zoom_failure: error.why } : describeError(error);
    log("warn", "grant_not_revoked", {
      zoom_oauth_connection_id: id,
      zoom_oauth_app_id: zoomOAuthAppId,
      ...why,
    });
  }
}
