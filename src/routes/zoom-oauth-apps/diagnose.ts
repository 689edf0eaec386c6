import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { diagnoseApp } from "../../connections/diagnosis.ts";
import { CHECK_STATUSES, CHECKS } from "../../model/diagnosis.ts";
import { CALLBACK_PATH } from "../connect/session-link.ts";
import { webhookUrlOf } from "./app.ts";

const check = z
  .strictObject({
    check: z.enum(CHECKS).meta({ description: "What was looked at." }),
    status: z.enum(CHECK_STATUSES).meta({
      description: "`unknown`: it cannot be told from here, or not yet.",
    }),
    message: z.string().meta({ description: "What was found: a sentence for a person." }),
    action: z.string().nullable().meta({ description: "What to do. Null if nothing needs to be done." }),
  })
  .meta({ id: "ZoomOAuthAppCheck" });

export const diagnoseZoomOAuthApp = defineOperation({
  operationId: "diagnoseZoomOAuthApp",
  method: "get",
  path: "/api/v1/zoom_oauth_apps/{id}/diagnosis",
  tag: "Zoom OAuth apps",
  summary: "Diagnose an app",
  description:
    "A checklist of what the app needs at Zoom and here. Asks Zoom whether it accepts the client credentials, and looks at the scopes of the app's newest connections.",
  security: "api_key",
  scope: "apps:read",
  isRead: true,
  params: z.object({ id: givenId("zoa", "ID of the app.") }),
  status: 200,
  answer: z
    .strictObject({ checks: z.array(check).meta({ description: "Always each check, in this order." }) })
    .meta({ id: "ZoomOAuthAppDiagnosis" }),
  errors: [],
  handle: async (scope, { params, request }) => ({
    checks: await diagnoseApp(scope, params.id, {
      redirectUri: new URL(CALLBACK_PATH, request.url).href,
      webhookUrl: webhookUrlOf(params.id, request.url),
    }),
  }),
});
