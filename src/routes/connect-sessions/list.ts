import { listConnectSessions as listSessions } from "../../db/connect-sessions.ts";
import { defineList } from "../../http/list.ts";
import { connectSession, toConnectSession } from "./session.ts";

export const listConnectSessions = defineList({
  operationId: "listConnectSessions",
  path: "/api/v1/connect_sessions",
  tag: "Connect sessions",
  summary: "List connect sessions",
  description: "Newest first. A session is kept for 30 days after `expires_at`.",
  security: "api_key",
  scope: "sessions:write",
  item: connectSession,
  pageName: "ConnectSessionPage",
  errors: [],
  rows: async ({ db, caller }, { page }) => await listSessions(db, caller, page),
  show: toConnectSession,
});
