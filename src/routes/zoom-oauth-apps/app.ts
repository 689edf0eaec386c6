// A Zoom OAuth app as requests and answers show it. Its secrets go in and never come out.

import * as z from "zod";
import { displayName } from "../../api/fields.ts";
import type { ShownApp } from "../../db/zoom-oauth-apps.ts";
import { invalidRequest } from "../../errors.ts";
import { refuseInput } from "../../http/input.ts";
import { shownId, timestamp } from "../../model/fields.ts";
import type { ProjectScope } from "../../scope.ts";
import { checkReturnUrl } from "../connect-sessions/return-url.ts";

const secret = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[\x21-\x7e]*$/, "Must be printable ASCII without spaces.");

/** What a request that makes an app and one that changes it have in common. */
export const appFields = {
  client_secret: secret.meta({
    description:
      "Client secret of the app on the Zoom Marketplace. It is checked at Zoom, stored encrypted and never shown.",
  }),
  webhook_secret: secret.nullish().meta({
    description:
      "Zoom webhook secret token: the Secret Token of the app on the Zoom Marketplace, with which Zoom signs the events that it sends to `webhook_url`. It is stored encrypted and never shown.",
  }),
  allowed_return_origins: z
    .array(z.string().max(2048))
    .min(1, "Must name at least one origin. Send null to allow any.")
    .max(50)
    .nullish()
    .meta({
      description:
        "Where connect sessions of the app may return to: origins such as `https://app.example.com`, without a path. Null: anywhere. Checked when a session is created.",
    }),
  name: displayName.nullish().meta({ description: "A name for people, up to 200 characters." }),
};

export const connectionCounts = z.strictObject({ connected: z.int(), disconnected: z.int() });

export const zoomOAuthApp = z
  .strictObject({
    id: shownId("zoa", "Unique identifier of the app."),
    name: z.string().nullable().meta({ description: "A name for people." }),
    client_id: z.string().meta({ description: "Client ID of the app on the Zoom Marketplace." }),
    has_webhook_secret: z.boolean().meta({
      description: "Whether a Zoom webhook secret token is stored. Without it, Zoom's events are refused.",
    }),
    webhook_url: z.url().meta({
      description:
        "Where Zoom must send the app's events. Enter it as the event notification endpoint URL on the Zoom Marketplace.",
    }),
    allowed_return_origins: z.array(z.string()).nullable().meta({
      description: "The origins that connect sessions may return to. Null if they may return anywhere.",
    }),
    last_verified_webhook_received_at: timestamp.nullable().meta({
      description:
        "When the last event with a valid signature arrived, to within five minutes. Null if none has.",
    }),
    last_unverified_webhook_received_at: timestamp.nullable().meta({
      description:
        "When the last event with a missing or wrong signature arrived, which was refused, to within five minutes. Null if none has.",
    }),
    credentials_invalid_at: timestamp.nullable().meta({
      description:
        "Since when Zoom refuses the client secret. Set a valid one: the app's connections then work again. Null if Zoom accepts it.",
    }),
    connection_counts: connectionCounts.meta({
      description: "How many connections the app has, by their state.",
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "ZoomOAuthApp" });

/** Refuses a list with an origin that no return URL can have (400). */
export async function requireReturnOrigins(scope: ProjectScope, origins?: string[] | null): Promise<void> {
  const options = { isInsecureAllowed: scope.isInsecureWebhookUrlAllowed };
  const isOrigin = (text: string) => {
    const checked = checkReturnUrl(text, options);
    return "url" in checked && checked.url.origin === text;
  };
  const index = origins?.findIndex((text) => !isOrigin(text)) ?? -1;
  if (index < 0) return;
  const problem =
    "Must be an https origin such as https://app.example.com, without a path or a slash at its end.";
  await refuseInput(scope, invalidRequest({ [`allowed_return_origins.${index}`]: [problem] }));
}

/** Where Zoom sends the app's events. */
export function webhookUrlOf(id: string, requestUrl: URL): string {
  return new URL(`/external_webhooks/zoom/oauth_apps/${id}`, requestUrl).href;
}

export function toZoomOAuthApp(app: ShownApp, requestUrl: URL): z.input<typeof zoomOAuthApp> {
  return {
    id: app.id,
    name: app.name,
    client_id: app.client_id,
    has_webhook_secret: app.has_webhook_secret,
    webhook_url: webhookUrlOf(app.id, requestUrl),
    allowed_return_origins: app.allowed_return_origins,
    last_verified_webhook_received_at: app.last_verified_webhook_received_at,
    last_unverified_webhook_received_at: app.last_unverified_webhook_received_at,
    credentials_invalid_at: app.credentials_invalid_at,
    connection_counts: app.connection_counts,
    created_at: app.created_at,
    updated_at: app.updated_at,
  };
}
