// Changes that a caller makes to a connection: metadata and capabilities.

import {
  type ConnectionKey,
  type ConnectionRow,
  findWholeConnection,
  type ShownConnection,
  updateConnection,
} from "../db/zoom-oauth-connections.ts";
import type { Deps } from "../deps.ts";
import { ApiError, invalidRequest } from "../errors.ts";
import { findMissingScopes } from "../zoom/scopes.ts";
import { openCredentials } from "./credentials.ts";
import { missingScopes } from "./finish-connecting.ts";
import { requestSync } from "./sync.ts";

/** How often a change that met another one at the same moment is made anew. */
const MAX_TRIES = 3;

/** What is undefined stays as it is. */
export interface RequestedChanges {
  metadata?: Record<string, string> | null | undefined;
  is_local_recording_token_supported?: boolean | undefined;
  is_onbehalf_token_supported?: boolean | undefined;
}

/**
 * Applies the changes. Throws `missing_scopes` for a capability that the grant does not cover,
 * `connection_disconnected` where there is no grant to look at, `invalid_request` where no capability is left,
 * `conflict` where others kept changing the connection.
 */
export async function changeConnection(
  deps: Deps,
  key: ConnectionKey,
  changes: RequestedChanges,
): Promise<ShownConnection | "unauthenticated" | "not_found"> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const current = await findWholeConnection(deps.db, key);
    if (typeof current === "string") return current;
    const changed = await merge(deps, current, changes);
    const updated = await updateConnection(deps.db, key, current.updated_at, changed);
    if (!updated) continue;
    const isSyncDue =
      changed.is_local_recording_token_supported && !current.is_local_recording_token_supported;
    if (isSyncDue) await requestSync(deps, updated.id);
    return updated;
  }
  throw new ApiError("conflict", {
    message: "The connection is being changed by other requests. Try again.",
  });
}

async function merge(deps: Deps, current: ConnectionRow, changes: RequestedChanges) {
  const recording = changes.is_local_recording_token_supported ?? current.is_local_recording_token_supported;
  const onbehalf = changes.is_onbehalf_token_supported ?? current.is_onbehalf_token_supported;
  if (!recording && !onbehalf) {
    const field = changes.is_onbehalf_token_supported === false ? "is_onbehalf" : "is_local_recording";
    throw invalidRequest({ [`${field}_token_supported`]: ["A connection needs at least one capability."] });
  }
  await assertGranted(deps, current, {
    isLocalRecordingTokenSupported: recording && !current.is_local_recording_token_supported,
    isOnbehalfTokenSupported: onbehalf && !current.is_onbehalf_token_supported,
  });
  return {
    metadata: changes.metadata === undefined ? current.metadata : changes.metadata,
    is_local_recording_token_supported: recording,
    is_onbehalf_token_supported: onbehalf,
  };
}

async function assertGranted(
  { keyring }: Deps,
  connection: ConnectionRow,
  added: { isLocalRecordingTokenSupported: boolean; isOnbehalfTokenSupported: boolean },
): Promise<void> {
  if (!added.isLocalRecordingTokenSupported && !added.isOnbehalfTokenSupported) return;
  if (connection.state === "disconnected" || connection.credentials === null) {
    throw new ApiError("connection_disconnected");
  }
  const owner = { zoomOAuthAppId: connection.zoom_oauth_app_id, userId: connection.user_id };
  const { scopes } = await openCredentials(keyring, owner, connection.credentials);
  const missing = findMissingScopes(scopes, added);
  if (missing.length > 0) throw missingScopes(missing);
}
