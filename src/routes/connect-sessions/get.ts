import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { findConnectSession } from "../../db/connect-sessions.ts";
import { connectSession, toConnectSession } from "./session.ts";

export const getConnectSession = defineOperation({
  operationId: "getConnectSession",
  method: "get",
  path: "/api/v1/connect_sessions/{id}",
  tag: "Connect sessions",
  summary: "Get a connect session",
  security: "api_key",
  scope: "sessions:write",
  params: z.object({ id: givenId("cs", "ID of the connect session.") }),
  status: 200,
  answer: connectSession,
  errors: [],
  handle: async ({ db, caller }, { params }) =>
    toConnectSession(await findConnectSession(db, { ...caller, id: params.id })),
});
