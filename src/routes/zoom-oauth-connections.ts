// Zoom OAuth connections: the endpoint that the service exists for, and what reads, changes and removes its result.

import * as operations from "../api/zoom-oauth-connections.ts";
import { connect } from "../connections/connect.ts";
import { removeConnection } from "../connections/remove.ts";
import { askForSync } from "../connections/sync.ts";
import { changeConnection } from "../connections/update.ts";
import { type ConnectionEventRow, listConnectionEvents } from "../db/connection-events.ts";
import { findConnection, listConnections, type ShownConnection } from "../db/zoom-oauth-connections.ts";
import { apiKeySha256Of, found } from "../http/authentication.ts";
import { implement } from "../http/implement.ts";
import { toPage, toPageRequest } from "../http/paging.ts";
import { createRouter } from "../http/router.ts";

const NOUN = "Zoom OAuth connection";

export const zoomOAuthConnectionRoutes = createRouter();

implement(zoomOAuthConnectionRoutes, operations.createZoomOAuthConnection, async (c, { body }) => {
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const connecting = connect(c.get("deps"), waitUntil, {
    apiKeySha256: apiKeySha256Of(c),
    zoomOAuthAppId: body.zoom_oauth_app_id ?? null,
    authorizationCode: body.authorization_code,
    redirectUri: body.redirect_uri,
    isLocalRecordingTokenSupported: body.is_local_recording_token_supported,
    isOnbehalfTokenSupported: body.is_onbehalf_token_supported,
    metadata: body.metadata ?? null,
  });
  // A caller who hangs up must not stop us between Zoom's answer and our write.
  waitUntil(connecting.catch(() => {}));
  return toConnection(await connecting);
});

implement(zoomOAuthConnectionRoutes, operations.listZoomOAuthConnections, async (c, { query }) => {
  const { page_size, cursor, ...filters } = query;
  const page = await toPageRequest(c, { page_size, cursor });
  const rows = found(await listConnections(c.get("deps").db, apiKeySha256Of(c), filters, page), NOUN);
  return toPage(c, page, rows, toConnection);
});

implement(zoomOAuthConnectionRoutes, operations.getZoomOAuthConnection, async (c, { params }) => {
  const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
  return toConnection(found(await findConnection(c.get("deps").db, key), NOUN));
});

implement(zoomOAuthConnectionRoutes, operations.updateZoomOAuthConnection, async (c, { params, body }) => {
  const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
  return toConnection(found(await changeConnection(c.get("deps"), key, body), NOUN));
});

implement(zoomOAuthConnectionRoutes, operations.deleteZoomOAuthConnection, async (c, { params, query }) => {
  const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
  const removing = removeConnection(c.get("deps"), key, { isToRevoke: query.revoke !== "false" });
  // Erased but not yet revoked: a caller who hangs up must not leave it at that.
  c.executionCtx.waitUntil(removing.catch(() => {}));
  found(await removing, NOUN);
  return undefined;
});

implement(zoomOAuthConnectionRoutes, operations.syncZoomOAuthConnection, async (c, { params }) => {
  const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
  return toConnection(found(await askForSync(c.get("deps"), key), NOUN));
});

implement(
  zoomOAuthConnectionRoutes,
  operations.listZoomOAuthConnectionEvents,
  async (c, { params, query }) => {
    const page = await toPageRequest(c, query);
    const key = { apiKeySha256: apiKeySha256Of(c), id: params.id };
    return toPage(c, page, found(await listConnectionEvents(c.get("deps").db, key, page), NOUN), toEvent);
  },
);

/** Exactly the published 13 keys, in their published order. */
function toConnection(row: ShownConnection): operations.ZoomOAuthConnection {
  return {
    id: row.id,
    zoom_oauth_app_id: row.zoom_oauth_app_id,
    user_id: row.user_id,
    account_id: row.account_id,
    state: row.state,
    metadata: row.metadata,
    is_local_recording_token_supported: row.is_local_recording_token_supported,
    is_onbehalf_token_supported: row.is_onbehalf_token_supported,
    connection_failure_data: row.connection_failure_data,
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_successful_sync_at: row.last_successful_sync_at,
    last_attempted_sync_at: row.last_attempted_sync_at,
  };
}

function toEvent({ id, type, data, created_at }: ConnectionEventRow): operations.ZoomOAuthConnectionEvent {
  return { id, type, data, created_at };
}
