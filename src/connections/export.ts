// A connection leaves the service: refreshed a last time, ended, and handed to its owner.

import { openCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import { type ExportedRow, exportConnection } from "../db/exports.ts";
import { ApiError } from "../errors.ts";
import { announce } from "../queue.ts";
import type { ProjectScope } from "../scope.ts";
import { getCredentials } from "./access-token.ts";
import { buryInJournal } from "./journaling.ts";

/** Longer than any access token lives: the connection is refreshed in any case. In milliseconds. */
const ANY_LIFE_MS = 86_400_000;
/** How often an export that met a refresh at the same moment is tried anew. */
const MAX_TRIES = 3;

export interface ExportedGrant {
  zoom_oauth_connection_id: string;
  zoom_oauth_app_id: string;
  user_id: string;
  account_id: string;
  refresh_token: string;
  scopes: string[];
}

/**
 * Refreshes, ends the connection and returns its newest refresh token. The statement that erases the credentials keeps them
 * for some minutes, so that the same API key can ask again where the answer was lost. Throws `not_found`,
 * `connection_disconnected`, or why Zoom could not refresh; nothing has changed then.
 */
export async function exportGrant(scope: ProjectScope, id: string): Promise<ExportedGrant> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const version = await refreshLast(scope, id);
    const which = { ...scope.caller, id, version, eventId: createId("evt") };
    const exported = await exportConnection(scope.db, which);
    if (exported !== null) return await open(scope, exported);
    if (version === null) throw new ApiError("connection_disconnected");
  }
  throw new ApiError("request_in_progress", {
    message: "The connection is being refreshed by other requests. Try again.",
  });
}

/** The version of the newest token set; null: the connection is disconnected. */
async function refreshLast(scope: ProjectScope, id: string): Promise<number | null> {
  try {
    return (await getCredentials(scope, { id, minTtlMs: ANY_LIFE_MS })).version;
  } catch (error) {
    if (error instanceof ApiError && error.code === "connection_disconnected") return null;
    throw error;
  }
}

async function open(scope: ProjectScope, exported: ExportedRow): Promise<ExportedGrant> {
  const { id, zoom_oauth_app_id, user_id, account_id, authorized_at } = exported.connection;
  if (exported.endedAt !== null) {
    buryInJournal(scope, { id, removed_at: exported.endedAt, authorized_at, code: "exported" });
  }
  await announce(scope, exported.deliveryIds);
  const owner = { zoomOAuthAppId: zoom_oauth_app_id, userId: user_id };
  const { refresh_token, scopes } = await openCredentials(scope.keyring, owner, exported.credentials);
  return { zoom_oauth_connection_id: id, zoom_oauth_app_id, user_id, account_id, refresh_token, scopes };
}
