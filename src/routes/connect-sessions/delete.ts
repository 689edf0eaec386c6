import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { cancelConnectSession } from "../../db/connect-sessions.ts";
import { ApiError } from "../../errors.ts";
import { announce } from "../../queue.ts";

export const deleteConnectSession = defineOperation({
  operationId: "deleteConnectSession",
  method: "delete",
  path: "/api/v1/connect_sessions/{id}",
  tag: "Connect sessions",
  summary: "End a connect session",
  description:
    "Ends an open session: its link stops working, and its state is `cancelled`. A session that has ended stays as it is. While the service stores what the user has just granted, the answer is `conflict`: read the session a moment later.",
  security: "api_key",
  scope: "sessions:write",
  params: z.object({ id: givenId("cs", "ID of the connect session.") }),
  status: 200,
  answer: null,
  errors: ["conflict"],
  handle: async (scope, { params }) => {
    const deliveryIds = await cancelConnectSession(scope.db, { ...scope.caller, id: params.id });
    if (deliveryIds === null) {
      throw new ApiError("conflict", {
        message:
          "The user has just consented at Zoom, and the connection is being stored. Read the session a moment later.",
      });
    }
    scope.waitUntil(announce(scope, deliveryIds));
    return undefined;
  },
});
