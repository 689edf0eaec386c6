// What states, events and codes are called on the pages of the console.

import type { Actor } from "../../model/actor.ts";
import type { ConnectionEventType } from "../../model/connection-events.ts";
import type { ConnectionFailureCode } from "../../model/connection-failure.ts";
import { REMOVED } from "../../model/statistics.ts";

export const FAILURES: Record<ConnectionFailureCode | typeof REMOVED, string> = {
  grant_revoked: "Zoom no longer accepts the grant",
  refresh_answer_lost: "Zoom’s answer to a refresh was lost",
  app_deauthorized: "Removed by the user or an administrator at Zoom",
  user_deactivated: "User deactivated at Zoom",
  user_deleted: "User deleted at Zoom",
  user_disassociated: "User removed from the Zoom account",
  disabled_by_admin: "Switched off by an administrator",
  superseded: "Replaced by another authorization",
  missing_scopes: "Imported, but permissions are missing",
  user_not_active: "Imported, but the Zoom user was not active",
  exported: "Exported to another system",
  [REMOVED]: "Removed here, by an API key or in the console",
};

/** The reason in words; a code that these pages do not know yet stands for itself. */
export function failureText(code: string): string {
  return (FAILURES as Record<string, string>)[code] ?? code.replaceAll("_", " ");
}

const EVENTS: Record<ConnectionEventType, string> = {
  created: "Connected for the first time",
  reconnected: "Connected again",
  refreshed: "Tokens refreshed",
  synced: "Meetings read from Zoom",
  disconnected: "Disconnected",
  revoked: "Removed, and the grant revoked at Zoom",
  deauthorized: "App removed at Zoom",
  token_issued: "Token handed out",
  imported: "Imported",
  exported: "Exported",
};

/** What happened, with what the event says beside its type. */
export function eventText(type: ConnectionEventType, data: Record<string, unknown> | null): string {
  const details = [];
  if (typeof data?.code === "string") details.push(failureText(data.code));
  if (typeof data?.token === "string") details.push(data.token.replaceAll("_", " "));
  if (typeof data?.count === "number" && data.count > 1) details.push(`${data.count} times`);
  const text = EVENTS[type] ?? type;
  return details.length === 0 ? text : `${text}: ${details.join(", ")}`;
}

const ACTORS: Record<Actor["type"], string> = {
  api_key: "API key",
  admin: "The operator",
  token_link: "Token link",
  connect_session: "The user, on the connect page",
  zoom: "Zoom",
  service: "The service",
};

export function actorText(actor: Actor): string {
  return ACTORS[actor.type];
}

/** `zoom_oauth_app.credentials_refused` as `Zoom OAuth app: credentials refused`. */
export function actionText(action: string): string {
  const [object = "", verb = ""] = action.split(".");
  return `${objectText(object)}: ${verb.replaceAll("_", " ")}`;
}

export function objectText(type: string): string {
  const words = type
    .replaceAll("_", " ")
    .replace("oauth", "OAuth")
    .replace("api", "API")
    .replace("zoom", "Zoom");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
