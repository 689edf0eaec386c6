// Zoom OAuth apps, as callers see them. Secrets are write-only.

import * as z from "zod";
import { displayName, givenId, pageOf, paging, shownId, timestamp } from "./fields.ts";
import { defineOperation } from "./operation.ts";

const PATH = "/api/v1/zoom_oauth_apps";

/** Printable ASCII without the colon, which separates the two in HTTP Basic (RFC 7617, 2). */
const clientId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x21-\x39\x3b-\x7e]*$/, "Must be printable ASCII without spaces or colons.")
  .meta({ description: "Client ID of the app on the Zoom Marketplace." });

const secret = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[\x21-\x7e]*$/, "Must be printable ASCII without spaces.");

const clientSecret = secret.meta({
  description: "Client secret. Checked at Zoom, stored encrypted, never shown.",
});
const webhookSecret = secret
  .nullish()
  .meta({ description: "Secret Token of the app's event subscriptions." });

const newApp = z
  .strictObject({
    client_id: clientId,
    client_secret: clientSecret,
    webhook_secret: webhookSecret,
    name: displayName.nullish(),
  })
  .meta({ id: "NewZoomOAuthApp" });

const appChanges = z
  .strictObject({
    client_secret: clientSecret.optional(),
    webhook_secret: webhookSecret,
    name: displayName.nullish(),
  })
  .meta({ id: "ZoomOAuthAppChanges" });

const app = z
  .strictObject({
    id: shownId("zoa", "Unique identifier of the app."),
    name: z.string().nullable(),
    client_id: z.string(),
    has_webhook_secret: z.boolean(),
    webhook_url: z.url().meta({ description: "Where Zoom's event subscriptions are to send." }),
    last_verified_webhook_received_at: timestamp.nullable(),
    last_unverified_webhook_received_at: timestamp.nullable(),
    credentials_invalid_at: timestamp.nullable().meta({
      description: "Since when Zoom refuses the client secret. A new secret brings the connections back.",
    }),
    connection_counts: z.strictObject({ connected: z.int(), disconnected: z.int() }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "ZoomOAuthApp" });

const params = z.object({ id: givenId("zoa") });
const common = { tag: "Zoom OAuth apps", security: "api_key" } as const;
const checkErrors = [
  "zoom_error",
  "zoom_app_credentials_invalid",
  "zoom_rate_limited",
  "zoom_unavailable",
  "zoom_timeout",
] as const;

export type ZoomOAuthApp = z.output<typeof app>;

export const createZoomOAuthApp = defineOperation({
  ...common,
  method: "post",
  path: PATH,
  operationId: "createZoomOAuthApp",
  summary: "Register an app",
  description: "The client ID and secret are checked at Zoom first.",
  body: newApp,
  status: 201,
  answer: app,
  errors: ["conflict", ...checkErrors],
});

export const listZoomOAuthApps = defineOperation({
  ...common,
  method: "get",
  path: PATH,
  operationId: "listZoomOAuthApps",
  summary: "List apps",
  query: z.strictObject(paging),
  status: 200,
  answer: pageOf(app).meta({ id: "ZoomOAuthAppPage" }),
  errors: [],
});

export const getZoomOAuthApp = defineOperation({
  ...common,
  method: "get",
  path: `${PATH}/{id}`,
  operationId: "getZoomOAuthApp",
  summary: "Read an app",
  params,
  status: 200,
  answer: app,
  errors: [],
});

export const updateZoomOAuthApp = defineOperation({
  ...common,
  method: "patch",
  path: `${PATH}/{id}`,
  operationId: "updateZoomOAuthApp",
  summary: "Change secrets and name",
  description: "A new client secret is checked at Zoom first, and brings the app's connections back.",
  params,
  body: appChanges,
  status: 200,
  answer: app,
  errors: [...checkErrors],
});

export const deleteZoomOAuthApp = defineOperation({
  ...common,
  method: "delete",
  path: `${PATH}/{id}`,
  operationId: "deleteZoomOAuthApp",
  summary: "Remove an app",
  description: "Refused with `conflict` while the app has connections.",
  params,
  status: 200,
  answer: null,
  errors: ["conflict"],
});
