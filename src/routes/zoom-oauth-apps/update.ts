import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation, ZOOM_CHECK_ERRORS } from "../../api/operation.ts";
import { changeApp } from "../../apps/change.ts";
import { appFields, requireReturnOrigins, toZoomOAuthApp, zoomOAuthApp } from "./app.ts";

export const updateZoomOAuthApp = defineOperation({
  operationId: "updateZoomOAuthApp",
  method: "patch",
  path: "/api/v1/zoom_oauth_apps/{id}",
  tag: "Zoom OAuth apps",
  summary: "Update an app",
  description:
    "Changes the secrets, the name and the allowed return origins. A field that is left out stays as it is; null removes the Zoom webhook secret token, the name or the list of origins. A new client secret is checked at Zoom first. If Zoom refused the old one, the app's connections then work again.",
  security: "api_key",
  scope: "apps:write",
  params: z.object({ id: givenId("zoa", "ID of the app.") }),
  body: z
    .strictObject({ ...appFields, client_secret: appFields.client_secret.optional() })
    .meta({ id: "ZoomOAuthAppChanges" }),
  status: 200,
  answer: zoomOAuthApp,
  errors: ZOOM_CHECK_ERRORS,
  handle: async (scope, { params, body, request }) => {
    await requireReturnOrigins(scope, body.allowed_return_origins);
    return toZoomOAuthApp(await changeApp(scope, params.id, body), request.url);
  },
});
