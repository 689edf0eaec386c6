// Changes that a caller makes to a connection: metadata and capabilities.

import { openCredentials } from "../credentials.ts";
import { createId } from "../crypto/ids.ts";
import {
  type ConnectionToChange,
  findConnectionToChange,
  type ShownConnection,
  updateConnection,
} from "../db/zoom-oauth-connections.ts";
import { ApiError, invalidRequest } from "../errors.ts";
import { CAPABILITY_NAMES, forEachCapability, hasCapability } from "../model/capabilities.ts";
import { CHOSEN_FIELDS, type ChangedFields, type ChosenFields } from "../model/connection.ts";
import { KEPT_FAILURES } from "../model/connection-failure.ts";
import type { Credentials } from "../model/credentials.ts";
import { announce } from "../queue.ts";
import type { ProjectScope, Scope } from "../scope.ts";
import { findMissingScopes } from "../zoom/scopes.ts";
import { isVerdict, missingScopes, toCallerError } from "../zoom-errors.ts";
import { requestSync } from "./sync.ts";

/** How often a change that met another one at the same moment is made anew. */
const MAX_TRIES = 3;

/**
 * Applies the changes; what is undefined stays as it is. Capabilities that the grant allows connect an imported connection
 * whose tokens were kept: then Zoom is asked whether its user is active. Throws `missing_scopes` for a capability that the grant
 * does not cover, `user_not_active`, `connection_disconnected` where there is no grant to look at, `invalid_request` where no
 * capability is left, `conflict` where others kept changing the connection, and why Zoom could not be asked.
 */
export async function changeConnection(
  scope: ProjectScope,
  id: string,
  changes: ChangedFields,
): Promise<ShownConnection> {
  const key = { ...scope.caller, id };
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const current = await findConnectionToChange(scope.db, key);
    const changed = merge(current, changes);
    const isToConnect = isKept(current) && CAPABILITY_NAMES.some((name) => changes[name] !== undefined);
    await assertGranted(scope, current, changed, isToConnect);
    const which = { ...key, updatedAt: current.updated_at, isToConnect, eventId: createId("evt") };
    const updated = await updateConnection(scope.db, which, changed);
    if (!updated) continue;
    await announce(scope, updated.deliveryIds);
    const isSyncDue =
      changed.is_local_recording_token_supported &&
      (isToConnect || !current.is_local_recording_token_supported);
    if (isSyncDue) await requestSync(scope, updated.connection.id);
    return updated.connection;
  }
  throw new ApiError("conflict", {
    message: "The connection is being changed by other requests. Try again.",
  });
}

function merge(current: ConnectionToChange, changes: ChangedFields): ChosenFields {
  const merged = Object.fromEntries(
    CHOSEN_FIELDS.map((name) => [name, changes[name] === undefined ? current[name] : changes[name]]),
  ) as unknown as ChosenFields;
  if (hasCapability(merged)) return merged;
  const switchedOff = CAPABILITY_NAMES.findLast((name) => changes[name] === false) ?? CAPABILITY_NAMES[0];
  throw invalidRequest({ [String(switchedOff)]: ["A connection needs at least one capability."] });
}

/** It is disconnected, and has the living tokens of an imported grant: capabilities that the grant allows connect it. */
function isKept({ state, credentials, connection_failure_data: failure }: ConnectionToChange): boolean {
  const isKeptFor = KEPT_FAILURES.some((code) => code === failure?.code);
  return state === "disconnected" && credentials !== null && isKeptFor;
}

async function assertGranted(
  scope: Scope,
  connection: ConnectionToChange,
  changed: ChosenFields,
  isToConnect: boolean,
): Promise<void> {
  const added = forEachCapability((name) => changed[name] && (isToConnect || !connection[name]));
  if (!hasCapability(added)) return;
  if ((connection.state === "disconnected" && !isToConnect) || connection.credentials === null) {
    throw new ApiError("connection_disconnected");
  }
  const owner = { zoomOAuthAppId: connection.zoom_oauth_app_id, userId: connection.user_id };
  const credentials = await openCredentials(scope.keyring, owner, connection.credentials);
  const missing = findMissingScopes(credentials.scopes, added);
  if (missing.length > 0) throw missingScopes(missing);
  if (isToConnect) await assertActive(scope, credentials);
}

/** Asks Zoom whether the user is active by now, while the access token lives. Later the next refresh tells. */
async function assertActive({ zoom }: Scope, credentials: Credentials): Promise<void> {
  const { access_token: accessToken, api_url: apiUrl, expires_at } = credentials;
  if (Date.parse(expires_at) <= Date.now()) return;
  try {
    const user = await zoom.getCurrentUser({ accessToken, apiUrl });
    if (user.status !== "active") throw new ApiError("user_not_active");
  } catch (error) {
    if (!isVerdict(error, "token_refused")) throw toCallerError(error);
  }
}
