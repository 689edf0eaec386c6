import * as z from "zod";
import { defineOperation, ZOOM_CHECK_ERRORS } from "../../api/operation.ts";
import { verifyAppCredentials } from "../../apps/verify.ts";
import { sealAppSecrets } from "../../credentials.ts";
import { createId } from "../../crypto/ids.ts";
import { findProjectId } from "../../db/authenticated.ts";
import { insertZoomOAuthApp } from "../../db/zoom-oauth-apps.ts";
import { ApiError } from "../../errors.ts";
import { appFields, requireReturnOrigins, toZoomOAuthApp, zoomOAuthApp } from "./app.ts";

/** Printable ASCII without the colon, which separates the two in HTTP Basic (RFC 7617, 2). */
const clientId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x21-\x39\x3b-\x7e]*$/, "Must be printable ASCII without spaces or colons.")
  .meta({ description: "Client ID of the app on the Zoom Marketplace." });

export const createZoomOAuthApp = defineOperation({
  operationId: "createZoomOAuthApp",
  method: "post",
  path: "/api/v1/zoom_oauth_apps",
  tag: "Zoom OAuth apps",
  summary: "Register an app",
  description:
    "Stores an app that you have created on the Zoom Marketplace, so that Zoom users can connect through it. The client ID and secret are checked at Zoom first. A project can register a client ID only once (`conflict`).",
  security: "api_key",
  scope: "apps:write",
  body: z.strictObject({ client_id: clientId, ...appFields }).meta({ id: "NewZoomOAuthApp" }),
  status: 201,
  answer: zoomOAuthApp,
  errors: ["conflict", ...ZOOM_CHECK_ERRORS],
  handle: async (scope, { body, request }) => {
    const { db, zoom, keyring, caller } = scope;
    const {
      client_id,
      client_secret,
      webhook_secret = null,
      name = null,
      allowed_return_origins = null,
    } = body;
    await requireReturnOrigins(scope, allowed_return_origins);
    // Before Zoom is asked for anybody.
    await findProjectId(db, caller);
    await verifyAppCredentials(zoom, { clientId: client_id, clientSecret: client_secret });
    const id = createId("zoa");
    const secrets = await sealAppSecrets(keyring, {
      id,
      clientSecret: client_secret,
      webhookSecret: webhook_secret,
    });
    const app = await insertZoomOAuthApp(db, caller, {
      id,
      name,
      client_id,
      ...secrets,
      allowed_return_origins,
    });
    if (!app) {
      throw new ApiError("conflict", { message: "The project already has an app with this client_id." });
    }
    return toZoomOAuthApp(app, request.url);
  },
});
